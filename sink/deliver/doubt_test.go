package deliver

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/sink/work"
)

// doubted is an operation of a kind whose answer was lost.
func doubted(kind work.OperationKind) work.Operation {
	o := operation(kind)
	o.WasInDoubt, o.State, o.Attempt = true, work.InDoubt, 1
	switch kind {
	case work.CreateContact, work.ChangeContact:
		o.Reference, o.Total, o.Tax = "M5", nil, nil
		o.Body = json.RawMessage(`{"contact":{"name":"Ada","currency_id":"GBP","main_address":{"city":"Leeds"}}}`)
		o.SentDigests = json.RawMessage(`{"name":"n","main_address":"m"}`)
	case work.CreateCreditNote:
		o.Body = json.RawMessage(`{"sales_credit_note":{"contact_id":"contact-5","date":"2026-01-31"}}`)
	case work.RefundCreditNote:
		o.Tax = nil
		o.Body = json.RawMessage(`{"contact_payment":{"transaction_type_id":"CUSTOMER_REFUND","contact_id":"contact-5","date":"2026-02-01","total_amount":"30.00","allocated_artefacts":[{"artefact_id":"inv-1","amount":"30.00"}]}}`)
	case work.CreatePayment:
		o.Tax = nil
		o.Body = json.RawMessage(`{"contact_payment":{"contact_id":"contact-5","date":"2026-02-01","total_amount":"30.00","allocated_artefacts":[{"artefact_id":"inv-1","amount":"30.00"}]}}`)
	}
	return o
}

// there is what stands at Sage after a call of each kind, and what would not be ours.
var there = map[work.OperationKind]struct{ look, ours, another string }{
	work.CreateContact: {"GET /v3.1/contacts",
		`{"id":"s1","reference":"M5","name":"Ada","currency":{"id":"GBP"},"main_address":{"city":"Leeds"}}`,
		`{"id":"s1","reference":"M5","name":"Somebody Else","currency":{"id":"GBP"}}`},
	work.ChangeContact: {"GET /v3.1/contacts/contact-5", `{"id":"contact-5","name":"Ada","currency":{"id":"GBP"},"main_address":{"city":"Leeds"}}`, ""},
	work.CreateInvoice: {"GET /v3.1/sales_invoices",
		`{"id":"s1","reference":"000000001","contact":{"id":"contact-5"},"total_amount":"30.0","tax_amount":"5.0"}`,
		`{"id":"s1","reference":"000000001","contact":{"id":"contact-6"},"total_amount":"30.0","tax_amount":"5.0"}`},
	work.CreateCreditNote: {"GET /v3.1/sales_credit_notes",
		`{"id":"s1","reference":"000000001","contact":{"id":"contact-5"},"date":"2026-01-31","total_amount":"30.0","tax_amount":"5.0"}`,
		`{"id":"s1","reference":"000000001","contact":{"id":"contact-5"},"date":"2026-01-31","total_amount":"30.01","tax_amount":"5.0"}`},
	work.RefundCreditNote: {"GET /v3.1/contact_payments",
		`{"id":"s1","transaction_type":{"id":"CUSTOMER_REFUND"},"reference":"000000001","contact":{"id":"contact-5"},"total_amount":"30.0","allocated_artefacts":[{"artefact":{"id":"inv-1"},"amount":"30.0"}]}`,
		`{"id":"s1","transaction_type":{"id":"CUSTOMER_REFUND"},"reference":"000000001","contact":{"id":"contact-5"},"total_amount":"29.0","allocated_artefacts":[{"artefact":{"id":"inv-1"},"amount":"29.0"}]}`},
	work.CreatePayment: {"GET /v3.1/contact_payments",
		`{"id":"s1","reference":"000000001","contact":{"id":"contact-5"},"total_amount":"30.0","allocated_artefacts":[{"artefact":{"id":"inv-1"},"amount":"30.0"}]}`,
		`{"id":"s1","reference":"000000001","contact":{"id":"contact-5"},"total_amount":"30.0","allocated_artefacts":[{"artefact":{"id":"inv-2"},"amount":"30.0"}]}`},
}

// holds answers readings with what stands at Sage, as a list of those or alone.
func (w *world) holds(objects ...string) {
	created := w.answer
	w.answer = func(res http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method != http.MethodGet:
			created(res, r)
		case strings.HasPrefix(r.URL.Path, "/v3.1/contacts/"):
			io.WriteString(res, strings.Join(objects, ""))
		default:
			io.WriteString(res, `{"$total":`+string(rune('0'+len(objects)))+`,"$items":[`+strings.Join(objects, ",")+`]}`)
		}
	}
}

func (w *world) wrote() bool {
	for _, s := range w.steps {
		if strings.HasPrefix(s, "POST") || strings.HasPrefix(s, "PUT") {
			return true
		}
	}
	return false
}

