package deliver

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/work"
)

const (
	// recordTimeout bounds the writing down of an answer. It is no part of the call's
	// time: an answer that came in the last moment is still written. It outlasts a restart
	// of Postgres.
	recordTimeout = 20 * time.Second
	// leaseMargin is what a lease is longer than a call and its recording, for clocks that
	// differ and a process that is slow.
	leaseMargin = 10 * time.Second
	// holdAfterError is how long a business is left alone when a permit could not be had
	// for a reason of our own, such as a token that does not open.
	holdAfterError = time.Second
)

// A Deliverer makes the calls that are due.
type Deliverer struct {
	Config  sage.Config
	Store   Store
	Clients *Clients
	Owner   string // of this process's leases; unique
	Log     zerolog.Logger
	// Observe is told of every call that was made.
	Observe func(kind work.OperationKind, outcome sage.Outcome, took time.Duration)
	// Recorded is called after a result was committed: a sync item may be due.
	Recorded func()
	// LookAgain is called when Step should be called once more.
	LookAgain func()
	// DrainEnded is told how the work for a business ended; nil is well.
	DrainEnded func(b work.Business, err error)

	mu      sync.Mutex
	busy    map[string]bool // businesses that a drain works for
	holds   holds
	resumed map[string]time.Time // when a person last ended what holds a business
	running sync.WaitGroup
}

// Step starts a drain for each business that has a call due and no drain yet. It does not
// wait for them.
func (d *Deliverer) Step(ctx context.Context) error {
	businesses, err := d.Store.Businesses(ctx)
	if err != nil {
		return err
	}
	for _, b := range businesses {
		business := b.ID
		d.resume(b)
		if !d.take(business) {
			continue
		}
		d.running.Go(func() {
			made, err := d.drain(ctx, business)
			d.probe(ctx, business)
			d.leave(business)
			// An operation that became due between Next and leave rang the bell while this
			// business was still marked busy: look again.
			if made > 0 {
				d.LookAgain()
			}
			if ctx.Err() == nil {
				d.DrainEnded(b, err)
			}
		})
	}
	d.probeTheIdle(ctx)
	return nil
}

// Drop ends all calls for a binding that a person has disconnected: a call that was begun is
// ended and recorded, and no other one is begun until the binding is connected again.
func (d *Deliverer) Drop(binding string) { d.Clients.drop(binding) }

// Wait returns when all drains have ended.
func (d *Deliverer) Wait() { d.running.Wait() }

func (d *Deliverer) take(business string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.busy == nil {
		d.busy = map[string]bool{}
	}
	if d.busy[business] || d.holds.has(business, allClasses) {
		return false
	}
	d.busy[business] = true
	return true
}

func (d *Deliverer) leave(business string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.busy, business)
}

func (d *Deliverer) hold(business string, class sage.Class, wait time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.holds.add(business, class, wait)
}

// heldKinds lists the kinds of calls that a business is not sent for now.
func (d *Deliverer) heldKinds(business string) []work.OperationKind {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.holds.kinds(business)
}

// resume ends what holds a business, once for each time that a person has said so.
func (d *Deliverer) resume(b work.Business) {
	d.mu.Lock()
	before, known := d.resumed[b.ID]
	if d.resumed == nil {
		d.resumed = map[string]time.Time{}
	}
	d.resumed[b.ID] = b.ResumedAt
	again := known && b.ResumedAt.After(before)
	if again {
		d.holds.end(b.ID)
	}
	d.mu.Unlock()
	if again {
		for _, c := range d.Clients.at(b.ID) {
			c.RetryNow()
		}
	}
}

// probeTheIdle finds out in the background whether Sage answers again, where no call is
// due that would: what holds calls back is shown, and must not be shown for longer than it
// is true. A business is probed or drained, never both: a call that meets a probe is held.
func (d *Deliverer) probeTheIdle(ctx context.Context) {
	for _, business := range d.Clients.toProbe() {
		if !d.take(business) {
			continue
		}
		d.running.Go(func() {
			made := d.probe(ctx, business)
			d.leave(business)
			if made {
				d.LookAgain() // for what became due meanwhile
			}
		})
	}
}

// probe asks for a business whether what held its calls back is over, and reports whether
// it is. One that could not be asked is not asked at once again.
func (d *Deliverer) probe(ctx context.Context, business string) (over bool) {
	for _, c := range d.Clients.at(business) {
		if c.NeedsProbe() {
			c.Probe(ctx)
			over = over || !c.NeedsProbe()
		}
	}
	return over
}

// drain makes calls for a business until none is due, and counts them. The lease is
// longer than a call and its recording: no other process sends while one of our calls is
// on the way.
func (d *Deliverer) drain(ctx context.Context, business string) (made int, err error) {
	lease := work.Lease{Business: business, Owner: d.Owner, TTL: d.Config.RequestTimeout + recordTimeout + leaseMargin}
	ours, err := d.Store.Acquire(ctx, lease)
	if err != nil || !ours {
		return 0, err
	}
	defer d.release(lease)
	if _, err := d.Store.Recover(ctx, business, d.Config.Doubt()); err != nil {
		return 0, err
	}
	for ctx.Err() == nil {
		held := d.heldKinds(business)
		due, err := d.Store.Next(ctx, business, held...)
		if err != nil || len(due) == 0 {
			return made, err
		}
		n, more, err := d.deliverAll(ctx, lease, due, held)
		if made += n; err != nil || !more {
			return made, err
		}
	}
	return made, nil
}

// deliverAll makes the calls of operations that are due, and counts them. It stops where one
// of them is not due any more, or other kinds are held back than when they were looked up: more
// is true where it is worth to look what is due now.
func (d *Deliverer) deliverAll(ctx context.Context, l work.Lease, due []work.Operation, held []work.OperationKind) (made int, more bool, err error) {
	for _, o := range due {
		more, err := d.deliver(ctx, l, o)
		switch {
		case errors.Is(err, errChanged):
			return made, made > 0, nil
		case errors.Is(err, work.ErrLeaseLost):
			return made, false, nil
		}
		if err != nil || !more {
			return made, false, err
		}
		made++
		if ctx.Err() != nil || !slices.Equal(held, d.heldKinds(l.Business)) {
			break
		}
	}
	return made, true, nil
}

func (d *Deliverer) release(l work.Lease) {
	ctx, cancel := context.WithTimeout(context.Background(), recordTimeout)
	defer cancel()
	if err := d.Store.Release(ctx, l); err != nil {
		d.Log.Warn().Err(err).Msg("lease was not released")
	}
}
