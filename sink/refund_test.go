package sink

import (
	"slices"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/work"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

// settled waits until a document is in Sage and Sage shows it as paid.
func (w *world) settled(id canonical.ID) {
	w.t.Helper()
	w.until(string(id)+" settled", func() bool {
		r := w.item(id)
		return r.State == work.ItemPosted && r.Payment == work.Paid
	})
}

// balances are what is open of the contacts in Sage.
func (w *world) balances() (all []string) {
	for _, c := range w.inSage("contact") {
		all = append(all, c.Outstanding)
	}
	return all
}

func (w *world) same(what string, got []string, want ...string) {
	w.t.Helper()
	if !slices.Equal(got, want) {
		w.t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func (w *world) statuses(kind string) (all []string) {
	for _, d := range w.inSage(kind) {
		all = append(all, d.Status+" "+d.Outstanding)
	}
	return all
}

func TestAnOrderThatIsPaidAndRefundedLeavesNothingOpen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.start()
	invoice := paid(invoiceOf(1, ada))
	w.publish(invoice)
	w.paid("invoice:1")
	before := w.sim.Calls().Total
	w.publish(creditOf(2, invoice))
	w.settled("creditmemo:2")
	w.same("invoices", w.statuses("invoice"), "PAID 0.00")
	w.same("credit notes", w.statuses("credit_note"), "PAID 0.00")
	w.same("balances", w.balances(), "0.00")
	if n := w.sim.Calls().Total - before; n != 2 {
		t.Errorf("%d calls for a refund, want the credit note and the refund", n)
	}
}

func TestTwoPartialRefundsLeaveWhatWasKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.start()
	invoice := paid(invoiceOf(1, ada))
	first, second := partOf(creditOf(2, invoice)), partOf(creditOf(3, invoice))
	w.publish(invoice, first, second)
	w.settled("creditmemo:2")
	w.settled("creditmemo:3")
	w.same("credit notes", w.statuses("credit_note"), "PAID 0.00", "PAID 0.00")
	w.same("invoices", w.statuses("invoice"), "PAID 0.00")
	w.same("balances", w.balances(), "0.00")
}

// partOf makes a memo one over shipping alone: 6.00.
func partOf(m *canonical.CreditMemo) *canonical.CreditMemo {
	m.Lines, m.Subtotal = nil, amt("0")
	m.TaxAmount, m.GrandTotal, m.BaseTaxAmount, m.BaseGrandTotal = amt("1.0000"), amt("6.0000"), amt("1.0000"), amt("6.0000")
	return m
}

func TestACreditNoteIsSetAgainstAnInvoiceThatIsOpen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.start()
	invoice := invoiceOf(1, ada)
	w.publish(invoice, creditOf(2, invoice))
	w.settled("creditmemo:2")
	w.same("invoices", w.statuses("invoice"), "PAID 0.00")
	w.same("credit notes", w.statuses("credit_note"), "PAID 0.00")
	w.same("balances", w.balances(), "0.00")
	if n := len(w.inSage("payment")); n != 0 {
		t.Errorf("%d payments, want none: nobody paid anything", n)
	}
}

func TestARefundByPolicyStaysOpenAndSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.importBinding(policyYAML("  offline_refunds: leave_open\n"))
	w.start()
	invoice := paid(invoiceOf(1, ada))
	w.publish(invoice, creditOf(2, invoice))
	row := w.reaches("creditmemo:2", work.ItemOpen, work.RefundLeftOpen)
	if row.Hint == "" {
		t.Error("nobody is told what to do about it")
	}
	w.same("credit notes", w.statuses("credit_note"), "UNPAID 30.00")
}

func TestACancelledInvoiceIsVoidInSage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.start()
	invoice := invoiceOf(1, ada)
	w.publish(invoice)
	w.reaches("invoice:1", work.ItemPosted, "")
	cancelled := *invoice
	cancelled.State = canonical.Cancelled
	w.publish(&cancelled)
	row := w.reaches("invoice:1", work.ItemSkipped, work.IsCancelled)
	if row.Payment != work.Void {
		t.Errorf("its payment is %q, want void", row.Payment)
	}
	w.same("invoices", w.statuses("invoice"), "VOID 0.00")
	w.same("balances", w.balances(), "0.00")
}
