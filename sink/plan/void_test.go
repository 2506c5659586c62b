package plan

import (
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/work"
)

// cancelledInBooks is an invoice that was posted, open, and then cancelled in Magento.
func cancelledInBooks() question {
	i := invoiceOf(1, ada)
	q := ask(i)
	q.Item = inBooks(i.ID(), "sage-1", &i.Document)
	i.State = canonical.Cancelled
	q.InSage.Settles = map[canonical.ID]settling{}
	return q
}

func TestACancelledInvoiceIsTakenBackWhileNothingIsSettledOfIt(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*testing.T, *question)
		want   string
	}{
		"nothing is paid": {func(*testing.T, *question) {}, "posted unpaid +void_invoice"},
		"it is paid":      {func(_ *testing.T, q *question) { q.Item.Payment = work.Paid }, "parked changed_after_posting paid"},
		"its payment may be under way": {func(_ *testing.T, q *question) { q.InSage.Payments = work.History{{State: work.InDoubt}} },
			"parked changed_after_posting unpaid"},
		"a planned payment is cancelled with it": {func(_ *testing.T, q *question) { q.InSage.Payments = work.History{{State: work.Planned}} }, "posted unpaid +void_invoice"},
		"a credit note is set against it": {func(_ *testing.T, q *question) { q.other("creditmemo:2", "sage-1", "1.00", "creditmemo:2") },
			"parked changed_after_posting unpaid"},
		"a person has posted it": {func(_ *testing.T, q *question) { q.Item.SageContactID = "" }, "parked changed_after_posting unpaid"},
		"the void is on its way": {func(t *testing.T, q *question) { q.InSage.Voids = sentFor(t, *q, work.VoidInvoice, work.Sending) }, "posted unpaid"},
		"the void was confirmed": {func(t *testing.T, q *question) { q.InSage.Voids = sentFor(t, *q, work.VoidInvoice, work.Confirmed) }, "skipped cancelled void"},
		"the void was refused":   {func(t *testing.T, q *question) { q.InSage.Voids = sentFor(t, *q, work.VoidInvoice, work.Refused) }, "parked void_refused unpaid"},
		"it was void before":     {func(_ *testing.T, q *question) { q.Item.Payment = work.Void }, "skipped cancelled void"},
	} {
		t.Run(name, func(t *testing.T) {
			q := cancelledInBooks()
			c.change(t, &q)
			v := q.answer(t)
			if told(v) != c.want {
				t.Errorf("%q, want %q", told(v), c.want)
			}
			if v.Item.State == work.ItemParked && !strings.Contains(v.Item.Hint, "document settle") {
				t.Errorf("hint %q does not say what to type", v.Item.Hint)
			}
			if len(v.Operations) == 1 && (v.Operations[0].Target != "sage-1" || string(v.Operations[0].Body) != `{"void_reason":"Cancelled in Magento"}`) {
				t.Errorf("%s of %s", v.Operations[0].Body, v.Operations[0].Target)
			}
		})
	}
}

func TestACancelledCreditNoteIsTakenBackWhileNothingIsSettledOfIt(t *testing.T) {
	for name, c := range map[string]struct {
		settled settling
		want    string
	}{
		"nothing is settled":  {settling{}, "posted unpaid +void_credit_note"},
		"it is refunded":      {settling{refunds: work.History{{State: work.Confirmed}}}, "parked changed_after_posting unpaid"},
		"it may be allocated": {settling{allocations: work.History{{State: work.Sending}}}, "parked changed_after_posting unpaid"},
		"a planned refund":    {settling{refunds: work.History{{State: work.Planned}}}, "posted unpaid +void_credit_note"},
	} {
		t.Run(name, func(t *testing.T) {
			q := creditInBooks()
			q.Entity.(*canonical.CreditMemo).State = canonical.Cancelled
			q.InSage.Settles["creditmemo:2"] = c.settled
			if v := q.answer(t); told(v) != c.want {
				t.Errorf("%q, want %q", told(v), c.want)
			}
		})
	}
}
