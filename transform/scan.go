package transform

import (
	"context"
	"strings"
	"sync/atomic"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/transform/state"
)

// A scan is one pass over a raw partition from its start: it keeps rows, follows
// markers and snapshots, and knows how far it has come. Its ScanID tells the passes
// apart.
//
// When the bookmark is not believed, the topic is scanned again and the rows are kept:
// without them every document would be called deleted until the topic is complete
// again. What becomes of the kept rows is decided in one of two ways:
//
//   - The topic is intact: the scan comes to the marker at which the one before ended.
//     Compaction keeps the newest record of each row, so a row that this scan has not
//     seen was deleted, and its tombstone is compacted away (removeUnseen).
//   - The topic was made anew, or has lost its end. Then capture begins an epoch with a
//     snapshot, whose end removes what is older than its beginning (endSnapshot).
type scan struct {
	topics    *topic.Client
	pipeline  string // whose records have an effect
	topic     string
	partition int
	place     place
	reached   *atomic.Pointer[change.Version] // how far the source has come
	store     *state.Partition
	shelf     *shelf
	state     state.ScanState
}

// resume goes on where the store ended, or at the start of the topic.
func (s *scan) resume(ctx context.Context) (err error) {
	if s.state, err = s.store.ScanState(); err != nil {
		return err
	}
	offset, believed, err := s.topics.VerifyBookmark(ctx, s.topic, s.partition, s.state.Bookmark)
	if err != nil {
		return err
	}
	if s.state.ScanID == 0 || !believed {
		return s.beginSaved(offset)
	}
	if s.state.Made != makes(s.place.domain) {
		return s.restart(ctx)
	}
	return nil
}

// makes names what this version makes of a domain's rows, and the tables of which it keeps them.
// Where a version before made less, the topic has rows that it passed over, and roots of which
// there are entities that it did not know.
func makes(d change.Domain) string {
	var names []string
	for _, k := range canonical.KindsOf(d) {
		names = append(names, string(k))
	}
	for _, t := range magento.InDomain(d) {
		if reads(t) {
			names = append(names, t.Name)
		}
	}
	return strings.Join(names, " ")
}

// restart goes back to the start of the topic.
func (s *scan) restart(ctx context.Context) error {
	start, err := s.topics.StartOffset(ctx, s.topic, s.partition)
	if err != nil {
		return err
	}
	return s.beginSaved(start)
}

// beginSaved begins a scan, saves that it has begun, and only then forgets what was set
// aside, because it meets all of it again.
func (s *scan) beginSaved(start int64) error {
	s.begin(start)
	b := s.store.Begin()
	defer b.Close()
	if err := b.SetScanState(s.state); err != nil {
		return err
	}
	if err := b.Commit(); err != nil {
		return err
	}
	return s.shelf.clear(s.topic, s.partition)
}

func (s *scan) begin(start int64) {
	s.state.ScanID++
	s.state.Made = makes(s.place.domain)
	s.state.Bookmark = topic.Bookmark{Offset: start}
	s.state.RescanUntil = s.state.Marker
	s.state.LastMarkerThisScan, s.state.ClosedOffset = change.Version{}, 0
}

// offset is that of the next record.
func (s *scan) offset() int64 { return s.state.Bookmark.Offset }

// at names a record of the partition.
func (s *scan) at(offset int64) topic.Coordinates {
	return topic.Coordinates{Topic: s.topic, Partition: s.partition, Offset: offset}
}

// A recordEffect says what applying one raw record changed; at most one field is set,
// and none for a record that changed nothing.
type recordEffect struct {
	row           *state.Row       // a row came; the store knows whether it is the newest
	marker        *change.Commit   // a transaction ends here
	snapshotBegun bool             // a snapshot begins that was not known
	snapshotEnded *change.Snapshot // a snapshot ends: see endSnapshot
	unknownTable  string           // a row was left out: this version does not know its table
}

