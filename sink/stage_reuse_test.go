package sink

import (
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/sink/work"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

// deletion is what transform publishes of an invoice that is gone.
func deletion(i *canonical.Invoice) *canonical.Invoice {
	e := i.Envelope
	e.Deleted = true
	return &canonical.Invoice{Envelope: e, Document: canonical.Document{Heading: canonical.Heading{MagentoID: i.MagentoID, OrderID: i.OrderID, Customer: canonical.Buyer{Contact: canonical.Contact{Addresses: []canonical.Address{}}}}, Lines: []canonical.Line{}}}
}

// A document was deleted and written again under the same number, with a new primary key.
func TestADocumentThatIsWrittenAgainUnderItsNumberIsNotPostedTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.start()
	first := paid(invoiceOf(1, ada))
	w.publish(first)
	w.paid("invoice:1")
	again := paid(invoiceOf(2, ada))
	again.IncrementID, again.OrderID, again.OrderIncrementID, again.Source.Root = first.IncrementID, first.OrderID, first.OrderIncrementID, first.Source.Root
	w.publish(deletion(first), again)
	row := w.reaches("invoice:2", work.ItemParked, work.NumberUsedTwice)
	if number := w.item("invoice:1").SageNumber; number == "" || !strings.Contains(row.Hint, number) || !strings.Contains(row.Hint, "invoice:1") {
		t.Errorf("hint %q, want the first document and Sage's number %q", row.Hint, number)
	}
	if invoices, payments := len(w.inSage("invoice")), len(w.inSage("payment")); invoices != 1 || payments != 1 {
		t.Errorf("%d invoices and %d payments, want one of each", invoices, payments)
	}
}

// The shop's collation takes them for one number, so a document that was deleted may come
// back under another spelling.
func TestSpellingsOfOneNumberAreNeverPostedTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.start()
	for n, number := range []string{"dupA", "dupa", "dupA "} {
		i := invoiceOf(uint64(n)+1, ada)
		i.IncrementID = number
		w.publish(i)
		if n == 0 {
			w.reaches(i.ID(), work.ItemPosted, "")
		} else {
			w.reaches(i.ID(), work.ItemParked, work.NumberUsedTwice)
		}
	}
	if made := w.inSage("invoice"); len(made) != 1 || made[0].Reference != "dupA" {
		t.Errorf("%+v, want the first alone", made)
	}
}

// Two stores of one business count alike, each in a binding of its own.
func TestTwoStoresThatCountAlikeNeverShareAReference(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.start()
	one, other := paid(invoiceOf(1, ada)), paid(invoiceOf(2, ada))
	other.IncrementID = one.IncrementID
	w.publish(one)
	w.paid("invoice:1")
	w.publish(other)
	w.reaches("invoice:2", work.ItemParked, work.NumberUsedTwice)
	w.importBinding(policyYAML("  invoice_number_prefix: B-\n"))
	w.paid("invoice:2")
	if got := len(w.inSage("invoice")); got != 2 {
		t.Errorf("%d invoices, want two, each under a reference of its own", got)
	}
}

// Magento was restored from an older dump and has used its ids again.
func TestASaleUnderAnIDThatIsUsedAgainIsNeverTakenForTheOldOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.start()
	old := paid(invoiceOf(1, ada))
	w.publish(old)
	w.paid("invoice:1")
	bob := canonical.Contact{MagentoID: 6, Email: "bob@example.test", FirstName: "Bob", LastName: "Example"}
	again := paid(invoiceOf(1, bob))
	again.CreatedAt, again.OrderID, again.OrderIncrementID, again.Source.Root = "2026-02-03T10:00:00Z", 9, "000000009", change.NewRoot("order", 9)
	memo := creditOf(4, again)
	w.publish(again, deletion(old), memo)
	row := w.reaches("invoice:1", work.ItemParked, work.IDUsedAgain)
	if row.SageNumber == "" || !strings.Contains(row.Hint, row.SageNumber) || row.Payment != work.Paid {
		t.Errorf("%+v, want what is in Sage kept, and named", row)
	}
	w.reaches("creditmemo:4", work.ItemWaiting, work.InvoiceNotInSage)
	if invoices, notes := len(w.inSage("invoice")), len(w.inSage("credit_note")); invoices != 1 || notes != 0 {
		t.Errorf("%d invoices and %d credit notes, want the old invoice alone", invoices, notes)
	}
}