func TestADoubtIsEndedByFindingWhatTheCallMade(t *testing.T) {
	for kind, c := range there {
		t.Run(string(kind), func(t *testing.T) {
			w := newWorld(t)
			w.holds(c.ours)
			w.queue = []work.Operation{doubted(kind)}
			w.step()
			if r := w.only(); r.State != work.Confirmed || !strings.HasPrefix(r.SageID, "s1") && r.SageID != "contact-5" || !r.Uncounted {
				t.Errorf("%s as %q, want it adopted", r.State, r.SageID)
			}
			if w.wrote() || !w.did(c.look) {
				t.Errorf("%v, want %s and nothing written", w.steps, c.look)
			}
		})
	}
}

func TestWhatIsFoundAndIsNotWhatWasSentIsNeverAdoptedInSilence(t *testing.T) {
	for kind, c := range there {
		if c.another == "" {
			continue // a change that is not there is made again
		}
		t.Run(string(kind), func(t *testing.T) {
			w := newWorld(t)
			w.holds(c.another)
			w.queue = []work.Operation{doubted(kind)}
			w.step()
			r := w.only()
			if r.State != work.Parked || r.Reason != string(work.ContentMismatch) || r.SageID != "" || w.wrote() {
				t.Errorf("%s %q after %v, want it parked and nothing written", r.State, r.Reason, w.steps)
			}
			if !strings.Contains(r.Hint, "s1") || !strings.Contains(r.Hint, "mage2sage operation settle 1") || strings.Contains(r.Hint, "Else") {
				t.Errorf("hint %q, want Sage's id, the command and nobody's name", r.Hint)
			}
		})
	}
}

func TestOfSeveralThatHaveTheReferenceTheOneThatWasSentIsAdopted(t *testing.T) {
	c := there[work.CreateInvoice]
	w := newWorld(t)
	w.holds(strings.Replace(c.another, "s1", "s0", 1), c.ours)
	w.queue = []work.Operation{doubted(work.CreateInvoice)}
	w.step()
	if r := w.only(); r.State != work.Confirmed || r.SageID != "s1" {
		t.Errorf("%s as %q, want s1 adopted", r.State, r.SageID)
	}
	w = newWorld(t)
	w.holds(strings.Replace(c.ours, "s1", "s0", 1), c.ours)
	w.queue = []work.Operation{doubted(work.CreateInvoice)}
	w.step()
	if r := w.only(); r.State != work.Parked || !strings.Contains(r.Hint, "2 of type sales_invoice") {
		t.Errorf("%s: %s, want two alike parked", r.State, r.Hint)
	}
}

func TestWhatIsNotFoundGoesAgainAsTheSameBody(t *testing.T) {
	for kind, c := range there {
		t.Run(string(kind), func(t *testing.T) {
			w := newWorld(t)
			if kind == work.ChangeContact {
				w.holds(`{"id":"contact-5","name":"Grace"}`)
			} else {
				w.holds()
			}
			w.queue = []work.Operation{doubted(kind)}
			w.step()
			if r := w.only(); r.State != work.Confirmed || !w.wrote() || !w.did(c.look) {
				t.Errorf("%s after %v, want it looked up and sent again", r.State, w.steps)
			}
		})
	}
}

func TestAChangeOfAContactThatIsGoneIsNotFound(t *testing.T) {
	for name, c := range map[string]struct {
		body  string
		state work.OperationState
	}{
		"Sage says so":     {`[{"$dataCode":"RecordNotFound"}]`, work.Refused},
		"a gateway's page": {`<html>`, work.InDoubt},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.answers(404, c.body)
			o := doubted(work.ChangeContact)
			o.Refused, o.Reason = true, "RecordNotFound"
			w.queue = []work.Operation{o}
			w.step()
			if r := w.only(); r.State != c.state || w.wrote() {
				t.Errorf("%s after %v, want %s", r.State, w.steps, c.state)
			}
		})
	}
}

func TestARefusalOfACallInDoubtIsLookedUpBeforeItStands(t *testing.T) {
	refuse := `[{"$dataCode":"RecordInvalid","$source":"date"}]`
	w := newWorld(t)
	w.answers(422, refuse)
	w.holds()
	w.queue = []work.Operation{doubted(work.CreateInvoice)}
	w.step()
	r := w.only()
	if r.State != work.InDoubt || !r.Refused || r.Reason != "RecordInvalid" || r.SourceField != "date" || r.Wait != w.d.Config.Doubt() {
		t.Fatalf("%+v, want it still in doubt, with Sage's word kept", r)
	}
	again := r.Operation
	again.State, again.Refused, again.Reason, again.Hint, again.SourceField = work.InDoubt, true, r.Reason, r.Hint, r.SourceField

	t.Run("it was not made", func(t *testing.T) {
		w := newWorld(t)
		w.holds()
		w.queue = []work.Operation{again}
		w.step()
		if r := w.only(); r.State != work.Refused || r.Reason != "RecordInvalid" || r.SourceField != "date" || !strings.Contains(r.Hint, "422") || w.wrote() {
			t.Errorf("%+v after %v, want Sage's word and no further call", r, w.steps)
		}
	})
	t.Run("it was made", func(t *testing.T) {
		w := newWorld(t)
		w.holds(there[work.CreateInvoice].ours)
		w.queue = []work.Operation{again}
		w.step()
		if r := w.only(); r.State != work.Confirmed || r.SageID != "s1" {
			t.Errorf("%s as %q, want it adopted", r.State, r.SageID)
		}
	})
}

