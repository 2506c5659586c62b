package transform

import (
	"sync/atomic"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/transform/state"
)

func TestAnotherBrokersTopicsAreReadFromTheirStart(t *testing.T) {
	t.Parallel()
	w, dir := newWorld(t), t.TempDir()
	w.whole()
	w.commit(10, referenceRows("General")...)
	w.commit(11, append(orderRows(1), invoiceRows(1, 1)...)...)
	r := w.start(dir)
	r.settled()
	r.end()
	// More records than the bookmarks know, and none of them the same.
	other := newWorld(t)
	for i, d := range []change.Domain{change.Reference, change.Customer, change.Sales} {
		other.snapshot(change.KindSnapshotBegin, d, uint64(100+i))
	}
	other.commit(110, referenceRows("General")...)
	for id := 21; id <= 40; id++ {
		other.commit(uint64(100+id), append(orderRows(id), invoiceRows(id, 1)...)...)
	}
	for i, d := range []change.Domain{change.Reference, change.Customer, change.Sales} {
		other.snapshot(change.KindSnapshotEnd, d, uint64(200+i))
	}
	other.start(dir).settled()
	seen := map[canonical.ID]string{}
	for _, e := range other.emissions() {
		seen[e.id] = e.kind
	}
	for id := uint64(21); id <= 40; id++ {
		if name := canonical.NewID(canonical.KindInvoice, id); seen[name] != "invoice.created" {
			t.Errorf("%s: last event %q, want its creation", name, seen[name])
		}
	}
	if seen["invoice:1"] != "invoice.deleted" {
		t.Errorf("the invoice that the snapshot did not see: last event %q, want its deletion", seen["invoice:1"])
	}
}

func TestVersionsDoNotFallWhenReferenceDataWasAhead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.whole()
	w.commit(50, referenceRows("General")...)
	w.commit(11, customerRow(5, nil))
	r := w.start(t.TempDir())
	r.settled()
	w.commit(12, customerRow(5, columns{"firstname": "Augusta"}))
	r.settled()
	all := w.emissions()
	if len(all) != 2 || all[1].version.Before(all[0].version) {
		t.Errorf("versions are %v, want two that do not fall", all)
	}
}

func TestWhatIsMissingInReferenceDataIsReadOnTheSpot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db, err := state.Open(t.TempDir())
	w.must(err)
	defer db.Close()
	follower := newReferenceFollower(&Stage{Names: w.names, Topics: w.client, pipeline: testPipeline, successor: &successorQuestion{}, reached: reachedAt(version(1))}, db.Partition(change.Reference, 0))
	w.must(follower.load(t.Context()))
	w.commit(10, referenceRows("General")...)
	v := follower.lookup(t.Context())
	if got := v.Store(1); got == nil || got.Timezone != "Europe/London" {
		t.Errorf("store 1 is %+v, %v; want it with its website's time zone", got, v.err)
	}
	if got := v.Store(9); got != nil {
		t.Errorf("store 9, which there is not, is %+v", got)
	}
	if code, ok := v.Group(1); !ok || code != "General" {
		t.Errorf("group 1 is %q, %v", code, ok)
	}
}

// reachedAt is a source that has come so far.
func reachedAt(v change.Version) *atomic.Pointer[change.Version] {
	var p atomic.Pointer[change.Version]
	p.Store(&v)
	return &p
}
