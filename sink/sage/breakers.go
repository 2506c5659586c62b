package sage

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// A breakerState says what a breaker lets pass.
type breakerState int

const (
	closedState   breakerState = iota // calls pass
	halfOpenState                     // one call passes, to find out
	openState                         // none passes
)

// state is what the breaker lets pass now, and for how long it is open.
func (b *breaker) state() (breakerState, time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch left := time.Until(b.blockedUntil); {
	case b.blockedUntil.IsZero():
		return closedState, 0
	case left > 0:
		return openState, left
	}
	return halfOpenState, 0
}

var (
	descBreaker = prometheus.NewDesc("mage2sage_sage_breaker_state", "0 closed, 1 half-open: one call finds out whether Sage answers, 2 open: no call passes.", []string{"breaker", "binding"}, nil)
	descOpenFor = prometheus.NewDesc("mage2sage_sage_breaker_open_seconds", "How long the breaker stays open.", []string{"breaker", "binding"}, nil)
)

// Describe implements prometheus.Collector.
func (n *Network) Describe(all chan<- *prometheus.Desc) { all <- descBreaker; all <- descOpenFor }

// Collect shows the breakers of this process:
//
//	mage2sage_sage_breaker_state{breaker,binding}         0 closed, 1 half-open, 2 open
//	mage2sage_sage_breaker_open_seconds{breaker,binding}  how long it stays open
//
// Those of Sage's API and of its token endpoint have no binding.
func (n *Network) Collect(all chan<- prometheus.Metric) {
	show := func(b *breaker, name, binding string) {
		state, left := b.state()
		all <- prometheus.MustNewConstMetric(descBreaker, prometheus.GaugeValue, float64(state), name, binding)
		all <- prometheus.MustNewConstMetric(descOpenFor, prometheus.GaugeValue, left.Seconds(), name, binding)
	}
	show(n.api, "api", "")
	show(n.token, "token", "")
	n.mu.Lock()
	defer n.mu.Unlock()
	for binding, client := range n.delivers {
		for class, b := range client.breakers {
			show(b, string(class), binding)
		}
	}
}
