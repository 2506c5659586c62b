package transform

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/transform/state"
)

func TestAVersionTakesOverOnceWhereverTheStageWasKilled(t *testing.T) {
	t.Parallel()
	for name, killed := range map[string]func(w *world, clock *testClock, dir string) (again string){
		"before the moment": func(w *world, clock *testClock, dir string) string { return dir },
		"before what was due was assembled": func(w *world, clock *testClock, dir string) string {
			w.inState(dir, func(p *state.Partition, _ *state.Batch) {
				n, err := p.MarkDueUntil(int64(unix(20)))
				if w.must(err); n != 1 {
					w.t.Errorf("%d roots were due", n)
				}
			})
			return dir
		},
		"before what was emitted was saved": func(w *world, clock *testClock, dir string) string {
			before := w.t.(*testing.T).TempDir()
			w.must(os.CopyFS(before, os.DirFS(dir)))
			w.must(os.Chmod(before, 0o700))
			w.takesOver(clock, dir)
			return before
		},
		"after it, and its state is lost": func(w *world, clock *testClock, dir string) string {
			w.takesOver(clock, dir)
			return w.t.(*testing.T).TempDir()
		},
		"after it, and its state is there": func(w *world, clock *testClock, dir string) string {
			w.takesOver(clock, dir)
			return dir
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, clock, dir := stagedMug(t), newTestClock(19), t.TempDir()
			r := w.startAt(dir, clock)
			r.settled()
			r.end()
			dir = killed(w, clock, dir)
			clock.set(25)
			r = w.startAt(dir, clock)
			r.saidIn("the sale has begun", 2)
			w.turn(r, 13)
			w.said("once", "created Mug", "updated Sale")
			clock.set(30)
			r.saidIn("the next one", 3)
			w.turn(r, 14)
			w.said("and the next", "created Mug", "updated Sale", "updated Late")
		})
	}
}

// takesOver has a stage emit the sale, and ends it.
func (w *world) takesOver(clock *testClock, dir string) {
	w.t.Helper()
	clock.set(20)
	r := w.startAt(dir, clock)
	r.saidIn("the sale has begun", 2)
	r.end()
}

// inState changes a state of the mug's partition while no stage runs on it.
func (w *world) inState(dir string, change func(*state.Partition, *state.Batch)) {
	w.t.Helper()
	db, err := state.Open(dir)
	w.must(err)
	defer db.Close()
	p := db.Partition("catalog", w.partitionOf("catalog", mug))
	b := p.Begin()
	defer b.Close()
	change(p, b)
	w.must(b.Commit())
}

// A version that did not look at the time has left no moments in the state.
func TestAStateFromBeforeLearnsWhenVersionsTakeOver(t *testing.T) {
	t.Parallel()
	w, clock, dir := stagedMug(t), newTestClock(12), t.TempDir()
	r := w.startAt(dir, clock)
	r.settled()
	r.end()
	w.inState(dir, func(p *state.Partition, b *state.Batch) {
		if n, err := p.MarkDueUntil(1 << 40); n != 1 || err != nil {
			t.Fatalf("%d moments, %v", n, err)
		}
		w.must(b.Clean(mug))
		s, err := p.ScanState()
		w.must(err)
		if s.AsOf == 0 {
			t.Error("the state does not say as of when it is")
		}
		s.AsOf = 0
		w.must(b.SetScanState(s))
	})
	r = w.startAt(dir, clock)
	r.settled()
	w.said("nothing is said of it", "created Mug")
	clock.set(20)
	r.saidIn("the sale has begun", 2)
}

