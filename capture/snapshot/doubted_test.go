package snapshot

import (
	"context"
	"slices"
	"testing"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/schemas/change"
)

// What a killed session had published is published again under the same versions, which a
// snapshot that begins in between would raise.
func TestNoSnapshotBeginsBeforeWhatWasPublishedIsPublishedAgain(t *testing.T) {
	s, f := aTableOfThree(t)
	f.version = change.Version{Epoch: 5, Sequence: 3}
	s.Published = change.Version{Epoch: 5, Sequence: 6}
	looks := 0
	s.Stream = &slowStream{f, func() {
		if looks++; f.version.Before(s.Published) {
			if len(f.did) > 0 {
				t.Errorf("at %s it published %q", f.version, f.did)
			}
			f.version.Sequence++
		}
	}}
	if err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := []string{"snapshot_begin sales", "sales_order 1", "sales_order 2", "sales_order 3", "snapshot_end sales"}; !slices.Equal(f.did, want) || looks == 0 {
		t.Errorf("published %q, want %q", f.did, want)
	}
}

// A slowStream reads on with each look at its watermark.
type slowStream struct {
	*fakeStream
	look func()
}

func (s *slowStream) Watermark() (position.From, change.Version) {
	defer s.look()
	return s.fakeStream.Watermark()
}

// deferring keeps the tasks for the time when their places are reached.
type deferring struct {
	*fakeStream
	places []position.Position
	tasks  []func(context.Context) error
}

func (d *deferring) AtBoundary(after position.Position, task func(context.Context) error) {
	d.places, d.tasks = append(d.places, after), append(d.tasks, task)
}

func TestWhatIsInDoubtBeginsAtItsPlaceAndIsSaidAgainAfterARestart(t *testing.T) {
	s, f := aTableOfThree(t)
	d := &deferring{fakeStream: f}
	begun := change.Version{Epoch: 5, Sequence: 2}
	of, at := change.Scope{Domain: change.Sales, Table: "sales_order"}, position.Position{File: "binlog.000001", Pos: 500}
	s.Stream, s.From = d, map[change.Scope]position.Position{of: at}
	s.Progress[change.Sales] = change.Progress{Epoch: 5, Begin: begun, Done: true}
	for name, c := range map[string]struct {
		progress change.Progress
		place    position.Position
		begin    change.Version
	}{
		"one that has not begun": {change.Progress{Epoch: 5}, at, change.Version{Epoch: 5, Sequence: 7}},
		"one that had begun":     {change.Progress{Epoch: 5, Begin: begun}, position.Position{}, begun},
	} {
		t.Run(name, func(t *testing.T) {
			d.places, d.tasks, f.did = nil, nil, nil
			s.Tables = map[string]change.Progress{"sales_order": c.progress}
			s.BeginDoubted()
			if len(d.tasks) != 1 || d.places[0] != c.place {
				t.Fatalf("tasks are due at %v, want one at %v", d.places, c.place)
			}
			if err := d.tasks[0](t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := s.Tables["sales_order"].Begin; got != c.begin || !slices.Equal(f.did, []string{"snapshot_begin sales"}) {
				t.Errorf("it begins at %s with %q, want %s", got, f.did, c.begin)
			}
			if err := s.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			if want := []string{"snapshot_begin sales", "sales_order 1", "sales_order 2", "sales_order 3", "snapshot_end sales"}; !slices.Equal(f.did, want) {
				t.Errorf("published %q, want %q", f.did, want)
			}
		})
	}
}
