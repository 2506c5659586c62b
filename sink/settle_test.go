package sink

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/binding"
	"github.com/mage2sage/mage2sage/sink/work"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

func newSettleWorld(t *testing.T) *doubtWorld {
	t.Parallel()
	return newDoubtWorld(t)
}

func (w *doubtWorld) says(id canonical.ID, s work.Settlement) error {
	s.Binding, s.ID, s.By, s.Note = "shop-uk", id, "bea", "seen in Sage"
	return SettleDocument(w.t.Context(), w.db, s)
}

// reachesByHand turns until an item has a state and a reason.
func (w *doubtWorld) reachesByHand(id canonical.ID, state work.ItemState, reason work.Reason) work.SyncItem {
	w.t.Helper()
	w.turnUntil(string(id)+" "+string(state)+" "+string(reason), func() bool { i := w.item(id); return i.State == state && i.Reason == reason })
	return w.item(id)
}

// writtenAgain brings two invoices with one number: the second parks.
func (w *doubtWorld) writtenAgain() *canonical.Invoice {
	first, second := doubtInvoice(1), doubtInvoice(2)
	second.IncrementID = first.IncrementID
	w.takeIn(first)
	w.settledItem("invoice:1", "invoice", invoiceReference(1))
	w.takeIn(second)
	w.reachesByHand("invoice:2", work.ItemParked, work.NumberUsedTwice)
	return second
}

func TestADocumentThatAPersonHasPostedIsPostedAndStaysSo(t *testing.T) {
	w := newSettleWorld(t)
	second := w.writtenAgain()
	if err := w.says("invoice:2", work.Settlement{Outcome: work.SettledPosted, SageID: "by-hand"}); err == nil || !strings.Contains(err.Error(), "--paid") {
		t.Errorf("%v; want to be asked for its payment", err)
	}
	first := w.item("invoice:1").SageID
	if err := w.says("invoice:2", work.Settlement{Outcome: work.SettledPosted, SageID: first, Payment: work.Paid}); err == nil || !strings.Contains(err.Error(), "invoice:1") {
		t.Errorf("%v; want another document's object refused by name", err)
	}
	w.must(w.says("invoice:2", work.Settlement{Outcome: work.SettledPosted, SageID: "by-hand", Payment: work.Paid}))
	w.another()
	w.takeIn(moved(second))
	w.turn()
	if i := w.item("invoice:2"); i.State != work.ItemPosted || i.SageID != "by-hand" || i.Payment != work.Paid || len(w.inSage("invoice")) != 1 || len(w.inSage("payment")) != 1 {
		t.Errorf("%+v with %d invoices and %d payments, want it posted by hand and nothing made", i, len(w.inSage("invoice")), len(w.inSage("payment")))
	}
	w.sql(`DO $$ BEGIN ASSERT (SELECT count(*) = 1 FROM audit WHERE entity = 'invoice:2' AND event = 'document settled by a person'
		AND detail->>'by' = 'bea' AND detail->>'note' = 'seen in Sage' AND detail->>'sage_id' = 'by-hand' AND detail->>'before' = 'parked number_used_twice'); END $$`)
	second.GrandTotal = amt("31")
	w.takeIn(second)
	w.reachesByHand("invoice:2", work.ItemParked, work.ChangedAfterPosting)
}

func TestAnIdThatSageDoesNotHaveIsNoDocument(t *testing.T) {
	w := newSettleWorld(t)
	i := doubtInvoice(1)
	w.takeIn(i)
	w.settledItem("invoice:1", "invoice", invoiceReference(1))
	w.takeIn(creditOf(1, i))
	w.settledItem("creditmemo:1", "credit_note", creditReference(1))
	client, done, err := binding.OpenBusiness(t.Context(), w.config.Sage, w.db, w.db, "shop-uk")
	w.must(err)
	t.Cleanup(done)
	invoice, memo := w.item("invoice:1").SageID, w.item("creditmemo:1").SageID
	for _, c := range []struct {
		id     canonical.ID
		sageID string
		there  bool
	}{{"invoice:1", invoice, true}, {"creditmemo:1", memo, true}, {"invoice:1", memo, false}, {"creditmemo:1", invoice, false}, {"invoice:1", "abc", false}} {
		err := CheckInSage(t.Context(), client, work.Settlement{Binding: "shop-uk", ID: c.id, SageID: c.sageID})
		if (err == nil) != c.there || !c.there && !strings.Contains(err.Error(), "take the id from") {
			t.Errorf("%s as %s: %v; want it there: %v", c.id, c.sageID, err, c.there)
		}
	}
	w.sim.Fault(simulator.Fault{Path: "/v3.1/sales_invoices", Mode: "status", Status: 500})
	if err := CheckInSage(t.Context(), client, work.Settlement{Binding: "shop-uk", ID: "invoice:1", SageID: invoice}); err == nil || !strings.Contains(err.Error(), "--unchecked") {
		t.Errorf("%v; want it said how to go on without an answer", err)
	}
}