// A product whose sale has begun comes out of a snapshot on sale, and what is staged later waits.
func TestASnapshotBringsTheVersionThatHoldsByNow(t *testing.T) {
	t.Parallel()
	w, clock, dir := newWorld(t), newTestClock(25), t.TempDir()
	w.whole()
	w.commit(10, append(referenceRows("General"), catalogRows("Goods")...)...)
	r := w.startAt(dir, clock)
	r.settled()
	w.snapshot(change.KindSnapshotBegin, change.Catalog, 11)
	read := func(n uint64) {
		var all []topic.Record
		for _, c := range []rowChange{
			versionRow(31, 1), versionValue("varchar", 73, 31, "Mug"), versionRow(32, unix(20)), versionValue("varchar", 73, 32, "Sale"),
			versionRow(33, unix(30)), versionValue("varchar", 73, 33, "Late"),
		} {
			all = append(all, as(change.Read, rawRecord(version(n), c)))
		}
		name, p := w.place(versionRow(31, 1))
		w.produce(name, p, append(all, w.marker(topic.Coordinates{Topic: name, Partition: p}, version(n)))...)
		r.settled()
	}
	read(11)
	clock.set(29)
	w.snapshot(change.KindSnapshotEnd, change.Catalog, 12)
	r.settled()
	w.said("after the snapshot", "snapshot Sale")
	w.snapshot(change.KindSnapshotBegin, change.Catalog, 13)
	r.settled()
	clock.set(30)
	read(14)
	w.said("while a snapshot is open", "snapshot Sale")
	w.snapshot(change.KindSnapshotEnd, change.Catalog, 15)
	r.saidIn("the next version", 2)
	w.said("after it", "snapshot Sale", "updated Late")
}

// The same rows at the same time are the same product, whenever they were read; and a rebuild says
// nothing twice and goes on.
func TestAProductBuiltAnewIsWhatItWas(t *testing.T) {
	t.Parallel()
	w, clock, dir := stagedMug(t), newTestClock(12), t.TempDir()
	r := w.startAt(dir, clock)
	r.settled()
	w.commit(13, versionValue("int", 136, 32, 2))
	r.settled()
	clock.set(20)
	r.saidIn("the sale has begun", 2)
	r.end()
	other := w.copyRaw(t, nil)
	r = other.startAt(t.TempDir(), clock)
	r.settled()
	r.end()
	if diff := cmp.Diff(w.newest(), other.newest()); diff != "" || len(w.newest()) != 1 {
		t.Errorf("read as it was written and at once (-written +once):\n%s", diff)
	}
	other.said("at once", "created Sale Goods")
	r = w.startWith(&Stage{Config: Config{StateDir: dir}, Log: zerolog.Nop(), Anew: true, clock: clock.now})
	r.settled()
	w.said("after a rebuild", "created Mug", "updated Sale Goods")
	clock.set(30)
	r.saidIn("the sale is over", 3)
	w.said("and on from there", "created Mug", "updated Sale Goods", "updated Late")
}

func TestAClockThatIsBehindTakesNothingBack(t *testing.T) {
	t.Parallel()
	w, clock, dir := stagedMug(t), newTestClock(20), t.TempDir()
	r := w.startAt(dir, clock)
	r.settled()
	w.said("from the first", "created Sale")
	touch := func(n uint64) {
		w.commit(n, versionValue("varchar", 73, 31, fmt.Sprint("Mug ", n)))
		r.settled()
	}
	clock.set(15)
	touch(13)
	w.said("set back while it runs", "created Sale")
	r.end()
	r = w.startAt(dir, clock)
	touch(14)
	w.said("set back before a restart", "created Sale")
	r.end()
	r = w.startAt(t.TempDir(), clock)
	touch(15)
	w.said("of another instance, which knows of it by the topic", "created Sale")
	clock.set(30)
	r.saidIn("time goes on", 2)
}

func TestAClockThatWasFarAheadIsCorrected(t *testing.T) {
	t.Parallel()
	day := 24 * 60 * 60
	w, clock, dir := newWorld(t), newTestClock(2*day), t.TempDir()
	w.whole()
	w.commit(10, append(referenceRows("General"), catalogRows("Goods")...)...)
	w.commit(11, versionRow(31, 1), versionValue("varchar", 73, 31, "Mug"), versionRow(32, unix(day)), versionValue("varchar", 73, 32, "Sale"))
	r := w.startAt(dir, clock)
	r.settled()
	w.said("by a clock that is ahead", "created Sale")
	clock.set(12)
	r.saidIn("it is corrected", 2)
	w.said("by the right clock", "created Sale", "updated Mug")
	clock.set(day)
	r.saidIn("the sale has begun", 3)
	w.said("in time", "created Sale", "updated Mug", "updated Sale")
	clock.set(2 * day)
	w.turn(r, 12)
	r.end()
	clock.set(12)
	r = w.startAt(dir, clock)
	r.saidIn("it is corrected before a start", 4)
	if got := w.newest()["product:9"]; !strings.Contains(got, `"name":"Mug"`) {
		t.Errorf("it is %s", got)
	}
}
