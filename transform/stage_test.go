package transform

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/health"
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

func TestCatchingUpGivesWhatLiveGave(t *testing.T) {
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

func TestAnOlderVersionOfARowIsIgnored(t *testing.T) {
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

func TestAMarkerThatNamesAnOlderPredecessorIsNoHole(t *testing.T) {
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

// Magento was restored from an older dump: an invoice's id is another order's now. Each
// order says what became of the id in the partition of its own.
func TestAnIDThatMovesToAnotherOrderLivesThereAndIsDeletedHere(t *testing.T) {
	w := newWorld(t)
	w.whole()
	w.commit(10, referenceRows("General")...)
	r := w.start(t.TempDir())
	w.commit(11, append(orderRows(4), invoiceRows(4, 2)...)...)
	r.settled()
	moved := invoiceRow(4, 2, columns{"order_id": 5})
	moved.root = orderRoot(5)
	item := invoiceItemRow(4)
	item.root = orderRoot(5)
	w.commit(12, append(orderRows(5), moved, item, gone(invoiceRow(4, 2, nil)), gone(invoiceItemRow(4)))...)
	r.settled()
	said := map[string]string{}
	for _, e := range w.emissions() {
		var body canonical.Invoice
		if err := json.Unmarshal([]byte(e.value), &body); err != nil {
			t.Fatal(err)
		}
		said[string(body.Source.Root)] = fmt.Sprintf("order %d, deleted %v", body.OrderID, body.Deleted)
	}
	want := map[string]string{"order/4": "order 4, deleted true", "order/5": "order 5, deleted false"}
	if diff := cmp.Diff(want, said); diff != "" {
		t.Errorf("newest of invoice:4 by order (-want +got):\n%s", diff)
	}
}

func TestADeletedOrderTakesItsDocumentsAlong(t *testing.T) {
	w := newWorld(t)
	w.whole()
	w.commit(10, referenceRows("General")...)
	r := w.start(t.TempDir())
	w.commit(11, append(append(orderRows(4), invoiceRows(4, 2)...), memoRows(4)...)...)
	r.settled()
	w.commit(12, gone(orderRow(4, nil)))
	r.settled()
	for _, id := range []canonical.ID{"invoice:4", "creditmemo:4"} {
		got := w.types(id)
		if want := []string{string(id.Kind()) + ".created", string(id.Kind()) + ".deleted"}; !slices.Equal(got, want) {
			t.Errorf("events of %s are %v, want %v", id, got, want)
		}
	}
	// MySQL 9.6 logs the cascade: nothing more comes of it.
	before := len(w.emissions())
	w.commit(13, gone(invoiceRow(4, 2, nil)), gone(invoiceItemRow(4)))
	r.settled()
	if after := len(w.emissions()); after != before {
		t.Errorf("the logged cascade emitted %d more records", after-before)
	}
}

func TestADeletedCustomerIsPublishedWithoutPersonalData(t *testing.T) {
	w := newWorld(t)
	w.whole()
	w.commit(10, referenceRows("General")...)
	r := w.start(t.TempDir())
	w.commit(11, customerRow(5, nil), customerAddressRow(5))
	r.settled()
	w.commit(12, gone(customerRow(5, nil)))
	r.settled()
	all := w.emissions()
	last := all[len(all)-1]
	if last.kind != "customer.deleted" || strings.Contains(last.value, "Ada") || strings.Contains(last.value, "example.com") {
		t.Errorf("the last record is %s: %s", last.kind, last.value)
	}
}

func TestChangedReferenceDataAmendsCustomers(t *testing.T) {
	w, dir := newWorld(t), t.TempDir()
	w.whole()
	w.commit(10, referenceRows("General")...)
	w.commit(11, customerRow(5, nil), customerAddressRow(5))
	r := w.start(dir)
	r.settled()
	w.commit(12, referenceRows("Trade")[2])
	r.until("the customer's group is Trade while the stage runs", func() bool { return strings.Contains(w.newest()["customer:5"], `"Trade"`) })
	r.end()
	w.commit(13, referenceRows("Wholesale")[2])
	r = w.start(dir)
	r.until("the customer's group is Wholesale after a restart", func() bool { return strings.Contains(w.newest()["customer:5"], `"Wholesale"`) })
	if got, want := w.types("customer:5"), []string{"customer.upserted", "customer.upserted", "customer.upserted"}; !slices.Equal(got, want) {
		t.Errorf("events are %v, want %v", got, want)
	}
	var versions []change.Version
	for _, e := range w.emissions() {
		versions = append(versions, e.version)
	}
	if want := []change.Version{version(11), version(12), version(13)}; !slices.Equal(versions, want) {
		t.Errorf("versions are %v, want %v: the customer's commit, and then those of the reference data", versions, want)
	}
}

// What a document needs of reference data and does not find is looked for again when they
// change; what it has found, it keeps.
func TestADocumentHealsWhenTheReferenceDataThatItLackedAreCorrected(t *testing.T) {
	zone := func(name string) rowChange {
		return rowChange{"core_config_data", "", `{"config_id":1}`, columns{"config_id": 1, "scope": "websites", "scope_id": 1, "path": "general/locale/timezone", "value": name}}
	}
	all := referenceRows("General")
	for name, c := range map[string]struct {
		first, then []rowChange
		want        string // in the document, "" when nothing is emitted
	}{
		"a time zone that does not exist":     {append(slices.Clone(all), zone("Europe/Londno")), []rowChange{zone("Europe/Paris")}, `"timezone":"Europe/Paris"`},
		"a store that is not known":           {all[2:], all[:2], `"code":"en"`},
		"a time zone that exists is kept":     {all, []rowChange{zone("Europe/Paris")}, ""},
		"one wrong time zone follows another": {append(slices.Clone(all), zone("Nowhere")), []rowChange{zone("Elsewhere")}, `"timezone":"Elsewhere"`},
	} {
		for _, restarted := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, restarted %v", name, restarted), func(t *testing.T) {
				w, dir := newWorld(t), t.TempDir()
				w.whole()
				w.commit(10, c.first...)
				w.commit(11, append(orderRows(1), invoiceRows(1, 2)...)...)
				r := w.start(dir)
				r.settled()
				before := w.newest()["invoice:1"]
				if restarted {
					r.end()
				}
				w.commit(12, c.then...)
				if restarted {
					r = w.start(dir)
				}
				w.commit(13, append(orderRows(2), invoiceRows(2, 2)...)...)
				r.until("the next order is there", func() bool { return w.newest()["invoice:2"] != "" })
				if c.want == "" {
					if got := w.newest()["invoice:1"]; got != before {
						t.Errorf("emitted again: %s", got)
					}
					return
				}
				r.until("the invoice has "+c.want, func() bool { return strings.Contains(w.newest()["invoice:1"], c.want) })
				versions := []change.Version{}
				for _, e := range w.emissions() {
					if e.id == "invoice:1" {
						versions = append(versions, e.version)
					}
				}
				if len(versions) != 2 || !versions[0].Before(versions[1]) {
					t.Errorf("versions %v, want two, the second that of the reference data or later", versions)
				}
			})
		}
	}
}

