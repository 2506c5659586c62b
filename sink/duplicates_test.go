package sink

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/health"
	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/work"
	"github.com/mage2sage/mage2sage/testenv/sagesim/chart"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

// search searches what was changed since a time, as the command does, at a time of its own.
func (w *world) search(since, now time.Time) []work.Duplicate {
	w.t.Helper()
	r, done := w.rebuild()
	defer done()
	b, err := w.db.Binding(w.t.Context(), "shop-uk")
	w.must(err)
	found, err := (&DuplicateSearch{DB: w.db, Client: r.Client, Binding: b, Now: func() time.Time { return now }, Progress: func(string) {}}).Run(w.t.Context(), since)
	w.must(err)
	return found
}

// searchOn searches what was changed since the last search.
func (w *world) searchOn(now time.Time) []work.Duplicate {
	w.t.Helper()
	since, err := w.db.SearchedTo(w.t.Context(), business)
	w.must(err)
	if since.IsZero() {
		w.t.Fatal("the last search has left no watermark")
	}
	return w.search(since, now)
}

// voidByHand takes an invoice back as a bookkeeper would.
func (w *world) voidByHand(id string) {
	w.t.Helper()
	w.byHand(sage.Documents, func(ctx context.Context, p *sage.Permit) error {
		_, err := p.VoidInvoice(ctx, id, json.RawMessage(`{"void_reason":"one too many"}`))
		return err
	})
}

// TestADocumentThatIsMadeTwiceIsFound takes away what keeps a call from being made twice: Sage
// remembers no ids, and the operation forgets that its answer was lost, so that nothing is looked up.
func TestADocumentThatIsMadeTwiceIsFound(t *testing.T) {
	t.Parallel()
	w := newDoubtWorldOf(t, simulator.Options{Memory: -1})
	w.takeIn(anInvoice(1), anInvoice(2))
	w.allSettled([]canonical.Entity{anInvoice(1), anInvoice(2)})
	if found := w.search(time.Time{}, time.Now()); len(found) != 0 {
		t.Fatalf("%+v, want nothing of two sales", found)
	}
	w.takeIn(anInvoice(3))
	w.lose(http.MethodPost, "/v3.1/sales_invoices", "drop_after_commit")
	w.turnUntil("its answer is lost", func() bool { return w.standing("invoice", invoiceReference(3)) == 1 })
	w.sql("UPDATE operations SET state = 'planned', was_in_doubt = false, not_before = now() WHERE entity = 'invoice:3' AND kind = 'create_invoice'")
	w.turnUntil("it is posted", func() bool { return w.item("invoice:3").SageID != "" })
	found := w.searchOn(time.Now())
	if w.standing("invoice", invoiceReference(3)) != 2 || len(found) != 1 {
		t.Fatalf("%d stand in Sage and %+v was found, want the two of them", w.standing("invoice", invoiceReference(3)), found)
	}
	d := found[0]
	if d.Kind != work.CreateInvoice || d.Binding != "shop-uk" || d.FoundAt.IsZero() || len(d.Objects) != 2 || !strings.Contains(d.Hint(), "known here") {
		t.Errorf("%+v: %s", d, d.Hint())
	}
	known := 0
	for _, o := range d.Objects {
		if o.Number == "" || o.Total.Fixed(2) != "30.00" || o.Date != "2026-01-31" || o.Contact != contactReference(3) || o.Reference != invoiceReference(3) {
			t.Errorf("%+v: want its number, total, date, contact and reference", o)
		}
		if o.Entity == "invoice:3" && o.SageID == w.item("invoice:3").SageID {
			known++
		}
	}
	if known != 1 {
		t.Errorf("%+v: want one of the two to be that of invoice:3", d.Objects)
	}
}

