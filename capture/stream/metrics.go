package stream

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mage2sage/mage2sage/schemas/change"
)

// Metrics are those of the stream; package capture lists them with their names.
type Metrics struct {
	records        *prometheus.CounterVec
	rows           *prometheus.CounterVec
	bytes          prometheus.Counter
	transactions   prometheus.Counter
	behind         prometheus.Gauge
	snapshotRows   prometheus.Counter
	snapshotChunks prometheus.Counter
	orphans        prometheus.Counter
	cascades       prometheus.Counter
	last           *lastEvent
	byTable        map[string]map[change.Op]prometheus.Counter // of rows, for the streaming goroutine alone
}

// NewMetrics registers the stream's metrics.
func NewMetrics(r prometheus.Registerer) *Metrics {
	options := func(name, help string) prometheus.Opts {
		return prometheus.Opts{Namespace: "mage2sage", Subsystem: "capture", Name: name, Help: help}
	}
	counter := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts(options(name, help)))
		r.MustRegister(c)
		return c
	}
	m := &Metrics{
		records:        prometheus.NewCounterVec(prometheus.CounterOpts(options("records_total", "Records acknowledged by Kafka.")), []string{"domain"}),
		rows:           prometheus.NewCounterVec(prometheus.CounterOpts(options("rows_total", "Rows published.")), []string{"table", "op"}),
		behind:         prometheus.NewGauge(prometheus.GaugeOpts(options("seconds_behind", "Age of the last transaction when it was published."))),
		bytes:          counter("bytes_total", "Bytes of the records that Kafka has acknowledged."),
		transactions:   counter("transactions_total", "Transactions read."),
		snapshotRows:   counter("snapshot_rows_total", "Rows of snapshots delivered."),
		snapshotChunks: counter("snapshot_chunks_total", "Chunks of snapshots delivered."),
		orphans:        counter("orphans_total", "Rows dropped because their parent is gone."),
		cascades:       counter("cascaded_total", "Deletes of rows that went with their parents without a word in the log."),
		last: &lastEvent{description: prometheus.NewDesc("mage2sage_capture_last_event_age_seconds",
			"Time since the last transaction that was read was committed.", nil, nil)},
		byTable: map[string]map[change.Op]prometheus.Counter{},
	}
	r.MustRegister(m.records, m.rows, m.behind, m.last)
	return m
}

// row counts a published row. The counters are kept, because finding one by its labels for
// each row would cost as much as writing the row.
func (m *Metrics) row(table string, op change.Op) {
	ops := m.byTable[table]
	if ops == nil {
		ops = map[change.Op]prometheus.Counter{}
		m.byTable[table] = ops
	}
	if ops[op] == nil {
		ops[op] = m.rows.WithLabelValues(table, string(op))
	}
	ops[op].Inc()
}

// A lastEvent tells how old the last transaction is whenever it is asked, so that a log that
// has fallen silent is seen. It tells nothing before the first.
type lastEvent struct {
	description *prometheus.Desc
	tsMS        atomic.Int64 // its commit time, Unix milliseconds; 0 before the first
}

// Describe and Collect make it a prometheus.Collector.
func (l *lastEvent) Describe(descriptions chan<- *prometheus.Desc) { descriptions <- l.description }

// Collect tells the age.
func (l *lastEvent) Collect(metrics chan<- prometheus.Metric) {
	if at := l.tsMS.Load(); at != 0 {
		metrics <- prometheus.MustNewConstMetric(l.description, prometheus.GaugeValue, max(0, time.Since(time.UnixMilli(at)).Seconds()))
	}
}
