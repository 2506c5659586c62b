package transform

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/transform/state"
)

// A testClock is a stage's clock, which a test sets.
type testClock struct{ unix atomic.Int64 }

// newTestClock is a clock that stands at the time of a transaction.
func newTestClock(sequence int) *testClock {
	c := &testClock{}
	c.set(sequence)
	return c
}

func (c *testClock) set(sequence int) { c.unix.Store(int64(unix(sequence))) }

func (c *testClock) now() time.Time { return time.Unix(c.unix.Load(), 0) }

// unix is the time of a transaction in Unix seconds.
func unix(sequence int) int { return 1_700_000_000 + sequence }

// startAt runs a stage with a clock of its own.
func (w *world) startAt(dir string, c *testClock) *running {
	return w.startWith(&Stage{Config: Config{StateDir: dir}, Log: zerolog.Nop(), clock: c.now})
}

// stagedMug is a shop with a mug that is to be on sale from the time of transaction 20 on, and back
// at another name from that of 30 on.
func stagedMug(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.whole()
	w.commit(10, append(referenceRows("General"), catalogRows("Goods")...)...)
	w.commit(11, versionRow(31, 1), versionValue("varchar", 73, 31, "Mug"))
	w.commit(12, versionRow(32, unix(20)), versionValue("varchar", 73, 32, "Sale"), versionRow(33, unix(30)), versionValue("varchar", 73, 33, "Late"))
	return w
}

// turn has the stage look at its clock: it has read a transaction of the mug's partition that
// says nothing of the mug.
func (w *world) turn(r *running, n uint64) {
	w.t.Helper()
	sku := 0
	for w.partitionOf(change.Catalog, change.NewStockRoot(fmt.Sprint(sku))) != w.partitionOf(change.Catalog, mug) {
		sku++
	}
	w.commit(n, sourceItemRow(4, fmt.Sprint(sku), nil))
	r.settled()
}

// said compares what was said of products with what should have been, and that the versions of
// each rise.
func (w *world) said(when string, want ...string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.products()); diff != "" {
		w.t.Fatalf("%s (-want +said):\n%s", when, diff)
	}
	last := map[canonical.ID]change.Version{}
	for _, e := range w.emissions(canonical.KindProduct) {
		if !last[e.id].Before(e.version) {
			w.t.Errorf("%s: version %s of %s follows %s: two states have one ce_id", when, e.version, e.id, last[e.id])
		}
		last[e.id] = e.version
	}
}

// saidIn waits until so many things were said of products.
func (r *running) saidIn(what string, n int) {
	r.w.t.Helper()
	r.until(what, func() bool { return len(r.w.products()) >= n })
}

