package transform

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// ask asks for a replay, as the command does.
func (w *world) ask(request change.ReplayRequest) {
	w.t.Helper()
	if request.AtMS == 0 {
		request.AtMS = time.Now().UnixMilli()
	}
	r, err := topic.ReplayRecord("shop", request)
	w.must(err)
	w.produce(w.names.Offsets(), 0, r)
}

// answered reports in how many partitions a replay is done, and what it wrote.
func (w *world) answered(id string) (done int, emitted int64) {
	w.t.Helper()
	state, err := w.client.ReadSourceState(w.t.Context(), w.names, "shop")
	w.must(err)
	for _, a := range state.Orders.Answered[id] {
		if emitted += a.Emitted; a.Done {
			done++
		}
	}
	return done, emitted
}

// replayed asks for a replay and returns how many records it wrote once it is done.
func (r *running) replayed(request change.ReplayRequest) (emitted int64) {
	r.w.t.Helper()
	want := partitions
	if request.Partition != nil {
		want = 1
	}
	r.w.ask(request)
	r.until("the replay "+request.ID+" is done", func() (ok bool) {
		var done int
		done, emitted = r.w.answered(request.ID)
		return done == want
	})
	return emitted
}

// raw is what the topic of invoices has of one.
func (w *world) raw(id canonical.ID) (all []topic.Record) {
	w.t.Helper()
	for p := range partitions {
		_, err := w.client.ReadAll(w.t.Context(), w.names.Canonical("invoice"), p, func(r topic.Record) error {
			if string(r.Key) == string(id) {
				all = append(all, r)
			}
			return nil
		})
		w.must(err)
	}
	return all
}

// soldInvoices is a shop with invoices 1 to 6, of which 2 was changed; and how many emissions there are.
func soldInvoices(t *testing.T) (*world, *running, string) {
	w, dir := newWorld(t), t.TempDir()
	w.whole()
	for n := range 6 {
		w.commit(uint64(20+n), append(orderRows(n+1), invoiceRows(n+1, n+1)...)...)
	}
	w.commit(40, invoiceRow(2, 2, columns{"state": 3}))
	r := w.start(dir)
	r.settled()
	return w, r, dir
}

func TestAReplayWritesTheNewestStateOfEveryEntityAgain(t *testing.T) {
	t.Parallel()
	w, r, dir := soldInvoices(t)
	before := w.newest()
	w.commit(41, invoiceRow(2, 2, columns{"state": 2})) // live: another state of invoice 2
	r.until("the change is emitted", func() bool { return w.newest()["invoice:2"] != before["invoice:2"] })
	before = w.newest()
	states := len(w.raw("invoice:2"))
	for round, id := range []string{"first", "second"} { // the second finds what the first has written
		if n := r.replayed(change.ReplayRequest{ID: id, Kind: "invoice"}); n != 6 {
			t.Errorf("the %s replay has written %d records, want one for each of 6 invoices", id, n)
		}
		all := w.raw("invoice:2")
		if len(all) != states+round+1 {
			t.Fatalf("after the %s replay invoice 2 has %d records, want %d", id, len(all), states+round+1)
		}
		newest, again := all[states-1], all[len(all)-1]
		if string(again.Value) != string(newest.Value) {
			t.Error("the value is another")
		}
		headers := slices.DeleteFunc(slices.Clone(again.Headers), func(h topic.Header) bool { return h.Key == canonical.HeaderReplayed })
		if fmt.Sprint(headers) != fmt.Sprint(newest.Headers) || len(again.Headers) != len(headers)+1 {
			t.Errorf("its headers are %v, want %v and when it was asked for, once", again.Headers, newest.Headers)
		}
		if at, err := time.Parse(time.RFC3339, again.Header(canonical.HeaderReplayed)); err != nil || time.Since(at) > time.Minute {
			t.Errorf("it says that it was replayed %q", again.Header(canonical.HeaderReplayed))
		}
	}
	all, p := w.raw("invoice:2"), topic.Partition(change.NewRoot(change.AggregateOrder, 2), partitions)
	r.replayed(change.ReplayRequest{ID: "third", Kind: "invoice", Partition: &p, FromOffset: all[len(all)-1].Offset}) // of what was replayed
	if last := w.raw("invoice:2"); len(last) != len(all)+1 || len(last[len(last)-1].Headers) != len(all[len(all)-1].Headers) {
		t.Errorf("what was replayed and is replayed again has the headers %v", last[len(last)-1].Headers)
	}
	ends := w.canonicalEnds()
	w.must(r.end())
	r = w.start(dir)
	r.settled()
	w.must(r.end())
	r = w.start(t.TempDir()) // the state is made anew of what was written again, too
	r.settled()
	if fmt.Sprint(w.canonicalEnds()) != fmt.Sprint(ends) || fmt.Sprint(w.newest()) != fmt.Sprint(before) {
		t.Errorf("another start has emitted something: the topics end at %v, and ended at %v", w.canonicalEnds(), ends)
	}
}

