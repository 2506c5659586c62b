package transform

import (
	"slices"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/transform/state"
)

// versionsOf are the versions of the records of an entity, in order.
func (w *world) versionsOf(id canonical.ID) (all []string) {
	w.t.Helper()
	for _, e := range w.emissions() {
		if e.id == id {
			all = append(all, e.version.String())
		}
	}
	return all
}

// TestAContentThatChangesWithoutANewerVersionGetsAVersionOfItsOwn has reference data come later
// than the rows that are newer than they are.
func TestAContentThatChangesWithoutANewerVersionGetsAVersionOfItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.whole()
	w.commit(10, referenceRows("General")...)
	w.commit(20, customerRow(5, nil))
	r := w.start(t.TempDir())
	r.settled()
	for n, name := range []string{"Wholesale", "Retail"} {
		w.commit(uint64(11+n), referenceRows(name)[2])
		r.until("the customer's group is "+name, func() bool { return strings.Contains(w.newest()["customer:5"], name) })
	}
	w.commit(21, customerRow(5, columns{"firstname": "Augusta"}))
	r.settled()
	w.commit(30, customerRow(5, columns{"firstname": "Ada"}))
	r.settled()
	r.end()
	w.newest()
	if got, want := w.versionsOf("customer:5"), []string{"1.20", "1.21", "1.22", "1.23", "1.30"}; !slices.Equal(got, want) {
		t.Errorf("versions are %v, want %v", got, want)
	}
}

// TestTheEndOfASnapshotThatChangesAnEntityIsAVersionOfItsOwn has a snapshot end under the
// version of the last transaction.
func TestTheEndOfASnapshotThatChangesAnEntityIsAVersionOfItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.whole()
	w.commit(10, referenceRows("General")...)
	w.commit(11, append(orderRows(1), invoiceRows(1, 1)...)...)
	r := w.start(t.TempDir())
	r.settled()
	w.commit(12, invoiceRow(1, 2, nil))
	r.settled()
	w.sales(snapshotRecord(change.KindSnapshotBegin, 12, 12), snapshotRecord(change.KindSnapshotEnd, 12, 12))
	r.until("the invoice has no line", func() bool { return len(w.versionsOf("invoice:1")) == 3 })
	w.newest()
	if got, want := w.versionsOf("invoice:1"), []string{"1.11", "1.12", "1.13"}; !slices.Equal(got, want) {
		t.Errorf("versions are %v, want %v", got, want)
	}
}

// TestHashesOfAnotherFormAreMadeAgainFromWhatWasEmitted leaves a state whose hashes a version
// before has made.
func TestHashesOfAnotherFormAreMadeAgainFromWhatWasEmitted(t *testing.T) {
	t.Parallel()
	w, dir := newWorld(t), t.TempDir()
	w.whole()
	w.commit(10, referenceRows("General")...)
	w.commit(11, append(orderRows(1), invoiceRows(1, 1)...)...)
	r := w.start(dir)
	r.settled()
	w.commit(12, invoiceRow(1, 2, nil))
	r.settled()
	r.end()
	w.hashedOtherwise(dir, orderRoot(1), "invoice:1")
	r = w.startWith(&Stage{Config: Config{StateDir: dir}, Log: zerolog.Nop()})
	r.settled()
	w.commit(13, invoiceRow(1, 2, nil))
	r.settled()
	if got, want := w.versionsOf("invoice:1"), []string{"1.11", "1.12"}; !slices.Equal(got, want) {
		t.Errorf("versions are %v, want %v", got, want)
	}
}

// hashedOtherwise makes the state of a partition that of a version with other hashes.
func (w *world) hashedOtherwise(dir string, root change.Root, id canonical.ID) {
	w.t.Helper()
	db, err := state.Open(dir)
	w.must(err)
	defer db.Close()
	p := db.Partition(change.Sales, w.partitionOf(change.Sales, root))
	scan, err := p.ScanState()
	w.must(err)
	scan.Hashing = ""
	b := p.Begin()
	defer b.Close()
	known, _, err := b.FindEmitted(root, id)
	w.must(err)
	known.Hash[0]++
	w.must(b.SetEmitted(root, known))
	w.must(b.SetScanState(scan))
	w.must(b.Commit())
}

// TestAnAmountThatWasNullAndIsZeroIsNoNews saves an invoice as Magento does, which writes NULL
// as 0.0000 then.
func TestAnAmountThatWasNullAndIsZeroIsNoNews(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.whole()
	w.commit(10, referenceRows("General")...)
	null := columns{"shipping_amount": nil, "discount_amount": "5"}
	w.commit(11, append(orderRows(1), append(invoiceRows(1, 1), invoiceRow(1, 1, null))...)...)
	r := w.start(t.TempDir())
	r.settled()
	w.commit(12, invoiceRow(1, 1, columns{"shipping_amount": "0.0000", "discount_amount": "5.0000"}))
	r.settled()
	if got := w.versionsOf("invoice:1"); !slices.Equal(got, []string{"1.11"}) {
		t.Errorf("versions are %v, want one", got)
	}
	w.commit(13, invoiceRow(1, 1, columns{"shipping_amount": "0.0100", "discount_amount": "5.0000"}))
	r.settled()
	if got := w.versionsOf("invoice:1"); !slices.Equal(got, []string{"1.11", "1.13"}) {
		t.Errorf("versions are %v, want that of a penny more, too", got)
	}
}
