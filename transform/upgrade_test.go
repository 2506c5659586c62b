package transform

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/transform/state"
)

// TestAVersionThatMakesMoreReadsTheTopicsAgain leaves a state as a version before has it that
// made no invoices.
func TestAVersionThatMakesMoreReadsTheTopicsAgain(t *testing.T) {
	t.Parallel()
	w, dir := newWorld(t), t.TempDir()
	w.whole()
	w.commit(10, referenceRows("General")...)
	w.commit(11, append(orderRows(1), invoiceRows(1, 1)...)...)
	r := w.start(dir)
	r.settled()
	r.end()
	w.madeLess(dir)
	var log logBuffer
	r = w.startWith(&Stage{Config: Config{StateDir: dir}, Log: zerolog.New(&log)})
	name, p := w.place(orderRow(1, nil))
	r.until("the partition is read from its start", func() bool {
		return slices.ContainsFunc(log.lines(), func(l string) bool {
			return strings.Contains(l, fmt.Sprintf(`"topic":"%s","partition":%d,"offset":0,`, name, p))
		})
	})
	r.settled()
	if got := w.types("invoice:1"); !slices.Equal(got, []string{"invoice.created"}) {
		t.Errorf("events are %v, want nothing emitted twice", got)
	}
	r.end()
	if n := w.scans(dir, change.Sales, orderRoot(1)); n != 2 {
		t.Errorf("the partition was read %d times, want once for each version", n)
	}
}

// madeLess makes the state of a partition that of a version that knew of no invoices.
func (w *world) madeLess(dir string) {
	w.t.Helper()
	db, err := state.Open(dir)
	w.must(err)
	defer db.Close()
	p := db.Partition(change.Sales, w.partitionOf(change.Sales, orderRoot(1)))
	scan, err := p.ScanState()
	w.must(err)
	scan.Made = strings.ReplaceAll(scan.Made, "invoice ", "")
	b := p.Begin()
	defer b.Close()
	w.must(b.SetScanState(scan))
	w.must(b.Commit())
}
