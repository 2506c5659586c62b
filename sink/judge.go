package sink

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/store"
)

const (
	// forbiddenWait is how long a business is left alone that refuses the user.
	forbiddenWait = 15 * time.Minute
	// shortWait is the first wait after a call that did not leave; it doubles.
	shortWait   = 2 * time.Second
	longestWait = 10 * time.Minute
)

// call makes the operation's call and reads its answer.
func call(ctx context.Context, p *sage.Permit, o store.Operation) (a store.Settlement, err error) {
	a.Operation = o
	switch o.Kind {
	case store.CreateContact:
		var c resource.Contact
		c, err = p.CreateContact(ctx, o.Body)
		a.XrefType, a.SageID = "contact", c.ID
	case store.ChangeContact:
		var c resource.Contact
		c, err = p.ChangeContact(ctx, o.Target, o.Body)
		a.SageID = c.ID
	case store.CreateInvoice:
		var d resource.Document
		d, err = p.CreateInvoice(ctx, o.Body)
		a = posted(a, d, "sales_invoice")
	case store.CreateCreditNote:
		var d resource.Document
		d, err = p.CreateCreditNote(ctx, o.Body)
		a = posted(a, d, "sales_credit_note")
		a.Payment = ""
	case store.CreatePayment:
		var pay resource.Payment
		pay, err = p.CreatePayment(ctx, o.Body)
		a.XrefType, a.SageID, a.Total = "contact_payment", pay.ID, &pay.TotalAmount
	default:
		err = fmt.Errorf("no call for %s", o.Kind)
	}
	return a, err
}

// posted reads what Sage made of a document and holds it against the prediction.
func posted(a store.Settlement, d resource.Document, xref string) store.Settlement {
	a.XrefType, a.SageID, a.Number, a.Total, a.Contact = xref, d.ID, d.DisplayedAs, &d.TotalAmount, d.Contact.ID
	a.Payment = store.Unpaid
	if d.TotalAmount.IsZero() {
		a.Payment = store.Paid
	}
	if o := a.Operation; o.Total != nil && o.Tax != nil {
		a.Mismatch = mismatch(*o.Total, *o.Tax, d)
	}
	return a
}

func mismatch(total, tax money.Amount, d resource.Document) string {
	if d.TotalAmount.Equal(total) && d.TaxAmount.Equal(tax) {
		return ""
	}
	return fmt.Sprintf("Sage made %s with %s tax of it, Magento has %s with %s: it is not paid automatically; compare both and correct it in Sage",
		d.TotalAmount.Fixed(2), d.TaxAmount.Fixed(2), total.Fixed(2), tax.Fixed(2))
}

// judge says what an outcome makes of the operation.
func (d *deliverer) judge(a store.Settlement, err error, outcome sage.Outcome) store.Settlement {
	if outcome != sage.Done {
		a = store.Settlement{Operation: a.Operation, Reason: outcome.String()}
	}
	var refusal *sage.Error
	if errors.As(err, &refusal) {
		a.Hint, a.SourceField = refusal.Error(), refusal.Source
	}
	switch outcome {
	case sage.Done:
		a.State = store.Confirmed
	case sage.Refused:
		a.State, a.Reason = store.Refused, refusal.Code
	case sage.Ambiguous:
		// It may stand in Sage, now or in a moment. After the settle window the same
		// body goes again under the same id, and Sage answers with what it made.
		a.State, a.Wait = store.InDoubt, backoff(d.config.SettleWindow, a.Operation.Attempt)
	case sage.Throttled:
		a.State, a.Uncounted, a.Wait = store.Planned, true, patience(refusal)
	case sage.NotSent, sage.Held:
		a.State, a.Wait = store.Planned, backoff(shortWait, a.Operation.Attempt)
	default: // Unauthorized, NotAllowed: the binding is paused, the operation is as it was
		a.State, a.Uncounted = store.Planned, true
	}
	return a
}

// backoff doubles a wait with each attempt after the first.
func backoff(first time.Duration, attempt int) time.Duration {
	return max(first, min(first<<min(max(attempt-1, 0), 16), longestWait))
}

// patience is what Sage asks for, at least a second, and a little more, so that
// not all come back at once.
func patience(e *sage.Error) time.Duration {
	return max(e.RetryAfter, time.Second) + rand.N(250*time.Millisecond)
}
