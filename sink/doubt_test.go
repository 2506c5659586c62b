package sink

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/work"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

// A doubtCase is one kind of call: what asks for it, and what it makes.
type doubtCase struct {
	method, path, kind string
	reference          func(n uint64) string
	// before is what has to be in Sage first, ask what asks for the call.
	before, ask func(n uint64) canonical.Entity
	// stands is what the sale comes to in Sage where that is not an invoice with its payment.
	stands map[string]int
}

func doubtInvoice(n uint64) *canonical.Invoice {
	person := ada
	person.MagentoID = 1000 + n
	return paid(invoiceOf(n, person))
}

func anInvoice(n uint64) canonical.Entity { return doubtInvoice(n) }

func anOpenInvoice(n uint64) canonical.Entity {
	i := doubtInvoice(n)
	i.State, i.Payment = canonical.Open, nil
	return i
}

func aCancelledInvoice(n uint64) canonical.Entity {
	i := anOpenInvoice(n).(*canonical.Invoice)
	i.State = canonical.Cancelled
	return i
}

func aCreditMemo(n uint64) canonical.Entity { return creditOf(n, doubtInvoice(n)) }

func aCustomer(n uint64) canonical.Entity {
	person := ada
	person.MagentoID, person.LastName = 1000+n, fmt.Sprintf("Newname %d", n)
	return customerOf(person)
}

func contactReference(n uint64) string { return fmt.Sprintf("M%d", 1000+n) }
func invoiceReference(n uint64) string { return fmt.Sprintf("%09d", n) }
func creditReference(n uint64) string  { return fmt.Sprintf("C%08d", n) }

var (
	bought    = map[string]int{"contact": 1, "invoice": 1, "payment": 1}
	refunded  = map[string]int{"contact": 1, "invoice": 1, "payment": 1, "credit_note": 1, "refund": 1}
	allocated = map[string]int{"contact": 1, "invoice": 1, "credit_note": 1, "allocation": 1}
	takenBack = map[string]int{"contact": 1, "invoice": 1}
)

var doubtCases = map[string]doubtCase{
	"create contact":     {http.MethodPost, "/v3.1/contacts", "contact", contactReference, nil, anInvoice, bought},
	"change contact":     {http.MethodPut, "/v3.1/contacts", "contact change", contactReference, anInvoice, aCustomer, bought},
	"create invoice":     {http.MethodPost, "/v3.1/sales_invoices", "invoice", invoiceReference, nil, anInvoice, bought},
	"create payment":     {http.MethodPost, "/v3.1/contact_payments", "payment", invoiceReference, nil, anInvoice, bought},
	"create credit note": {http.MethodPost, "/v3.1/sales_credit_notes", "credit_note", creditReference, anInvoice, aCreditMemo, refunded},
	"refund":             {http.MethodPost, "/v3.1/contact_payments", "refund", creditReference, anInvoice, aCreditMemo, refunded},
	"allocate":           {http.MethodPost, "/v3.1/contact_allocations", "allocation", creditReference, anOpenInvoice, aCreditMemo, allocated},
	"void":               {http.MethodDelete, "/v3.1/sales_invoices", "void", invoiceReference, anOpenInvoice, aCancelledInvoice, takenBack},
}

// moved is the same entity with another address.
func moved(e canonical.Entity) canonical.Entity {
	address := canonical.Address{Kind: "billing", FirstName: "Ada", LastName: "Example", Street: []string{"9 New Street"}, City: "Hull", Postcode: "HU1 1AA", CountryID: "GB"}
	switch x := e.(type) {
	case *canonical.Invoice:
		x.BillingAddress = &address
	case *canonical.CreditMemo:
		x.BillingAddress = &address
	case *canonical.Customer:
		x.Addresses = []canonical.Address{address}
	}
	return e
}

// TestACallWhoseAnswerWasLostIsMadeOnce loses the answer of each kind of call before or
// after Sage has executed it, answers the look-up and the repetition with each status,
// and plans the document anew in between.
func TestACallWhoseAnswerWasLostIsMadeOnce(t *testing.T) {
	t.Parallel()
	statuses := []int{400, 401, 403, 404, 405, 408, 409, 410, 415, 422, 429, 500, 502, 503, 504, 525}
	for name, c := range doubtCases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newDoubtWorld(t)
			var n uint64
			for _, status := range statuses {
				for _, mode := range []string{"drop_before", "drop_after_commit"} {
					for _, replan := range []string{"an address", "a policy"} {
						n++
						t.Run(fmt.Sprintf("%d %s %s", status, mode, replan), func(t *testing.T) {
							w.t = t
							w.ready(c, n)
							w.lose(c.method, c.path, mode)
							w.spoil(c.method, c.path, status)
							w.madeOnce(c, n, replan)
						})
					}
				}
			}
		})
	}
}