// aged is a world with a sale of yesterday, which the last search has seen; whose clock stands now.
func aged(t *testing.T) (w *doubtWorld) {
	var ahead atomic.Int64
	ahead.Store(-int64(24 * time.Hour))
	w = newDoubtWorldOf(t, simulator.Options{Memory: -1, Clock: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }})
	w.takeIn(anInvoice(1))
	w.allSettled([]canonical.Entity{anInvoice(1)})
	ahead.Store(0)
	if found := w.search(time.Time{}, time.Now()); len(found) != 0 {
		t.Fatalf("%+v, want nothing of one sale", found)
	}
	return w
}

// TestADuplicateEndsWhenSageShowsItVoid finds one of another spelling of the number, again while nothing
// was changed, and never what is somebody else's.
func TestADuplicateEndsWhenSageShowsItVoid(t *testing.T) {
	t.Parallel()
	w := aged(t)
	contact := w.item("invoice:1").SageContactID
	stray := w.invoiceByHand(contact, " "+invoiceReference(1), "2026-02-03", "GBP", "5.00")
	for range 2 {
		w.invoiceByHand(contact, "PO 17", "2026-02-03", "GBP", "5.00")
	}
	later := time.Now().Add(3 * time.Hour)
	if found := w.searchOn(later); len(found) != 1 || !slices.ContainsFunc(found[0].Objects, func(o work.Doubled) bool { return o.SageID == stray && o.Entity == "" }) {
		t.Fatalf("%+v, want invoice:1 and the stray one", found)
	}
	if found := w.searchOn(later); len(found) != 1 {
		t.Errorf("%+v, want it as long as it stands there, whatever was changed", found)
	}
	w.voidByHand(stray)
	if found := w.searchOn(later); len(found) != 0 {
		t.Errorf("%+v, want it ended once the stray one is void", found)
	}
	if found := w.search(time.Time{}, later); len(found) != 0 {
		t.Errorf("%+v, want nothing of a void one in a full search either", found)
	}
	events := w.trail("duplicate found", "duplicate ended")
	if !slices.Equal(events, []string{"duplicate found invoice:1", "duplicate ended invoice:1"}) {
		t.Errorf("the audit trail has %v", events)
	}
}

// TestWhatIsOldAndWhatIsNewIsOneGroup has Sage find nothing by a spelling, and then an xref that is gone.
func TestWhatIsOldAndWhatIsNewIsOneGroup(t *testing.T) {
	t.Parallel()
	t.Run("Sage does not find the old one", func(t *testing.T) {
		w := aged(t)
		w.contactByHand("Ḿ"+contactReference(1)[1:], "Somebody", "GBP") // another spelling of M1001
		if found := w.searchOn(time.Now()); len(found) != 1 || len(found[0].Objects) != 2 {
			t.Errorf("%+v, want the two contacts", found)
		}
	})
	t.Run("nothing stands for the old one", func(t *testing.T) {
		w := aged(t)
		w.sql("DELETE FROM xrefs WHERE entity = 'invoice:1' AND type = 'sales_invoice'")
		w.invoiceByHand(w.item("invoice:1").SageContactID, invoiceReference(1), "2026-02-03", "GBP", "5.00")
		if found := w.searchOn(time.Now()); len(found) != 1 || len(found[0].Objects) != 2 || !strings.Contains(found[0].Hint(), "none of them is known") {
			t.Errorf("%+v, want the two invoices", found)
		}
	})
}

