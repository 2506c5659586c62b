package transform

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/health"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// passOver decides that a record is passed over, as the command does.
func (w *world) passOver(at topic.Coordinates) {
	w.t.Helper()
	r, err := topic.SkipRecord("shop", at, change.Skip{AtMS: 1, By: "ada", Note: "its order is a test"})
	w.must(err)
	w.produce(w.names.Offsets(), 0, r)
}

// spoiltRow writes a row that does not decode, with its marker, and returns its place.
func (w *world) spoiltRow(n uint64, c rowChange) topic.Coordinates {
	w.t.Helper()
	name, p := w.place(c)
	ends, err := w.client.EndOffsets(w.t.Context(), name, p+1)
	w.must(err)
	bad := rawRecord(version(n), c)
	bad.Value = []byte("{")
	at := topic.Coordinates{Topic: name, Partition: p}
	w.produce(name, p, bad, w.marker(at, version(n)))
	at.Offset = ends[p]
	return at
}

func (r *running) noTrouble(board *health.Board) {
	r.w.t.Helper()
	r.until("nothing is set aside", func() bool { return len(board.Troubles()) == 0 })
}

func TestWhatSomebodyHasDecidedToPassOverStaysSo(t *testing.T) {
	t.Parallel()
	w, dir := newWorld(t), t.TempDir()
	w.whole()
	w.commit(20, append(orderRows(1), invoiceRows(1, 1)...)...)
	first := w.spoiltRow(21, invoiceRow(1, 1, nil))
	second := w.spoiltRow(22, orderRow(1, columns{}))
	r, board := w.restart(nil, dir)
	r.until("both are set aside", func() bool {
		all := board.Troubles()
		return len(all) == 1 && len(all[0].Records) == 2
	})
	w.passOver(first)
	r.until("the first is passed over", func() bool {
		all := board.Troubles()
		return len(all) == 1 && len(all[0].Records) == 1 && all[0].Records[0].Offset == second.Offset
	})
	w.must(r.end())
	w.passOver(second) // while transform is away
	r, board = w.restart(nil, dir)
	w.commit(23, invoiceRow(1, 1, nil))
	r.settled() // once the partition is read on, what is set aside of it has been listed
	if all := board.Troubles(); len(all) > 0 {
		t.Errorf("what was decided while it was away is named: %v", all)
	}
	for name, folder := range map[string]string{"another start": dir, "a state that is made anew": t.TempDir()} {
		r, board = w.restart(r, folder)
		r.settled()
		if all := board.Troubles(); len(all) > 0 {
			t.Errorf("after %s the board says %v", name, all)
		}
	}
	third := w.spoiltRow(24, invoiceRow(1, 1, nil))
	r.until("a third one is set aside", func() bool { return len(board.Troubles()) == 1 })
	named(t, board, third)
}

// A decision that was taken while transform was away, such as by a record that kills it, comes
// before the record is looked at.
func TestARecordIsPassedOverBeforeItIsReadWhereThatWasDecidedBefore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.whole()
	w.commit(20, append(orderRows(1), invoiceRows(1, 1)...)...)
	name, p := w.place(invoiceRow(1, 1, nil))
	ends, err := w.client.EndOffsets(t.Context(), name, p+1)
	w.must(err)
	w.commit(21, invoiceRow(1, 1, columns{"increment_id": "kills"}))
	w.passOver(topic.Coordinates{Topic: name, Partition: p, Offset: ends[p]})
	r, board := w.restart(nil, t.TempDir())
	r.settled()
	if got := w.newest()["invoice:1"]; got == "" || strings.Contains(got, "kills") {
		t.Errorf("the invoice is %q, want it without the record that is passed over", got)
	}
	r.noTrouble(board)
}

// A row that no document can be made of is found out when its documents are assembled, each time.
func TestARowThatIsPassedOverIsNotNamedAgainWhenItsRootChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.whole()
	w.commit(20, append(orderRows(1), invoiceRows(1, 1)...)...)
	name, p := w.place(invoiceRow(1, 1, nil))
	ends, err := w.client.EndOffsets(t.Context(), name, p+1)
	w.must(err)
	w.commit(21, invoiceRow(1, 1, columns{"grand_total": "many"}))
	r, board := w.restart(nil, t.TempDir())
	r.until("the row is set aside", func() bool { return len(board.Troubles()) == 1 })
	w.passOver(topic.Coordinates{Topic: name, Partition: p, Offset: ends[p]})
	r.noTrouble(board)
	w.commit(22, orderRow(1, columns{"state": "complete"}))
	r.settled()
	if all := board.Troubles(); len(all) > 0 {
		t.Errorf("once its order has changed the board says %v", all)
	}
}

