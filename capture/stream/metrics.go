package stream

import "github.com/prometheus/client_golang/prometheus"

// Metrics are those of the stream; package capture lists them with their names.
type Metrics struct {
	records      *prometheus.CounterVec
	transactions prometheus.Counter
	behind       prometheus.Gauge
	snapshotRows prometheus.Counter
	orphans      prometheus.Counter
	cascades     prometheus.Counter
}

// NewMetrics registers the stream's metrics.
func NewMetrics(r prometheus.Registerer) *Metrics {
	counter := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Namespace: "mage2sage", Subsystem: "capture", Name: name, Help: help})
		r.MustRegister(c)
		return c
	}
	m := &Metrics{
		records: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "mage2sage", Subsystem: "capture",
			Name: "records_total", Help: "Records acknowledged by Kafka."}, []string{"domain"}),
		behind: prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "mage2sage", Subsystem: "capture",
			Name: "seconds_behind", Help: "Age of the last transaction when it was published."}),
		transactions: counter("transactions_total", "Transactions read."),
		snapshotRows: counter("snapshot_rows_total", "Rows of snapshots delivered."),
		orphans:      counter("orphans_total", "Rows dropped because their parent is gone."),
		cascades:     counter("cascaded_total", "Deletes of rows that went with their parents without a word in the log."),
	}
	r.MustRegister(m.records, m.behind)
	return m
}
