package transform

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// history writes a shop's week: twelve orders with invoices, some credited, some
// customers, one order and one customer deleted.
func history(w *world) {
	w.whole()
	n := uint64(10)
	next := func() uint64 { n++; return n }
	w.commit(next(), referenceRows("General")...)
	for id := 1; id <= 12; id++ {
		w.commit(next(), orderRows(id)...)
		w.commit(next(), invoiceRows(id, 1)...)
		w.commit(next(), taxRows(id)[0])
		w.commit(next(), taxRows(id)[1:]...)
		if id%2 == 0 {
			w.commit(next(), invoiceRow(id, 2, nil))
		}
		if id%4 == 0 {
			w.commit(next(), memoRows(id)...)
		}
		w.commit(next(), customerRow(id, nil))
		w.commit(next(), customerAddressRow(id))
	}
	w.commit(next(), gone(orderRow(4, nil)))
	w.commit(next(), gone(customerRow(5, nil)))
	w.commit(next(), gone(invoiceRow(3, 1, nil)))
}

func TestEventsSayWhatHappened(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.whole()
	w.commit(10, referenceRows("General")...)
	r := w.start(t.TempDir())
	r.settled()
	steps := []struct {
		rows []rowChange
		want string // event of invoice:1 that it causes
	}{
		{orderRows(1), ""},
		{invoiceRows(1, 1), "invoice.created"},
		{[]rowChange{invoiceRow(1, 2, nil)}, "invoice.paid"},
		{[]rowChange{invoiceRow(1, 2, columns{"updated_at": "2026-02-02T03:04:05Z"})}, ""},
		{taxRows(1), "invoice.updated"},
		{[]rowChange{invoiceRow(1, 3, nil)}, "invoice.cancelled"},
		{[]rowChange{gone(invoiceRow(1, 3, nil))}, "invoice.deleted"},
		{[]rowChange{gone(orderRow(1, nil))}, ""},
	}
	var want []string
	for i, s := range steps {
		w.commit(uint64(11+i), s.rows...)
		r.settled()
		if s.want != "" {
			want = append(want, s.want)
		}
		if got := w.types("invoice:1"); !slices.Equal(got, want) {
			t.Fatalf("after step %d the events are %v, want %v", i, got, want)
		}
	}
	for _, e := range w.emissions() {
		if at := time14(e.version.Sequence); e.entity.Head().OccurredAt != at {
			t.Errorf("%s at %s occurred at %s, want %s", e.kind, e.version, e.entity.Head().OccurredAt, at)
		}
	}
}

func TestAnOlderVersionOfARowIsIgnored(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.whole()
	w.commit(10, referenceRows("General")...)
	dir := t.TempDir()
	r := w.start(dir)
	w.commit(11, orderRows(1)...)
	w.commit(13, invoiceRows(1, 2)...)
	r.settled()
	name, p := w.place(invoiceRow(1, 1, nil))
	w.produce(name, p, rawRecord(version(12), invoiceRow(1, 1, nil)), markerRecord(version(12), version(11)))
	w.commit(14, orderRow(1, columns{"state": "complete"}))
	r.settled()
	if got := w.types("invoice:1"); len(got) != 1 {
		t.Errorf("events are %v, want the creation alone", got)
	}
	r.end()
	if n := w.scans(dir, change.Sales, orderRoot(1)); n != 1 {
		t.Errorf("the partition was read %d times: a marker that is published again is no hole", n)
	}
}

func TestAnOpenTransactionWaitsForItsMarker(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.whole()
	w.commit(10, referenceRows("General")...)
	w.commit(11, append(orderRows(1), invoiceRows(1, 1)...)...)
	w.commit(12, append(orderRows(1), invoiceRow(1, 2, nil))...)
	name, p := w.place(orderRow(1, nil))
	w.produce(name, p, rawRecord(version(13), invoiceRow(1, 3, nil)))
	r := w.start(t.TempDir())
	r.settled()
	if got := w.types("invoice:1"); len(got) != 0 {
		t.Errorf("before the marker: %v, want nothing, for its rows are of an open transaction", got)
	}
	w.produce(name, p, markerRecord(version(13), version(12)))
	r.settled()
	if got := w.types("invoice:1"); !slices.Equal(got, []string{"invoice.created"}) {
		t.Errorf("after the marker: %v, want the creation", got)
	}
}

