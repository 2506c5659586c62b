package state

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/testenv/fixture"
)

func open(t *testing.T, dir string) (*DB, *Partition) {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, s.Partition(change.Sales, 3)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func row(root change.Root, table string, sequence uint64, value string) Row {
	return Row{
		Root: root, Table: table, PK: `{"entity_id":1}`, Version: change.Version{Epoch: 1, Sequence: sequence},
		TSMS: 5, Scan: 2, Offset: 7, Deleted: value == "", Value: []byte(value),
	}
}

// load reads a root as a step of its own sees it.
func load(t *testing.T, p *Partition, root change.Root) Aggregate {
	t.Helper()
	s := p.Begin()
	defer s.Close()
	all, err := s.Load(root)
	must(t, err)
	return all
}

func TestTheNewerOrEqualVersionOfARowStands(t *testing.T) {
	for name, c := range map[string]struct {
		puts []Row
		want string
		kept []bool
	}{
		"a newer one replaces":                    {[]Row{row("order/7", "a", 1, "1"), row("order/7", "a", 2, "2")}, "2", []bool{true, true}},
		"an equal one replaces":                   {[]Row{row("order/7", "a", 1, "1"), row("order/7", "a", 1, "2")}, "2", []bool{true, true}},
		"an older one is dropped":                 {[]Row{row("order/7", "a", 2, "2"), row("order/7", "a", 1, "1")}, "2", []bool{true, false}},
		"an older one does not undo its deletion": {[]Row{row("order/7", "a", 2, ""), row("order/7", "a", 1, "1")}, "", []bool{true, false}},
	} {
		t.Run(name, func(t *testing.T) {
			_, p := open(t, t.TempDir())
			for i, r := range c.puts {
				s := p.Begin()
				kept, err := s.Put(r)
				must(t, err)
				must(t, s.Commit())
				if kept != c.kept[i] {
					t.Errorf("row %d kept: %v, want %v", i, kept, c.kept[i])
				}
			}
			if got := load(t, p, "order/7").Rows; len(got) != 1 || string(got[0].Value) != c.want || got[0].Deleted != (c.want == "") {
				t.Errorf("the row is %+v, want %q", got, c.want)
			}
		})
	}
}

func TestARootIsLoadedWithEverythingOfItAndNothingElse(t *testing.T) {
	_, p := open(t, t.TempDir())
	want := Aggregate{
		Rows:    []Row{row("order/7", "sales_invoice", 1, "{}"), row("order/7", "sales_order", 1, "{}")},
		Emitted: []Emitted{{ID: "invoice:1", Version: change.Version{Epoch: 1, Sequence: 2}, Hash: [32]byte{9}, State: "paid"}},
	}
	s := p.Begin()
	for _, r := range append(want.Rows, row("order/70", "sales_order", 1, "{}"), row("order/6", "sales_order", 1, "{}")) {
		_, err := s.Put(r)
		must(t, err)
	}
	must(t, s.SetEmitted("order/7", want.Emitted[0]))
	got, err := s.Load("order/7")
	must(t, err)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("within the step (-want +got):\n%s", diff)
	}
	must(t, s.Commit())
	if diff := cmp.Diff(want, load(t, p, "order/7")); diff != "" {
		t.Errorf("after its commit (-want +got):\n%s", diff)
	}
	other := (&DB{pebble: p.db, room: p.room}).Partition(change.Sales, 4)
	if got := load(t, other, "order/7"); len(got.Rows) != 0 {
		t.Errorf("another partition has %+v", got)
	}
}

