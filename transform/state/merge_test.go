package state

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/mage2sage/mage2sage/schemas/change"
)

// told is a row as the log tells of it: a letter for what was done, and the version.
func told(what byte, sequence uint64) Row {
	r := row("order/7", "a", sequence, "{}")
	r.Created, r.Deleted = what == 'c', what == 'd'
	if r.Value = fmt.Appendf(nil, "%c%d", what, sequence); r.Deleted {
		r.Value = []byte{}
	}
	return r
}

func TestARowThatWasAddedCountsAsCreatedAsLongAsItLives(t *testing.T) {
	for name, c := range map[string]struct {
		rows    []Row
		want    string
		created bool
	}{
		"inserted":             {[]Row{told('c', 1)}, "c1", true},
		"read by a snapshot":   {[]Row{told('r', 1)}, "r1", false},
		"inserted and changed": {[]Row{told('c', 1), told('u', 2), told('u', 3)}, "u3", true},
		"changed in the transaction of its insert": {[]Row{told('c', 1), told('u', 1)}, "u1", true},
		"deleted":                                   {[]Row{told('c', 1), told('d', 2)}, "", false},
		"put back behind the log":                   {[]Row{told('c', 1), told('d', 2), told('r', 3)}, "r3", false},
		"inserted again":                            {[]Row{told('c', 1), told('d', 2), told('c', 3), told('u', 4)}, "u4", true},
		"inserted again, in one transaction":        {[]Row{told('d', 3), told('c', 3), told('u', 3)}, "u3", true},
		"deleted again, in one transaction":         {[]Row{told('c', 3), told('u', 3), told('d', 3)}, "", false},
		"its insert comes after its change":         {[]Row{told('u', 2), told('c', 1)}, "u2", true},
		"its deletion comes after what put it back": {[]Row{told('c', 1), told('r', 3), told('d', 2)}, "r3", false},
	} {
		t.Run(name, func(t *testing.T) {
			_, p := open(t, t.TempDir())
			for _, r := range c.rows {
				add(t, p, r)
			}
			got := load(t, p, "order/7").Rows
			if len(got) != 1 || string(got[0].Value) != c.want || got[0].Created != c.created || got[0].Deleted != (c.want == "") {
				t.Errorf("%+v, want %q, created %v", got, c.want, c.created)
			}
		})
	}
}

func add(t *testing.T, p *Partition, rows ...Row) {
	t.Helper()
	b := p.Begin()
	defer b.Close()
	for _, r := range rows {
		must(t, b.Add(r))
	}
	must(t, b.Commit())
}

// TestRowsComeToTheSameHoweverTheyAreMerged merges neighbours in a random order, as Pebble does
// where it writes some of its files anew. Versions never come twice but in a transaction, whose
// rows are in order.
func TestRowsComeToTheSameHoweverTheyAreMerged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var values [][]byte
		for i, n := range rapid.Permutation([]uint64{1, 2, 3, 4, 5, 6}).Draw(t, "versions") {
			r := told(rapid.SampledFrom([]byte("crud")).Draw(t, fmt.Sprint("row", i)), n)
			values = append(values, r.encode())
		}
		want := values[0]
		for _, v := range values[1:] {
			want = merge(want, v)
		}
		for len(values) > 1 {
			i := rapid.IntRange(0, len(values)-2).Draw(t, "at")
			values = slices.Replace(values, i, i+2, merge(values[i], values[i+1]))
		}
		var a, b Row
		if err := a.decode(want); err != nil {
			t.Fatal(err)
		}
		if err := b.decode(values[0]); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(a, b); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestAnAddedRowIsTheSameOnceThePartsOfTheDiskAreWrittenAnew(t *testing.T) {
	db, p := open(t, t.TempDir())
	for i, r := range []Row{told('c', 1), told('u', 4), told('u', 3), told('u', 5), told('r', 2)} {
		add(t, p, r)
		if i%2 == 0 {
			must(t, db.pebble.Flush())
		}
	}
	before := load(t, p, "order/7")
	must(t, db.pebble.Compact(t.Context(), []byte{'a'}, []byte{'b'}, false))
	if diff := cmp.Diff(before, load(t, p, "order/7")); diff != "" || string(before.Rows[0].Value) != "u5" || !before.Rows[0].Created {
		t.Errorf("%+v; after compaction (-before +after):\n%s", before, diff)
	}
}

