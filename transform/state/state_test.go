package state

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
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
	other := (&DB{p.db}).Partition(change.Sales, 4)
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

func TestWhatIsForgottenKeepsItsVersion(t *testing.T) {
	_, p := open(t, t.TempDir())
	version := change.Version{Epoch: 3, Sequence: 4}
	s := p.Begin()
	must(t, s.SetEmitted("order/1", Emitted{ID: "invoice:1", Version: version, Hash: [32]byte{1}, State: "paid"}))
	must(t, s.SetEmitted("order/1", Emitted{ID: "creditmemo:1", Version: version, Hash: [32]byte{1}, State: "open"}))
	must(t, s.Commit())
	must(t, p.Forget(canonical.KindInvoice))
	want := []Emitted{{ID: "creditmemo:1", Version: version, Hash: [32]byte{1}, State: "open"}, {ID: "invoice:1", Version: version}}
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
