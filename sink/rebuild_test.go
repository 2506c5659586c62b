package sink

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/deliver"
	"github.com/mage2sage/mage2sage/sink/work"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

// TestARebuildAdoptsAllThatStandsInSage forgets forty sales, some refunded and some allocated,
// and is interrupted again and again, where Sage remembers no ids.
func TestARebuildAdoptsAllThatStandsInSage(t *testing.T) {
	t.Parallel()
	w := newDoubtWorldOf(t, simulator.Options{Memory: -1})
	const sales = 40
	var all []canonical.Entity
	for n := uint64(1); n <= sales; n++ {
		switch n % 4 {
		case 0:
			all = append(all, anInvoice(n), aCreditMemo(n))
		case 1:
			all = append(all, anOpenInvoice(n), aCreditMemo(n))
		default:
			all = append(all, anInvoice(n))
		}
	}
	w.takeIn(all...)
	w.allSettled(all)
	before, items := w.sim.Documents(), map[canonical.ID]work.SyncItem{}
	for _, e := range all {
		items[e.ID()] = w.item(e.ID())
	}
	w.restored()
	w.takeIn(anInvoice(sales + 1)) // which was never posted
	interrupted := w.interrupted(3)
	if report := w.rebuilt(); report.ForAPerson() != 0 || report.ToMake[work.CreateInvoice] > 1 {
		t.Errorf("%+v: want nothing for a person and one sale to be made", report.Rows)
	}
	if interrupted < 5 {
		t.Errorf("interrupted %d times: the test does not interrupt it", interrupted)
	}
	w.allSettled(all)
	w.settledItem(anInvoice(sales+1).ID(), "invoice", invoiceReference(sales+1))
	w.oneOfEach(sales+1, bought)
	if after := w.sim.Documents(); len(after) != len(before)+3 { // a contact, an invoice, a receipt
		t.Errorf("%d things stand in Sage, and %d did: want the three of the new sale more", len(after), len(before))
	}
	for id, was := range items {
		now := w.item(id)
		if now.SageID != was.SageID || now.SageNumber != was.SageNumber || now.Payment != was.Payment || now.SageContactID != was.SageContactID ||
			now.AccountingDate != was.AccountingDate || now.SentDigest != was.SentDigest || !now.SageTotal.Equal(*was.SageTotal) {
			t.Errorf("%s is %+v, and was %+v", id, now, was)
		}
	}
	// Nothing is looked up afterwards: the lists have said what is there.
	if n := w.sim.Calls().ByPath["GET sales_invoices 200"]; n > 8 {
		t.Errorf("%d lists of invoices were read, want one for each rebuild", n)
	}
}

// allSettled turns until everything is posted, or parked.
func (w *doubtWorld) allSettled(all []canonical.Entity) {
	w.t.Helper()
	w.turnUntil("all is settled", func() bool { idle, err := w.db.Idle(w.t.Context()); w.must(err); return idle })
	for _, e := range all {
		if item := w.item(e.ID()); item.State != work.ItemPosted {
			w.t.Fatalf("%s is %s %s: %s", e.ID(), item.State, item.Reason, item.Hint)
		}
	}
}

// interrupted has a rebuild end after one step, two, three and so on, and counts how often; each
// begins anew, and delivery stays closed.
func (w *doubtWorld) interrupted(every int) (times int) {
	w.t.Helper()
	for steps := 1; times < 12; steps += every {
		ctx, cancel := context.WithCancel(w.t.Context())
		r, done := w.rebuild()
		left := steps
		r.Progress = func(string) {
			if left--; left == 0 {
				cancel()
			}
		}
		_, err := r.Run(ctx)
		cancel()
		done()
		if err == nil {
			return times
		}
		times++
		writes := w.sim.Calls().Writes
		w.turn()
		if n := w.sim.Calls().Writes; n != writes {
			w.t.Fatalf("%d calls were made after an interruption, want none before a rebuild has ended", n-writes)
		}
	}
	return times
}

// rowOf is the row of a report that has something in Sage.
func rowOf(r RebuildReport, sageID string) RebuildRow {
	i := slices.IndexFunc(r.Rows, func(row RebuildRow) bool {
		return slices.ContainsFunc(row.InSage, func(s work.Standing) bool { return s.SageID == sageID })
	})
	if i < 0 {
		return RebuildRow{}
	}
	return r.Rows[i]
}

