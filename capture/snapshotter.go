package capture

import (
	"bytes"
	"context"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/capture/snapshot"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// sayEvery is how often the log tells how far a snapshot has come.
const sayEvery = 5 * time.Second

// A snapshotter reads the tables of all domains, chunk by chunk, while the pump
// streams. It hands each chunk to the pump, which delivers it between two
// transactions.
type snapshotter struct {
	shop     shop
	pump     *pump
	progress map[change.Domain]change.Progress
	log      zerolog.Logger
	said     time.Time
}

// run takes the snapshots that are not done. It goes on where an earlier session
// of the same epoch stopped.
func (s *snapshotter) run(ctx context.Context) error {
	for _, d := range magento.Domains() {
		if s.progress[d].Done {
			continue
		}
		if err := s.domain(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

func (s *snapshotter) domain(ctx context.Context, d change.Domain) error {
	progress := s.progress[d]
	if progress.Begin.IsZero() {
		if err := s.pump.atBoundary(ctx, position.Position{}, func(context.Context) error { return s.pump.beginSnapshot(d, &progress) }); err != nil {
			return err
		}
	}
	s.log.Info().Str("domain", string(d)).Stringer("begin", progress.Begin).Msg("snapshot of a domain began")
	for _, t := range magento.InDomain(d) {
		if _, wanted := s.shop.wanted()[s.shop.physical(t.Name)]; !wanted || slices.Contains(progress.Tables, t.Name) {
			continue
		}
		if err := s.table(ctx, t, &progress); err != nil {
			return err
		}
	}
	if err := s.pump.atBoundary(ctx, position.Position{}, func(context.Context) error { return s.pump.endSnapshot(d, &progress) }); err != nil {
		return err
	}
	s.log.Info().Str("domain", string(d)).Int64("rows", progress.Rows).Msg("snapshot of a domain is complete")
	return nil
}

// table reads one table to the key that was its highest when its snapshot began.
func (s *snapshotter) table(ctx context.Context, t magento.Table, progress *change.Progress) error {
	layout, err := s.shop.layout(ctx, t)
	if err != nil {
		return err
	}
	if progress.Table != t.Name {
		progress.Table, progress.After, progress.Until = t.Name, nil, nil
	}
	for done := layout == nil; !done; {
		if done, err = s.chunk(ctx, layout, progress); err != nil {
			return err
		}
		s.say(t, progress)
	}
	progress.Tables = append(slices.Clone(progress.Tables), t.Name)
	return nil
}

// chunk reads one range and has it delivered.
func (s *snapshotter) chunk(ctx context.Context, layout *row.Layout, progress *change.Progress) (done bool, err error) {
	var from position.Position
	err = s.pump.atBoundary(ctx, position.Position{}, func(context.Context) error {
		from = s.pump.openWindow(layout.Table)
		return nil
	})
	if err != nil {
		return false, err
	}
	var rows []selected
	chunk, err := snapshot.Read(ctx, s.shop.db, s.shop.piece(layout, progress), notOlderThan(from), func(values [][]byte) error {
		rows = append(rows, s.row(layout, values))
		return nil
	})
	if err != nil {
		return false, err
	}
	again := false
	err = s.pump.atBoundary(ctx, position.Position{File: chunk.File, Pos: chunk.Pos}, func(ctx context.Context) error {
		if again = s.pump.window.overflowed(); again {
			return nil
		}
		progress.Until = chunk.Until
		if chunk.Rows > 0 {
			progress.After = chunk.Last
		}
		return s.pump.deliver(ctx, layout.Table, rows, progress)
	})
	return chunk.Done && !again, err
}

// notOlderThan accepts read views that hold everything the stream has emitted when
// a window opened.
func notOlderThan(from position.Position) func(file string, pos uint64) bool {
	return func(file string, pos uint64) bool { return position.Position{File: file, Pos: pos}.Reached(from) }
}

// A selected is a row of a chunk. For a table with a parent, parent is the root
// that the parent has, nil where there is no parent.
type selected struct {
	img    row.Image
	parent []byte
}

// row keeps one row of a result set, which is overwritten by the next.
func (s *snapshotter) row(layout *row.Layout, values [][]byte) selected {
	size := 128
	for _, v := range values {
		size += len(v) + 32
	}
	_, img := layout.AppendSelected(make([]byte, 0, size), values)
	r := selected{img: img}
	if len(values) > len(layout.Columns) {
		r.parent = bytes.Clone(values[len(layout.Columns)])
	}
	return r
}

func (s *snapshotter) say(t magento.Table, progress *change.Progress) {
	if time.Since(s.said) < sayEvery {
		return
	}
	s.said = time.Now()
	s.log.Info().Str("table", t.Name).Int64("rows", progress.Rows).Strs("after", progress.After).Strs("until", progress.Until).Msg("snapshot is under way")
}

// piece is the next range of a table.
func (s shop) piece(layout *row.Layout, progress *change.Progress) snapshot.Range {
	t := layout.Table
	r := snapshot.Range{
		Table: s.qualified(t.Name), PK: t.PK, After: progress.After, Until: progress.Until, Limit: s.config.ChunkRows,
	}
	for _, c := range layout.Columns {
		r.Columns = append(r.Columns, c.Name)
	}
	if t.Root.Parent != "" {
		parent, _ := magento.ByName(t.Root.Parent)
		r.Parent = &snapshot.Parent{Table: s.qualified(parent.Name), PK: parent.PK[0], Child: t.Root.Column, Column: parent.Root.Column}
	}
	return r
}