func TestATransactionWithMoreRootsThanMemoryHolds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.whole()
	w.commit(10, referenceRows("General")...)
	r := w.start(t.TempDir())
	r.settled()
	var rows []rowChange
	for id := 1; id <= 200; id++ {
		rows = append(rows, customerRow(id, nil))
	}
	w.commit(11, rows...)
	r.settled()
	if got := len(w.newest()); got != 200 {
		t.Errorf("%d of 200 customers came", got)
	}
	if got := len(w.emissions()); got != 200 {
		t.Errorf("%d records for 200 customers", got)
	}
}

func TestTwoStagesEmitNothingTwice(t *testing.T) {
	t.Parallel()
	w, first, second := newWorld(t), t.TempDir(), t.TempDir()
	a := w.start(first)
	w.whole()
	n := uint64(10)
	place := func(id int) {
		w.commit(n, orderRows(id)...)
		w.commit(n+1, append(invoiceRows(id, 1), customerRow(id, nil))...)
		n += 2
	}
	w.commit(9, referenceRows("General")...)
	for id := 1; id <= 10; id++ {
		place(id)
	}
	a.settled()
	b := w.start(second)
	for id := 11; id <= 20; id++ {
		place(id)
	}
	a.settled()
	a.end()
	for id := 21; id <= 30; id++ {
		place(id)
	}
	b.settled()
	a = w.start(first)
	for id := 31; id <= 40; id++ {
		place(id)
	}
	b.settled()
	a.settled()
	b.end()
	a.settled()
	seen := map[canonical.ID]int{}
	for _, e := range w.emissions() {
		seen[e.id]++
	}
	for id, times := range seen {
		if times != 1 {
			t.Errorf("%s was emitted %d times", id, times)
		}
	}
	if len(seen) != 80 {
		t.Errorf("%d of 80 entities came", len(seen))
	}
}

func TestNobodyIsToldThatARecordIsReadBeforeWhatFollowsFromItIsEmitted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.whole()
	w.commit(10, referenceRows("General")...)
	w.commit(11, slices.Concat(orderRows(1), invoiceRows(1, 1), memoRows(1))...)
	emitting, told := 0, int64(0)
	r := w.startWith(&Stage{Config: Config{StateDir: t.TempDir()}, Log: zerolog.Nop(), assembled: func() {
		switch emitting++; emitting {
		case 1: // the proof of membership grows old: the stage asks for another one
			time.Sleep(time.Second + 100*time.Millisecond)
		case 2:
			offsets, err := w.client.GroupOffsets(t.Context(), w.names.Group("transform"), w.names.Raw(change.Sales), partitions)
			w.must(err)
			told = offsets[w.partitionOf(change.Sales, "order/1")]
		}
	}})
	r.settled()
	r.end()
	if emitting < 2 || told > 0 {
		t.Errorf("the group was told %d before %d. emission, want none", told, emitting)
	}
}

func TestAnotherPartitionCountStopsTheStage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r, err := topic.CheckpointRecord("shop", change.Checkpoint{Epoch: 1, Partitions: map[change.Domain]int{change.Sales: 6, change.Customer: 6}})
	w.must(err)
	w.produce(w.names.Offsets(), 0, r)
	s := w.start(t.TempDir())
	got := s.failed()
	var mismatch *topic.PartitionCountError
	if !errors.As(got, &mismatch) {
		t.Errorf("stage ended with %v, want a PartitionCountError", got)
	}
}

func TestHashesSurviveTheWire(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	history(w)
	w.start(t.TempDir()).settled()
	for _, e := range w.emissions() {
		again, err := json.Marshal(e.entity)
		w.must(err)
		if string(again) != e.value {
			t.Errorf("%s changes when it is decoded and encoded:\n%s\n%s", e.id, e.value, again)
		}
	}
}
