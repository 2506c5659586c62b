package deliver

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/work"
)

// longestLookUpWait is the longest time between two look-ups of which the first had no
// answer.
const longestLookUpWait = time.Minute

// settle looks an operation in doubt up at Sage, or one whose reference stood there, and
// records what it finds. again says that it is not there, after Sage had the time to make it
// and to list it: the same body may go again. Nothing else may follow a call whose answer was
// lost.
func (d *Deliverer) settle(ctx context.Context, l work.Lease, o work.Operation, c call) (again, more bool, err error) {
	client := d.Clients.of(o.Binding, l.Business)
	var found []answer
	if o.SettledAs != "" {
		found = make([]answer, 1)
		found[0], err = c.read(ctx, client, o, o.SettledAs)
		found[0].another = false // a person says that it is ours
	} else {
		found, err = c.find(ctx, client, o)
	}
	if err != nil {
		more, err = d.onNotFoundOut(ctx, l, o, err)
		return false, more, err
	}
	result, again := settled(o, c.info, found)
	if again {
		return true, true, nil
	}
	more, err = d.recordUnsent(ctx, l, result)
	return false, more, err
}

// settled is what a look-up makes of an operation in doubt. One object that is what was
// sent is adopted. What has its reference and is something else is for a person. Where
// there is none, Sage's refusal of the repetition stands, or the same body goes again.
func settled(o work.Operation, info work.KindInfo, found []answer) (r work.CallResult, again bool) {
	var ours []answer
	for _, a := range found {
		if !a.another {
			ours = append(ours, a)
		}
	}
	switch {
	case len(ours) == 1:
		return confirmed(o, response{info: info, answer: ours[0]}), false
	case len(found) > 0:
		return work.CallResult{Operation: o, State: work.Parked, Reason: string(work.ContentMismatch), Hint: unlike(o, info, found)}, false
	case o.Refused:
		return work.CallResult{Operation: o, State: work.Refused, Reason: o.Reason, Hint: o.Hint, SourceField: o.SourceField}, false
	}
	return r, true
}

// unlike tells a person what was found, and how to decide.
func unlike(o work.Operation, info work.KindInfo, found []answer) string {
	what := fmt.Sprintf("%s %s has its reference and another %s", info.Xref, found[0].sageID, strings.Join(found[0].differs, ", "))
	if len(found) > 1 {
		what = fmt.Sprintf("%d of type %s have its reference", len(found), info.Xref)
	}
	why := "Sage's answer was lost"
	switch {
	case o.WasInDoubt:
	case !o.HistoryLost:
		why = "it was sent first so long ago that Sage may have forgotten it"
	default:
		why = "this reference stood there when Sage's lists were read"
	}
	return fmt.Sprintf("%s, and %s: look for %s in Sage, then run mage2sage operation settle %d --as ID, or --not-in-sage if it is not there",
		why, what, o.Reference, o.ID)
}

// onNotFoundOut acts on a look-up that could not be made. What is about the business
// stops the business; else the operation waits, and stops nobody.
func (d *Deliverer) onNotFoundOut(ctx context.Context, l work.Lease, o work.Operation, err error) (more bool, _ error) {
	var hint string
	outcome, answered := sage.Classify(err), isAnswer(err, &hint)
	switch {
	case outcome == sage.Held, !answered && outcome == sage.Unauthorized, errors.Is(err, sage.ErrClosed), ctx.Err() != nil:
		return d.onNotAdmitted(ctx, l, o, err)
	case outcome == sage.Throttled, outcome == sage.Unauthorized, outcome == sage.NotAllowed:
		return false, d.heed(ctx, l, o, outcome, hint, retryAfter(outcome, o.Attempt, 0, err))
	}
	state := work.InDoubt
	if !o.WasInDoubt {
		state = work.Planned
	}
	return d.recordUnsent(ctx, l, work.CallResult{
		Operation: o, State: state, Wait: min(d.Config.SettleWindow, longestLookUpWait),
		Refused: o.Refused, Reason: o.Reason, Hint: o.Hint, SourceField: o.SourceField,
	})
}

// recordUnsent records a result without a call: the claim makes sure that nobody else
// has the operation.
func (d *Deliverer) recordUnsent(ctx context.Context, l work.Lease, r work.CallResult) (more bool, err error) {
	claimed, err := d.claim(ctx, l, r.Operation)
	if err != nil {
		return false, err
	}
	r.Operation.FenceToken, r.Operation.Attempt, r.Uncounted = claimed.FenceToken, claimed.Attempt-1, true
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	if err := d.Store.RecordResult(ctx, r); err != nil {
		return false, err
	}
	d.Recorded()
	d.log(r)
	return true, nil
}
