package transform

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/transform/state"
)

// apart opens a partition of the sales topic without a stage that runs it.
func (w *world) apart(number int) *partition { return w.apartIn(change.Sales, number) }

// apartIn opens one of a domain's.
func (w *world) apartIn(d change.Domain, number int) *partition {
	w.t.Helper()
	db, err := state.Open(w.t.TempDir())
	w.must(err)
	w.t.Cleanup(func() { db.Close() })
	s := &Stage{Source: "shop", pipeline: testPipeline, Names: w.names, Topics: w.client, Log: zerolog.Nop(), metrics: newMetrics(nil), dirtyLimit: 2, successor: &successorQuestion{},
		reached: reachedAt(version(1)), pinned: map[change.Domain]int{change.Sales: partitions, change.Customer: partitions, change.Catalog: partitions}}
	w.must(s.ensureTopics(w.t.Context(), change.Checkpoint{Partitions: s.pinned}))
	references := newReferenceFollower(s, db.Partition(change.Reference, 0))
	w.must(references.load(w.t.Context()))
	p := newPartition(s, topic.Assignment{Topic: w.names.Raw(d), Partition: number}, references, db)
	if _, err := p.open(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	return p
}

// sales writes records that are fetched together into the sales partition of order 1.
func (w *world) sales(records ...topic.Record) {
	w.t.Helper()
	name, p := w.place(orderRow(1, nil))
	w.produce(name, p, records...)
}

func snapshotRecord(kind string, n, begin uint64) topic.Record {
	v := version(n)
	return topic.Record{
		Key: []byte(change.SnapshotKey(kind, change.Sales)), Value: []byte(`{"domain":"sales","version":"` + v.String() + `","begin":"` + version(begin).String() + `"}`),
		Headers: []topic.Header{{Key: change.HeaderKind, Value: []byte(kind)}, {Key: change.HeaderVersion, Value: []byte(v.String())}},
	}
}

func invoiceEmission(id, sequence uint64) emission {
	return emission{
		entity: &canonical.Invoice{Envelope: canonical.Envelope{MagentoEntityID: id}},
		root:   change.NewRoot(change.AggregateOrder, id), at: commitPoint{version: version(sequence)},
	}
}

func TestOneFetchMayLeadThroughEveryState(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.whole()
	w.commit(10, referenceRows("General")...)
	w.commit(11, append(orderRows(1), invoiceRows(1, 1)...)...)
	r := w.start(t.TempDir())
	r.settled()
	w.sales(
		rawRecord(version(12), orderRow(1, columns{"status": "paid"})),
		rawRecord(version(12), invoiceRow(1, 2, nil)), markerRecord(version(12), version(11)),
		snapshotRecord(change.KindSnapshotBegin, 13, 13),
		rawRecord(version(14), orderRow(1, nil)), rawRecord(version(14), invoiceItemRow(1)), rawRecord(version(14), orderItemRow(1)),
		rawRecord(version(14), invoiceRow(1, 1, nil)), rawRecord(version(14), invoiceRow(1, 2, columns{"grand_total": "19.0000"})), markerRecord(version(14), version(12)),
		snapshotRecord(change.KindSnapshotEnd, 15, 13),
		rawRecord(version(16), invoiceRow(1, 3, nil)), markerRecord(version(16), version(14)),
	)
	r.settled()
	want := []string{"invoice.created", "invoice.paid", "invoice.updated", "invoice.cancelled"}
	if got := w.types("invoice:1"); !slices.Equal(got, want) {
		t.Errorf("events are %v, want %v: live, snapshot, settled, live", got, want)
	}
}

func TestASnapshotThatIsBegunAgainEndsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.whole()
	w.commit(10, referenceRows("General")...)
	w.commit(11, append(orderRows(1), invoiceRows(1, 1)...)...)
	r := w.start(t.TempDir())
	r.settled()
	w.sales(
		snapshotRecord(change.KindSnapshotBegin, 20, 20),
		snapshotRecord(change.KindSnapshotBegin, 30, 30),
		snapshotRecord(change.KindSnapshotEnd, 31, 20), // left over from the first
	)
	r.settled()
	if got := w.types("invoice:1"); !slices.Equal(got, []string{"invoice.created"}) {
		t.Errorf("events are %v: the end of the first snapshot is not that of the second", got)
	}
	w.sales(snapshotRecord(change.KindSnapshotEnd, 32, 30))
	r.settled()
	if got := w.types("invoice:1"); !slices.Equal(got, []string{"invoice.created", "invoice.deleted"}) {
		t.Errorf("events are %v, want the deletion of what the second has not seen", got)
	}
}

