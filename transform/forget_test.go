package transform

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/transform/state"
)

// past is further than capture ever goes back.
const past = change.MostUnsaved + 1

// reserved is a shop with one SKU in stock, at version 11.
func reserved(t *testing.T) *world {
	w := newWorld(t)
	w.whole()
	w.commit(10, inventoryRows(1)...)
	w.commit(11, sourceItemRow(1, "A", nil))
	w.reach(version(1_000_000))
	return w
}

// rowsOf are the rows of a root that a store has, by table, those that were deleted as "-".
func (w *world) rowsOf(dir string, d change.Domain, root change.Root) (all []string) {
	w.t.Helper()
	db, err := state.Open(dir)
	w.must(err)
	defer db.Close()
	w.must(db.Partition(d, w.partitionOf(d, root)).Rows(func(r state.Row) error {
		if r.Root != root {
			return nil
		}
		name := r.Table + r.PK
		if r.Deleted {
			name = "-" + name
		}
		all = append(all, name)
		return nil
	}))
	return all
}

var (
	stockA = change.NewStockRoot("A")
	itemA  = `inventory_source_item{"source_item_id":1}`
)

// TestTheStateIsAsSmallAsBeforeAfterTenThousandReservations makes and deletes them as orders
// and the cron do.
func TestTheStateIsAsSmallAsBeforeAfterTenThousandReservations(t *testing.T) {
	t.Parallel()
	w, dir := reserved(t), t.TempDir()
	r := w.start(dir)
	r.settled()
	const orders, each = 100, 100
	for n := range orders {
		var made, deleted []rowChange
		for i := range each {
			row := reservationRow(1+n*each+i, "A", "-1.0000")
			made, deleted = append(made, row), append(deleted, gone(row))
		}
		w.commit(uint64(20+2*n), made...)
		w.commit(uint64(21+2*n), deleted...)
	}
	r.settled()
	if got := w.stockOf(); got[len(got)-1] != "stock:A stock.changed 10.0000" {
		t.Errorf("stock is %s", got[len(got)-1])
	}
	w.commit(300+past, sourceItemRow(1, "A", columns{"quantity": "9.0000"}))
	w.commit(301+past, sourceItemRow(1, "A", columns{"quantity": "8.0000"}))
	r.settled()
	w.commit(302+past, sourceItemRow(1, "A", columns{"quantity": "7.0000"}))
	r.settled()
	r.end()
	if got, want := w.rowsOf(dir, change.Catalog, stockA), []string{"-", itemA}; !slices.Equal(got, want) {
		t.Errorf("%d rows are kept, such as %v; want %v", len(got), got[:min(3, len(got))], want)
	}
}

// TestADeletionIsKeptAsLongAsAnOlderRowMayCome has capture publish again what it had not saved.
func TestADeletionIsKeptAsLongAsAnOlderRowMayCome(t *testing.T) {
	t.Parallel()
	w, dir := reserved(t), t.TempDir()
	r := w.start(dir)
	r.settled()
	row := reservationRow(1, "A", "-1.0000")
	w.commit(21, row)
	w.commit(22, gone(row))
	w.commit(21+change.MostUnsaved, sourceItemRow(1, "A", columns{"quantity": "9.0000"}))
	r.settled()
	name, p := w.place(row)
	w.produce(name, p, rawRecord(version(21), row))
	w.commit(22+change.MostUnsaved, sourceItemRow(1, "A", columns{"quantity": "8.0000"}))
	r.settled()
	if got := w.stockOf(); got[len(got)-1] != "stock:A stock.changed 8.0000" {
		t.Errorf("stock is %s, want that without what was reserved", got[len(got)-1])
	}
	r.end()
}

