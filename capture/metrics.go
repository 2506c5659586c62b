package capture

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/mage2sage/mage2sage/capture/stream"
)

// metrics are the stage's, labelled by source; the package comment lists them.
type metrics struct {
	stream  *stream.Metrics
	redials prometheus.Counter
	epochs  prometheus.Counter
	doubts  prometheus.Counter
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
		doubts:  counter("doubts_total", "Tables that came into doubt and were snapshotted alone or with their domain."),
	}
}
