package deliver

import (
	"net/http"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/sink/work"
)

// A document is read before it is taken back: whatever somebody did about it in Sage stays.
func TestADocumentIsReadBeforeItIsTakenBack(t *testing.T) {
	for name, c := range map[string]struct {
		status  int
		read    string
		state   work.OperationState
		payment work.PaymentState
		hint    string
		deleted bool
	}{
		"as it was posted":     {200, `{"id":"s1","total_amount":"30.00","status":{"id":"UNPAID"}}`, work.Confirmed, work.Void, "", true},
		"void already":         {200, `{"id":"s1","total_amount":"30.00","status":{"id":"VOID"}}`, work.Confirmed, work.Void, "", false},
		"paid meanwhile":       {200, `{"id":"s1","total_amount":"30.00","status":{"id":"PAID"}}`, work.Refused, "", "PAID", false},
		"paid in part":         {200, `{"id":"s1","total_amount":"30.00","status":{"id":"PART_PAID"}}`, work.Refused, "", "PART_PAID", false},
		"changed by hand":      {200, `{"id":"s1","total_amount":"29.00","status":{"id":"UNPAID"}}`, work.Refused, "", "29.00", false},
		"gone":                 {404, `[{"$severity":"error","$dataCode":"RecordNotFound","$message":"none"}]`, work.Refused, "", "does not have it", false},
		"nobody can tell now":  {503, `no`, work.Planned, "", "", false},
		"an answer without it": {200, `not json`, work.Planned, "", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.queue = []work.Operation{operation(work.VoidInvoice)}
			w.answer = func(res http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodDelete {
					if got := r.URL.Query().Get("void_reason"); got != "gone" {
						t.Errorf("void_reason %q in the address", got)
					}
					res.Write([]byte(`{"id":"s1","status":{"id":"VOID"}}`))
					return
				}
				res.WriteHeader(c.status)
				res.Write([]byte(c.read))
			}
			w.queue[0].Body = []byte(`{"void_reason":"gone"}`)
			w.step()
			if w.did("DELETE /v3.1/sales_invoices/contact-5") != c.deleted {
				t.Errorf("%v, deleted: want %v", w.steps, c.deleted)
			}
			r := w.only()
			if r.State != c.state || r.Payment != c.payment || !strings.Contains(r.Hint, c.hint) {
				t.Errorf("%s %s %q, want %s %s with %q", r.State, r.Payment, r.Hint, c.state, c.payment, c.hint)
			}
		})
	}
}

// After a lost answer the document says whether it happened.
func TestAVoidWithoutAnAnswerIsSeenInTheDocument(t *testing.T) {
	w := newWorld(t)
	o := operation(work.VoidInvoice)
	o.WasInDoubt, o.Body = true, []byte(`{"void_reason":"gone"}`)
	w.queue = []work.Operation{o}
	w.answers(http.StatusOK, `{"id":"s1","total_amount":"30.00","status":{"id":"VOID"}}`)
	w.step()
	if r := w.only(); r.State != work.Confirmed || r.Payment != work.Void || w.did("DELETE /v3.1/sales_invoices/contact-5") {
		t.Errorf("%s %s after %v, want it taken for done", r.State, r.Payment, w.steps)
	}
}

// Sage keeps no reference of an allocation: the credit note that it names says which it is.
func TestAnAllocationWithoutAnAnswerIsFoundByItsCreditNote(t *testing.T) {
	const body = `{"contact_allocation":{"contact_id":"c5","allocated_artefacts":[{"artefact_id":"i1","amount":"12.00"},{"artefact_id":"n2","amount":"-12.00"}]}}`
	const other = `{"id":"a0","contact":{"id":"c5"},"allocated_artefacts":[{"artefact":{"id":"i1"},"amount":"1.0"},{"artefact":{"id":"n1"},"amount":"-1.0"}]}`
	for name, c := range map[string]struct {
		list  string
		state work.OperationState
		sent  bool
	}{
		"what was sent": {`{"id":"a1","contact":{"id":"c5"},"allocated_artefacts":[{"artefact":{"id":"i1"},"amount":"12.0"},{"artefact":{"id":"n2"},"amount":"-12.0"}]}`, work.Confirmed, false},
		"another one of the credit note": {`{"id":"a1","contact":{"id":"c5"},"allocated_artefacts":[{"artefact":{"id":"i1"},"amount":"5.0"},{"artefact":{"id":"n2"},"amount":"-5.0"}]}`,
			work.Parked, false},
		"none of the credit note": {other, work.Confirmed, true},
		"one that was deleted": {`{"id":"a1","deleted_at":"2026-01-01T00:00:00Z","contact":{"id":"c5"},"allocated_artefacts":[{"artefact":{"id":"n2"},"amount":"-12.0"}]}`,
			work.Confirmed, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			o := operation(work.AllocateCreditNote)
			o.WasInDoubt, o.Body, o.Tax = true, []byte(body), nil
			w.queue = []work.Operation{o}
			w.answer = func(res http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPost {
					res.WriteHeader(http.StatusCreated)
					res.Write([]byte(`{"id":"a9"}`))
					return
				}
				if r.URL.Query().Get("contact_id") != "c5" {
					t.Errorf("asked for %s", r.URL.RawQuery)
				}
				res.Write([]byte(`{"$total":1,"$items":[` + c.list + `]}`))
			}
			w.step()
			if r := w.only(); r.State != c.state || w.did("POST /v3.1/contact_allocations") != c.sent {
				t.Errorf("%s after %v, want %s, sent again: %v", r.State, w.steps, c.state, c.sent)
			}
		})
	}
}

// What Sage took otherwise than it was sent parks the credit note.
func TestASettlementThatSageTookOtherwiseIsForAPerson(t *testing.T) {
	w := newWorld(t)
	o := operation(work.RefundCreditNote)
	o.Body = []byte(`{"contact_payment":{"total_amount":"12.00","allocated_artefacts":[{"artefact_id":"n2","amount":"12.00"}]}}`)
	w.queue = []work.Operation{o}
	w.answers(http.StatusCreated, `{"id":"p1","total_amount":"12.0","allocated_artefacts":[{"artefact":{"id":"n3"},"amount":"12.0"}]}`)
	w.step()
	if r := w.only(); r.State != work.Confirmed || r.Mismatch.Reason != work.ContentMismatch {
		t.Errorf("%s with %q, want it confirmed and its item parked", r.State, r.Mismatch.Reason)
	}
}

// Magento counts invoices and credit memos apart, so that a receipt and a refund of one contact
// and day may have one reference.
func TestAReceiptIsNotTakenForTheRefundOfTheSameNumber(t *testing.T) {
	w := newWorld(t)
	o := doubted(work.RefundCreditNote)
	w.queue = []work.Operation{o}
	w.holds(`{"id":"s1","transaction_type":{"id":"CUSTOMER_RECEIPT"},"reference":"000000001","contact":{"id":"contact-5"},"total_amount":"30.0"}`)
	w.step()
	if r := w.only(); r.State != work.Confirmed || !w.did("POST /v3.1/contact_payments") {
		t.Errorf("%s after %v, want the refund made", r.State, w.steps)
	}
}