func TestASweepRemovesWhatIsGoneAndMakesItsRootsDirty(t *testing.T) {
	_, p := open(t, t.TempDir())
	s := p.Begin()
	for _, r := range []Row{row("order/1", "a", 1, "old"), row("order/2", "a", 5, "new"), row("order/3", "a", 1, "")} {
		_, err := s.Put(r)
		must(t, err)
	}
	must(t, s.SetEmitted("order/9", Emitted{ID: "invoice:9"})) // of which no row is left
	must(t, s.SetEmitted("order/2", Emitted{ID: "invoice:2"}))
	must(t, s.Commit())
	must(t, p.Sweep(func(r Row) bool { return r.Version.Sequence < 5 }))
	dirty, err := p.DirtyAfter("", 10)
	must(t, err)
	var roots []change.Root
	for _, d := range dirty {
		roots = append(roots, d.Root)
	}
	if diff := cmp.Diff([]change.Root{"order/1", "order/3", "order/9"}, roots); diff != "" {
		t.Errorf("dirty roots (-want +got):\n%s", diff)
	}
	if len(load(t, p, "order/1").Rows)+len(load(t, p, "order/3").Rows) != 0 || len(load(t, p, "order/2").Rows) != 1 {
		t.Error("the sweep removed the wrong rows")
	}
}

func TestWhatLacksReferenceDataIsDueAgainAndNothingElse(t *testing.T) {
	_, p := open(t, t.TempDir())
	s := p.Begin()
	must(t, s.SetEmitted("order/1", Emitted{ID: "invoice:1", Lacking: true}))
	must(t, s.SetEmitted("order/2", Emitted{ID: "invoice:2", Deleted: true}))
	must(t, s.SetEmitted("order/3", Emitted{ID: "invoice:3"}))
	must(t, s.SetEmitted("order/3", Emitted{ID: "creditmemo:3", Lacking: true}))
	must(t, s.Commit())
	must(t, s.SetEmitted("estimate/4", Emitted{ID: "estimate:4", Lacking: true}))
	must(t, s.Commit())
	must(t, p.MarkLacking(func(root change.Root) bool { return root.Kind() == "order" }))
	dirty, err := p.DirtyAfter("", 10)
	must(t, err)
	if len(dirty) != 2 || dirty[0].Root != "order/1" || dirty[1].Root != "order/3" {
		t.Errorf("due are %v, want orders 1 and 3, and no other kind", dirty)
	}
}

func TestDirtyRootsAreListedInSlices(t *testing.T) {
	_, p := open(t, t.TempDir())
	s := p.Begin()
	for n := range 7 {
		must(t, s.MarkDirty(change.NewRoot("order", uint64(n)), ScanOffset{1, int64(n)}))
	}
	must(t, s.Clean("order/3"))
	must(t, s.Commit())
	var got []string
	for last := change.Root(""); ; {
		slice, err := p.DirtyAfter(last, 2)
		must(t, err)
		if len(slice) == 0 {
			break
		}
		for _, d := range slice {
			got = append(got, fmt.Sprintf("%s@%d", d.Root, d.At.Offset))
		}
		last = slice[len(slice)-1].Root
	}
	if diff := cmp.Diff([]string{"order/0@0", "order/1@1", "order/2@2", "order/4@4", "order/5@5", "order/6@6"}, got); diff != "" {
		t.Errorf("dirty roots (-want +got):\n%s", diff)
	}
}

func TestWhatIsForgottenKeepsItsVersionAndItsContent(t *testing.T) {
	_, p := open(t, t.TempDir())
	version := change.Version{Epoch: 3, Sequence: 4}
	s := p.Begin()
	must(t, s.SetEmitted("order/1", Emitted{ID: "invoice:1", Version: version, Hash: [32]byte{1}, State: "paid"}))
	must(t, s.SetEmitted("order/1", Emitted{ID: "creditmemo:1", Version: version, Hash: [32]byte{1}, State: "open"}))
	must(t, s.Commit())
	must(t, p.Forget(canonical.KindInvoice))
	want := []Emitted{{ID: "creditmemo:1", Version: version, Hash: [32]byte{1}, State: "open"}, {ID: "invoice:1", Version: version, Hash: [32]byte{1}, Again: true}}
	if diff := cmp.Diff(want, load(t, p, "order/1").Emitted); diff != "" {
		t.Errorf("emitted (-want +got):\n%s", diff)
	}
}

