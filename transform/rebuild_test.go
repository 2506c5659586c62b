package transform

import (
	"testing"

	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/transform/state"
)

// TestAStateThatIsRebuiltEmitsNothingTwice spoils a state, as a fault of a former version may,
// and rebuilds it from the topics.
func TestAStateThatIsRebuiltEmitsNothingTwice(t *testing.T) {
	t.Parallel()
	w, dir := newWorld(t), t.TempDir()
	history(w)
	r := w.start(dir)
	r.settled()
	r.end()
	before := len(w.emissions())
	w.spoil(dir)
	progress := &Progress{}
	r = w.startWith(&Stage{Config: Config{StateDir: dir}, Log: zerolog.Nop(), Anew: true, Progress: progress})
	r.until("all that was there is read", func() bool {
		n, live, read, _ := progress.Now()
		return n == len(domains())*partitions && live == n && read > 0
	})
	r.settled()
	if after := len(w.emissions()); after != before {
		t.Errorf("%d emissions became %d", before, after)
	}
	w.commit(500, invoiceRow(1, 2, nil))
	r.settled()
	if kinds := w.types("invoice:1"); kinds[len(kinds)-1] != "invoice.paid" {
		t.Errorf("events are %v, want the payment last: its rows are there again", kinds)
	}
	r.end()
	if n, _, _, left := progress.Now(); n != 0 || left != 0 {
		t.Errorf("a stage that has ended has %d partitions", n)
	}
}

// spoil takes the rows of order 1 out of a state.
func (w *world) spoil(dir string) {
	w.t.Helper()
	db, err := state.Open(dir)
	w.must(err)
	defer db.Close()
	p := db.Partition(change.Sales, w.partitionOf(change.Sales, orderRoot(1)))
	w.must(p.Sweep(func(r state.Row) bool { return r.Root == orderRoot(1) }))
}