// TestAGatewaysPageAfterACallIsNoWordOfSages has a page of a gateway's stand for the answer
// of a call that Sage has executed, or never had.
func TestAGatewaysPageAfterACallIsNoWordOfSages(t *testing.T) {
	t.Parallel()
	answeredOtherwise(t, "<html>no</html>", 400, 401, 403, 404, 408, 409, 422, 429, 502)
}

// TestANoToWhoCallsIsNoWordOnTheDocument has Sage's own answer say that nobody may call, or
// not so often, after it has executed the call, or before.
func TestANoToWhoCallsIsNoWordOnTheDocument(t *testing.T) {
	t.Parallel()
	answeredOtherwise(t, "", 401, 403, 429)
}

// answeredOtherwise has a status with a body, Sage's own document where it is "", stand for
// the answer of each kind of call.
func answeredOtherwise(t *testing.T, body string, statuses ...int) {
	for name, c := range doubtCases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newDoubtWorld(t)
			var n uint64
			for _, status := range statuses {
				for _, mode := range []string{"status", "status_after_commit"} {
					n++
					t.Run(fmt.Sprintf("%d %s", status, mode), func(t *testing.T) {
						w.t = t
						w.ready(c, n)
						w.sim.Fault(simulator.Fault{Method: c.method, Path: c.path, Mode: mode, Status: status, Body: body})
						w.madeOnce(c, n, "an address")
					})
				}
			}
		})
	}
}

// ready brings into Sage what has to be there before a call.
func (w *doubtWorld) ready(c doubtCase, n uint64) {
	w.t.Helper()
	if c.before != nil {
		e := c.before(n)
		w.takeIn(e)
		w.settledItem(e.ID(), "invoice", invoiceReference(n))
	}
}

// madeOnce asks for the call, plans anew once its answer is lost, and checks that all
// stands in Sage once.
func (w *doubtWorld) madeOnce(c doubtCase, n uint64, replan string) {
	w.t.Helper()
	e, before := c.ask(n), w.doubts()
	w.takeIn(e)
	w.turnUntil("a lost answer", func() bool { return w.doubts() > before })
	if replan == "an address" {
		w.takeIn(moved(e))
	} else {
		w.another()
	}
	w.settledItem(e.ID(), c.kind, c.reference(n))
	w.sim.ClearFaults()
	w.oneOfEach(n, c.stands)
	if e.ID().Kind() == canonical.KindCustomer {
		w.renamed(n)
	}
}

// doubts is how many answers were lost so far. A slow turn may have ended the doubt already.
func (w *doubtWorld) doubts() int { return strings.Count(w.logs.String(), `"state":"in_doubt"`) }

// oneOfEach checks that a sale stands in Sage once, as it should.
func (w *doubtWorld) oneOfEach(n uint64, want map[string]int) {
	w.t.Helper()
	for kind, reference := range map[string]string{
		"contact": contactReference(n), "invoice": invoiceReference(n), "payment": invoiceReference(n),
		"credit_note": creditReference(n), "refund": creditReference(n), "allocation": creditReference(n),
	} {
		if got := w.standing(kind, reference); got != want[kind] {
			w.t.Errorf("%s %s stands in Sage %d times, want %d\n%s", kind, reference, got, want[kind], w.logs.tail())
		}
	}
}

// renamed checks that a customer's contact has the newest name.
func (w *doubtWorld) renamed(n uint64) {
	w.t.Helper()
	for _, d := range w.inSage("contact") {
		if want := fmt.Sprintf("Ada Newname %d", n); d.Reference == contactReference(n) && d.ContactName != want {
			w.t.Errorf("the contact is named %q, want %q", d.ContactName, want)
		}
	}
}

