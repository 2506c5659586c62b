package sage

import (
	"errors"
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"

	"github.com/mage2sage/mage2sage/sink/sage/auth"
)

// A gate stops calls to what does not answer. Its breaker opens after five
// failures in a row, or when half of a minute's calls fail; each time that it
// opens again without a success in between it stays open twice as long, up to ten
// minutes.
type gate struct {
	name    string
	open    time.Duration
	breaker *gobreaker.TwoStepCircuitBreaker[struct{}]

	mu     sync.Mutex // never held while the breaker is called: it calls back under its own
	trips  int
	closed time.Time // no call before that
}

const longestOpen = 10 * time.Minute

func newGate(name string, open time.Duration) *gate {
	g := &gate{name: name, open: open}
	g.breaker = gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		Name: name, MaxRequests: 1, Interval: time.Minute, BucketPeriod: 5 * time.Second, Timeout: open,
		ReadyToTrip: func(c gobreaker.Counts) bool {
			return c.ConsecutiveFailures >= 5 || c.Requests >= 8 && 2*c.TotalFailures >= c.Requests
		},
		IsExcluded:    func(err error) bool { return errors.Is(err, auth.ErrNotCounted) },
		OnStateChange: func(_ string, _, to gobreaker.State) { g.changed(to) },
	})
	return g
}

func (g *gate) changed(to gobreaker.State) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch to {
	case gobreaker.StateOpen:
		g.closed = time.Now().Add(min(g.open<<min(g.trips, 16), longestOpen))
		g.trips++
	case gobreaker.StateClosed:
		g.trips, g.closed = 0, time.Time{}
	}
}

// Allow returns the function that reports the call's error, or a HeldError.
func (g *gate) Allow() (done func(error), err error) {
	g.mu.Lock()
	wait := time.Until(g.closed)
	g.mu.Unlock()
	if wait > 0 {
		return nil, &HeldError{g.name, wait}
	}
	report, err := g.breaker.Allow()
	if err != nil {
		return nil, &HeldError{g.name, min(time.Second, g.open)}
	}
	var once sync.Once
	return func(err error) { once.Do(func() { report(verdict(err)) }) }, nil
}

// probing tells whether the next call decides if the gate opens again.
func (g *gate) probing() bool { return g.breaker.State() == gobreaker.StateHalfOpen }
