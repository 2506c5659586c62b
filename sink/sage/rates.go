package sage

import (
	"context"
	"sync"
	"time"

	"github.com/mage2sage/mage2sage/sink/work"
)

// wallClock is the time by the wall clock: the monotonic one stands still while a machine sleeps.
func wallClock() time.Time { return time.Now().Round(0) }

// A RateStore keeps call rates for all processes of an installation.
type RateStore interface {
	// ChangeRate has change alter the rate of an app, or of one of its businesses, while nobody
	// else can, and tells it the store's time. It may call change more than once.
	ChangeRate(ctx context.Context, app, business string, change func(r *work.CallRate, now time.Time)) error
}

// localRates keeps the rates of one process, for those that share none.
type localRates struct {
	mu  sync.Mutex
	all map[[2]string]*work.CallRate
}

func (s *localRates) ChangeRate(_ context.Context, app, business string, change func(r *work.CallRate, now time.Time)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := [2]string{app, business}
	if s.all == nil {
		s.all = map[[2]string]*work.CallRate{}
	}
	if s.all[key] == nil {
		s.all[key] = &work.CallRate{}
	}
	change(s.all[key], time.Now())
	return nil
}
