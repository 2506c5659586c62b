package process

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// MeasureHearts registers how the stages of this process are:
//
//	mage2sage_stage_proof_age_seconds{stage}   since the loop did its work that did so longest ago
//	mage2sage_stage_troubles{stage}            troubles that the stage has now
func MeasureHearts(r prometheus.Registerer, hearts map[string]*Heart) {
	for name, h := range hearts {
		gauge := func(metric, help string, value func() float64) {
			r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
				Namespace: "mage2sage", Subsystem: "stage", Name: metric, Help: help, ConstLabels: prometheus.Labels{"stage": name}}, value))
		}
		gauge("proof_age_seconds", "Time since the loop of the stage did its work that did so longest ago.", func() float64 {
			return h.now(false).Age(time.Now()).Seconds()
		})
		gauge("troubles", "Troubles that the stage has now.", func() float64 { return float64(len(h.Board.Troubles())) })
	}
}