func TestAStepIsAllOrNothingAndSurvivesClosing(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir)
	must(t, err)
	p := s.Partition(change.Sales, 3)
	dropped := p.Begin()
	must(t, dropped.SetScanState(ScanState{ScanID: 9}))
	dropped.Close()
	kept := p.Begin()
	want := ScanState{ScanID: 1, Marker: change.Version{Epoch: 1, Sequence: 2}, CanonicalEnds: map[canonical.Kind]int64{canonical.KindInvoice: 4}}
	must(t, kept.SetScanState(want))
	must(t, kept.Commit())
	must(t, s.Close())
	again, err := Open(dir)
	must(t, err)
	defer again.Close()
	got, err := again.Partition(change.Sales, 3).ScanState()
	must(t, err)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("state (-want +got):\n%s", diff)
	}
	if _, err := Open(dir); err == nil {
		t.Error("a folder that is open was opened again")
	}
}

func TestARootThatIsDueKeepsThePlaceWhereItWasTouched(t *testing.T) {
	_, p := open(t, t.TempDir())
	touched := ScanOffset{Scan: 2, Offset: 70}
	b := p.Begin()
	defer b.Close()
	for _, root := range []change.Root{"order/1", "order/2"} {
		_, err := b.Put(row(root, "a", 1, "{}"))
		must(t, err)
	}
	must(t, b.MarkDirty("order/1", touched))
	must(t, b.Commit())
	must(t, p.MarkAll(func(change.Root) bool { return true }))
	dirty, err := p.DirtyAfter("", 10)
	must(t, err)
	if diff := cmp.Diff([]Dirty{{"order/1", touched}, {"order/2", atStart}}, dirty); diff != "" {
		t.Errorf("dirty roots (-want +got):\n%s", diff)
	}
}

func TestOnlyTheRootsThatAreMeantAreMarked(t *testing.T) {
	_, p := open(t, t.TempDir())
	b := p.Begin()
	defer b.Close()
	for _, root := range []change.Root{"customer/1", "order/1", "order/2"} {
		for _, table := range []string{"a", "b"} {
			_, err := b.Put(row(root, table, 1, "{}"))
			must(t, err)
		}
	}
	must(t, b.Commit())
	must(t, p.MarkAll(func(r change.Root) bool { return r.Kind() == "customer" }))
	dirty, err := p.DirtyAfter("", 10)
	must(t, err)
	if diff := cmp.Diff([]Dirty{{"customer/1", atStart}}, dirty); diff != "" {
		t.Errorf("dirty roots (-want +got):\n%s", diff)
	}
}

func TestACommittedBatchTakesTheNextWrites(t *testing.T) {
	_, p := open(t, t.TempDir())
	b := p.Begin()
	_, err := b.Put(row("order/1", "a", 1, "{}"))
	must(t, err)
	full := b.Size()
	must(t, b.Commit())
	if b.Size() >= full {
		t.Errorf("after its commit the batch holds %d bytes, before %d", b.Size(), full)
	}
	_, err = b.Put(row("order/2", "a", 1, "{}"))
	must(t, err)
	must(t, b.Commit())
	_, err = b.Put(row("order/3", "a", 1, "{}"))
	must(t, err)
	b.Close()
	for root, want := range map[change.Root]int{"order/1": 1, "order/2": 1, "order/3": 0} {
		if got := len(load(t, p, root).Rows); got != want {
			t.Errorf("%s has %d rows, want %d", root, got, want)
		}
	}
}

func TestARemovedRowLeavesNothing(t *testing.T) {
	_, p := open(t, t.TempDir())
	b := p.Begin()
	defer b.Close()
	for _, table := range []string{"a", "b"} {
		_, err := b.Put(row("order/1", table, 5, "{}"))
		must(t, err)
	}
	must(t, b.Remove("order/1", "a", `{"entity_id":1}`))
	must(t, b.Commit())
	if got := load(t, p, "order/1").Rows; len(got) != 1 || got[0].Table != "b" {
		t.Errorf("rows are %+v, want that of table b", got)
	}
	kept, err := b.Put(row("order/1", "a", 1, "{}"))
	if err != nil || !kept {
		t.Errorf("an older version of the removed row is kept: %v (%v), want true", kept, err)
	}
}

