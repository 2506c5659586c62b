package snapshot

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// A piece is a range of a table that one worker delivers.
type piece struct {
	layout *row.Layout
	keys   change.KeyRange
	some   *Some
}

// divide divides tables into ranges of a chunk's rows, one ahead of the workers: those that
// an earlier session had begun first.
func (s *Snapshotter) divide(ctx context.Context, tables []magento.Table, l *ledger, pieces chan<- piece) error {
	for _, t := range tables {
		if l.whole(t.Name) {
			continue
		}
		layout, err := s.Source.Layout(ctx, t)
		if err != nil {
			return err
		}
		if err := s.divideTable(ctx, piece{layout: layout, some: l.some(layout.Table)}, l, pieces); err != nil {
			return err
		}
	}
	return nil
}

func (s *Snapshotter) divideTable(ctx context.Context, whole piece, l *ledger, pieces chan<- piece) error {
	table := whole.layout.Table.Name
	if err := s.Stream.RunAtBoundary(ctx, s.NotBefore[table], func(context.Context) error { return nil }); err != nil {
		return err
	}
	part, known := l.part(table)
	if !known {
		until, err := s.end(ctx, whole)
		if err != nil {
			return err
		}
		l.begin(table, until)
		part = change.Part{Until: until}
	}
	for _, r := range part.Open {
		if err := hand(ctx, pieces, whole.of(r)); err != nil {
			return err
		}
	}
	for begun := part.Begun; part.Until != nil && !equal(begun, part.Until); {
		until, err := s.next(ctx, whole.of(change.KeyRange{After: begun, Until: part.Until}))
		if err != nil {
			return err
		}
		r := change.KeyRange{After: begun, Until: until}
		l.open(table, r)
		if err := hand(ctx, pieces, whole.of(r)); err != nil {
			return err
		}
		begun = until
	}
	return nil
}

// of is another range of the same rows.
func (p piece) of(keys change.KeyRange) piece {
	p.keys = keys
	return p
}

func hand(ctx context.Context, pieces chan<- piece, p piece) error {
	select {
	case pieces <- p:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// end is the primary key of a piece's last row, nil when it has none. It is read in a view
// that has all that the log has brought: what is not in the view comes from the stream.
func (s *Snapshotter) end(ctx context.Context, p piece) ([]string, error) {
	low, err := s.reached(ctx)
	if err != nil {
		return nil, err
	}
	conn, err := s.Source.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect for a snapshot: %w", err)
	}
	defer conn.Close()
	if _, err := s.Source.OpenView(ctx, conn, low); err != nil {
		return nil, err
	}
	defer conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
	return s.edge(ctx, conn, &p, true, 0)
}

// reached is what a view must have that is to have all that the log has brought.
func (s *Snapshotter) reached(ctx context.Context) (low position.From, err error) {
	if s.Source.LocksToSee() != "" {
		_, err = s.settle(ctx)
		return low, err
	}
	err = s.Stream.RunAtBoundary(ctx, position.Position{}, func(context.Context) error {
		low, _ = s.Stream.Watermark()
		return nil
	})
	return low, err
}

// next is the key up to which a piece has about as many rows as a chunk; its own end where it
// has fewer.
func (s *Snapshotter) next(ctx context.Context, p piece) ([]string, error) {
	rows := s.widths.fitting(p.layout.Table.Name, s.ChunkRows)
	if key := s.widths.reach(&p, rows); key != nil {
		return key, nil
	}
	conn, err := s.Source.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect for a snapshot: %w", err)
	}
	defer conn.Close()
	key, err := s.edge(ctx, conn, &p, false, max(rows-1, 0))
	if key == nil {
		key = p.keys.Until
	}
	return key, err
}

// edge reads a primary key of a piece.
func (s *Snapshotter) edge(ctx context.Context, conn *sql.Conn, p *piece, last bool, n int) ([]string, error) {
	query, args := s.rangeOf(p).edge(last, n)
	key, err := keyOf(ctx, conn, p.layout.Table.PK, query, args...)
	if err != nil {
		return nil, fmt.Errorf("divide %s: %w", p.layout.Table.Name, err)
	}
	return key, nil
}

func equal(a, b []string) bool {
	return strings.Join(a, keySeparator) == strings.Join(b, keySeparator) && (a == nil) == (b == nil)
}
