package sink

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/sage/auth"
	"github.com/mage2sage/mage2sage/sink/store"
)

const (
	// recordTimeout bounds the writing down of an answer. It is no part of the
	// call's time: an answer that came in the last moment is still written.
	recordTimeout = 20 * time.Second
	// forgetAfter is when Sage forgets an idempotency id, less a day: afterwards the
	// same call would make a second document.
	forgetAfter = 6 * 24 * time.Hour
)

// A deliverer makes the due calls, for each business one at a time.
type deliverer struct {
	config  sage.Config
	store   *store.Store
	clients *clients
	owner   string // of this process's leases
	log     zerolog.Logger
	metrics *metrics
	settled func() // a document may be due
	next    func() // look again

	mu      sync.Mutex
	busy    map[string]bool      // businesses that a drain works for
	held    map[string]time.Time // businesses that are left alone until then
	running sync.WaitGroup
}

// step starts a drain for each business that has a call due and none yet.
func (d *deliverer) step(ctx context.Context) error {
	businesses, err := d.store.Businesses(ctx)
	if err != nil {
		return err
	}
	for _, business := range businesses {
		if !d.take(business) {
			continue
		}
		d.running.Go(func() {
			made, err := d.drain(ctx, business)
			d.leave(business)
			if made > 0 { // what came due while we were leaving has rung for nobody
				d.next()
			}
			if err != nil && ctx.Err() == nil {
				d.log.Warn().Err(err).Msg("delivery interrupted")
			}
		})
	}
	return nil
}

// wait returns when all drains have.
func (d *deliverer) wait() { d.running.Wait() }

func (d *deliverer) take(business string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.busy == nil {
		d.busy, d.held = map[string]bool{}, map[string]time.Time{}
	}
	if d.busy[business] || time.Now().Before(d.held[business]) {
		return false
	}
	d.busy[business] = true
	return true
}

func (d *deliverer) leave(business string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.busy, business)
}

func (d *deliverer) hold(business string, wait time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.held[business] = time.Now().Add(wait)
}

// drain makes calls for a business until none is due, and counts them. The lease is longer than a
// call and its recording: nobody else sends while one of ours is on the way.
func (d *deliverer) drain(ctx context.Context, business string) (made int, err error) {
	lease := store.Lease{Business: business, Owner: d.owner, TTL: d.config.RequestTimeout + recordTimeout + 10*time.Second}
	ours, err := d.store.Acquire(ctx, lease)
	if err != nil || !ours {
		return 0, err
	}
	defer d.release(lease)
	if _, err := d.store.Recover(ctx, business, d.config.SettleWindow); err != nil {
		return 0, err
	}
	for ctx.Err() == nil {
		o, due, err := d.store.Next(ctx, business)
		if err != nil || !due {
			return made, err
		}
		more, err := d.deliver(ctx, lease, o)
		if err != nil || !more {
			return made, err
		}
		made++
	}
	return made, nil
}

func (d *deliverer) release(l store.Lease) {
	ctx, cancel := context.WithTimeout(context.Background(), recordTimeout)
	defer cancel()
	if err := d.store.Release(ctx, l); err != nil {
		d.log.Warn().Err(err).Msg("lease was not released")
	}
}

// deliver makes one call and settles it. The order of its steps is the guarantee:
// leave to call, the intention committed, the call, the answer committed.
func (d *deliverer) deliver(ctx context.Context, l store.Lease, o store.Operation) (more bool, err error) {
	if o.Doubted && o.FirstSentAt != nil && time.Since(*o.FirstSentAt) > forgetAfter {
		return true, d.giveUp(ctx, l, o)
	}
	permit, err := d.clients.admit(ctx, o, l.Business)
	if err != nil {
		return false, d.refusedLeave(ctx, l, o, err)
	}
	defer permit.Release()
	o, claimed, err := d.store.Claim(ctx, l, o.ID, d.config.RequestTimeout)
	if errors.Is(err, store.ErrLeaseLost) {
		return false, nil
	}
	if err != nil || !claimed {
		return claimed, err
	}
	// From here on nobody may interrupt: what Sage does must be written down.
	ctx = context.WithoutCancel(ctx)
	began := time.Now()
	callCtx, cancel := context.WithDeadline(ctx, began.Add(d.config.RequestTimeout))
	a, err := call(callCtx, permit, o)
	cancel()
	return d.settle(ctx, l, a, err, time.Since(began))
}

// settle writes an answer down and acts on what it says about the business.
func (d *deliverer) settle(ctx context.Context, l store.Lease, a store.Settlement, callErr error, took time.Duration) (more bool, err error) {
	outcome := sage.Classify(callErr)
	a = d.judge(a, callErr, outcome)
	ctx, cancel := context.WithTimeout(ctx, recordTimeout)
	defer cancel()
	if err := d.store.Settle(ctx, a); err != nil {
		return false, err
	}
	d.settled()
	d.report(a, outcome, took)
	switch outcome {
	case sage.Throttled:
		return false, d.store.PutOff(ctx, l.Business, a.Wait)
	case sage.Unauthorized:
		return false, d.store.Pause(ctx, a.Operation.Binding, store.NeedsReauth, "run mage2sage connect --binding "+a.Operation.Binding, 0)
	case sage.NotAllowed:
		return false, d.store.Pause(ctx, a.Operation.Binding, store.Forbidden, a.Hint, forbiddenWait)
	}
	return true, nil
}

// refusedLeave acts on why no call may be made now. No attempt was made, so none
// is counted and nothing is parked.
func (d *deliverer) refusedLeave(ctx context.Context, l store.Lease, o store.Operation, err error) error {
	var held *sage.HeldError
	var reauth *auth.ReauthError
	switch {
	case ctx.Err() != nil:
		return nil
	case errors.As(err, &held):
		d.hold(l.Business, held.Wait)
		d.log.Debug().Str("binding", o.Binding).Str("reason", held.Breaker).Msg("calls held back")
		return nil
	case errors.As(err, &reauth):
		d.log.Warn().Str("binding", o.Binding).Str("reason", reauth.Cause).Str("hint", reauth.Hint()).Msg("binding needs a new grant")
		return d.store.Pause(ctx, o.Binding, store.NeedsReauth, reauth.Error(), 0)
	}
	d.hold(l.Business, poll)
	return err
}

// giveUp parks what was in doubt for so long that Sage has forgotten the id.
func (d *deliverer) giveUp(ctx context.Context, l store.Lease, o store.Operation) error {
	o, claimed, err := d.store.Claim(ctx, l, o.ID, d.config.RequestTimeout)
	if err != nil || !claimed {
		return err
	}
	return d.store.Settle(ctx, store.Settlement{
		Operation: o, State: store.Parked, Reason: string(DoubtTooOld), Uncounted: true,
		Hint: "Sage's answer was lost days ago: look for reference " + o.Reference + " in Sage before anything else",
	})
}

func (d *deliverer) report(a store.Settlement, outcome sage.Outcome, took time.Duration) {
	o := a.Operation
	d.metrics.operations.WithLabelValues(string(o.Kind), outcome.String()).Inc()
	d.metrics.calls.WithLabelValues(string(o.Kind)).Observe(took.Seconds())
	event := d.log.Info()
	if a.State != store.Confirmed {
		event = d.log.Warn().Str("reason", a.Reason).Str("hint", a.Hint)
	}
	event.Str("binding", o.Binding).Str("operation", string(o.Kind)).Str("entity", o.Entity).Int("attempt", o.Attempt).
		Str("sage_id", a.SageID).Str("state", string(a.State)).Msg("operation settled")
}
