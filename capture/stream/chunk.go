package stream

import (
	"context"
	"iter"
	"slices"
	"time"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/change"
)

// The methods of this file are for boundary tasks alone.

// Watermark is where the stream stands in the log, between two transactions, and the version of
// the one before.
func (s *Streamer) Watermark() (position.From, change.Version) {
	return s.Reached(), s.checkpoint.Version()
}

// Reached is where a session would begin that goes on from here.
func (s *Streamer) Reached() position.From {
	return position.From{GTID: s.checkpoint.GTID, At: s.position, Created: s.checkpoint.LogCreated}
}

// Advance takes a version that is above those of all rows so far. It is saved before anything
// has it, with the progress that note makes of it, so that a session which reads the log again
// gives the transactions behind it the same versions, and takes no other one.
func (s *Streamer) Advance(ctx context.Context, note func(change.Version)) error {
	if err := s.publisher.flush(ctx); err != nil {
		return err
	}
	s.checkpoint.Sequence++
	s.version = s.checkpoint.Version()
	note(s.version)
	return s.saveCheckpoint(ctx)
}

// Sync has everything that was published acknowledged, and saves how far the stream is.
func (s *Streamer) Sync(ctx context.Context) error {
	if err := s.publisher.flush(ctx); err != nil {
		return err
	}
	return s.saveCheckpoint(ctx)
}

// Filled names the tables that had rows, in the log or in a snapshot.
func (s *Streamer) Filled() []string { return s.filled.sorted() }

// Compare has the rows that the topic has of an aggregate compared with the tables.
func (s *Streamer) Compare(d change.Domain, root change.Root) { s.bereft.add(d, root) }

// Watch has touched called for each row that the log brings from now on, until stop is
// called by a boundary task, too.
func (s *Streamer) Watch(touched func(table string, key []byte)) (stop func()) {
	w := &watch{touched}
	s.watches = append(s.watches, w)
	return func() { s.watches = slices.DeleteFunc(s.watches, func(other *watch) bool { return other == w }) }
}

// A watch is told of the rows that the log brings. It is a pointer to tell it from others.
type watch struct {
	touched func(table string, key []byte)
}

// PublishChunk collects rows of a snapshot, as far as they may leave, and closes them
// with a marker as if they were a transaction. It returns how many were published.
func (s *Streamer) PublishChunk(ctx context.Context, layout *row.Layout, rows iter.Seq[row.SnapshotRow]) (published int64, err error) {
	t := layout.Table
	s.tables.chunk(layout, s.checkpoint.Last, s.position)
	s.origin = s.identity
	s.origin.table, s.origin.snapshot, s.origin.nowMS = t.Name, true, time.Now().UnixMilli()
	s.origin.gtid, s.origin.tsMS = s.checkpoint.GTID, s.checkpoint.TSMS
	s.origin.file, s.origin.pos = s.position.File, s.position.Pos
	for r := range rows {
		s.router.aggregates.learnParent(t, &r)
		after, err := s.router.route(ctx, t, &r.Image)
		if err != nil {
			return 0, err
		}
		if after.orphan {
			s.awaited.orphan(t, &r.Image)
		}
		if after.img == nil {
			continue
		}
		s.publish(t, change.Read, publishable{}, after)
		if s.publisher.full() {
			if err := s.publisher.send(ctx); err != nil {
				return 0, err
			}
		}
	}
	published = int64(s.origin.row)
	s.metrics.snapshotRows.Add(float64(published))
	s.metrics.snapshotChunks.Inc()
	_, err = s.publisher.mark(s.marker(s.position))
	return published, err
}

// PublishControl collects a control record of a snapshot in every partition of its
// domain.
func (s *Streamer) PublishControl(kind string, body change.Snapshot) error {
	record, err := controlRecord(kind, body.Scope().Key(kind), body.Version, body)
	if err != nil {
		return err
	}
	s.publisher.addToAll(body.Domain, record)
	return nil
}

// NoteProgress queues a snapshot's progress; the next checkpoint saves it.
func (s *Streamer) NoteProgress(of change.Scope, progress change.Progress) {
	if s.pending.progress == nil {
		s.pending.progress = map[change.Scope]change.Progress{}
	}
	s.pending.progress[of] = progress
	s.pending.moved, s.pending.published = true, true
}