// TestPaymentsAndAllocationsOfOneAmountAreDuplicates doubles by hand what settles a sale and its refund, and a
// contact in another spelling.
func TestPaymentsAndAllocationsOfOneAmountAreDuplicates(t *testing.T) {
	t.Parallel()
	for name, since := range map[string]bool{"of what was changed": true, "of everything": false} {
		t.Run(name, func(t *testing.T) {
			w := newDoubtWorldOf(t, simulator.Options{Memory: -1})
			w.takeIn(anInvoice(1))
			w.allSettled([]canonical.Entity{anInvoice(1)})
			w.search(time.Time{}, time.Now())
			w.paidAgain("invoice:1", invoiceReference(1), "30.00")
			w.paidAgain("invoice:1", invoiceReference(1), "29.99") // another amount is another payment
			w.paidAgain("invoice:1", "BACS 17", "30.00")
			w.allocatedTwice("creditmemo:2", w.item("invoice:1").SageContactID)
			w.contactByHand("Ḿ"+contactReference(1)[1:], "Somebody", "GBP")
			var found []work.Duplicate
			if since {
				found = w.searchOn(time.Now())
			} else {
				found = w.search(time.Time{}, time.Now())
			}
			var kinds []string
			for _, d := range found {
				kinds = append(kinds, string(d.Kind)+" "+fmt.Sprint(len(d.Objects)))
			}
			slices.Sort(kinds)
			if want := []string{"allocate_credit_note 2", "create_contact 2", "create_payment 2"}; !slices.Equal(kinds, want) {
				t.Errorf("found %v, want %v", kinds, want)
			}
		})
	}
}

// paidAgain books a receipt on account, of the day of a sale's own.
func (w *world) paidAgain(id canonical.ID, reference, amount string) {
	w.t.Helper()
	body := fmt.Sprintf(`{"contact_payment":{"transaction_type_id":"CUSTOMER_RECEIPT","contact_id":%q,"bank_account_id":%q,"date":%q,"total_amount":%q,"reference":%q,"currency_id":"GBP","allocated_artefacts":[]}}`,
		w.item(id).SageContactID, chart.BankAccounts("GBP")[0].ID, w.sentDate("create_payment", id), amount, reference)
	w.byHand(sage.Payments, func(ctx context.Context, p *sage.Permit) error {
		_, err := p.CreatePayment(ctx, []byte(body))
		return err
	})
}

// sentDate is the day of what was sent for an entity.
func (w *world) sentDate(kind string, id canonical.ID) string {
	return w.value(fmt.Sprintf("SELECT value->>'date' FROM operations, json_each(body) WHERE kind = '%s' AND entity = '%s'", kind, id))
}

func (w *world) detector(board *health.Board) *detector {
	client := func(work.Binding) *sage.Client {
		r, done := w.rebuild()
		w.t.Cleanup(done)
		return r.Client
	}
	return &detector{db: w.db, client: client, log: zerolog.New(w.logs), board: board, failures: &failures{log: zerolog.New(w.logs), health: board}, now: time.Now, paused: func() bool { return false }}
}

func TestADetectorSearchesEachDayAndShowsWhatItFinds(t *testing.T) {
	t.Parallel()
	w := newDoubtWorldOf(t, simulator.Options{Memory: -1})
	w.takeIn(anInvoice(1))
	w.allSettled([]canonical.Entity{anInvoice(1)})
	stray := w.invoiceByHand(w.item("invoice:1").SageContactID, invoiceReference(1), "2026-02-03", "GBP", "5.00")
	board := &health.Board{}
	d := w.detector(board)
	lists := func() int { return w.sim.Calls().ByPath["GET sales_invoices 200"] }
	w.must(d.step(t.Context()))
	if lists() != 0 {
		t.Fatal("it searches at once, before a new binding has posted anything")
	}
	w.sql("UPDATE duplicate_searches SET due_at = now()")
	w.must(d.step(t.Context()))
	if all := board.Troubles(); len(all) != 1 || all[0].About != work.AboutDuplicates("shop-uk") || all[0].Hint != "mage2sage duplicates --binding shop-uk" {
		t.Fatalf("the board has %+v, want what stands twice", all)
	}
	read := lists()
	w.must(d.step(t.Context()))
	if lists() != read {
		t.Error("it searches again on the same day")
	}
	w.voidByHand(stray)
	w.sql("UPDATE duplicate_searches SET due_at = now()")
	w.must(d.step(t.Context()))
	if all := board.Troubles(); len(all) != 0 || lists() == read {
		t.Errorf("the board has %+v, want nothing once it is void", all)
	}
}