// What else has changed of the order while the row held it back comes out at once, and what changes
// later; the invoice stays as it was. A state that is made anew says the same.
func TestARowThatIsPassedOverHoldsNothingElseBack(t *testing.T) {
	t.Parallel()
	w, dir := newWorld(t), t.TempDir()
	w.whole()
	second := invoiceRow(2, 1, columns{"order_id": 1})
	second.root = orderRoot(1)
	w.commit(20, append(append(orderRows(1), invoiceRows(1, 1)...), second)...)
	name, p := w.place(invoiceRow(1, 1, nil))
	ends, err := w.client.EndOffsets(t.Context(), name, p+1)
	w.must(err)
	r, board := w.restart(nil, dir)
	r.settled()
	invoice := w.newest()["invoice:1"]
	w.commit(21, invoiceRow(1, 1, columns{"grand_total": "many"}))
	w.commit(22, orderRow(1, columns{"state": "closed"}))
	r.until("the row is set aside", func() bool { return len(board.Troubles()) == 1 })
	says := func(text string) func() bool {
		return func() bool { return strings.Contains(w.newest(canonical.KindOrder)["order:1"], text) }
	}
	if says("closed")() {
		t.Error("the order came out although the row holds it back")
	}
	w.passOver(topic.Coordinates{Topic: name, Partition: p, Offset: ends[p]})
	r.noTrouble(board)
	r.until("what was held back", says("closed"))
	w.commit(23, gone(second), orderRow(1, columns{"state": "holded"}))
	r.until("what changes later", says("holded"))
	r.settled()
	if got := w.newest(); got["invoice:1"] != invoice || invoice == "" || !strings.Contains(got["invoice:2"], `"deleted":true`) {
		t.Errorf("the invoices are %q and %q, want the first as it was and the second deleted", got["invoice:1"], got["invoice:2"])
	}
	want := w.newest(canonical.KindOrder, canonical.KindInvoice)
	r, board = w.restart(r, t.TempDir())
	r.settled()
	r.noTrouble(board)
	if diff := cmp.Diff(want, w.newest(canonical.KindOrder, canonical.KindInvoice)); diff != "" {
		t.Errorf("a state that is made anew says (-before +after):\n%s", diff)
	}
}

// A decision that was taken while transform was away lets the root out at the next start.
func TestARootIsLetOutAtTheStartWhereItsRowWasPassedOverBefore(t *testing.T) {
	t.Parallel()
	w, dir := newWorld(t), t.TempDir()
	w.whole()
	w.commit(20, append(orderRows(1), invoiceRows(1, 1)...)...)
	name, p := w.place(invoiceRow(1, 1, nil))
	ends, err := w.client.EndOffsets(t.Context(), name, p+1)
	w.must(err)
	w.commit(21, invoiceRow(1, 1, columns{"grand_total": "many"}))
	r, board := w.restart(nil, dir)
	r.until("the row is set aside", func() bool { return len(board.Troubles()) == 1 })
	w.must(r.end())
	w.passOver(topic.Coordinates{Topic: name, Partition: p, Offset: ends[p]})
	r, board = w.restart(nil, dir)
	r.until("the order comes out", func() bool { return w.newest(canonical.KindOrder)["order:1"] != "" })
	r.noTrouble(board)
}

// A value that does not fit its attribute fits once the attribute is another, and is set aside no more.
func TestARowOfWhichAnEntityIsMadeAfterAllIsSetAsideNoMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.whole()
	price := rowChange{"eav_attribute", "", `{"attribute_id":77}`, columns{"attribute_id": 77, "entity_type_id": 4, "attribute_code": "price", "backend_type": "varchar"}}
	w.commit(10, append(catalogRows("Goods"), price)...)
	w.commit(11, versionRow(31, 1), versionValue("varchar", 73, 31, "Mug"), versionValue("varchar", 77, 31, "cheap"))
	r, board := w.restart(nil, t.TempDir())
	r.until("the price is set aside", func() bool { return len(board.Troubles()) == 1 })
	price.columns["backend_type"] = "decimal"
	w.commit(12, price)
	r.until("the product comes out", func() bool { return strings.Contains(w.newest()["product:9"], "Mug") })
	r.noTrouble(board)
}