// TestWhatIsNotAsInSageIsForAPerson forgets sales which have changed meanwhile on either side.
func TestWhatIsNotAsInSageIsForAPerson(t *testing.T) {
	t.Parallel()
	w := newDoubtWorldOf(t, simulator.Options{Memory: -1})
	var all []canonical.Entity
	for n := uint64(1); n <= 6; n++ {
		all = append(all, anInvoice(n))
	}
	w.takeIn(all...)
	w.allSettled(all)
	was := func(n uint64) work.SyncItem { return w.item(anInvoice(n).ID()) }
	ids := map[string]string{"total": was(1).SageID, "date": was(2).SageID, "contact": was(3).SageID, "doubled": was(4).SageID, "left out": was(6).SageID}
	contact := was(5).SageContactID
	ids["doubled too"] = w.invoiceByHand(was(4).SageContactID, invoiceReference(4), "2026-01-31", "GBP", "5.00")
	ids["unknown"] = w.invoiceByHand(contact, "000009999", "2026-01-31", "GBP", "5.00")
	somebodys := w.invoiceByHand(contact, "PO 17", "2026-01-31", "GBP", "5.00")
	w.restored()
	total, date, buyer, gone := doubtInvoice(1), doubtInvoice(2), doubtInvoice(3), doubtInvoice(6)
	total.GrandTotal, total.BaseGrandTotal, total.Lines[0].NetAmount, total.Lines[0].LineTotal = amt("31"), amt("31"), amt("21"), amt("25")
	date.CreatedAt = "2026-02-02T09:00:00Z"
	buyer.Customer.MagentoID = 1005
	gone.State, gone.Payment = canonical.Cancelled, nil
	w.takeIn(total, date, buyer, gone)
	report := w.rebuilt()
	for name, want := range map[string]deliver.Outcome{
		"total": deliver.Different, "date": deliver.Different, "contact": deliver.Different, "doubled": deliver.Doubled, "doubled too": deliver.Doubled,
		"unknown": unknown, "left out": leftOutHere,
	} {
		if row := rowOf(report, ids[name]); row.Outcome != want {
			t.Errorf("%s: %+v, want %s", name, row, want)
		}
	}
	if report.ForAPerson() != 5 || rowOf(report, somebodys).Outcome != "" {
		t.Errorf("%d for a person in %+v, want five, and nothing of somebody's own reference", report.ForAPerson(), report.Rows)
	}
	writes := len(w.sim.Documents())
	for range 5 {
		w.turn()
	}
	for n := uint64(1); n <= 4; n++ {
		item := was(n)
		if item.State != work.ItemParked || item.Reason != work.NotAsInSage || !strings.Contains(item.Hint, "Magento has invoice") || strings.Contains(item.Hint, "Ada") {
			t.Errorf("invoice %d is %s %s: %s", n, item.State, item.Reason, item.Hint)
		}
	}
	if was(5).Payment != work.Paid || len(w.sim.Documents()) != writes {
		t.Errorf("%s, and %d things more in Sage: want what is equal adopted and nothing made", was(5).Payment, len(w.sim.Documents())-writes)
	}
	w.correctedInMagento()
}

// correctedInMagento puts a sale right, and rebuilds once more.
func (w *doubtWorld) correctedInMagento() {
	w.t.Helper()
	w.takeIn(doubtInvoice(1))
	// An operation that is parked keeps its body until a person has decided.
	if report := w.rebuilt(); report.ForAPerson() != 5 {
		w.t.Errorf("%d for a person in %+v, want the same five", report.ForAPerson(), report.Rows)
	}
	operation := w.operationToSettle("invoice:1")
	id := w.inSage("invoice")[0].ID
	_, err := w.db.Settle(w.t.Context(), operation, id)
	w.must(err)
	w.turnUntil("adopted as a person said", func() bool { return w.item("invoice:1").SageID == id })
}

// TestAPlanOfARebuildWritesNothing compares what it says with what a rebuild does.
func TestAPlanOfARebuildWritesNothing(t *testing.T) {
	t.Parallel()
	w := newDoubtWorldOf(t, simulator.Options{Memory: -1})
	all := []canonical.Entity{anInvoice(1), anInvoice(2), aCreditMemo(2), anOpenInvoice(3)}
	w.takeIn(all...)
	w.allSettled(all)
	w.restored()
	w.takeIn(anInvoice(4))
	before := w.fingerprint()
	r, done := w.rebuild()
	defer done()
	planned, err := r.Plan(t.Context())
	w.must(err)
	if after := w.fingerprint(); after != before {
		t.Errorf("the tables are\n%s\nand were\n%s", after, before)
	}
	w.turn()
	if w.item("invoice:1").SageID != "" {
		t.Error("a plan has opened delivery")
	}
	report := w.rebuilt()
	if fmt.Sprint(planned.Adopted, planned.ToMake) != fmt.Sprint(report.Adopted, report.ToMake) || planned.adopted() != 10 || !planned.Plan || report.Plan {
		t.Errorf("planned %v, to make %v; done %v, to make %v: want the same ten", planned.Adopted, planned.ToMake, report.Adopted, report.ToMake)
	}
}

