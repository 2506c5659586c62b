package stream

import (
	"context"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/change"
)

func TestATableIsInDoubtUntilItsPlaceIsReached(t *testing.T) {
	r := newStillRig(t)
	s := r.streamer
	s.checkpoint.Layouts = map[string]string{"m2_store": "a"}
	s.checkpoint.Doubts = map[string]change.Doubt{"m2_tax_class": {Until: change.Place{File: "binlog.000001", Pos: 500}, Layout: "b"}, "m2_sales_order": {Until: change.Place{File: "binlog.000002", Pos: 4}}}
	for _, at := range []uint64{499, 500} {
		if err := s.boundary(t.Context(), position.Position{File: "binlog.000001", Pos: at}, 0); err != nil {
			t.Fatal(err)
		}
		_, in := s.checkpoint.Doubts["m2_tax_class"]
		if _, known := s.checkpoint.Layouts["m2_tax_class"]; in != (at < 500) || known != (at >= 500) {
			t.Errorf("at %d it is in doubt: %v, and its columns are known: %v", at, in, known)
		}
	}
	if got := slices.Collect(maps.Keys(s.checkpoint.Doubts)); len(got) != 1 || got[0] != "m2_sales_order" {
		t.Errorf("in doubt are %v", got)
	}
	if err := s.handle(t.Context(), row.Event{Step: row.Altered, Table: "m2_tax_class", At: position.Position{File: "binlog.000001", Pos: 600}}); err != nil {
		t.Fatal(err)
	}
	if _, known := s.checkpoint.Layouts["m2_tax_class"]; known {
		t.Error("columns that were altered afterwards are known")
	}
}

// What is published under the new version must not get it again from a session that began
// before: the version is saved first.
func TestAVersionIsSavedBeforeAnythingHasIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.begin()
		r.order(t, "2")
		r.commit()
		pass(time.Second)
		err := r.streamer.RunAtBoundary(t.Context(), position.Position{}, func(ctx context.Context) error {
			before := r.streamer.version
			var version change.Version
			err := r.streamer.Advance(ctx, func(v change.Version) { version = v })
			if saved := r.saved(t); err != nil || saved == nil || saved.Version() != version || !before.Before(version) {
				t.Errorf("behind %s it is %s (%v), and saved is %+v", before, version, err, saved)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		next := r.streamer.version.Sequence + 1
		r.begin()
		r.order(t, "3")
		r.commit()
		pass(time.Second)
		if got := r.streamer.version.Sequence; got != next {
			t.Errorf("the transaction behind it has the sequence %d, want %d", got, next)
		}
		r.stop(nil)
		<-r.done
	})
}

// Rows that are read again from before a TRUNCATE do not make the table one that had rows and
// is empty without a reason.
func TestATableThatWasEmptiedMayBeEmpty(t *testing.T) {
	r := newStillRig(t)
	s := r.streamer
	s.filled = newNameSet([]string{"tax_class", "sales_order"})
	s.checkpoint.Doubts = map[string]change.Doubt{
		"m2_tax_class":   {From: change.Place{File: "binlog.000001", Pos: 300}, Until: change.Place{File: "binlog.000001", Pos: 500}, Emptied: "tax_class"},
		"m2_sales_order": {From: change.Place{File: "binlog.000001", Pos: 300}, Until: change.Place{File: "binlog.000001", Pos: 500}},
	}
	for at, want := range map[uint64]int{299: 2, 300: 1} {
		s.filled.add("tax_class")
		if err := s.boundary(t.Context(), position.Position{File: "binlog.000001", Pos: at}, 0); err != nil {
			t.Fatal(err)
		}
		if got := s.filled.sorted(); len(got) != want || got[0] != "sales_order" {
			t.Errorf("at %d rows had %q, want %d of them", at, got, want)
		}
	}
}

// A session that ends within a transaction says which one it has read as a whole.
func TestTheWatermarkIsThatOfTheLastTransactionThatEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.commitOrders(t, "1")
		r.begin()
		r.order(t, "2")
		pass(time.Second)
		r.err = errLogEnded
		close(r.events)
		<-r.done
		if _, version := r.streamer.Watermark(); version.Sequence != 8 || !r.streamer.open {
			t.Errorf("it is %s, want that of the first transaction", version)
		}
	})
}