func TestWhatWasEmittedIsFound(t *testing.T) {
	_, p := open(t, t.TempDir())
	b := p.Begin()
	defer b.Close()
	want := Emitted{ID: "invoice:1", Version: change.Version{Epoch: 1, Sequence: 2}, Hash: [32]byte{7}, Deleted: true, Again: true, Lacking: true, State: "paid"}
	must(t, b.SetEmitted("order/1", want))
	got, ok, err := b.FindEmitted("order/1", "invoice:1")
	must(t, err)
	if diff := cmp.Diff(want, got); diff != "" || !ok {
		t.Errorf("found %v (-want +got):\n%s", ok, diff)
	}
	if _, ok, err := b.FindEmitted("order/2", "invoice:1"); ok || err != nil {
		t.Errorf("under another root it is found too: %v, %v", ok, err)
	}
}

func TestAWalkOverMoreThanOneSliceVisitsEverything(t *testing.T) {
	_, p := open(t, t.TempDir())
	value := strings.Repeat("x", 64<<10)
	b := p.Begin()
	defer b.Close()
	const roots = 200
	for n := range roots {
		_, err := b.Put(row(change.NewRoot("order", uint64(n)), "a", 1, value))
		must(t, err)
		must(t, b.Commit())
	}
	visited := 0
	must(t, p.Rows(func(Row) error { visited++; return nil }))
	if visited != roots {
		t.Errorf("%d of %d rows", visited, roots)
	}
	must(t, p.Sweep(func(Row) bool { return true }))
	dirty, err := p.DirtyAfter("", 2*roots)
	must(t, err)
	if len(dirty) != roots {
		t.Errorf("%d of %d roots are dirty after all their rows went", len(dirty), roots)
	}
	must(t, p.Rows(func(r Row) error { return fmt.Errorf("row of %s is left", r.Root) }))
}