func TestALookUpWithoutAnAnswerStopsNobodyElse(t *testing.T) {
	for name, status := range map[string]int{"a gateway's page": 404, "a fault": 500} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			created := w.answer
			w.answer = func(res http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodGet {
					res.WriteHeader(status)
					return
				}
				created(res, r)
			}
			o := doubted(work.CreateInvoice)
			o.Refused, o.Reason = true, "RecordInvalid"
			w.queue = []work.Operation{o, invoice()}
			w.step()
			if len(w.results) != 2 || w.results[0].State != work.InDoubt || !w.results[0].Uncounted || !w.results[0].Refused || w.results[0].Reason != "RecordInvalid" ||
				w.results[0].Wait <= 0 || w.results[0].Wait > time.Minute || w.results[1].State != work.Confirmed {
				t.Errorf("%+v, want the first to wait as it was and the second confirmed", w.results)
			}
		})
	}
	t.Run("of what lost books may have sent", func(t *testing.T) {
		w := newWorld(t)
		w.answers(500, "")
		o := invoice()
		o.HistoryLost = true
		w.queue = []work.Operation{o}
		w.step()
		if r := w.only(); r.State != work.Planned || !r.Uncounted || r.Wait <= 0 {
			t.Errorf("%+v, want it to wait as it was: nothing of it was lost", r)
		}
	})
	t.Run("a business that may not be used", func(t *testing.T) {
		w := newWorld(t)
		w.answers(403, `[{"$dataCode":"MultiUserAccessDenied"}]`)
		w.queue = []work.Operation{doubted(work.CreateInvoice)}
		w.step()
		if len(w.pauses) != 1 || w.pauses[0].State != work.Forbidden || len(w.queue) != 1 {
			t.Errorf("%+v, want the binding paused and the operation as it was", w.pauses)
		}
	})
}

func TestWhatAPersonFoundIsAdopted(t *testing.T) {
	w := newWorld(t)
	w.answers(200, `{"id":"s9","contact":{"id":"contact-6"},"total_amount":"30.0","tax_amount":"5.0"}`)
	o := doubted(work.CreateInvoice)
	o.SettledAs = "s9"
	w.queue = []work.Operation{o}
	w.step()
	if r := w.only(); r.State != work.Confirmed || r.SageID != "s9" || r.Posted.State != work.ItemPosted || !w.did("GET /v3.1/sales_invoices/s9") {
		t.Errorf("%s as %q after %v, want s9 read and adopted", r.State, r.SageID, w.steps)
	}
}

// Sage answers an id that it remembers with what it made then.
func TestAnAnswerIsComparedWithWhatWasSent(t *testing.T) {
	t.Run("a contact keeps the digests of what stands in Sage", func(t *testing.T) {
		w := newWorld(t)
		w.answers(201, `{"id":"s1","name":"Grace","currency":{"id":"GBP"},"main_address":{"city":"Leeds"}}`)
		o := doubted(work.CreateContact)
		o.WasInDoubt = false
		w.queue = []work.Operation{o}
		w.step()
		if r := w.only(); r.State != work.Confirmed || string(r.Operation.SentDigests) != `{"main_address":"m"}` {
			t.Errorf("%s with digests %s, want none of the name", r.State, r.Operation.SentDigests)
		}
	})
	t.Run("a document of another contact is for a person", func(t *testing.T) {
		w := newWorld(t)
		w.answers(201, there[work.CreateInvoice].another)
		w.queue = []work.Operation{invoice()}
		w.step()
		if r := w.only(); r.Posted == nil || r.Posted.State != work.ItemParked || r.Posted.Reason != work.ContentMismatch || !strings.Contains(r.Posted.Hint, "contact_id") {
			t.Errorf("%+v, want it in Sage and parked", r.Posted)
		}
	})
	t.Run("a payment of another invoice is for a person", func(t *testing.T) {
		w := newWorld(t)
		w.answers(201, there[work.CreatePayment].another)
		o := doubted(work.CreatePayment)
		o.WasInDoubt = false
		w.queue = []work.Operation{o}
		w.step()
		if r := w.only(); r.Payment != work.Paid || r.Mismatch.Reason != work.ContentMismatch || !strings.Contains(r.Mismatch.Hint, "allocated_artefacts") {
			t.Errorf("%+v, want it paid and parked", r)
		}
	})
}
