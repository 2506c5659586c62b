package state

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mage2sage/mage2sage/schemas/change"
)

func dirty(t *testing.T, p *Partition) (roots []string) {
	t.Helper()
	all, err := p.DirtyAfter("", 100)
	must(t, err)
	for _, d := range all {
		roots = append(roots, string(d.Root))
	}
	return roots
}

// dueAt notes roots for Unix times.
func dueAt(t *testing.T, p *Partition, times map[change.Root]int64) {
	t.Helper()
	b := p.Begin()
	defer b.Close()
	for root, unix := range times {
		must(t, b.MarkDueAt(unix, root))
	}
	must(t, b.Commit())
}

func TestRootsAreDueFromTheirSecondOnAndOnce(t *testing.T) {
	db, p := open(t, t.TempDir())
	other := db.Partition(change.Catalog, 1)
	dueAt(t, other, map[change.Root]int64{"product/5": 1})
	dueAt(t, p, map[change.Root]int64{"product/1": 999, "product/2": 1000, "product/3": 1001, "product/4": 1 << 40})
	for _, c := range []struct {
		until int64
		n     int
		dirty []string
	}{
		{-2, 0, nil}, {998, 0, nil}, {999, 1, []string{"product/1"}}, {1000, 1, []string{"product/1", "product/2"}}, {1000, 0, []string{"product/1", "product/2"}},
		{1 << 41, 2, []string{"product/1", "product/2", "product/3", "product/4"}},
	} {
		n, err := p.MarkDueUntil(c.until)
		must(t, err)
		if diff := cmp.Diff(c.dirty, dirty(t, p)); diff != "" || n != c.n {
			t.Errorf("until %d there are %d, want %d; dirty (-want +got):\n%s", c.until, n, c.n, diff)
		}
	}
	if got := dirty(t, other); got != nil {
		t.Errorf("in another partition %v are dirty", got)
	}
	if n, err := other.MarkDueUntil(1); n != 1 || err != nil {
		t.Errorf("there %d are due, %v", n, err)
	}
}

// A root that a transaction has touched stays as it is: that may be open.
func TestARootThatIsDueAtATimeKeepsThePlaceWhereItWasTouched(t *testing.T) {
	_, p := open(t, t.TempDir())
	b := p.Begin()
	defer b.Close()
	must(t, b.MarkDirty("product/1", ScanOffset{2, 7}))
	must(t, b.MarkDueAt(5, "product/1"))
	must(t, b.Commit())
	if _, err := p.MarkDueUntil(5); err != nil {
		t.Fatal(err)
	}
	all, err := p.DirtyAfter("", 2)
	must(t, err)
	if diff := cmp.Diff([]Dirty{{"product/1", ScanOffset{2, 7}}}, all); diff != "" {
		t.Errorf("dirty (-want +got):\n%s", diff)
	}
}

func TestMoreRootsThanABatchHoldsAreDueAtOneTime(t *testing.T) {
	_, p := open(t, t.TempDir())
	long := strings.Repeat("x", walkBytes/3)
	times := map[change.Root]int64{}
	for _, n := range "abcdefgh" {
		times[change.Root("product/"+string(n)+long)] = 5
	}
	dueAt(t, p, times)
	if n, err := p.MarkDueUntil(5); n != len(times) || err != nil {
		t.Errorf("%d, %v; want %d", n, err, len(times))
	}
	if got := dirty(t, p); len(got) != len(times) {
		t.Errorf("%d roots are dirty, want %d", len(got), len(times))
	}
}

func TestAStateThatIsClearedForgetsItsTimes(t *testing.T) {
	for name, clear := range map[string]func(*DB) error{
		"by a rebuild":        (*DB).Clear,
		"of another pipeline": func(db *DB) error { _, err := db.BelongTo("P2"); return err },
	} {
		t.Run(name, func(t *testing.T) {
			db, p := open(t, t.TempDir())
			_, err := db.BelongTo("P1")
			must(t, err)
			dueAt(t, p, map[change.Root]int64{"product/1": 5})
			must(t, clear(db))
			if n, err := p.MarkDueUntil(9); n != 0 || err != nil {
				t.Errorf("%d are due, %v", n, err)
			}
		})
	}
}
