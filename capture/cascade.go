package capture

import (
	"context"
	"fmt"
	"time"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/snapshot"
	"github.com/mage2sage/mage2sage/capture/source"
	"github.com/mage2sage/mage2sage/capture/stream"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// defaultCascadeCheck is how often rows are looked for that went with their parents. Each
// time reads whole partitions, for all parents together that were deleted meanwhile. Who
// keeps a replica has the parent's delete at once, and those of its children so much later.
const defaultCascadeCheck = 10 * time.Second

// watchCascades finds the rows that InnoDB has deleted with their parents, or changed with
// them, of which the log does not tell, and has that published:
//
//	deleted parents ─► rows of their roots in the topic ─► those that the tables lack ─► deletes
//	              └──► rows linked to them in any topic ─► those that changed or lack ─► updates, deletes
//	deleted carts of which nobody knows whether they were negotiated ─► those in the topic that are not ─► as their roots
//
// What the tables still have as it was is kept, whatever the foreign keys say. What
// they have without its parent is an orphan, and leaves the topic until its parent comes.
func (s *Stage) watchCascades(ctx context.Context, db *source.Database, streamer *stream.Streamer) error {
	tick := time.NewTicker(s.cascadeCheck)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		if err := s.followCascades(ctx, db, streamer); err != nil {
			return fmt.Errorf("look for rows that went with their parents: %w", err)
		}
	}
}

// followCascades does it once for the parents that were deleted so far.
func (s *Stage) followCascades(ctx context.Context, db *source.Database, streamer *stream.Streamer) error {
	var task stream.Bereft
	err := streamer.RunAtBoundary(ctx, position.Position{}, func(ctx context.Context) (err error) {
		task, err = streamer.TakeBereft(ctx)
		return err
	})
	if err != nil || task.Nothing() {
		return err
	}
	gone, at, err := s.compare(ctx, db, task)
	if err != nil {
		return err
	}
	return streamer.RunAtBoundary(ctx, at, func(context.Context) error { return streamer.PublishGone(gone) })
}

// compare finds what went with deleted parents, and where the log has to be to say so. It
// owes signs of life while it asks the broker and the server; a long transaction in the log
// is waited for elsewhere.
func (s *Stage) compare(ctx context.Context, db *source.Database, task stream.Bereft) (gone []stream.Gone, at position.Position, err error) {
	s.Health.Expect(comparing)
	defer s.Health.Retire(comparing)
	if gone, err = s.bereft(ctx, db, task); err != nil {
		return nil, at, err
	}
	severed, at, err := s.severed(ctx, db, task)
	return append(gone, severed...), at, err
}

// bereft finds what went with the parents of its own root.
func (s *Stage) bereft(ctx context.Context, db *source.Database, task stream.Bereft) (gone []stream.Gone, err error) {
	all := task.Roots
	if task.Negotiated != nil {
		if all, err = s.withStrayCarts(ctx, task); err != nil {
			return nil, err
		}
	}
	for d, roots := range all {
		rows, err := s.published(ctx, d, roots, task.Ends[d])
		if err != nil {
			return nil, err
		}
		s.Health.Prove(comparing)
		lacking, err := lackedBy(ctx, db, rows, task.At)
		if err != nil {
			return nil, err
		}
		gone = append(gone, lacking...)
	}
	return gone, nil
}

// A publishedRow is a row as the topic has it last.
type publishedRow struct {
	stream.Gone
	id snapshot.Key
}

// published reads the living rows of some roots, by table.
func (s *Stage) published(ctx context.Context, d change.Domain, roots map[change.Root]bool, ends []int64) (map[string][]publishedRow, error) {
	partitions := map[int]bool{}
	for root := range roots {
		if root == "" {
			partitions[0] = true
			continue
		}
		partitions[topic.Partition(root, len(ends))] = true
	}
	byTable := map[string][]publishedRow{}
	for p := range partitions {
		living, err := s.living(ctx, s.Names.Raw(d), p, ends[p], func(r publishedRow) bool { return roots[r.Root] })
		if err != nil {
			return nil, err
		}
		for _, row := range living {
			byTable[row.Table.Name] = append(byTable[row.Table.Name], row)
		}
	}
	return byTable, nil
}

// living reads a partition from its start, and keeps what lives of the wanted rows, by key.
func (s *Stage) living(ctx context.Context, name string, partition int, end int64, wanted func(publishedRow) bool) (map[string]publishedRow, error) {
	start, err := s.Topics.StartOffset(ctx, name, partition)
	if err != nil {
		return nil, err
	}
	rows := map[string]publishedRow{}
	_, err = s.Topics.ReadTo(ctx, name, partition, start, end, func(r topic.Record) error {
		s.Health.Prove(comparing)
		if r.Header(change.HeaderKind) != "" {
			return nil
		}
		if row, ok := rowOf(r); ok && wanted(row) {
			rows[string(r.Key)] = row
		} else {
			delete(rows, string(r.Key))
		}
		return nil
	})
	return rows, err
}

// rowOf decodes a row's record; ok is false for a deleted row, and for what is none of ours.
func rowOf(r topic.Record) (row publishedRow, ok bool) {
	key, err := change.DecodeKey(r.Key)
	if err != nil {
		return row, false
	}
	e, err := change.DecodeEnvelope(r.Value)
	t, known := magento.ByName(key.Table)
	if err != nil || e == nil || e.Op == change.Delete || !known {
		return row, false
	}
	id, err := snapshot.ReadKey(key.PK)
	if err != nil {
		return row, false
	}
	root := change.Root(r.Header(change.HeaderRoot))
	return publishedRow{stream.Gone{PK: id.First(), Table: t, Root: root, Key: r.Key, Row: e.After}, id}, true
}

// lackedBy keeps the rows that their tables do not have, or not with a parent. A table that is not captured any
// more says nothing.
func lackedBy(ctx context.Context, db *source.Database, rows map[string][]publishedRow, after position.From) (gone []stream.Gone, err error) {
	for _, of := range rows {
		t := db.AsKept(of[0].Table)
		if !db.Captures(t) {
			continue
		}
		var ids []snapshot.Key
		for _, row := range of {
			ids = append(ids, row.id)
		}
		present, err := snapshot.Present(ctx, db, t, ids, after)
		if err != nil {
			return nil, err
		}
		for _, row := range of {
			if p := present[row.id.String()]; !p.Row || p.Orphan != 0 {
				row.Table, row.Parent = t, p.Orphan
				gone = append(gone, row.Gone)
			}
		}
	}
	return gone, nil
}
