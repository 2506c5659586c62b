package sink

import (
	"testing"

	"github.com/mage2sage/mage2sage/sink/work"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

func TestAPaidInvoiceItsPaymentAndItsCreditNoteStandInSageOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.start()
	invoice := paid(invoiceOf(1, ada))
	w.publish(invoice, creditOf(2, invoice))
	w.paid("invoice:1")
	w.reaches("creditmemo:2", work.ItemPosted, "")
	if n := len(w.inSage("contact")); n != 1 {
		t.Errorf("%d contacts, want 1", n)
	}
	made := w.inSage("invoice")
	if len(made) != 1 || made[0].Total != "30.00" || made[0].Tax != "5.00" || made[0].Status != "PAID" || made[0].Contact != "M5" || made[0].Reference != "000000001" {
		t.Errorf("invoices %+v; want one over 30.00 with 5.00 tax, paid, of M5", made)
	}
	if credit := w.inSage("credit_note"); len(credit) != 1 || credit[0].Total != "30.00" || credit[0].Contact != "M5" {
		t.Errorf("credit notes %+v; want one over 30.00 of M5", credit)
	}
	row := w.item("invoice:1")
	if row.SageTotal.Fixed(2) != "30.00" || row.MagentoTotal.Fixed(2) != "30.00" || row.SageID == "" {
		t.Errorf("document %+v; want both totals 30.00", row)
	}
}