// TestALateOlderRowOfWhatIsForgottenDoesNoHarm has a capture that slept write once more what
// its successor wrote long ago, before and after a restart.
func TestALateOlderRowOfWhatIsForgottenDoesNoHarm(t *testing.T) {
	t.Parallel()
	w, dir := reserved(t), t.TempDir()
	r := w.start(dir)
	r.settled()
	row := reservationRow(1, "A", "-1.0000")
	w.commit(20, row)
	w.commit(21, gone(row))
	for n := range 3 {
		w.commit(uint64(22+n)+past, sourceItemRow(1, "A", columns{"quantity": fmt.Sprintf("%d.0000", 9-n)}))
		r.settled()
	}
	name, p := w.place(row)
	for n := range 2 {
		w.produce(name, p, rawRecord(version(20), row))
		w.commit(uint64(30+n)+past, sourceItemRow(1, "A", columns{"quantity": fmt.Sprintf("%d.0000", 6-n)}))
		r.settled()
		if got, want := w.stockOf(), fmt.Sprintf("stock:A stock.changed %d.0000", 6-n); got[len(got)-1] != want {
			t.Errorf("stock is %s, want %s", got[len(got)-1], want)
		}
		r.end()
		if got, want := w.rowsOf(dir, change.Catalog, stockA), []string{"-", itemA}; !slices.Equal(got, want) {
			t.Errorf("rows are %v, want %v", got, want)
		}
		r = w.start(dir)
		r.settled()
	}
}

// TestDeletionsOfParentsStay has an order deleted, with what InnoDB takes along still in the
// topic.
func TestDeletionsOfParentsStay(t *testing.T) {
	t.Parallel()
	w, dir := newWorld(t), t.TempDir()
	w.whole()
	w.reach(version(1_000_000))
	w.commit(10, referenceRows("General")...)
	w.commit(11, append(orderRows(1), invoiceRows(1, 1)...)...)
	r := w.start(dir)
	r.settled()
	w.commit(12, gone(orderRow(1, nil)))
	w.commit(13+past, gone(orderItemRow(1)))
	w.commit(14+2*past, orderRow(7, nil))
	r.settled()
	w.commit(15+2*past, orderRow(7, nil))
	r.settled()
	r.end()
	if got := w.rowsOf(dir, change.Sales, orderRoot(1)); !slices.Contains(got, `-sales_order{"entity_id":1}`) {
		t.Errorf("rows are %v, want the order's deletion among them", got)
	}
}

// TestHoweverReservationsAreReadTheyEndInTheSameStock reads histories with stretches that
// capture publishes again, as far as it goes back, and with restarts.
func TestHoweverReservationsAreReadTheyEndInTheSameStock(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		const step = change.MostUnsaved / 4 // so that capture goes back by four transactions
		var all []drawn
		there := map[int]bool{}
		for n := range rapid.IntRange(10, 60).Draw(rt, "transactions") {
			id := rapid.IntRange(1, 12).Draw(rt, "reservation")
			row := reservationRow(id, string(rune('A'+id%2)), fmt.Sprintf("-%d.0000", id))
			if there[id] {
				row = gone(row)
			}
			there[id] = !there[id]
			all = append(all, drawn{version(uint64(20 + n*step)), []rowChange{row}})
		}
		once, torn := reserved(t), reserved(t)
		defer once.close()
		defer torn.close()
		once.produceAll(once.logs(all))
		r := once.start(t.TempDir())
		r.settled()
		r.end()
		dir := t.TempDir()
		r = torn.start(dir)
		r.settled()
		for n := 0; n < len(all); {
			back := rapid.IntRange(max(0, n-4), n).Draw(rt, "again from")
			end := rapid.IntRange(n+1, len(all)).Draw(rt, "to")
			for _, tx := range all[back:end] {
				for at, records := range torn.transaction(tx.version, tx.rows) {
					torn.produce(at.Topic, at.Partition, records...)
				}
			}
			n = end
			if rapid.IntRange(0, 3).Draw(rt, "restart") == 0 {
				r.settled()
				r.end()
				r = torn.start(dir)
			}
		}
		r.settled()
		r.end()
		if diff := cmp.Diff(alive(once.newest(canonical.KindStock)), alive(torn.newest(canonical.KindStock))); diff != "" {
			rt.Fatalf("read in one go and torn differ (-once +torn):\n%s", diff)
		}
	})
}