func TestAnInvoiceThatAPersonHasPostedUnpaidIsNotPaidToAContactThatNobodyKnows(t *testing.T) {
	w := newSettleWorld(t)
	w.writtenAgain()
	w.must(w.says("invoice:2", work.Settlement{Outcome: work.SettledPosted, SageID: "by-hand", Payment: work.Unpaid}))
	w.turn()
	if i := w.item("invoice:2"); i.State != work.ItemPosted || i.Payment != work.Unpaid || !strings.Contains(i.Hint, "--paid") || len(w.inSage("payment")) != 1 {
		t.Errorf("%+v with %d payments, want it posted, unpaid, and the first one's payment alone", i, len(w.inSage("payment")))
	}
	w.must(w.says("invoice:2", work.Settlement{Outcome: work.SettledPosted, SageID: "by-hand", Payment: work.Paid}))
	w.turn()
	if i := w.item("invoice:2"); i.Payment != work.Paid {
		t.Errorf("%+v, want it paid", i)
	}
}

func TestADocumentThatAPersonLeavesOutStaysOutUntilItChanges(t *testing.T) {
	w := newSettleWorld(t)
	second := w.writtenAgain()
	w.must(w.says("invoice:2", work.Settlement{Outcome: work.SettledSkipped}))
	w.importBinding(policyYAML("  invoice_number_prefix: B-\n")) // nothing is in its way any more
	w.takeIn(moved(second))
	w.turn()
	if i := w.item("invoice:2"); i.State != work.ItemSkipped || i.Reason != work.SettledByHand || i.Hint != "seen in Sage" || len(w.inSage("invoice")) != 1 {
		t.Errorf("%+v with %d invoices, want it left out", i, len(w.inSage("invoice")))
	}
	second.GrandTotal = amt("31")
	w.takeIn(second)
	w.reachesByHand("invoice:2", work.ItemParked, work.ChangedAfterSettling)
	w.another()
	w.turn()
	w.reachesByHand("invoice:2", work.ItemParked, work.ChangedAfterSettling)
	second.GrandTotal = doubtInvoice(2).GrandTotal
	w.takeIn(second)
	w.must(w.says("invoice:2", work.Settlement{Outcome: work.SettledRetry}))
	w.importBinding(policyYAML("  invoice_number_prefix: B-\n"))
	w.turnUntil("posted after all", func() bool { return len(w.inSage("invoice")) == 2 })
}

func TestARefusedDocumentIsMadeOnceMoreWhenAPersonSaysSo(t *testing.T) {
	w := newSettleWorld(t)
	w.sim.Fault(simulator.Fault{Method: http.MethodPost, Path: "/v3.1/sales_invoices", Mode: "status", Status: 422})
	w.takeIn(doubtInvoice(1))
	w.reachesByHand("invoice:1", work.ItemParked, work.RefusedBySage)
	w.turn()
	if n := len(w.inSage("invoice")); n != 0 {
		t.Fatalf("%d invoices before anybody has settled it", n)
	}
	w.must(w.says("invoice:1", work.Settlement{Outcome: work.SettledRetry}))
	w.reachesByHand("invoice:1", work.ItemPosted, "")
	w.turnUntil("paid", func() bool { return w.item("invoice:1").Payment == work.Paid })
	w.oneOfEach(1, bought)
}

func TestWhatMayStandInSageIsNotTriedAgain(t *testing.T) {
	w := newSettleWorld(t)
	for _, settled := range []work.Settlement{{Outcome: work.SettledRetry}, {Outcome: work.SettledSkipped}, {Outcome: work.SettledPosted, SageID: "x", Payment: work.Paid}} {
		if err := w.says("invoice:1", settled); err == nil || !strings.Contains(err.Error(), "no such document") {
			t.Errorf("%v; want no such document", err)
		}
	}
	w.config.Sage.SettleWindow = time.Hour
	w.lose(http.MethodPost, "/v3.1/sales_invoices", "drop_after_commit")
	w.takeIn(doubtInvoice(1))
	w.turnUntil("a lost answer", func() bool { return w.doubts() > 0 })
	refusals := func(want string) {
		t.Helper()
		for _, settled := range []work.Settlement{{Outcome: work.SettledRetry}, {Outcome: work.SettledSkipped}} {
			if err := w.says("invoice:1", settled); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v; want %q", settled.Outcome, err, want)
			}
		}
	}
	refusals("mage2sage operation settle")
	w.sql("UPDATE operations SET state = 'parked', reason = 'content_mismatch' WHERE kind = 'create_invoice'")
	refusals("mage2sage operation settle")
	w.sql("UPDATE operations SET state = 'in_doubt', not_before = now() WHERE kind = 'create_invoice'")
	w.settledItem("invoice:1", "invoice", invoiceReference(1))
	w.sql("UPDATE sync_items SET state = 'parked', reason = 'total_mismatch' WHERE id = 'invoice:1'")
	refusals("stands in Sage as " + w.item("invoice:1").SageID)
	w.must(w.says("invoice:1", work.Settlement{Outcome: work.SettledPosted, SageID: w.item("invoice:1").SageID}))
	w.turn()
	if i := w.item("invoice:1"); i.State != work.ItemPosted || i.Reason != "" || i.SageNumber == "" || i.SageTotal == nil || i.Payment != work.Paid {
		t.Errorf("%+v, want the mismatch gone and all else kept", i)
	}
	w.oneOfEach(1, bought)
}
