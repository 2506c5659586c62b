package snapshot

import (
	"context"
	"database/sql"
	"iter"
	"slices"
	"testing"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/row"
)

// A placedStream notes the places that the log had to reach before its tasks.
type placedStream struct {
	*fakeStream
	places    []position.Position
	published []position.Position // of the chunks
}

func (p *placedStream) RunAtBoundary(ctx context.Context, after position.Position, task func(context.Context) error) error {
	return p.fakeStream.RunAtBoundary(ctx, after, func(ctx context.Context) error {
		p.places = append(p.places, after)
		return task(ctx)
	})
}

func (p *placedStream) PublishChunk(ctx context.Context, layout *row.Layout, rows iter.Seq[row.SnapshotRow]) (int64, error) {
	p.published = append(p.published, p.places[len(p.places)-1])
	return p.fakeStream.PublishChunk(ctx, layout, rows)
}

// viewsAt is a source whose views may have all of the log up to a place.
type viewsAt struct {
	ordersAlone
	at    position.Position
	asked func()
}

func (v *viewsAt) OpenView(ctx context.Context, conn *sql.Conn, after position.From) (position.Position, error) {
	v.asked()
	_, err := v.ordersAlone.OpenView(ctx, conn, after)
	return v.at, err
}

// A chunk's rows are newer than what the log brings up to its view's place, and must not be
// followed by it; and a table in doubt is not what the log says before the doubt's end.
func TestNoRowIsReadOrPublishedBeforeItsPlaceInTheLog(t *testing.T) {
	s, f := aTableOfThree(t)
	view, end := position.Position{File: "binlog.000002", Pos: 700}, position.Position{File: "binlog.000001", Pos: 500}
	p := &placedStream{fakeStream: f}
	source := &viewsAt{ordersAlone: s.Source.(ordersAlone), at: view}
	source.asked = func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if !slices.Contains(p.places, end) {
			t.Errorf("a view was taken behind %v, want the log to have reached %v", p.places, end)
		}
	}
	s.Source, s.Stream, s.NotBefore = source, p, map[string]position.Position{"sales_order": end}
	if err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(p.published) == 0 || slices.ContainsFunc(p.published, func(at position.Position) bool { return at != view }) {
		t.Errorf("chunks were published at %v, want each where the log has reached %v", p.published, view)
	}
}
