package capture

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/mage2sage/mage2sage/capture/stream"
)

// metrics are the stage's, labelled by source:
//
//	mage2sage_capture_records_total{source,domain}   records acknowledged by Kafka, control records included
//	mage2sage_capture_transactions_total{source}     transactions read, those without captured rows included
//	mage2sage_capture_seconds_behind{source}         age of the last transaction when it was published
//	mage2sage_capture_snapshot_rows_total{source}    rows of snapshots delivered
//	mage2sage_capture_orphans_total{source}          rows dropped because their parent is gone
//	mage2sage_capture_cascaded_total{source}         deletes of rows that went with their parents without a word in the log
//	mage2sage_capture_redials_total{source}          sessions begun after the first
//	mage2sage_capture_epochs_total{source}           new epochs begun, each with a snapshot
type metrics struct {
	stream  *stream.Metrics // the first five
	redials prometheus.Counter
	epochs  prometheus.Counter
}

func newMetrics(r prometheus.Registerer, source string) *metrics {
	if r == nil {
		r = prometheus.NewRegistry()
	}
	r = prometheus.WrapRegistererWith(prometheus.Labels{"source": source}, r)
	counter := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Namespace: "mage2sage", Subsystem: "capture", Name: name, Help: help})
		r.MustRegister(c)
		return c
	}
	return &metrics{
		stream:  stream.NewMetrics(r),
		redials: counter("redials_total", "Sessions begun after the first."),
		epochs:  counter("epochs_total", "New epochs begun."),
	}
}
