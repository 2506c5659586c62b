package transform

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

func TestCatchingUpGivesWhatLiveGave(t *testing.T) {
	t.Parallel()
	live, late := newWorld(t), newWorld(t)
	r := live.start(t.TempDir())
	history(live)
	r.settled()
	history(late)
	late.start(t.TempDir()).settled()
	want := live.newest()
	// Deletions of what was never emitted are of no interest to anybody.
	maps.DeleteFunc(want, func(_ canonical.ID, content string) bool { return strings.Contains(content, `"deleted":true`) })
	if diff := cmp.Diff(want, late.newest()); diff != "" {
		t.Errorf("live and catching up differ (-live +late):\n%s", diff)
	}
	if len(want) != 10+2+11 {
		t.Errorf("there are %d entities: %v, want 10 invoices, 2 credit memos, 11 customers", len(want), sortedIDs(want))
	}
}

func TestALostStoreEmitsNothingAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.start(t.TempDir())
	history(w)
	r.settled()
	r.end()
	before := len(w.emissions())
	w.start(t.TempDir()).settled()
	if after := len(w.emissions()); after != before {
		t.Errorf("%d records before the store was lost, %d after; want no more", before, after)
	}
}

func TestARestartEmitsNothingAgain(t *testing.T) {
	t.Parallel()
	w, dir := newWorld(t), t.TempDir()
	r := w.start(dir)
	history(w)
	r.settled()
	r.end()
	before := len(w.emissions())
	r = w.start(dir)
	r.settled()
	w.commit(900, invoiceRow(1, 2, nil))
	r.settled()
	if after := len(w.emissions()); after != before+1 {
		t.Errorf("%d records before the restart, %d after it and one payment; want one more", before, after)
	}
}

func TestALostCanonicalTopicGetsEverythingAgain(t *testing.T) {
	t.Parallel()
	w, dir := newWorld(t), t.TempDir()
	r := w.start(dir)
	history(w)
	r.settled()
	r.end()
	want := w.newest()
	other := w.copyRaw(t, nil)
	other.start(dir).settled()
	if diff := cmp.Diff(want, other.newest()); diff != "" {
		t.Errorf("the new broker's entities differ (-before +after):\n%s", diff)
	}
	versions := map[canonical.ID]change.Version{}
	for _, e := range w.emissions() {
		versions[e.id] = e.version
	}
	for _, e := range other.emissions() {
		if e.version.Before(versions[e.id]) {
			t.Errorf("%s is emitted again with version %s, below %s", e.id, e.version, versions[e.id])
		}
	}
}

func TestARawTopicMadeAnewDeletesNothingBeforeItsSnapshotEnds(t *testing.T) {
	t.Parallel()
	w, dir := newWorld(t), t.TempDir()
	r := w.start(dir)
	history(w)
	r.settled()
	r.end()
	other := newWorld(t)
	for p := range partitions {
		other.produce(other.names.Raw(change.Sales), p, markerRecord(version(5), version(4)))
		other.produce(other.names.Raw(change.Customer), p, markerRecord(version(5), version(4)))
	}
	r = other.start(dir)
	r.settled()
	for _, e := range other.emissions() {
		if e.entity.Head().Deleted && e.id != "invoice:3" && e.id != "invoice:4" && e.id != "creditmemo:4" && e.id != "customer:5" {
			t.Errorf("%s is emitted as deleted while the topic is being made", e.id)
		}
	}
}

func TestAMarkerThatNamesAnOlderPredecessorIsNoHole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.whole()
	w.commit(10, referenceRows("General")...)
	dir := t.TempDir()
	r := w.start(dir)
	w.commit(11, orderRows(1)...)
	w.commit(12, invoiceRows(1, 1)...)
	r.settled()
	name, p := w.place(invoiceRow(1, 2, nil))
	w.produce(name, p, rawRecord(version(14), invoiceRow(1, 2, nil)), markerRecord(version(14), version(11)))
	r.settled()
	if got := w.types("invoice:1"); !slices.Equal(got, []string{"invoice.created", "invoice.paid"}) {
		t.Errorf("events are %v, want the payment too", got)
	}
	r.end()
	if n := w.scans(dir, change.Sales, orderRoot(1)); n != 1 {
		t.Errorf("the partition was read %d times: capture forgets a marker that it wrote just before it died", n)
	}
}

func TestTheEndOfASnapshotRemovesWhatItHasNotSeen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.whole()
	w.commit(10, referenceRows("General")...)
	w.commit(11, append(orderRows(1), invoiceRows(1, 1)...)...)
	w.commit(12, append(orderRows(2), invoiceRows(2, 1)...)...)
	r := w.start(t.TempDir())
	r.settled()
	w.snapshot(change.KindSnapshotBegin, change.Sales, 20)
	w.commit(21, append(orderRows(2), invoiceRow(2, 2, nil))...)
	r.settled()
	if got := w.types("invoice:2"); len(got) != 1 {
		t.Errorf("while the snapshot is open the events of invoice 2 are %v, want the creation alone", got)
	}
	w.commit(22, invoiceItemRow(2))
	w.snapshot(change.KindSnapshotEnd, change.Sales, 23)
	r.settled()
	if got := w.types("invoice:1"); !slices.Equal(got, []string{"invoice.created", "invoice.deleted"}) {
		t.Errorf("events of the invoice that is gone: %v", got)
	}
	if got := w.types("invoice:2"); !slices.Equal(got, []string{"invoice.created", "invoice.paid"}) {
		t.Errorf("events of the invoice that was paid: %v", got)
	}
}

func TestAHoleInTheMarkersReadsThePartitionAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.whole()
	w.commit(10, referenceRows("General")...)
	w.commit(11, append(orderRows(1), invoiceRows(1, 1)...)...)
	dir := t.TempDir()
	r := w.start(dir)
	r.settled()
	name, p := w.place(orderRow(1, nil))
	w.produce(name, p, rawRecord(version(15), invoiceRow(1, 2, nil)), markerRecord(version(15), version(14)))
	r.settled()
	r.until("the invoice is paid", func() bool {
		return slices.Equal(w.types("invoice:1"), []string{"invoice.created", "invoice.paid"})
	})
	r.end()
	if n := w.scans(dir, change.Sales, orderRoot(1)); n != 2 {
		t.Errorf("the partition was read %d times, want twice", n)
	}
}

func TestADeletionWhoseTombstoneIsCompactedAwayIsSeenInAnIntactTopic(t *testing.T) {
	t.Parallel()
	w, dir := newWorld(t), t.TempDir()
	w.whole()
	w.commit(10, referenceRows("General")...)
	w.commit(11, append(orderRows(1), invoiceRows(1, 1)...)...)
	w.commit(12, append(orderRows(2), invoiceRows(2, 1)...)...)
	r := w.start(dir)
	r.settled()
	r.end()
	// While nobody reads, order 1 is deleted, and weeks later compaction has removed
	// all of it.
	w.commit(13, orderRow(1, nil), orderRow(2, nil), orderRow(3, nil))
	other := w.copyRaw(t, func(r topic.Record) bool { return r.Header(change.HeaderRoot) != "order/1" })
	r = other.start(dir)
	r.settled()
	last := map[canonical.ID]string{}
	for _, e := range other.emissions() {
		last[e.id] = e.kind
	}
	if last["invoice:1"] != "invoice.deleted" || last["invoice:2"] != "invoice.snapshot" {
		t.Errorf("the last events are %v, want invoice 1 deleted and invoice 2 there", last)
	}
}