// TestDeliveryStaysClosedUntilTheLastRestoreWasAnswered has a restore noticed while a rebuild runs.
func TestDeliveryStaysClosedUntilTheLastRestoreWasAnswered(t *testing.T) {
	t.Parallel()
	w := newDoubtWorldOf(t, simulator.Options{})
	w.takeIn(anInvoice(1))
	w.must(w.planner.step(t.Context()))
	r, done := w.rebuild()
	defer done()
	noticed := false
	r.Progress = func(string) {
		if !noticed {
			noticed = true
			w.must(w.db.NoteRestored(t.Context(), "test"))
		}
	}
	_, err := r.Run(t.Context())
	w.must(err)
	w.turn()
	b, err := w.db.Binding(t.Context(), "shop-uk")
	w.must(err)
	if n := w.sim.Calls().Writes; n != 0 || b.Closed != work.ClosedByRestore {
		t.Errorf("%d calls, closed by %q; want none, and the restore", n, b.Closed)
	}
	w.rebuilt()
	_, err = w.db.CloseDelivery(t.Context(), "shop-uk")
	w.must(err)
	w.turn()
	b, err = w.db.Binding(t.Context(), "shop-uk")
	w.must(err)
	if n := w.sim.Calls().Writes; n != 0 || b.Closed != work.ClosedByPerson {
		t.Errorf("%d calls, closed by %q; want none, and a person", n, b.Closed)
	}
	w.rebuilt()
	w.settledItem("invoice:1", "invoice", invoiceReference(1))
}

// TestARebuildLeavesAloneWhatIsUnderWay has a call in doubt while the lists are read.
func TestARebuildLeavesAloneWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	w := newDoubtWorldOf(t, simulator.Options{Memory: -1})
	w.takeIn(anInvoice(1))
	w.lose("POST", "/v3.1/sales_invoices", "drop_after_commit")
	w.turnUntil("in doubt", func() bool { return w.doubts() == 1 })
	w.sql("UPDATE operations SET not_before = now() + interval '1 hour' WHERE state = 'in_doubt'")
	report := w.rebuilt()
	if item := w.item("invoice:1"); item.SageID != "" || w.doubts() != 1 || report.adopted() != 0 || report.ForAPerson() != 0 {
		t.Errorf("%+v, %+v: want the call in doubt left to its own look-up", item, report)
	}
	w.sql("UPDATE operations SET not_before = now() WHERE state = 'in_doubt'")
	w.settledItem("invoice:1", "invoice", invoiceReference(1))
	w.oneOfEach(1, bought)
}

// TestWhatCouldNotBeComparedIsLookedUpLater has a document parked while the lists are read, and
// healed afterwards, and a document that was left out wanted again.
func TestWhatCouldNotBeComparedIsLookedUpLater(t *testing.T) {
	t.Parallel()
	w := newDoubtWorldOf(t, simulator.Options{Memory: -1})
	all := []canonical.Entity{anInvoice(1), anInvoice(2)}
	w.takeIn(all...)
	w.allSettled(all)
	id := w.item("invoice:1").SageID
	w.restored()
	unbalanced := doubtInvoice(1)
	unbalanced.Balance.OK = false
	w.takeIn(unbalanced)
	report := w.rebuilt()
	if row := rowOf(report, id); row.Outcome != notPlanned || report.ForAPerson() != 1 {
		t.Errorf("%+v, want it said that nothing could be compared", report.Rows)
	}
	w.takeIn(anInvoice(1))
	w.allSettled(all)
	if w.item("invoice:1").SageID != id || len(w.inSage("invoice")) != 2 || len(w.inSage("payment")) != 2 {
		t.Errorf("%+v with %d invoices and %d receipts, want what stood there", w.item("invoice:1"), len(w.inSage("invoice")), len(w.inSage("payment")))
	}
}