// apply takes one record into the batch. One that does not decode is set aside, and has no
// effect; one that somebody has decided to pass over is not even looked at.
func (s *scan) apply(b *state.Batch, r *topic.Record) (recordEffect, error) {
	if s.shelf.skipped(s.at(r.Offset)) {
		return recordEffect{}, nil
	}
	e, row, err := s.effect(r)
	if err != nil {
		return recordEffect{}, s.shelf.setAside(&RecordError{s.at(r.Offset), string(r.Key), err, ""})
	}
	if err := s.shelf.passed(s.at(r.Offset), r.Key); err != nil || row == nil {
		return e, err
	}
	row.Scan = s.state.ScanID
	if kept, err := s.put(b, *row); err != nil || !kept {
		return e, err
	}
	return recordEffect{row: row}, nil
}

// effect decodes a record: what it changes, or the row that it carries.
func (s *scan) effect(r *topic.Record) (e recordEffect, row *state.Row, err error) {
	if r.Header(change.HeaderPipeline) != s.pipeline {
		return e, nil, nil
	}
	if v, err := change.ParseVersion(r.Header(change.HeaderVersion)); err == nil && v.Above(*s.reached.Load()) {
		return e, nil, errAbove
	}
	if kind := r.Header(change.HeaderKind); kind != "" {
		e, err := s.control(kind, r)
		return e, nil, err
	}
	decoded, known, err := decodeRow(r, s.place)
	if err != nil {
		return e, nil, err
	}
	if !known {
		return recordEffect{unknownTable: decoded.Table}, nil, nil
	}
	return e, &decoded, nil
}

// control decodes a marker, or a snapshot's begin or end. Other kinds are those of a later
// version, and have no effect.
func (s *scan) control(kind string, r *topic.Record) (e recordEffect, err error) {
	switch kind {
	case change.KindCommit:
		c, err := change.DecodeCommit(r.Value)
		if err != nil {
			return e, explainDecode("its value", err)
		}
		if err := s.place.fitsControl(r, change.CommitKey, c.Version); err != nil {
			return e, err
		}
		e.marker = &c
	case change.KindSnapshotBegin, change.KindSnapshotEnd:
		snapshot, err := change.DecodeSnapshot(r.Value)
		if err != nil {
			return e, explainDecode("its value", err)
		}
		if err := s.place.fitsSnapshot(r, kind, snapshot); err != nil {
			return e, err
		}
		if _, known := magento.ByName(snapshot.Table); snapshot.Table != "" && !known {
			return recordEffect{unknownTable: snapshot.Table}, nil
		}
		if kind == change.KindSnapshotBegin {
			return recordEffect{snapshotBegun: s.openSnapshot(snapshot, r.Offset)}, nil
		}
		if s.newSnapshot(snapshot) {
			e.snapshotEnded = &snapshot
		}
	}
	return e, nil
}

// closeTransaction notes a marker.
func (s *scan) closeTransaction(c change.Commit, offset int64) {
	s.state.Marker = change.Latest(s.state.Marker, c.Version)
	s.state.LastMarkerThisScan = change.Latest(s.state.LastMarkerThisScan, c.Version)
	s.state.ClosedOffset = offset + 1
}

// inOpenTransaction reports whether a root was touched by a transaction whose marker
// has not come yet.
func (s *scan) inOpenTransaction(at state.ScanOffset) bool {
	return at.Scan == s.state.ScanID && at.Offset >= s.state.ClosedOffset
}

// missedMarkerBefore reports whether a marker of the same epoch between our last one
// and c was missed: c then names a predecessor that is newer than ours. An older
// predecessor is no hole: capture does not know of a marker that it wrote just before
// it died.
func (s *scan) missedMarkerBefore(c change.Commit) bool {
	last := s.state.Marker
	return !last.IsZero() && last.Epoch == c.Previous.Epoch && last.Before(c.Previous)
}

// removeUnseen removes the rows that this scan has not seen, once it has come to the
// marker at which the one before ended.
func (s *scan) removeUnseen() error {
	until, last := s.state.RescanUntil, s.state.LastMarkerThisScan
	if until.IsZero() || last.Epoch != until.Epoch || last.Before(until) {
		return nil
	}
	s.state.RescanUntil = change.Version{}
	return s.store.Sweep(func(row state.Row) bool { return row.Scan != s.state.ScanID })
}
