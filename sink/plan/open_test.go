package plan

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/work"
)

// Whatever changes about a document, nothing follows a call whose outcome is open.
func TestNoPlanFollowsACallWhoseOutcomeIsOpen(t *testing.T) {
	for _, state := range []work.OperationState{work.Sending, work.InDoubt, work.Parked} {
		before := work.History{{Revision: 1, State: state, Reason: string(work.ContentMismatch), Hint: "settle it", WasInDoubt: true, BodyHash: "old"}}
		invoice, memo := paid(invoiceOf(1, ada)), creditOf(2, invoiceOf(1, ada))
		renamed := ada
		renamed.LastName = "Newname"
		for name, q := range map[string]question{
			"an invoice":    with(ask(invoice).withContact(), invoice, func(q *question, _ *canonical.Invoice) { q.InSage.Creates = before }),
			"a payment":     with(ask(invoice).posted(), invoice, func(q *question, _ *canonical.Invoice) { q.InSage.Payments = before }),
			"a contact":     with(ask(invoice), invoice, func(q *question, _ *canonical.Invoice) { q.InSage.ContactCreates = before }),
			"a credit note": with(ask(memo).withContact(), memo, func(q *question, _ *canonical.CreditMemo) { q.InSage.Creates = before }),
			"a contact's change": with(ask(customerOf(renamed)), renamed, func(q *question, _ canonical.Contact) {
				q.InSage.Contacts = []work.Xref{{Entity: "customer:5", Currency: "GBP", SageID: "c", SentDigests: json.RawMessage(`{}`)}}
				q.InSage.Changes = map[string]work.History{"GBP": before}
			}),
		} {
			t.Run(string(state)+" "+name, func(t *testing.T) {
				q.Binding.PolicyVersion = 9
				v := q.answer(t)
				if len(v.Operations) != 0 {
					t.Errorf("%q, want no operation", told(v))
				}
				if state == work.Parked && (v.Item.State != work.ItemParked || !strings.Contains(v.Item.Hint, "settle it")) {
					t.Errorf("%q with hint %q, want it parked with what to do", told(v), v.Item.Hint)
				}
				if state == work.InDoubt && v.Item.Reason == work.WaitsForAnAnswer && v.Item.Hint != "settle it" {
					t.Errorf("hint %q, want what the lost answer was", v.Item.Hint)
				}
			})
		}
	}
}

// Sage may write a field in a form of its own: to send it for ever would not help.
func TestAFieldThatSageKeepsOtherwiseIsSentTwiceAndThenLeft(t *testing.T) {
	e := customerOf(ada)
	q := ask(e)
	q.InSage.Contacts = []work.Xref{{Entity: "customer:5", Currency: "GBP", SageID: "c", SentDigests: json.RawMessage(`{}`)}}
	first := q.answer(t)
	if len(first.Operations) != 1 {
		t.Fatalf("%q, want a change", told(first))
	}
	o := first.Operations[0]
	o.State = work.Confirmed
	changes := func(all ...work.Operation) map[string]work.History { return map[string]work.History{"GBP": all} }
	if q.InSage.Changes = changes(o); len(q.answer(t).Operations) != 1 {
		t.Errorf("%q after one change, want a second: the answer could have been an old one", told(q.answer(t)))
	}
	if q.InSage.Changes = changes(o, o); len(q.answer(t).Operations) != 0 {
		t.Errorf("%q after two, want none", told(q.answer(t)))
	}
	e.LastName = "Newname"
	if len(q.answer(t).Operations) != 1 {
		t.Errorf("%q of another name, want a change", told(q.answer(t)))
	}
}

// What Sage has otherwise than it was sent is not paid, nor forgotten by the next plan.
func TestAPostedDocumentThatIsNotWhatWasSentStaysForAPerson(t *testing.T) {
	i := paid(invoiceOf(1, ada))
	for _, reason := range []work.Reason{work.TotalMismatch, work.ContentMismatch} {
		t.Run(string(reason), func(t *testing.T) {
			q := ask(i).posted()
			q.Item.State, q.Item.Reason, q.Item.Hint, q.Item.Payment = work.ItemParked, reason, "compare", work.Unpaid
			if v := q.answer(t); v.Item.State != work.ItemParked || v.Item.Hint != "compare" || len(v.Operations) != 0 {
				t.Errorf("%q, want it parked as it was", told(v))
			}
		})
	}
}
