package sink

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/work"
)

// metrics are what the stage counts:
//
//	mage2sage_sink_entities_total{kind}                  entities taken in that were new
//	mage2sage_sink_records_set_aside_total{kind}         records that were passed over because of what is in them
//	mage2sage_sink_plans_total{state}                    verdicts by the state that they gave
//	mage2sage_sink_operations_total{operation,outcome}   calls by what came of them
//	mage2sage_sink_call_seconds{operation}               length of calls
type metrics struct {
	entities   *prometheus.CounterVec
	setAside   *prometheus.CounterVec
	planned    *prometheus.CounterVec
	operations *prometheus.CounterVec
	calls      *prometheus.HistogramVec
}

func newMetrics(r prometheus.Registerer) *metrics {
	m := &metrics{
		entities: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mage2sage_sink_entities_total", Help: "Entities taken in that were new."}, []string{"kind"}),
		setAside: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mage2sage_sink_records_set_aside_total", Help: "Records that were passed over because of what is in them."}, []string{"kind"}),
		planned: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mage2sage_sink_plans_total", Help: "Verdicts on sync items, by the state they gave."}, []string{"state"}),
		operations: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mage2sage_sink_operations_total", Help: "Calls to Sage, by what came of them."}, []string{"operation", "outcome"}),
		calls: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "mage2sage_sink_call_seconds", Help: "Length of calls to Sage.", Buckets: prometheus.ExponentialBuckets(0.01, 2, 13)}, []string{"operation"}),
	}
	if r != nil {
		r.MustRegister(m.entities, m.setAside, m.planned, m.operations, m.calls)
	}
	return m
}

// observeCall counts a call to Sage.
func (m *metrics) observeCall(kind work.OperationKind, outcome sage.Outcome, took time.Duration) {
	m.operations.WithLabelValues(string(kind), outcome.String()).Inc()
	m.calls.WithLabelValues(string(kind)).Observe(took.Seconds())
}
