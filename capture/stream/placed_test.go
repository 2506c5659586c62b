package stream

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/change"
)

func TestBeforeTheLogHasNamedAPlaceNoTaskRunsAndNothingIsSavedOfIt(t *testing.T) {
	for name, spoil := range map[string]func(*Streamer){
		"an epoch begins by GTID": func(s *Streamer) { s.checkpoint.ByGTID, s.placed = true, false },
		"another server answers":  func(s *Streamer) { s.server, s.placed = serverIdentity{2, "other"}, false },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newStillRig(t)
				spoil(r.streamer)
				ctx, stop := context.WithCancelCause(t.Context())
				r.stop = stop
				go func() { r.done <- r.streamer.Run(ctx) }()
				ran := false
				go func() {
					_ = r.streamer.RunAtBoundary(ctx, position.Position{}, func(context.Context) error { ran = true; return nil })
				}()
				pass(5 * time.Second)
				if ran || r.saved(t) != nil {
					t.Errorf("a task ran: %v, and %+v was saved", ran, r.saved(t))
				}
				r.tell(row.Event{Step: row.Moved, At: position.Position{File: "other.000009", Pos: 77}})
				pass(5 * time.Second)
				if saved := r.saved(t); !ran || saved == nil || saved.File != "other.000009" || saved.ByGTID ||
					saved.ServerID != r.streamer.server.id || saved.ServerUUID != r.streamer.server.uuid {
					t.Errorf("a task ran: %v, and %+v was saved, want the place and the server", ran, saved)
				}
				r.stop(nil)
			})
		})
	}
}

func TestAServerIsAnotherByItsIDOrItsUUID(t *testing.T) {
	for name, c := range map[string]struct {
		saved  change.Checkpoint
		id     uint32
		uuid   string
		placed bool
	}{
		"the same":                 {change.Checkpoint{ServerID: 1, ServerUUID: "a"}, 1, "a", true},
		"of another id":            {change.Checkpoint{ServerID: 1, ServerUUID: "a"}, 2, "a", false},
		"of another uuid":          {change.Checkpoint{ServerID: 1, ServerUUID: "a"}, 1, "b", false},
		"the same, begins by GTID": {change.Checkpoint{ServerID: 1, ByGTID: true}, 1, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := New(Config{Checkpoint: c.saved, ServerID: c.id, ServerUUID: c.uuid, Metrics: NewMetrics(prometheus.NewRegistry())})
			if err != nil {
				t.Fatal(err)
			}
			if s.placed != c.placed {
				t.Errorf("the place is known: %v, want %v", s.placed, c.placed)
			}
		})
	}
}

func TestACheckpointNamesTheLastTransactionAndWhatWasBeforeIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		for range 2 {
			r.begin()
			r.commit()
		}
		pass(2 * time.Second)
		if saved := r.saved(t); saved == nil || saved.Last != "0-1-2" || saved.Before != "0-1-1" || saved.GTID != "0-1-2" {
			t.Errorf("saved %+v", saved)
		}
		r.stop(nil)
	})
}

func TestRowsThatCameLatelyAreRememberedForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Streamer{}
		if all := s.Recent(); len(all) != 0 {
			t.Errorf("without KeepRecent there are %v", all)
		}
		s.recent = &recentRows{}
		image := func(id string) *row.Image { img := orderImage(t, id); return &img }
		for _, id := range []string{"1", "2", "1"} {
			s.recent.add("sales_order", image(id), time.Now())
		}
		pass(recentFor / 2)
		s.recent.add("store", image("3"), time.Now())
		if all := s.Recent(); !slices.Equal(all["sales_order"], []string{"1", "2"}) || !slices.Equal(all["store"], []string{"3"}) {
			t.Errorf("lately came %v", all)
		}
		pass(recentFor/2 + time.Second)
		if all := s.Recent(); len(all) != 1 || len(all["store"]) != 1 {
			t.Errorf("after a minute there are %v, want those of half of it", all)
		}
		if s.recent.add("store", image("4"), time.Now()); len(s.recent.rows) != 2 {
			t.Errorf("%d rows are kept, want those of the last minute alone", len(s.recent.rows))
		}
		for i := range maxRecent + 10 {
			s.recent.add("sales_order", image(fmt.Sprint(i)), time.Now())
		}
		if n := len(s.recent.rows); n != maxRecent {
			t.Errorf("%d rows are remembered, want %d at the most", n, maxRecent)
		}
	})
}