// TestASearchThatFailsIsTriedAgainLaterAndLater takes Sage away.
func TestASearchThatFailsIsTriedAgainLaterAndLater(t *testing.T) {
	t.Parallel()
	w := newDoubtWorldOf(t, simulator.Options{})
	board := &health.Board{}
	d := w.detector(board)
	w.must(d.step(t.Context()))
	var waits []string
	for range 7 {
		w.sim.Fault(simulator.Fault{Path: "/v3.1/contacts", Mode: "status", Status: 422})
		w.sql("UPDATE duplicate_searches SET due_at = now()")
		w.must(d.step(t.Context()))
		waits = append(waits, w.value("SELECT round(extract(epoch FROM due_at - now()) / 60) FROM duplicate_searches"))
	}
	if want := []string{"15", "30", "60", "120", "240", "360", "360"}; !slices.Equal(waits, want) {
		t.Errorf("it waits %v minutes, want %v", waits, want)
	}
	if all := board.Troubles(); len(all) != 1 || !strings.Contains(all[0].About, "search for duplicates") {
		t.Errorf("the board has %+v, want that nothing was searched for long", all)
	}
	w.sim.ClearFaults()
	w.sql("UPDATE duplicate_searches SET due_at = now()")
	w.must(d.step(t.Context()))
	if all := board.Troubles(); len(all) != 0 {
		t.Errorf("the board has %+v after a search that ended", all)
	}
}

func TestOneProcessSearchesABusiness(t *testing.T) {
	t.Parallel()
	w := newDoubtWorldOf(t, simulator.Options{})
	claim := func() bool {
		_, ok, err := w.db.ClaimDuplicateSearch(t.Context(), business)
		w.must(err)
		return ok
	}
	if claim() {
		t.Error("the first search is due at once")
	}
	w.sql("UPDATE duplicate_searches SET due_at = now()")
	if !claim() || claim() {
		t.Error("two processes have one search, or none has it")
	}
}

// allocatedTwice has a credit note of ours, which was posted by hand, set against an invoice twice, in part.
func (w *world) allocatedTwice(id canonical.ID, contact string) {
	w.t.Helper()
	invoice := w.invoiceByHand(contact, "by hand", "2026-02-03", "GBP", "5.00")
	line := fmt.Sprintf(`{"description":"goods","ledger_account_id":%q,"quantity":"1","unit_price":"25.00","tax_rate_id":"GB_STANDARD","tax_amount":"5.00"}`, chart.Sales)
	note := fmt.Sprintf(`{"sales_credit_note":{"contact_id":%q,"date":"2026-02-03","reference":"C by hand","currency_id":"GBP","main_address":{"address_line_1":"1 Test Street","country_id":"GB"},"credit_note_lines":[%s]}}`, contact, line)
	w.byHand(sage.Documents, func(ctx context.Context, p *sage.Permit) error {
		d, err := p.CreateCreditNote(ctx, []byte(note))
		note = d.ID
		return err
	})
	w.sql(fmt.Sprintf("INSERT INTO xrefs (binding, type, entity, sage_id) VALUES ('shop-uk', 'sales_credit_note', '%s', '%s')", id, note))
	for _, amount := range []string{"9.00", "9.00", "3.00"} {
		body := fmt.Sprintf(`{"contact_allocation":{"transaction_type_id":"CUSTOMER_ALLOCATION","contact_id":%q,"date":"2026-02-04","allocated_artefacts":[{"artefact_id":%q,"amount":%q},{"artefact_id":%q,"amount":"-%s"}]}}`,
			contact, invoice, amount, note, amount)
		w.byHand(sage.Payments, func(ctx context.Context, p *sage.Permit) error {
			_, err := p.CreateAllocation(ctx, []byte(body))
			return err
		})
	}
}
