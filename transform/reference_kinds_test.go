package transform

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/transform/state"
)

// due has a partition that knows some roots look at the newest reference data, and lists those
// that are to be assembled again; from then on they count as assembled.
func due(t *testing.T, p *partition) (roots []change.Root) {
	t.Helper()
	if err := p.references.load(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := p.markReferenceDependents(); err != nil {
		t.Fatal(err)
	}
	all, err := p.store.DirtyAfter("", 99)
	if err != nil {
		t.Fatal(err)
	}
	b := p.store.Begin()
	defer b.Close()
	for _, d := range all {
		roots = append(roots, d.Root)
		if err := b.Clean(d.Root); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Commit(); err != nil {
		t.Fatal(err)
	}
	return roots
}

func TestAChangeOfReferenceDataReachesTheKindsThatUseItAndNoOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.whole()
	w.commit(10, slices.Concat(referenceRows("General"), catalogRows("Goods"), inventoryRows(1), colourRows("Blue"))...)
	domains := []change.Domain{change.Customer, change.Catalog, change.Sales}
	parts := map[change.Domain]*partition{}
	for d, roots := range map[change.Domain][]change.Root{
		change.Customer: {"customer/5", "company/3"}, change.Catalog: {mug, "stock/MUG"}, change.Sales: {"order/7", "order/8"},
	} {
		parts[d] = w.apartIn(d, 0)
		b := parts[d].store.Begin()
		defer b.Close()
		for i, root := range roots {
			id := root.Kind()
			if id == change.AggregateOrder {
				id = "invoice"
			}
			w.must(b.SetEmitted(root, state.Emitted{ID: canonical.ID(fmt.Sprint(id, ":", i+1)), Lacking: i == 0}))
		}
		w.must(b.Commit())
		due(t, parts[d])
	}
	for i, c := range []struct {
		what    string
		changed []rowChange
		want    []change.Root
	}{
		{"nothing", nil, nil},
		{"a source of the inventory", inventoryRows(0), []change.Root{"stock/MUG"}},
		{"a tax class", catalogRows("Taxable Goods"), []change.Root{mug}},
		{"one more option", []rowChange{{"eav_attribute_option", "", `{"option_id":50}`, columns{"option_id": 50, "attribute_id": 93}}, colourName(50, 0, "Red")}, nil},
		{"what an option is called", []rowChange{colourName(49, 0, "Navy")}, []change.Root{mug}},
		{"a customer group", referenceRows("Trade"), []change.Root{"company/3", "customer/5", "order/7"}},
	} {
		if len(c.changed) > 0 {
			w.commit(uint64(20+i), c.changed...)
		}
		var got []change.Root
		for _, d := range domains {
			got = append(got, due(t, parts[d])...)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("after a change of %s %v are due, want %v", c.what, got, c.want)
		}
	}
}

// TestReferenceDataThatASnapshotHasNotSeenAreGone has a group missing in a snapshot that is read
// live.
func TestReferenceDataThatASnapshotHasNotSeenAreGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.whole()
	rows := referenceRows("General")
	w.commit(10, rows...)
	w.commit(11, customerRow(5, nil))
	r := w.start(t.TempDir())
	r.settled()
	if !strings.Contains(w.newest()["customer:5"], `"General"`) {
		t.Fatal("the customer has no group")
	}
	w.snapshot(change.KindSnapshotBegin, change.Reference, 20)
	w.commit(21, rows[0], rows[1], rows[3])
	w.snapshot(change.KindSnapshotEnd, change.Reference, 22)
	r.until("the customer's group has no name", func() bool { return !strings.Contains(w.newest()["customer:5"], `"General"`) })
}
