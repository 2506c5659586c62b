package transform

import (
	"slices"
	"testing"
)

func TestAnInvoiceIsEmittedAtItsCommit(t *testing.T) {
	w := newWorld(t)
	w.whole()
	w.commit(10, referenceRows("General")...)
	r := w.start(t.TempDir())
	r.settled()
	w.commit(11, orderRows(1)...)
	r.settled()
	if ids := sortedIDs(w.newest()); len(ids) != 0 {
		t.Errorf("an order alone gave %v, want nothing", ids)
	}
	w.commit(12, invoiceRows(1, 1)...)
	r.settled()
	w.commit(13, invoiceRow(1, 2, nil))
	r.settled()
	w.commit(14, invoiceRow(1, 2, columns{"updated_at": "2026-02-02T03:04:05Z"}))
	r.settled()
	w.commit(15, taxRows(1)...)
	r.settled()
	if got, want := w.types("invoice:1"), []string{"invoice.created", "invoice.paid", "invoice.updated"}; !slices.Equal(got, want) {
		t.Errorf("events of the invoice are %v, want %v", got, want)
	}
	for _, e := range w.emissions() {
		t.Logf("%s %s %s", e.kind, e.version, e.value)
	}
}