func TestRowsThatAreDeletedAreListedAsSuch(t *testing.T) {
	_, p := open(t, t.TempDir())
	b := p.Begin()
	defer b.Close()
	_, err := b.Put(row("", "store", 1, "{}"))
	must(t, err)
	_, err = b.Put(row("", "store_website", 1, ""))
	must(t, err)
	must(t, b.SetEmitted("", Emitted{ID: "invoice:1"}))
	must(t, b.Commit())
	var tables []string
	must(t, p.Rows(func(r Row) error { tables = append(tables, fmt.Sprint(r.Table, " ", r.Deleted)); return nil }))
	if diff := cmp.Diff([]string{"store false", "store_website true"}, tables); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestAPartitionDoesNotSeeItsNeighbours(t *testing.T) {
	db, p := open(t, t.TempDir())
	b := p.Begin()
	defer b.Close()
	_, err := b.Put(row("order/1", "a", 1, "{}"))
	must(t, err)
	must(t, b.MarkDirty("order/1", atStart))
	must(t, b.SetScanState(ScanState{ScanID: 4}))
	must(t, b.Commit())
	for name, other := range map[string]*Partition{
		"the next number":  db.Partition(change.Sales, 4),
		"another domain":   db.Partition(change.Customer, 3),
		"number 3 + 2^8":   db.Partition(change.Sales, 259),
		"a longer domain":  db.Partition(change.Sales+"x", 3),
		"a shorter domain": db.Partition("sale", 3),
	} {
		t.Run(name, func(t *testing.T) {
			must(t, other.MarkAll(func(change.Root) bool { return true }))
			must(t, other.Sweep(func(Row) bool { return true }))
			dirty, err := other.DirtyAfter("", 10)
			must(t, err)
			s, err := other.ScanState()
			must(t, err)
			if len(dirty) != 0 || s.ScanID != 0 {
				t.Errorf("it has dirty roots %v and scan %d", dirty, s.ScanID)
			}
		})
	}
	if got := load(t, p, "order/1").Rows; len(got) != 1 {
		t.Errorf("after that its own rows are %v", got)
	}
}

func TestEntriesThatAreCutOffAreRefused(t *testing.T) {
	for name, key := range map[string]func(*Partition) []byte{
		"a row":            func(p *Partition) []byte { return p.rowKey("order/1", "a", "1") },
		"what was emitted": func(p *Partition) []byte { return p.emittedKey("order/1", "invoice:1") },
	} {
		t.Run(name, func(t *testing.T) {
			_, p := open(t, t.TempDir())
			must(t, p.db.Set(key(p), []byte{0, 1, 2}, nil))
			b := p.Begin()
			defer b.Close()
			if all, err := b.Load("order/1"); err == nil {
				t.Errorf("it loads as %+v, want an error", all)
			}
		})
	}
	t.Run("the state", func(t *testing.T) {
		_, p := open(t, t.TempDir())
		must(t, p.db.Set(p.scan, []byte("{"), nil))
		if s, err := p.ScanState(); err == nil {
			t.Errorf("it reads as %+v, want an error", s)
		}
	})
}

func TestTheClockIsTheNewestOfCommitsAndSnapshots(t *testing.T) {
	older, newer := change.Version{Epoch: 1, Sequence: 2}, change.Version{Epoch: 1, Sequence: 3}
	for name, s := range map[string]ScanState{
		"a commit after the snapshot":  {Marker: newer, SnapshotDoneAt: older},
		"a snapshot after the commits": {Marker: older, SnapshotDoneAt: newer},
	} {
		t.Run(name, func(t *testing.T) {
			if s.Clock() != newer {
				t.Errorf("the clock is %s, want %s", s.Clock(), newer)
			}
		})
	}
	if (ScanState{}).Complete() || !(ScanState{SnapshotDone: older}).Complete() {
		t.Error("a partition is complete once a snapshot has ended, and not before")
	}
}

func TestAStateBelongsToOnePipeline(t *testing.T) {
	db, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, c := range []struct {
		pipeline string
		removed  bool
		scan     ScanID
	}{{"P1", false, 7}, {"P1", false, 7}, {"P2", true, 0}, {"P2", false, 0}} {
		removed, err := db.BelongTo(c.pipeline)
		if err != nil || removed != c.removed {
			t.Errorf("%s: removed %v, %v; want %v", c.pipeline, removed, err, c.removed)
		}
		p := db.Partition(change.Sales, 0)
		if c.scan == 7 {
			b := p.Begin()
			if err := b.SetScanState(ScanState{ScanID: 7}); err != nil {
				t.Fatal(err)
			}
			if err := b.Commit(); err != nil {
				t.Fatal(err)
			}
			b.Close()
		}
		if s, err := p.ScanState(); err != nil || s.ScanID != c.scan {
			t.Errorf("%s: scan %d, %v; want %d", c.pipeline, s.ScanID, err, c.scan)
		}
	}
}

func TestOnlyTheOwnerMayReadTheFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	open(t, dir)
	fixture.OwnersAlone(t, dir)
}

func TestAnEntityIsNotedOnceUntilAllAreForgotten(t *testing.T) {
	db, p := open(t, t.TempDir())
	other := db.Partition(change.Sales, 4)
	once := func(p *Partition, want ...bool) {
		t.Helper()
		b := p.Begin()
		defer b.Close()
		for _, want := range want {
			if first, err := b.Once("invoice:1"); first != want || err != nil {
				t.Errorf("it is noted for the first time: %v, %v; want %v", first, err, want)
			}
		}
		must(t, b.Commit())
	}
	once(p, true, false)
	once(p, false)
	once(other, true)
	must(t, p.ForgetOnce())
	once(p, true)
	once(other, false)
}
