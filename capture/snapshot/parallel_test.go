package snapshot

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/change"
)

// aTableOf is the one table of a shop, with rows 1 to n, read by three workers, two rows at a
// time.
func aTableOf(t *testing.T, n int) (*Snapshotter, *fakeStream) {
	t.Helper()
	s, f := aTableOfThree(t)
	shop := s.Source.(ordersAlone)
	conn, err := shop.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for id := 4; id <= n; id++ {
		if _, err := conn.ExecContext(t.Context(), "INSERT INTO "+shop.Qualified("sales_order")+" VALUES (?)", 3*id); err != nil {
			t.Fatal(err)
		}
	}
	s.Workers = 3
	return s, f
}

// rowsOfOrders lists the rows that were published, in the order of their keys.
func rowsOfOrders(did []string) (ids []string) {
	for _, d := range did {
		if id, ok := strings.CutPrefix(d, "sales_order "); ok {
			ids = append(ids, fmt.Sprintf("%4s", id))
		}
	}
	slices.Sort(ids)
	return ids
}

func TestSeveralWorkersDeliverEachRowOnceBetweenTheControlRecords(t *testing.T) {
	s, f := aTableOf(t, 25)
	if err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	ids := rowsOfOrders(f.did)
	if len(ids) != 25 || len(slices.Compact(ids)) != 25 {
		t.Errorf("published %q, want each of 25 rows once", f.did)
	}
	if first, last := f.did[0], f.did[len(f.did)-1]; first != "snapshot_begin sales" || last != "snapshot_end sales" {
		t.Errorf("published %q first and %q last", first, last)
	}
	if p := f.progress; !p.Done || p.Rows != 25 || p.Read != 25 || p.Expected == 0 || len(p.Parts) > 0 {
		t.Errorf("the progress is %+v", p)
	}
}

// Wherever a session ends, the next one has to deliver what this one had not, and no more
// than the workers had begun.
func TestASnapshotGoesOnFromEveryProgressThatWasSaved(t *testing.T) {
	s, f := aTableOf(t, 15)
	if err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	saved, all := f.saved, rowsOfOrders(f.did)
	for i, p := range saved {
		if p.Done || i > 0 && saved[i-1].Done { // what follows is of other domains
			continue
		}
		again := &fakeStream{}
		s.Stream, s.Progress[change.Sales] = again, p
		if err := s.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		rest := rowsOfOrders(again.did)
		if int64(len(rest)) != 15-p.Rows || again.progress.Rows != 15 {
			t.Errorf("behind %d rows of %+v it delivered %q", p.Rows, p.Parts, rest)
		}
		if before := without(all, rest); int64(len(before)) != p.Rows {
			t.Errorf("behind %d rows it delivered %q", p.Rows, rest)
		}
	}
}

func without(all, some []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(id string) bool { return slices.Contains(some, id) })
}

// A chunk holds so many bytes at the most, however many rows that are.
func TestAChunkThatIsFullEndsBeforeItsRange(t *testing.T) {
	shop, db, name := database(t)
	exec(t, db, "CREATE TABLE "+name+".t (a int PRIMARY KEY)")
	exec(t, db, "INSERT INTO "+name+".t VALUES (1), (2), (3), (4)")
	r := Range{Table: name + ".t", Columns: []string{"a"}, PK: []string{"a"}, Until: []string{"4"}, Limit: 10}
	low, err := shop.EndOfLog(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []Chunk{{Last: []string{"2"}, Rows: 2}, {Last: []string{"4"}, Rows: 2, Done: true}} {
		n := 0
		c, err := readChunk(t.Context(), shop, r, low, func([][]byte) error {
			if n++; n == 2 {
				return errEnough
			}
			return nil
		})
		if err != nil || !slices.Equal(c.Last, want.Last) || c.Rows != want.Rows || c.Done != want.Done {
			t.Errorf("a chunk is %+v (%v), want %+v", c, err, want)
		}
		r.After = c.Last
	}
}

func TestAWorkerThatFailsEndsTheOthers(t *testing.T) {
	s, f := aTableOf(t, 25)
	broken := errors.New("the stream ended")
	f.refuse = func() error {
		if f.chunks == 2 {
			return broken
		}
		return nil
	}
	if err := s.Run(t.Context()); !errors.Is(err, broken) || f.progress.Done {
		t.Errorf("it ended with %v and progress %+v", err, f.progress)
	}
}
