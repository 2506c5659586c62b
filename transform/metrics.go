package transform

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mage2sage/mage2sage/schemas/change"
)

// metrics counts what a stage does:
//
//	mage2sage_transform_records_total{domain}             raw records read
//	mage2sage_transform_foreign_records_total{topic}      raw records of another pipeline, which have no effect
//	mage2sage_transform_records_set_aside_total{topic}    records that do not decode
//	mage2sage_transform_emitted_total{kind}               entities emitted
//	mage2sage_transform_unchanged_total{kind}             entities assembled whose content was emitted already
//	mage2sage_transform_not_footing_total{kind}           entities emitted whose totals do not foot
//	mage2sage_transform_lag_records{domain,partition}     raw records not yet read
type metrics struct {
	records    *prometheus.CounterVec
	foreign    *prometheus.CounterVec
	setAside   *prometheus.CounterVec
	emitted    *prometheus.CounterVec
	unchanged  *prometheus.CounterVec
	notFooting *prometheus.CounterVec
	lag        *prometheus.GaugeVec
}

// newMetrics registers the metrics; with nil they are counted and shown nowhere.
func newMetrics(on prometheus.Registerer) *metrics {
	counter := func(name, help, label string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "mage2sage_transform_" + name, Help: help}, []string{label})
	}
	m := &metrics{
		records:    counter("records_total", "Raw records read.", "domain"),
		foreign:    counter("foreign_records_total", "Raw records of another pipeline, which have no effect.", "topic"),
		setAside:   counter("records_set_aside_total", "Records that do not decode.", "topic"),
		emitted:    counter("emitted_total", "Entities emitted.", "kind"),
		unchanged:  counter("unchanged_total", "Entities assembled whose content was emitted already.", "kind"),
		notFooting: counter("not_footing_total", "Entities emitted whose totals do not foot.", "kind"),
		lag: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "mage2sage_transform_lag_records", Help: "Raw records not yet read.",
		}, []string{"domain", "partition"}),
	}
	if on != nil {
		on.MustRegister(m.records, m.foreign, m.setAside, m.emitted, m.unchanged, m.notFooting, m.lag)
	}
	return m
}

// read counts the records of one fetch, and those that are left behind it.
func (m *metrics) read(d change.Domain, partition, records int, left int64) {
	m.records.WithLabelValues(string(d)).Add(float64(records))
	m.lag.WithLabelValues(string(d), strconv.Itoa(partition)).Set(float64(max(left, 0)))
}
