package transform

import (
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// A partition goes from one instance to another, and each has a folder of its own. What the
// one has set aside is read by the other as all that it has not read, and by the one again
// when the partition comes back.
func TestWhatOneInstanceHasSetAsideIsReadByAnother(t *testing.T) {
	t.Parallel()
	for name, knows := range map[string]bool{"by a new one": false, "by one that had the partition before": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, first, second := newWorld(t), t.TempDir(), t.TempDir()
			w.whole()
			w.commit(10, referenceRows("General")...)
			w.commit(11, customerRow(5, columns{"firstname": "Ada"}))
			if knows {
				before, _ := w.restart(nil, second)
				before.settled()
				w.must(before.end())
			}
			at, p := w.place(customerRow(5, nil))
			ends, err := w.client.EndOffsets(t.Context(), at, partitions)
			w.must(err)
			w.produce(at, p, rawRecord(change.Version{Epoch: 9, Sequence: 1}, customerRow(5, columns{"firstname": "Augusta"})))
			r, board := w.restart(nil, first)
			r.settled()
			named(t, board, topic.Coordinates{Topic: at, Partition: p, Offset: ends[p]})
			w.reach(change.Version{Epoch: 9})
			w.produce(at, p, markerRecord(change.Version{Epoch: 9, Sequence: 2}, version(11)))
			r, board = w.restart(r, second)
			r.settled()
			r.until("the other has taken the row", func() bool { return strings.Contains(w.newest()["customer:5"], "Augusta") })
			if all := board.Troubles(); len(all) > 0 {
				t.Errorf("the board of the other says %v", all)
			}
			r, board = w.restart(r, first)
			r.settled()
			r.until("the first has nothing set aside any more", func() bool { return len(board.Troubles()) == 0 })
			if got := w.types("customer:5"); len(got) != 2 {
				t.Errorf("the customer's events are %v, want its first and its second state", got)
			}
		})
	}
}

// A canonical record that cannot be read says nothing of what was emitted: the entity is
// emitted again, and the record is named by whoever has the partition.
func TestACanonicalRecordThatWasSetAsideIsReadByAnother(t *testing.T) {
	t.Parallel()
	w, first, second := newWorld(t), t.TempDir(), t.TempDir()
	w.whole()
	w.commit(10, referenceRows("General")...)
	w.commit(11, customerRow(5, columns{"firstname": "Ada"}))
	r, _ := w.restart(nil, first)
	r.settled()
	w.must(r.end())
	name, p := w.names.Canonical(string(canonical.KindCustomer)), topic.Partition("customer/5", partitions)
	ends, err := w.client.EndOffsets(t.Context(), name, partitions)
	w.must(err)
	w.produce(name, p, aboveTheSource(w, name, p))
	at := topic.Coordinates{Topic: name, Partition: p, Offset: ends[p]}
	for _, dir := range []string{first, second, first} {
		r, board := w.restart(nil, dir)
		r.until("the board names the record", func() bool { return len(board.Troubles()) > 0 })
		named(t, board, at)
		w.must(r.end())
	}
	w.reach(change.Version{Epoch: 9})
	for _, dir := range []string{second, first} {
		r, board := w.restart(nil, dir)
		r.settled()
		r.until("the record is taken", func() bool { return len(board.Troubles()) == 0 })
		w.must(r.end())
	}
	if got := w.newest()["customer:5"]; !strings.Contains(got, "Ada") {
		t.Errorf("the customer ends as %s", got)
	}
}

// aboveTheSource is the last record of a canonical partition again, with a version that the
// source has not reached.
func aboveTheSource(w *world, name string, p int) (out topic.Record) {
	w.t.Helper()
	_, err := w.client.ReadAll(w.t.Context(), name, p, func(r topic.Record) error { out = r; return nil })
	w.must(err)
	before, after := version(11).String(), change.Version{Epoch: 9, Sequence: 1}.String()
	out.Value = []byte(strings.ReplaceAll(string(out.Value), before, after))
	headers := out.Headers
	out.Headers = nil
	for _, h := range headers {
		if h.Key != change.HeaderPipeline {
			out.Headers = append(out.Headers, topic.Header{Key: h.Key, Value: []byte(strings.ReplaceAll(string(h.Value), before, after))})
		}
	}
	return out
}