func TestARowThatWasRemovedIsGoneWithAllThatWasAdded(t *testing.T) {
	_, p := open(t, t.TempDir())
	add(t, p, told('c', 1), told('u', 2))
	b := p.Begin()
	must(t, b.Remove("order/7", "a", told('c', 1).PK))
	must(t, b.Commit())
	b.Close()
	if got := load(t, p, "order/7").Rows; len(got) != 0 {
		t.Errorf("%+v, want nothing", got)
	}
	add(t, p, told('r', 1))
	if got := load(t, p, "order/7").Rows; len(got) != 1 || got[0].Created {
		t.Errorf("%+v, want a row that nobody has seen created", got)
	}
}

func TestMergingKeepsNothingOfTheCallersValue(t *testing.T) {
	for _, order := range []func(pebble.ValueMerger, []byte) error{pebble.ValueMerger.MergeNewer, pebble.ValueMerger.MergeOlder} {
		first, second := told('u', 1).encode(), told('u', 2).encode()
		m, err := newest.Merge(nil, first)
		must(t, err)
		must(t, order(m, second))
		want, _, err := m.Finish(true)
		must(t, err)
		want = bytes.Clone(want)
		for i := range first {
			first[i] = 0xff
		}
		for i := range second {
			second[i] = 0xff
		}
		if got, _, _ := m.Finish(true); !bytes.Equal(got, want) {
			t.Error("the result changes with the caller's value")
		}
	}
}

func TestAReaderLoadsRootsInAnyOrder(t *testing.T) {
	_, p := open(t, t.TempDir())
	roots := []change.Root{"customer/1", "order/1", "order/10", "order/2"}
	for _, root := range roots {
		r := told('c', 1)
		r.Root = root
		add(t, p, r)
	}
	r, err := p.Reader()
	must(t, err)
	defer r.Close()
	for _, root := range []change.Root{"order/1", "order/10", "order/11", "order/2", "customer/1", "order/1", "order/1"} {
		got, err := r.Load(root)
		must(t, err)
		if want := load(t, p, root); !cmp.Equal(got, want) || len(got.Rows) != 1 && slices.Contains(roots, root) {
			t.Errorf("%s: %+v, want %+v", root, got, want)
		}
	}
}

// TestTheRowsOfARootShareNoBytes loads more than one piece of memory holds, and changes each value
// behind its end and within. The rows are merged when they are read, or were by Pebble before, which
// makes one value of a row and a removal before it: then what it hands out is its cache.
func TestTheRowsOfARootShareNoBytes(t *testing.T) {
	for name, prepare := range map[string]func(*DB) error{
		"as they were written": func(*DB) error { return nil },
		"merged before":        func(db *DB) error { return db.pebble.Compact(t.Context(), []byte("a"), []byte("b"), false) },
	} {
		t.Run(name, func(t *testing.T) {
			db, p := open(t, t.TempDir())
			var want []Row
			for i := range 30 {
				r := told('c', 1)
				r.PK, r.Value = fmt.Sprintf(`{"entity_id":%02d}`, i), bytes.Repeat([]byte{byte('a' + i)}, 1+100*i)
				want = append(want, r)
			}
			b := p.Begin()
			defer b.Close()
			for _, r := range want {
				must(t, b.Remove(r.Root, r.Table, r.PK))
				must(t, b.Add(r))
			}
			must(t, b.Commit())
			must(t, prepare(db))
			got := load(t, p, "order/7").Rows
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("(-want +got):\n%s", diff)
			}
			for i := range got {
				_ = append(got[i].Value, make([]byte, 2*rowHead)...)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("after something was appended to each (-want +got):\n%s", diff)
			}
			for i := range got {
				clear(got[i].Value)
			}
			if diff := cmp.Diff(want, load(t, p, "order/7").Rows); diff != "" {
				t.Errorf("loaded again after each was overwritten (-want +got):\n%s", diff)
			}
		})
	}
}
