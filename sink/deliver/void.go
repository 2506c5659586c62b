package deliver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/work"
)

// An inspection is what was read of a document that a call would take back. The zero
// inspection lets the call be made.
type inspection struct {
	done     *answer // it has happened already
	obstacle string  // why it may not happen any more
}

// voiding is the call that takes a document back. It has no idempotency id: whether it has
// happened is seen in the document.
func voiding(kind work.OperationKind,
	void func(*sage.Permit, context.Context, string, json.RawMessage) (resource.Document, error),
	document func(*sage.Client, context.Context, string) (resource.Document, error),
) call {
	inspect := func(ctx context.Context, c *sage.Client, o work.Operation) (inspection, error) {
		d, err := document(c, ctx, o.Target)
		var refusal *sage.Error
		if errors.As(err, &refusal) && refusal.NotFound() {
			return inspection{obstacle: "Sage does not have it any more"}, nil
		}
		return inspected(o, d), err
	}
	return call{
		kind: kind, inspect: inspect,
		send: func(ctx context.Context, p *sage.Permit, o work.Operation) (answer, error) {
			d, err := void(p, ctx, o.Target, o.Body)
			return voidAnswer(d), err
		},
		find: func(ctx context.Context, c *sage.Client, o work.Operation) ([]answer, error) {
			found, err := inspect(ctx, c, o)
			if err != nil || found.done == nil {
				return nil, err
			}
			return []answer{*found.done}, nil
		},
		read: func(ctx context.Context, c *sage.Client, _ work.Operation, id string) (answer, error) {
			d, err := document(c, ctx, id)
			return voidAnswer(d), err
		},
	}
}

func voidAnswer(d resource.Document) answer { return answer{sageID: d.ID, number: d.DisplayedAs} }

// inspected says what a document has become since it was posted. Whatever somebody did about
// it in Sage is never undone.
func inspected(o work.Operation, d resource.Document) inspection {
	switch {
	case d.Status.ID == resource.Void:
		done := voidAnswer(d)
		return inspection{done: &done}
	case d.Status.ID != resource.Unpaid:
		return inspection{obstacle: fmt.Sprintf("Sage has it as %s now, and takes back only what is %s", d.Status.ID, resource.Unpaid)}
	case o.Total != nil && !d.TotalAmount.Equal(*o.Total):
		return inspection{obstacle: fmt.Sprintf("somebody has changed it in Sage to %s", d.TotalAmount.Fixed(2))}
	}
	return inspection{}
}

// changedInSage is the reason of an operation that is not made, because what it is about is not
// as it was.
const changedInSage = "changed_in_sage"

// isFree inspects what a call would take back. Where that has happened, it is confirmed; what is
// in the way is recorded as a refusal, and the plan has it parked for a person.
func (d *Deliverer) isFree(ctx context.Context, l work.Lease, o work.Operation, c call) (free, more bool, err error) {
	found, err := c.inspect(ctx, d.Clients.of(o.Binding, l.Business), o)
	switch {
	case err != nil:
		more, err = d.onNotFoundOut(ctx, l, o, err)
	case found.done != nil:
		more, err = d.recordUnsent(ctx, l, confirmed(o, response{info: c.info, answer: *found.done}))
	case found.obstacle != "":
		more, err = d.recordUnsent(ctx, l, work.CallResult{Operation: o, State: work.Refused, Reason: changedInSage, Hint: found.obstacle})
	default:
		return true, true, nil
	}
	return false, more, err
}
