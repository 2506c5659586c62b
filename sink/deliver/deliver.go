package deliver

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/mage2sage/mage2sage/schemas/crash"
	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/work"
)

// errChanged is returned for an operation that is not due any more.
var errChanged = errors.New("the operation has changed since it was looked up")

// deliver makes one call and records what came of it. The order of its steps is the
// guarantee: a doubt looked up, the permit, the intention committed, the call, the answer
// committed. more is false when nothing else may be sent to the business for now.
func (d *Deliverer) deliver(ctx context.Context, l work.Lease, o work.Operation) (more bool, err error) {
	call, err := callOf(o.Kind)
	if err != nil {
		d.hold(l.Business, allClasses, holdAfterError)
		return false, err
	}
	if o.WasInDoubt || call.info.Creates() && (o.HistoryLost || forgotten(o, time.Now())) {
		again, more, err := d.settle(ctx, l, o, call)
		if err != nil || !again {
			return more, err
		}
		crash.At(crash.SinkLookedUp)
	}
	if call.inspect != nil {
		free, more, err := d.isFree(ctx, l, o, call)
		if err != nil || !free {
			return more, err
		}
	}
	permit, err := d.Clients.of(o.Binding, l.Business).AdmitAs(ctx, call.class, call.info.Urgency())
	if err != nil {
		return d.onNotAdmitted(ctx, l, o, err)
	}
	defer permit.Release()
	crash.At(crash.SinkAdmitted)
	// A call's time begins before its claim: who slept on the claim sends nothing when it wakes,
	// as another process may have made the call since. It goes by the wall clock, because the
	// monotonic one stands still while a machine sleeps.
	until := time.Now().Round(0).Add(d.Config.RequestTimeout)
	o, err = d.claim(ctx, l, o)
	if err != nil {
		return false, err
	}
	// From here on nothing may interrupt: what Sage does must be written down.
	ctx = context.WithoutCancel(ctx)
	crash.At(crash.SinkClaimed)
	began := time.Now()
	callCtx, cancel := context.WithDeadline(ctx, until)
	a, err := call.send(callCtx, permit, o)
	cancel()
	crash.At(crash.SinkAnswered)
	return d.record(ctx, l, o, response{call.info, a, err, time.Since(began)})
}

// sageRemembers is how long Sage knows an idempotency id, less a day for clocks that differ: seven days
// (developer.sage.com/accounting, idempotency).
const sageRemembers = 6 * 24 * time.Hour

// forgotten reports whether Sage may have forgotten the id under which a call was sent first: then
// the same body under the same id would be made a second time, whatever Sage has answered to it.
func forgotten(o work.Operation, now time.Time) bool {
	return o.FirstSentAt != nil && now.Sub(*o.FirstSentAt) > sageRemembers
}

// claim commits that an operation is about to be sent. It returns errChanged when that is not
// due any more, and an error that wraps work.ErrLeaseLost when another process has the business.
func (d *Deliverer) claim(ctx context.Context, l work.Lease, o work.Operation) (work.Operation, error) {
	o, claimed, err := d.Store.Claim(ctx, l, o.ID, d.Config.RequestTimeout)
	if err == nil && !claimed {
		err = errChanged
	}
	return o, err
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
	result := resultOf(o, r, d.Config.Doubt())
	ctx, cancel := context.WithTimeout(ctx, recordTimeout)
	defer cancel()
	if err := d.Store.RecordResult(ctx, result); err != nil {
		return false, err
	}
	crash.At(crash.SinkRecorded)
	d.Recorded()
	d.report(result, outcome, r.took)
	switch outcome {
	case sage.Throttled, sage.Unauthorized, sage.NotAllowed:
		return false, d.heed(ctx, l, o, outcome, result.Hint, result.Wait)
	}
	return true, nil
}

// heed leaves a business or a binding alone, because of what Sage said of it.
func (d *Deliverer) heed(ctx context.Context, l work.Lease, o work.Operation, outcome sage.Outcome, hint string, wait time.Duration) error {
	switch outcome {
	case sage.Throttled:
		return d.Store.PutOff(ctx, l.Business, wait)
	case sage.Unauthorized:
		return d.Store.Pause(ctx, work.Pause{Binding: o.Binding, State: work.NeedsReauth, Hint: "run mage2sage connect --binding " + o.Binding})
	}
	return d.Store.Pause(ctx, work.Pause{Binding: o.Binding, State: work.Forbidden, Hint: hint, Wait: forbiddenWait})
}

// onNotAdmitted acts on why no call may be made now. No attempt was made, so none is
// counted and nothing is parked. more is true where calls of other classes may be made.
func (d *Deliverer) onNotAdmitted(ctx context.Context, l work.Lease, o work.Operation, err error) (more bool, _ error) {
	var held *sage.HeldError
	switch {
	case ctx.Err() != nil, errors.Is(err, sage.ErrClosed):
		return false, nil
	case errors.As(err, &held):
		class := held.Class
		if !slices.Contains(kindsOf(class), o.Kind) {
			class = allClasses // what holds a look-up back holds what it decides about
		}
		d.hold(l.Business, class, held.Wait)
		d.Log.Debug().Str("binding", o.Binding).Str("reason", held.Error()).Msg("calls held back")
		return class != allClasses, nil
	case sage.Classify(err) == sage.Unauthorized: // its text names the command to type
		d.Log.Warn().Str("binding", o.Binding).Str("hint", err.Error()).Msg("binding needs a new grant")
		return false, d.Store.Pause(ctx, work.Pause{Binding: o.Binding, State: work.NeedsReauth, Hint: err.Error()})
	}
	d.hold(l.Business, allClasses, holdAfterError)
	return false, err
}

func (d *Deliverer) report(r work.CallResult, outcome sage.Outcome, took time.Duration) {
	d.Observe(r.Operation.Kind, outcome, took)
	d.log(r)
}

// log writes the one line of a settled operation.
func (d *Deliverer) log(r work.CallResult) {
	o := r.Operation
	event := d.Log.Info()
	if r.State != work.Confirmed {
		event = d.Log.Warn().Str("reason", r.Reason).Str("hint", r.Hint)
	} else if p := r.Posted; p != nil && p.State == work.ItemParked {
		event = d.Log.Warn().Str("reason", string(p.Reason)).Str("hint", p.Hint)
	}
	event.Str("binding", o.Binding).Str("operation", string(o.Kind)).Str("entity", o.LoggedEntity()).Int("attempt", o.Attempt).
		Str("sage_id", r.SageID).Str("state", string(r.State)).Msg("operation settled")
}

// isAnswer reports whether an error is an answer, and gives its text.
func isAnswer(err error, text *string) bool {
	var refusal *sage.Error
	if errors.As(err, &refusal) {
		*text = refusal.Error()
		return true
	}
	return false
}