func TestAHoleInTheMarkersReadsThePartitionAgain(t *testing.T) {
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
	if last["invoice:1"] != "invoice.deleted" || last["invoice:2"] != "invoice.created" {
		t.Errorf("the last events are %v, want invoice 1 deleted and invoice 2 there", last)
	}
}

func TestAnOpenTransactionWaitsForItsMarker(t *testing.T) {
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

func TestARecordThatDoesNotDecodeIsSetAsideAndNamed(t *testing.T) {
	row := invoiceRow(1, 1, nil)
	bad := invoiceRow(1, 1, columns{"grand_total": "many"})
	for name, r := range map[string]topic.Record{
		"a value that is no envelope":      {Key: rawRecord(version(3), row).Key, Value: []byte("{"), Headers: rawRecord(version(3), row).Headers},
		"a key that is none":               {Key: []byte("x"), Value: []byte("{}")},
		"a row without version":            {Key: rawRecord(version(3), row).Key, Value: rawRecord(version(3), row).Value},
		"a column of the wrong type":       rawRecord(version(3), bad),
		"an operation that is not handled": {Key: rawRecord(version(3), row).Key, Value: []byte(`{"op":"t"}`), Headers: rawRecord(version(3), row).Headers},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.whole()
			w.commit(2, orderRows(1)...)
			topicName, p := w.place(row)
			ends, err := w.client.EndOffsets(t.Context(), topicName, partitions)
			w.must(err)
			w.produce(topicName, p, r, markerRecord(version(3), version(2)))
			w.commit(4, append(orderRows(4), invoiceRows(4, 1)...)...)
			board, on := &health.Board{}, prometheus.NewRegistry()
			s := w.startWith(&Stage{Config: Config{StateDir: t.TempDir()}, Log: zerolog.Nop(), Health: board, Metrics: on})
			s.settled()
			if got := w.types("invoice:4"); len(got) != 1 {
				t.Errorf("the events of the invoice behind it are %v, want its creation", got)
			}
			want := topic.Coordinates{Topic: topicName, Partition: p, Offset: ends[p]}
			named(t, board, want)
			if n := counted(t, on)["mage2sage_transform_records_set_aside_total{topic}"]; n != 1 {
				t.Errorf("%v records are counted, want 1", n)
			}
			w.commit(5, invoiceRows(1, 1)...)
			s.settled()
			if got := w.types("invoice:1"); len(got) != 1 {
				t.Errorf("once the row has changed the invoice's events are %v, want its creation", got)
			}
			w.snapshot(change.KindSnapshotBegin, change.Sales, 50)
			w.snapshot(change.KindSnapshotEnd, change.Sales, 51)
			s.until("a snapshot has brought everything", func() bool { return len(board.Troubles()) == 0 })
		})
	}
}

// named fails unless a board names the record, and says what helps.
func named(t *testing.T, board *health.Board, at topic.Coordinates) {
	t.Helper()
	all := board.Troubles()
	if len(all) != 1 || !strings.Contains(all[0].Problem, at.String()) || !strings.Contains(all[0].Hint, "heals") {
		t.Errorf("the board says %+v, want %s and how it heals", all, at)
	}
}

func TestAnotherPartitionCountStopsTheStage(t *testing.T) {
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
