package snapshot

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"golang.org/x/sync/errgroup"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// chunkBytes is when a chunk ends before its range: what several workers hold is bounded by
// it, however wide the rows are.
const chunkBytes = 2 << 20

// errEnough ends a chunk before its range.
var errEnough = errors.New("a chunk is full")

// A worker delivers one range after the other.
type worker struct {
	number int // from 1
	kept   keeper
	window *window // of the chunk at hand, where it has one of its own; ended once it is delivered
}

// deliver has the ranges of some tables read and published by all workers.
func (s *Snapshotter) deliver(ctx context.Context, tables []magento.Table, l *ledger) error {
	g, working := errgroup.WithContext(ctx)
	pieces := make(chan piece)
	g.Go(func() error {
		defer close(pieces)
		return s.divide(working, tables, l, pieces)
	})
	workers := make([]worker, max(s.Workers, 1))
	for i := range workers {
		workers[i].number = i + 1
		g.Go(func() error { return s.work(working, &workers[i], l, pieces) })
	}
	if err := g.Wait(); err != nil {
		return errors.Join(err, s.endWindows(ctx, workers))
	}
	return nil
}

// work delivers ranges until there are no more.
func (s *Snapshotter) work(ctx context.Context, w *worker, l *ledger, pieces <-chan piece) error {
	for p := range pieces {
		for done := false; !done; {
			var err error
			if done, err = s.chunk(ctx, w, &p, l); err != nil {
				return err
			}
			s.logProgress(l)
		}
	}
	return nil
}

// chunk reads what is left of a range, or as much of it as a chunk holds, between a low and a
// high watermark, and has its rows published, which are kept until then. done reports whether
// the range is delivered.
func (s *Snapshotter) chunk(ctx context.Context, by *worker, p *piece, l *ledger) (done bool, err error) {
	table, kept := p.layout.Table, &by.kept
	w, low, err := s.open(ctx, by, table.Name)
	if err != nil {
		return false, err
	}
	loop := fmt.Sprintf("snapshot of %s (worker %d)", table.Name, by.number)
	s.Health.Expect(loop)
	defer s.Health.Retire(loop)
	kept.clear()
	chunk, err := readChunk(ctx, s.Source, s.rangeOf(p), low, func(values [][]byte) error {
		kept.keep(p.layout, values)
		s.Health.Prove(loop)
		if kept.bytes > chunkBytes {
			return errEnough
		}
		return nil
	})
	if err != nil {
		return false, err
	}
	s.widths.note(p, chunk, kept.bytes)
	s.Health.Retire(loop) // a long transaction in the log is waited for from here on
	err = s.Stream.RunAtBoundary(ctx, chunk.At, func(ctx context.Context) error {
		by.window.end()
		if w.overflowed() {
			return nil
		}
		published, err := s.Stream.PublishChunk(ctx, p.layout, w.untouched(kept.rows))
		if err != nil {
			return err
		}
		done = chunk.Done
		l.deliver(table.Name, p.keys, chunk.Last, done, chunk.Rows, published)
		if chunk.Rows > 0 {
			p.keys.After = chunk.Last
		}
		l.save(s.Stream)
		return nil
	})
	return done, err
}

// endWindows ends those of workers that could not deliver their chunks.
func (s *Snapshotter) endWindows(ctx context.Context, workers []worker) error {
	return s.Stream.RunAtBoundary(ctx, position.Position{}, func(context.Context) error {
		for i := range workers {
			workers[i].window.end()
		}
		return nil
	})
}

// open opens a chunk's window, and returns where the log stood then: what it held before,
// the chunk's view must have.
func (s *Snapshotter) open(ctx context.Context, by *worker, table string) (w *window, low position.From, err error) {
	if s.Source.LocksToSee() != "" {
		w, err = s.settle(ctx)
		return w, low, err
	}
	w = newWindow(table)
	by.window = w
	err = s.Stream.RunAtBoundary(ctx, position.Position{}, func(context.Context) error {
		low, _ = s.Stream.Watermark()
		w.stop = s.Stream.Watch(w.touch)
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

// rangeOf is what is left to be read of a piece.
func (s *Snapshotter) rangeOf(p *piece) Range {
	t := p.layout.Table
	r := Range{
		Table: s.Source.Qualified(t.Name), PK: t.PK, After: p.keys.After, Until: p.keys.Until, Limit: s.widths.fitting(t.Name, s.ChunkRows), Some: p.some,
		Listed: listed(s.Source, t),
	}
	for _, c := range p.layout.Columns {
		r.Columns, r.Floats = append(r.Columns, c.Name), append(r.Floats, c.Kind == row.Float)
	}
	if t.Root.Parent != "" {
		r.Parent = &Parent{Table: s.Source.Qualified(t.Root.Parent), PK: t.Root.ParentKey, Child: t.Root.Column, Column: t.Root.ParentRoot}
	}
	return r
}

// A Chunk is what one range held.
type Chunk struct {
	At   position.Position // how far the log had come, at the most, when the view was taken
	Last []string          // primary key of the last row read; nil without rows
	Rows int
	Done bool // nothing is left of the range
}

// readChunk opens a view that has all that was read before a place and calls each for each row
// of the range, in the order of its primary key, until it returns errEnough. The values are
// those of Columns, then the parent's, as text, nil for NULL; they are valid until each returns.
func readChunk(ctx context.Context, views Views, r Range, after position.From, each func(values [][]byte) error) (c Chunk, err error) {
	conn, err := views.Conn(ctx)
	if err != nil {
		return c, fmt.Errorf("connect for a snapshot: %w", err)
	}
	defer conn.Close()
	if c.At, err = views.OpenView(ctx, conn, after); err != nil {
		return c, err
	}
	defer conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
	return c, read(ctx, conn, r, &c, each)
}
