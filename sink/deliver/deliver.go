package deliver

import (
	"context"
	"errors"
	"time"

	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/work"
)

// forgetAfter is when Sage forgets an idempotency id, seven days, less a day for clocks
// and waits: afterwards the same call would make a second document.
const forgetAfter = 6 * 24 * time.Hour

// deliver makes one call and records what came of it. The order of its steps is the
// guarantee: the permit, the intention committed, the call, the answer committed. more is
// false when the business is to be left alone for now.
func (d *Deliverer) deliver(ctx context.Context, l work.Lease, o work.Operation) (more bool, err error) {
	call, err := callOf(o.Kind)
	if err != nil {
		d.hold(l.Business, holdAfterError)
		return false, err
	}
	if o.WasInDoubt && o.FirstSentAt != nil && time.Since(*o.FirstSentAt) > forgetAfter {
		return true, d.parkExpiredDoubt(ctx, l, o)
	}
	permit, err := d.Clients.of(o.Binding, l.Business).Admit(ctx, call.class)
	if err != nil {
		return false, d.onNotAdmitted(ctx, l, o, err)
	}
	defer permit.Release()
	o, claimed, err := d.Store.Claim(ctx, l, o.ID, d.Config.RequestTimeout)
	if errors.Is(err, work.ErrLeaseLost) {
		return false, nil
	}
	if err != nil || !claimed {
		return claimed, err
	}
	// From here on nothing may interrupt: what Sage does must be written down.
	ctx = context.WithoutCancel(ctx)
	began := time.Now()
	callCtx, cancel := context.WithDeadline(ctx, began.Add(d.Config.RequestTimeout))
	a, err := call.send(callCtx, permit, o)
	cancel()
	return d.record(ctx, l, o, response{call.info, a, err, time.Since(began)})
}

// A response is what a call was answered, or that it was not.
type response struct {
	info   work.KindInfo
	answer answer
	err    error
	took   time.Duration
}

// record writes a response down and acts on what it says about the business.
func (d *Deliverer) record(ctx context.Context, l work.Lease, o work.Operation, r response) (more bool, err error) {
	outcome := sage.Classify(r.err)
	result := resultOf(o, r, d.Config.SettleWindow)
	ctx, cancel := context.WithTimeout(ctx, recordTimeout)
	defer cancel()
	if err := d.Store.RecordResult(ctx, result); err != nil {
		return false, err
	}
	d.Recorded()
	d.report(result, outcome, r.took)
	switch outcome {
	case sage.Throttled:
		return false, d.Store.PutOff(ctx, l.Business, result.Wait)
	case sage.Unauthorized:
		return false, d.Store.Pause(ctx, work.Pause{Binding: o.Binding, State: work.NeedsReauth, Hint: "run mage2sage connect --binding " + o.Binding})
	case sage.NotAllowed:
		return false, d.Store.Pause(ctx, work.Pause{Binding: o.Binding, State: work.Forbidden, Hint: result.Hint, Wait: forbiddenWait})
	}
	return true, nil
}

// onNotAdmitted acts on why no call may be made now. No attempt was made, so none is
// counted and nothing is parked.
func (d *Deliverer) onNotAdmitted(ctx context.Context, l work.Lease, o work.Operation, err error) error {
	var held *sage.HeldError
	switch {
	case ctx.Err() != nil:
		return nil
	case errors.As(err, &held):
		d.hold(l.Business, held.Wait)
		d.Log.Debug().Str("binding", o.Binding).Str("reason", held.Error()).Msg("calls held back")
		return nil
	case sage.Classify(err) == sage.Unauthorized: // its text names the command to type
		d.Log.Warn().Str("binding", o.Binding).Str("hint", err.Error()).Msg("binding needs a new grant")
		return d.Store.Pause(ctx, work.Pause{Binding: o.Binding, State: work.NeedsReauth, Hint: err.Error()})
	}
	d.hold(l.Business, holdAfterError)
	return err
}

// parkExpiredDoubt parks what was in doubt for so long that Sage has forgotten the id.
func (d *Deliverer) parkExpiredDoubt(ctx context.Context, l work.Lease, o work.Operation) error {
	o, claimed, err := d.Store.Claim(ctx, l, o.ID, d.Config.RequestTimeout)
	if err != nil || !claimed {
		return err
	}
	return d.Store.RecordResult(ctx, work.CallResult{
		Operation: o, State: work.Parked, Reason: string(work.DoubtTooOld), Uncounted: true,
		Hint: "Sage's answer was lost days ago: look for reference " + o.Reference + " in Sage before anything else",
	})
}

func (d *Deliverer) report(r work.CallResult, outcome sage.Outcome, took time.Duration) {
	o := r.Operation
	d.Observe(o.Kind, outcome, took)
	event := d.Log.Info()
	if r.State != work.Confirmed {
		event = d.Log.Warn().Str("reason", r.Reason).Str("hint", r.Hint)
	}
	event.Str("binding", o.Binding).Str("operation", string(o.Kind)).Str("entity", o.Entity).Int("attempt", o.Attempt).
		Str("sage_id", r.SageID).Str("state", string(r.State)).Msg("operation settled")
}
