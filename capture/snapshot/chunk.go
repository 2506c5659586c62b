package snapshot

import (
	"context"
	"fmt"
	"iter"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/change"
)

// chunk reads the next range of a table between a low and a high watermark, and has
// its rows published. done reports whether it was the table's last.
func (s *Snapshotter) chunk(ctx context.Context, layout *row.Layout, progress *change.Progress) (done bool, err error) {
	w, low, err := s.open(ctx, layout.Table.Name)
	if err != nil {
		return false, err
	}
	loop := "snapshot of " + layout.Table.Name
	s.Health.Expect(loop)
	defer s.Health.Retire(loop)
	var rows []row.SnapshotRow
	var kept keeper
	chunk, err := readChunk(ctx, s.Source, s.nextChunk(layout, progress), low, func(values [][]byte) error {
		rows = append(rows, kept.keep(layout, values))
		s.Health.Prove(loop)
		return nil
	})
	if err != nil {
		return false, err
	}
	s.Health.Retire(loop) // a long transaction in the log is waited for from here on
	err = s.Stream.RunAtBoundary(ctx, chunk.At, func(ctx context.Context) error {
		if w != s.lasting {
			s.Stream.Watch(nil)
		}
		if w.overflowed() {
			return nil
		}
		progress.Until = chunk.Until
		if chunk.Rows > 0 {
			progress.After = chunk.Last
		}
		published, err := s.Stream.PublishChunk(ctx, layout, w.untouched(rows))
		if err != nil {
			return err
		}
		progress.Rows += published
		s.Stream.NoteProgress(layout.Table.Domain, *progress)
		return nil
	})
	if err != nil { // the stream may still be writing into the window
		return false, err
	}
	return chunk.Done && !w.overflowed(), nil
}

// open opens a chunk's window, and returns where the log stood then: what it held before,
// the chunk's view must have.
func (s *Snapshotter) open(ctx context.Context, table string) (w *window, low position.From, err error) {
	if s.Source.LocksToSee() != "" {
		w, err = s.settle(ctx)
		return w, low, err
	}
	w = newWindow(table)
	err = s.Stream.RunAtBoundary(ctx, position.Position{}, func(context.Context) error {
		low, _ = s.Stream.Watermark()
		s.Stream.Watch(w.touch)
		return nil
	})
	return w, low, err
}

// untouched are the rows that the log has not touched between the watermarks.
func (w *window) untouched(rows []row.SnapshotRow) iter.Seq[row.SnapshotRow] {
	return func(yield func(row.SnapshotRow) bool) {
		for _, r := range rows {
			if !w.touched(r.Image.Key) && !yield(r) {
				return
			}
		}
	}
}

// nextChunk is the range of a table that progress leaves to be read.
func (s *Snapshotter) nextChunk(layout *row.Layout, progress *change.Progress) Range {
	t := layout.Table
	r := Range{
		Table: s.Source.Qualified(t.Name), PK: t.PK, After: progress.After, Until: progress.Until, Limit: s.ChunkRows,
	}
	for _, c := range layout.Columns {
		r.Columns, r.Floats = append(r.Columns, c.Name), append(r.Floats, c.Kind == row.Float)
	}
	if t.Root.Parent != "" {
		r.Parent = &Parent{Table: s.Source.Qualified(t.Root.Parent), PK: t.Root.ParentKey, Child: t.Root.Column, Column: t.Root.ParentRoot}
	}
	return r
}

// A Chunk is what one range held.
type Chunk struct {
	At    position.Position // how far the log had come, at the most, when the view was taken
	Until []string          // of the range; nil when the table is empty
	Last  []string          // primary key of the last row read; nil without rows
	Rows  int
	Done  bool // nothing is left up to Until
}

// readChunk opens a view that has all that was read before a place and calls each for each row
// of the range, in the order of its primary key. The values are those of Columns, then
// the parent's, as text, nil for NULL; they are valid until each returns.
func readChunk(ctx context.Context, views Views, r Range, after position.From, each func(values [][]byte) error) (Chunk, error) {
	conn, err := views.Conn(ctx)
	if err != nil {
		return Chunk{}, fmt.Errorf("connect for a snapshot: %w", err)
	}
	defer conn.Close()
	c := Chunk{Until: r.Until}
	if c.At, err = views.OpenView(ctx, conn, after); err != nil {
		return Chunk{}, err
	}
	defer conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
	if r.Until == nil {
		if c.Until, err = last(ctx, conn, r); err != nil {
			return Chunk{}, err
		}
		if c.Until == nil {
			c.Done = true
			return c, nil
		}
		r.Until = c.Until
	}
	return c, read(ctx, conn, r, &c, each)
}