func (w *world) canonicalEnds() (all []int64) {
	w.t.Helper()
	for _, info := range canonical.Kinds() {
		ends, err := w.client.EndOffsets(w.t.Context(), w.names.Canonical(string(info.Kind)), partitions)
		w.must(err)
		all = append(all, ends...)
	}
	return all
}

func TestAReplayKeepsToItsBounds(t *testing.T) {
	t.Parallel()
	w, r, _ := soldInvoices(t)
	at := func(sequence int64) int64 { return 1_700_000_000_000 + sequence*1000 }
	if n := r.replayed(change.ReplayRequest{ID: "key", Kind: "invoice", Key: "invoice:3"}); n != 1 || len(w.raw("invoice:3")) != 2 {
		t.Errorf("a replay of invoice 3 has written %d records", n)
	}
	own := func(id canonical.ID) int64 { // when it came about, as its header says
		when, err := time.Parse(time.RFC3339, w.raw(id)[0].Header(canonical.HeaderTime))
		w.must(err)
		return when.UnixMilli()
	}
	from, to := own("invoice:4"), own("invoice:6")
	if to <= from {
		from, to = at(0), at(100)
	}
	want := int64(0)
	for n := range 6 {
		if ms := own(canonical.NewID(canonical.KindInvoice, uint64(n+1))); ms >= from && ms < to {
			want++
		}
	}
	if n := r.replayed(change.ReplayRequest{ID: "times", Kind: "invoice", FromMS: &from, ToMS: &to}); n != want || want == 0 {
		t.Errorf("a replay between two times has written %d records, want %d", n, want)
	}
	for name, bound := range map[string]struct{ from, to *int64 }{
		"later":       {from: new(at(1_000_000))},
		"before 1970": {to: new(int64(0))},
	} {
		if n := r.replayed(change.ReplayRequest{ID: name, Kind: "invoice", FromMS: bound.from, ToMS: bound.to}); n != 0 {
			t.Errorf("a replay of what came about %s has written %d records", name, n)
		}
	}
	p := topic.Partition(change.NewRoot(change.AggregateOrder, 5), partitions)
	ends, err := w.client.EndOffsets(t.Context(), w.names.Canonical("invoice"), partitions)
	w.must(err)
	place := w.raw("invoice:5")[0].Offset
	if n := r.replayed(change.ReplayRequest{ID: "offsets", Kind: "invoice", Partition: &p, FromOffset: place, ToOffset: place + 1}); n != 1 || len(w.raw("invoice:5")) < 2 {
		t.Errorf("a replay of the offset of invoice 5 has written %d records", n)
	}
	now, err := w.client.EndOffsets(t.Context(), w.names.Canonical("invoice"), partitions)
	w.must(err)
	if ends[p]++; fmt.Sprint(now) != fmt.Sprint(ends) {
		t.Errorf("the partitions end at %v, want %v", now, ends)
	}
}

func TestAReplayOfAnEarlierStateDoesNotBringItBack(t *testing.T) {
	t.Parallel()
	w, r, _ := soldInvoices(t)
	w.commit(41, invoiceRow(2, 2, columns{"state": 2}))
	r.until("the change is emitted", func() bool { return len(w.raw("invoice:2")) == 2 })
	p, first := topic.Partition(change.NewRoot(change.AggregateOrder, 2), partitions), w.raw("invoice:2")[0].Offset
	if n := r.replayed(change.ReplayRequest{ID: "old", Kind: "invoice", Partition: &p, FromOffset: first, ToOffset: first + 1}); n != 0 {
		t.Errorf("the replay of what was has written %d records, want none: a newer state stands behind it", n)
	}
	w.newest() // no version falls
}