func TestAStagedVersionTakesOverAtItsSecondWithoutARow(t *testing.T) {
	t.Parallel()
	w, clock := stagedMug(t), newTestClock(12)
	r := w.startAt(t.TempDir(), clock)
	r.settled()
	clock.set(19)
	w.turn(r, 13)
	w.said("a second before", "created Mug")
	clock.set(20)
	r.saidIn("the sale has begun", 2)
	w.turn(r, 14)
	w.said("at its second", "created Mug", "updated Sale")
	clock.set(29)
	w.turn(r, 15)
	clock.set(35)
	r.saidIn("the sale is over", 3)
	w.commit(16, versionValue("varchar", 73, 33, "Later"))
	r.settled()
	w.said("after all of them and a change", "created Mug", "updated Sale", "updated Late", "updated Later")
	var times, next []string
	for _, e := range w.emissions(canonical.KindProduct) {
		times, next = append(times, e.entity.Head().OccurredAt), append(next, e.entity.(*canonical.Product).NextVersionAt)
	}
	if diff := cmp.Diff([]string{time14(12), time14(20), time14(30), time14(30)}, times); diff != "" {
		t.Errorf("it occurred at (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{time14(20), time14(30), "", ""}, next); diff != "" {
		t.Errorf("the next version is staged for (-want +got):\n%s", diff)
	}
}

// The version that takes over is the next one where the mug was in the newest transaction, and
// the transaction that follows is above it.
func TestWhatTimeChangedHasAVersionOfItsOwn(t *testing.T) {
	t.Parallel()
	w, clock := stagedMug(t), newTestClock(12)
	r := w.startAt(t.TempDir(), clock)
	r.settled()
	clock.set(20)
	r.saidIn("the sale has begun", 2)
	w.commit(13, versionValue("varchar", 73, 32, "Great sale"))
	r.settled()
	w.said("three states in a row", "created Mug", "updated Sale", "updated Great sale")
	w.turn(r, 17)
	clock.set(30)
	r.saidIn("the sale is over", 4)
	all := w.emissions(canonical.KindProduct)
	if got := all[len(all)-1].version; got != version(17) {
		t.Errorf("the last one has version %s, want that of the newest transaction", got)
	}
}

func TestAVersionThatIsCancelledOrMovedDoesNotTakeOver(t *testing.T) {
	t.Parallel()
	w, clock := stagedMug(t), newTestClock(12)
	r := w.startAt(t.TempDir(), clock)
	r.settled()
	w.commit(13, gone(versionRow(32, 0)), versionRow(33, unix(40)))
	r.settled()
	for i, at := range []int{20, 30, 39} {
		clock.set(at)
		w.turn(r, uint64(14+i))
		w.turn(r, uint64(14+i))
	}
	w.said("before the moved one", "created Mug", "updated Mug")
	clock.set(40)
	r.saidIn("the moved one", 3)
	w.said("at its new time", "created Mug", "updated Mug", "updated Late")
	w.commit(20, gone(versionRow(31, 0)), gone(versionRow(33, 0)))
	r.settled()
	w.said("the product is gone", "created Mug", "updated Mug", "updated Late", "deleted")
}

// Half of a transaction is not assembled because a moment has come.
func TestAMomentDoesNotAssembleHalfOfATransaction(t *testing.T) {
	t.Parallel()
	w, clock := stagedMug(t), newTestClock(12)
	r := w.startAt(t.TempDir(), clock)
	r.settled()
	name, p := w.place(versionRow(32, 0))
	w.produce(name, p, rawRecord(version(13), versionValue("varchar", 73, 32, "Half")))
	r.settled()
	clock.set(20)
	w.produce(name, p, rawRecord(version(13), versionValue("varchar", 73, 32, "Most")))
	r.settled()
	w.said("before its marker", "created Mug")
	w.produce(name, p, rawRecord(version(13), versionValue("varchar", 73, 32, "Whole")), markerRecord(version(13), version(12)))
	r.settled()
	w.said("after it", "created Mug", "updated Whole")
	clock.set(30)
	r.saidIn("the next one", 3)
}

// Products of all partitions, which two instances share; then one of them takes over all.
func TestOfTwoInstancesTheOwnerSaysThatAVersionTookOver(t *testing.T) {
	t.Parallel()
	w, clock := newWorld(t), newTestClock(12)
	w.whole()
	w.commit(10, append(referenceRows("General"), catalogRows("Goods")...)...)
	const count = 6
	for id := 1; id <= count; id++ {
		var rows []rowChange
		for i, name := range []string{"Mug", "Sale", "Late"} {
			rows = append(rows, versionRow(id*10+i, []int{1, unix(20), unix(30)}[i]), versionValue("varchar", 73, id*10+i, name))
		}
		for i := range rows {
			rows[i].root = change.NewRoot(change.AggregateProduct, uint64(id))
			if rows[i].table == "catalog_product_entity" {
				rows[i].columns["entity_id"] = id
			}
		}
		w.commit(uint64(10+id), rows...)
	}
	said := func() map[canonical.ID][]string {
		all := map[canonical.ID][]string{}
		for _, e := range w.emissions(canonical.KindProduct) {
			all[e.id] = append(all[e.id], e.entity.(*canonical.Product).Name)
		}
		return all
	}
	once := func(names ...string) {
		t.Helper()
		for id, got := range said() {
			if !slices.Equal(got, names) {
				t.Errorf("%s was said to be %v, want %v", id, got, names)
			}
		}
	}
	first, second := w.startAt(t.TempDir(), clock), w.startAt(t.TempDir(), clock)
	first.settled()
	second.settled()
	clock.set(20)
	first.saidIn("all sales have begun", 2*count)
	once("Mug", "Sale")
	second.end()
	first.settled()
	clock.set(30)
	first.saidIn("all sales are over", 3*count)
	once("Mug", "Sale", "Late")
	if n := len(said()); n != count {
		t.Errorf("%d products were said, want %d", n, count)
	}
	w.newest(canonical.KindProduct) // fails when a version falls
}

// Without a clock of a test it is the machine's.
func TestAVersionTakesOverByTheMachinesClock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.whole()
	w.commit(10, append(referenceRows("General"), catalogRows("Goods")...)...)
	soon := time.Now().Unix() + 3
	w.commit(11, versionRow(31, 1), versionValue("varchar", 73, 31, "Mug"), versionRow(32, int(soon)), versionValue("varchar", 73, 32, "Sale"))
	r := w.start(t.TempDir())
	r.settled()
	r.until("the sale has begun", func() bool { return strings.Contains(w.newest()["product:9"], `"name":"Sale"`) })
	if now := time.Now().Unix(); now < soon {
		t.Errorf("it takes over %d s too early", soon-now)
	}
}

// All products are looked at when nobody knows their moments, and when the clock was wrong; once.
func TestAllProductsAreLookedAtOnce(t *testing.T) {
	t.Parallel()
	w, clock := newWorld(t), newTestClock(0)
	p := w.apartIn(change.Catalog, 1)
	p.stage.clock = clock.now
	for _, c := range []struct {
		at     int
		marked bool
	}{{0, true}, {0, false}, {9, false}, {9000, false}, {8000, false}, {0, true}, {0, false}} {
		clock.set(c.at)
		if marked, err := p.markTimeDependents(); marked != c.marked || err != nil {
			t.Errorf("at %d all are looked at: %v, %v; want %v", c.at, marked, err, c.marked)
		}
	}
}

func TestTimeIsNothingToDocuments(t *testing.T) {
	p := &partition{scan: &scan{state: state.ScanState{AsOf: int64(unix(50))}}, clocked: []string{change.AggregateProduct}}
	for root, want := range map[change.Root]int64{"order/7": 3, "stock/24-MB01": 3, "product/9": int64(unix(50))} {
		if got := p.asOf(root, 3); got != want {
			t.Errorf("%s is made as of %d, want %d", root, got, want)
		}
	}
	if got, want := p.asOf("product/9", int64(unix(60))), int64(unix(60)); got != want {
		t.Errorf("a product with a newer row is made as of %d, want %d", got, want)
	}
}