func TestARestartDuringASnapshotWaitsForItsEnd(t *testing.T) {
	t.Parallel()
	w, dir := newWorld(t), t.TempDir()
	w.whole()
	w.commit(10, referenceRows("General")...)
	r := w.start(dir)
	r.settled()
	w.sales(snapshotRecord(change.KindSnapshotBegin, 20, 20))
	w.commit(21, append(orderRows(1), invoiceRows(1, 1)...)...)
	r.settled()
	r.end()
	r = w.start(dir)
	r.settled()
	w.commit(22, orderRow(1, columns{"status": "new"}))
	r.settled()
	if got := w.types("invoice:1"); len(got) != 0 {
		t.Errorf("while the snapshot is open the events are %v, want none", got)
	}
	w.sales(snapshotRecord(change.KindSnapshotEnd, 23, 20))
	r.settled()
	if got := w.types("invoice:1"); !slices.Equal(got, []string{"invoice.created"}) {
		t.Errorf("after its end the events are %v, want the creation", got)
	}
}

func TestChangedReferenceDataDoNotAssembleHalfOfATransaction(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.whole()
	w.commit(10, referenceRows("General")...)
	w.commit(11, customerRow(5, nil), customerRow(6, nil))
	r := w.start(t.TempDir())
	r.settled()
	name, p := w.place(customerRow(5, nil))
	w.produce(name, p, rawRecord(version(12), customerRow(5, columns{"firstname": "Augusta"})))
	r.settled()
	w.commit(13, referenceRows("Trade")[2])
	r.until("the other customer's group is Trade", func() bool { return strings.Contains(w.newest()["customer:6"], `"Trade"`) })
	if got := w.newest()["customer:5"]; strings.Contains(got, "Augusta") {
		t.Errorf("before its marker the half of a transaction is out: %s", got)
	}
	w.produce(name, p, rawRecord(version(12), customerRow(5, columns{"firstname": "Augusta", "lastname": "King"})), markerRecord(version(12), version(11)))
	r.until("customer 5 is King, in group Trade", func() bool {
		got := w.newest()["customer:5"]
		return strings.Contains(got, "King") && strings.Contains(got, `"Trade"`)
	})
}

func TestACanonicalPartitionThatLostRecordsIsOpenedAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.whole()
	p := w.apart(1)
	b := p.begin()
	defer b.close()
	w.must(p.emit(b, invoiceEmission(1, 3)))
	if next, err := b.flush(t.Context()); next != nil || err != nil {
		t.Fatalf("an intact partition leads to %p, %v; want to stay", next, err)
	}
	// The broker comes back without the nine records after this one.
	p.scan.state.CanonicalEnds[canonical.KindInvoice] += 9
	marker := p.scan.state
	w.must(p.emit(b, invoiceEmission(2, 4)))
	b.last = &topic.Record{Offset: 100}
	next, err := b.flush(t.Context())
	if next == nil || err != nil {
		t.Fatalf("flush gives %p, %v; want the state that opens the partition", next, err)
	}
	if p.scan.state.Bookmark != marker.Bookmark {
		t.Errorf("the bookmark moved to %+v although what was emitted is lost", p.scan.state.Bookmark)
	}
	if _, err := next(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := p.scan.state.CanonicalEnds[canonical.KindInvoice]; got != 2 {
		t.Errorf("opened anew the canonical partition ends at %d, want 2", got)
	}
}

func TestNothingIsProducedOnceTheGenerationHasEnded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.apart(1)
	b := p.begin()
	defer b.close()
	w.must(p.emit(b, invoiceEmission(1, 3)))
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := b.flush(ended); err == nil {
		t.Error("flush says that all is well")
	}
	if n := len(w.emissions()); n != 0 {
		t.Errorf("%d records were produced", n)
	}
	kept := p.store.Begin()
	defer kept.Close()
	if _, known, err := kept.FindEmitted("order/1", "invoice:1"); known || err != nil {
		t.Errorf("the store takes it for emitted: %v, %v", known, err)
	}
}

func TestABatchIsFullOfRowsOrOfEmissions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.apart(1)
	b := p.begin()
	defer b.close()
	if b.full() {
		t.Error("an empty batch is full")
	}
	for range batchEmissions + 1 {
		b.emit(canonical.KindInvoice, topic.Record{})
	}
	if !b.full() {
		t.Errorf("with %d emissions it is not full", b.count)
	}
	rows := p.begin()
	defer rows.close()
	_, err := rows.rows.Put(state.Row{Root: "order/1", Table: "sales_order", Value: make([]byte, batchBytes+1)})
	w.must(err)
	if !rows.full() {
		t.Errorf("with %d bytes of rows it is not full", rows.rows.Size())
	}
}
