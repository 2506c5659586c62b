package transform

import (
	"slices"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// readRows are rows as a snapshot publishes them.
func readRows(v uint64, changes ...rowChange) (all []topic.Record) {
	for _, c := range changes {
		all = append(all, as(change.Read, rawRecord(version(v), c)))
	}
	return all
}

// event is the last emission of an invoice: its type, and when it occurred.
func (w *world) event(id string) (kind, occurredAt string) {
	w.t.Helper()
	for _, e := range w.emissions() {
		if string(e.id) == id {
			kind, occurredAt = e.kind, e.entity.Head().OccurredAt
		}
	}
	return kind, occurredAt
}

// TestWhatASnapshotHasReadIsNotCalledCreated reads an invoice of long ago, and follows it.
func TestWhatASnapshotHasReadIsNotCalledCreated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.whole()
	r := w.start(t.TempDir())
	w.snapshot(change.KindSnapshotBegin, change.Sales, 10)
	w.sales(readRows(11, append(orderRows(1), invoiceRows(1, 1)...)...)...)
	w.snapshot(change.KindSnapshotEnd, change.Sales, 12)
	r.settled()
	if kind, at := w.event("invoice:1"); kind != "invoice.snapshot" || at != "2026-01-02T03:04:05Z" {
		t.Errorf("the event is %s of %s, want invoice.snapshot of the invoice's own time", kind, at)
	}
	w.commit(13, invoiceRow(1, 2, nil))
	r.settled()
	if kind, at := w.event("invoice:1"); kind != "invoice.paid" || at != time14(13) {
		t.Errorf("the event is %s of %s, want invoice.paid at its commit", kind, at)
	}
}

// TestAnInvoiceThatIsChangedInTheTransactionThatMadeItIsCreated: Magento inserts a document
// and updates it before it commits.
func TestAnInvoiceThatIsChangedInTheTransactionThatMadeItIsCreated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.whole()
	r := w.start(t.TempDir())
	var all []topic.Record
	for _, c := range append(orderRows(1), invoiceRows(1, 1)...) {
		all = append(all, rawRecord(version(11), c))
	}
	all = append(all, as(change.Update, rawRecord(version(11), invoiceRow(1, 2, nil))), markerRecord(version(11), change.Version{}))
	w.sales(all...)
	r.settled()
	if kind, at := w.event("invoice:1"); kind != "invoice.created" || at != time14(11) {
		t.Errorf("the event is %s of %s, want invoice.created at its commit", kind, at)
	}
}

// TestADeletedInvoiceThatASnapshotFindsIsNotCalledCreated: somebody has put it back behind
// the log's back.
func TestADeletedInvoiceThatASnapshotFindsIsNotCalledCreated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.whole()
	r := w.start(t.TempDir())
	w.commit(11, append(orderRows(1), invoiceRows(1, 1)...)...)
	r.settled()
	w.commit(12, gone(invoiceRow(1, 1, nil)))
	r.settled()
	w.sales(tableRecord(change.KindSnapshotBegin, "sales_invoice", 13, 13))
	w.sales(readRows(14, invoiceRow(1, 1, nil))...)
	w.sales(tableRecord(change.KindSnapshotEnd, "sales_invoice", 15, 13))
	r.settled()
	if got, want := w.types("invoice:1"), []string{"invoice.created", "invoice.deleted", "invoice.snapshot"}; !slices.Equal(got, want) {
		t.Errorf("events are %v, want %v", got, want)
	}
}

// TestACreatedInvoiceIsOneOfItsOwn: another invoice of the same order was read by a snapshot.
func TestACreatedInvoiceIsOneOfItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.whole()
	r := w.start(t.TempDir())
	w.snapshot(change.KindSnapshotBegin, change.Sales, 10)
	w.sales(readRows(11, append(orderRows(1), invoiceRows(1, 1)...)...)...)
	second := invoiceRow(2, 1, columns{"order_id": 1})
	second.root = orderRoot(1)
	w.commit(12, append(memoRows(1), second)...)
	w.snapshot(change.KindSnapshotEnd, change.Sales, 13)
	r.settled()
	invoice, _ := w.event("invoice:1")
	other, _ := w.event("invoice:2")
	memo, _ := w.event("creditmemo:1")
	if invoice != "invoice.snapshot" || other != "invoice.created" || memo != "creditmemo.created" {
		t.Errorf("events are %s, %s and %s, want the first invoice read, the others created", invoice, other, memo)
	}
}
