package stream

import (
	"context"
	"iter"
	"time"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/change"
)

// The methods of this file are for boundary tasks alone.

// Watermark is where the stream stands in the log, and the version of the last transaction.
func (s *Streamer) Watermark() (position.From, change.Version) { return s.Reached(), s.version }

// Reached is where a session would begin that goes on from here.
func (s *Streamer) Reached() position.From {
	return position.From{GTID: s.checkpoint.GTID, At: s.position, Created: s.checkpoint.LogCreated}
}

// Watch has touched called for each row that the log brings from now on; nil ends it.
func (s *Streamer) Watch(touched func(table string, key []byte)) { s.touched = touched }

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
	record, err := controlRecord(kind, change.SnapshotKey(kind, body.Domain), body.Version, body)
	if err != nil {
		return err
	}
	s.publisher.addToAll(body.Domain, record)
	return nil
}

// NoteProgress queues a domain's snapshot progress; the next checkpoint saves it.
func (s *Streamer) NoteProgress(d change.Domain, progress change.Progress) {
	if s.pending.progress == nil {
		s.pending.progress = map[change.Domain]change.Progress{}
	}
	s.pending.progress[d] = progress
	s.pending.moved, s.pending.published = true, true
}