// TestLostAnswersMakeNoDuplicatesThoughSageRemembersNoIDs loses twenty answers of each
// kind after their calls were executed.
func TestLostAnswersMakeNoDuplicatesThoughSageRemembersNoIDs(t *testing.T) {
	t.Parallel()
	w := newDoubtWorld(t)
	const sales = 20
	for _, c := range doubtCases {
		for range sales {
			w.lose(c.method, c.path, "drop_after_commit")
		}
	}
	for n := range uint64(sales) {
		i := doubtInvoice(n + 1)
		w.takeIn(i, creditOf(n+1, i))
	}
	for n := range uint64(sales) {
		w.settledItem(canonical.NewID(canonical.KindCreditMemo, n+1), "credit_note", creditReference(n+1))
		w.settledItem(canonical.NewID(canonical.KindInvoice, n+1), "invoice", invoiceReference(n+1))
		w.takeIn(aCustomer(n + 1))
		w.settledItem(canonical.NewID(canonical.KindCustomer, 1000+n+1), "contact change", contactReference(n+1))
	}
	for n := range uint64(sales) {
		w.oneOfEach(n+1, refunded)
		w.renamed(n + 1)
	}
	for what, want := range map[string]int{"contact": sales, "invoice": sales, "payment": sales, "credit_note": sales, "refund": sales} {
		if got := len(w.inSage(what)); got != want {
			t.Errorf("%d of kind %s, want %d", got, what, want)
		}
	}
	if n := w.sim.Calls().ByPath["PUT contacts/{id} 200"]; n != sales {
		t.Errorf("%d changes of contacts, want %d", n, sales)
	}
}

// TestAPersonSettlesWhatNoMachineCanTell finds an invoice of another total under our
// reference.
func TestAPersonSettlesWhatNoMachineCanTell(t *testing.T) {
	t.Parallel()
	unclear := func(t *testing.T) (w *doubtWorld, operation int64) {
		w = newDoubtWorld(t)
		w.lose(http.MethodPost, "/v3.1/sales_invoices", "drop_after_commit")
		w.takeIn(invoiceOf(1, ada))
		w.turnUntil("the invoice is made", func() bool { return len(w.inSage("invoice")) == 1 })
		w.sql("UPDATE operations SET total = total + 1 WHERE kind = 'create_invoice'")
		w.turnUntil("parked", func() bool { return w.item("invoice:1").Reason == work.ContentMismatch })
		w.another() // no policy may make a revision of it
		w.turn()
		item := w.item("invoice:1")
		if item.State != work.ItemParked || item.SageID != "" || !strings.Contains(item.Hint, "total_amount") || len(w.inSage("invoice")) != 1 {
			t.Fatalf("%+v with %d invoices, want it parked as it was", item, len(w.inSage("invoice")))
		}
		return w, w.operationToSettle("invoice:1")
	}
	t.Run("it is in Sage", func(t *testing.T) {
		w, operation := unclear(t)
		id := w.inSage("invoice")[0].ID
		_, err := w.db.Settle(t.Context(), operation, id)
		w.must(err)
		w.turnUntil("adopted", func() bool { return w.item("invoice:1").SageID == id })
		if item := w.item("invoice:1"); item.Reason != work.TotalMismatch || len(w.inSage("invoice")) != 1 {
			t.Errorf("%s %s, want it in Sage, with the difference shown", item.State, item.Reason)
		}
	})
	t.Run("it is not", func(t *testing.T) {
		w, operation := unclear(t)
		_, err := w.db.Settle(t.Context(), operation, "")
		w.must(err)
		w.turnUntil("made", func() bool { return w.item("invoice:1").SageID != "" })
		if n := len(w.inSage("invoice")); n != 2 {
			t.Errorf("%d invoices, want the other one and ours", n)
		}
		if _, err := w.db.Settle(t.Context(), operation, "x"); !errors.Is(err, work.ErrNotOpen) {
			t.Errorf("%v; want nothing to settle any more", err)
		}
	})
}

// TestACustomerRenamedBeforeARestoreIsRenamedAgain has Sage answer the create of a contact
// from its memory of ids, with the name of then.
func TestACustomerRenamedBeforeARestoreIsRenamedAgain(t *testing.T) {
	t.Parallel()
	w := newDoubtWorldOf(t, simulator.Options{})
	w.takeIn(anInvoice(1))
	w.settledItem("invoice:1", "invoice", invoiceReference(1))
	w.sql("DELETE FROM xrefs; DELETE FROM operations; UPDATE sync_items SET state = 'planned', sage_id = '', payment = '', plan_due_at = now()") // restored to before
	w.takeIn(aCustomer(1))
	w.settledItem("invoice:1", "invoice", invoiceReference(1))
	w.turnUntil("the name reaches Sage", func() bool { c := w.inSage("contact"); return len(c) == 1 && c[0].ContactName == "Ada Newname 1" })
	w.oneOfEach(1, bought)
}