func TestAReplayIsDoneByWhoeverHasThePartitionWhileTheShopGoesOn(t *testing.T) {
	t.Parallel()
	w, r, _ := soldInvoices(t)
	w.must(r.end())
	w.ask(change.ReplayRequest{ID: "asked while none ran", Kind: "invoice"})
	w.ask(change.ReplayRequest{ID: "long ago", Kind: "invoice", AtMS: time.Now().Add(-change.ReplayExpires - time.Hour).UnixMilli()})
	w.ask(change.ReplayRequest{ID: "of a kind to come", Kind: "parcel"})
	one, two := w.start(t.TempDir()), w.startWith(&Stage{Config: Config{StateDir: t.TempDir()}, Log: zerolog.Nop()})
	for n := range 30 {
		w.commit(uint64(50+n), invoiceRow(1+n%6, 1+n%6, columns{"state": 2 + n%2}))
	}
	one.until("the replay is done", func() bool { done, _ := w.answered("asked while none ran"); return done == partitions })
	one.settled()
	w.newest() // no version falls
	if done, _ := w.answered("long ago"); done != 0 {
		t.Error("what was asked for before anybody expects it is done")
	}
	w.must(two.end())
}

func TestAReplayWritesInTheFormThatTheConfigurationHasNow(t *testing.T) {
	t.Parallel()
	w, r, dir := soldInvoices(t)
	w.must(r.end())
	_, client := newRegistry(t)
	r = w.startWith(&Stage{Config: Config{StateDir: dir}, Log: zerolog.Nop(), Schemas: client})
	r.replayed(change.ReplayRequest{ID: "framed", Kind: "invoice", Key: "invoice:3"})
	framed := w.raw("invoice:3")
	if len(framed) != 2 || framed[1].Value[0] != 0 || string(canonical.Text(framed[1].Value)) != string(framed[0].Value) {
		t.Errorf("with a registry invoice 3 is %q", framed[len(framed)-1].Value)
	}
	w.must(r.end())
	r = w.start(dir)
	r.replayed(change.ReplayRequest{ID: "plain", Kind: "invoice", Key: "invoice:3"})
	if all := w.raw("invoice:3"); len(all) != 3 || string(all[2].Value) != string(framed[0].Value) {
		t.Errorf("without it invoice 3 is %q", all[len(all)-1].Value)
	}
}

// TestTheShopDoesNotWaitForAReplay has an invoice change while a replay has written its first
// records, and finds the change before the last of them.
func TestTheShopDoesNotWaitForAReplay(t *testing.T) {
	t.Parallel()
	const invoices = 1200 // more than a fetch brings
	w := newWorld(t)
	w.whole()
	w.reach(version(10_000))
	p := w.partitionOf(change.Sales, orderRoot(1))
	records := w.manyInvoices(invoices)
	w.produce(w.names.Raw(change.Sales), p, append(records, markerRecord(version(20), version(0)))...)
	var asked, changed atomic.Bool
	s := &Stage{Config: Config{StateDir: t.TempDir()}, Log: zerolog.Nop(), replayTurn: 1}
	s.assembled = func() {
		if asked.Load() && !changed.Swap(true) {
			w.produce(w.names.Raw(change.Sales), p, rawRecord(version(30), invoiceRow(1, 2, nil)), markerRecord(version(30), version(20)))
		}
	}
	r := w.startWith(s)
	r.settled()
	asked.Store(true)
	if n := r.replayed(change.ReplayRequest{ID: "long", Kind: "invoice", Partition: &p}); n < invoices-1 {
		t.Errorf("the replay has written %d records, want at least %d", n, invoices-1)
	}
	r.until("the change is emitted", func() bool { return len(w.raw("invoice:1")) > 2 })
	own, last := int64(0), int64(0)
	_, err := w.client.ReadAll(t.Context(), w.names.Canonical("invoice"), p, func(r topic.Record) error {
		if last = r.Offset; r.Header(change.HeaderVersion) == "1.30" && own == 0 {
			own = r.Offset
		}
		return nil
	})
	w.must(err)
	if own == 0 || own >= last {
		t.Errorf("the change stands at offset %d of %d, want it among those that were written again", own, last)
	}
}

// manyInvoices are the rows of an order with so many invoices, of version 20.
func (w *world) manyInvoices(n int) (records []topic.Record) {
	for _, row := range orderRows(1) {
		records = append(records, rawRecord(version(20), row))
	}
	for id := 1; id <= n; id++ {
		row, item := invoiceRow(1, 1, columns{"entity_id": id}), invoiceItemRow(1)
		item.columns["entity_id"], item.columns["parent_id"] = id, id
		row.pk, item.pk = fmt.Sprintf(`{"entity_id":%d}`, id), fmt.Sprintf(`{"entity_id":%d}`, id)
		records = append(records, rawRecord(version(20), row), rawRecord(version(20), item))
	}
	return records
}
