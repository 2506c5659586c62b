package stream

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/mage2sage/mage2sage/schemas/change"
)

// pendingCheckpoint records what has changed since the last saved checkpoint, and
// therefore when the next one is due.
type pendingCheckpoint struct {
	moved     bool // the position has moved
	published bool // and something was published with it
	saved     time.Time
	sequence  uint64                           // of the saved checkpoint
	progress  map[change.Scope]change.Progress // to be saved with it
}

// due is when the next checkpoint is to be saved.
func (c pendingCheckpoint) due() time.Time {
	if c.published {
		return c.saved.Add(checkpointInterval)
	}
	return c.saved.Add(idleCheckpointInterval)
}

// dispatch hands over what is collected to be published, and behind it a checkpoint, when one
// is due. The order is the guarantee: no checkpoint speaks of a record that is not
// acknowledged. It waits for what was handed over before.
func (s *Streamer) dispatch(ctx context.Context) error {
	s.boundariesSinceFlush = 0
	if err := s.publisher.load(); err != nil {
		return err
	}
	if !s.checkpointDue() {
		s.publisher.launch(ctx, nil)
		return nil
	}
	records, err := s.offsets.records(s.complete(), s.pending.progress)
	if err != nil {
		return err
	}
	s.pending = pendingCheckpoint{saved: time.Now(), sequence: s.checkpoint.Sequence}
	s.publisher.launch(ctx, func(ctx context.Context) error { return s.offsets.append(ctx, records) })
	return nil
}

// checkpointDue reports whether a checkpoint is to be saved: for its age, or because of
// change.MostUnsaved, with room for what is collected before it is looked at again.
func (s *Streamer) checkpointDue() bool {
	if !s.pending.moved {
		return false
	}
	return s.checkpoint.Sequence-s.pending.sequence >= change.MostUnsaved/2 || !time.Now().Before(s.pending.due())
}

// saveCheckpoint saves the last boundary. Everything collected must be acknowledged.
// In the middle of a transaction the markers are still those of the last boundary.
func (s *Streamer) saveCheckpoint(ctx context.Context) error {
	if err := s.offsets.Save(ctx, s.complete(), s.pending.progress); err != nil {
		return err
	}
	s.pending = pendingCheckpoint{saved: time.Now(), sequence: s.checkpoint.Sequence}
	return nil
}

// Invalidate strikes out the checkpoint: the next start takes a snapshot. Run must
// have returned.
func (s *Streamer) Invalidate(ctx context.Context) error {
	return s.offsets.Invalidate(ctx, s.complete())
}

// complete is the checkpoint of the last boundary with what the publisher knows.
func (s *Streamer) complete() change.Checkpoint {
	c := s.checkpoint
	c.EndOffsets, c.Markers, c.Filled = s.publisher.ends(), s.publisher.markers(), s.filled.sorted()
	c.InPart = s.open && s.origin.row > 0
	c.Bereft, c.Severed, c.Awaited = s.bereft.saved(), s.bereft.savedSevered(), s.awaited.saved()
	s.router.filter.carts.save(&c)
	return c
}

// flushOverdue reports, where events keep coming and the Streamer is never idle,
// whether records have waited long enough, or a checkpoint without any is due.
func (s *Streamer) flushOverdue() bool {
	if s.publisher.empty() {
		s.boundariesSinceFlush = 0
		return s.checkpointDue()
	}
	s.boundariesSinceFlush++
	return s.boundariesSinceFlush >= mostTransactionsPerFlush || s.boundariesSinceFlush >= maxTransactionsPerFlush && !s.publisher.flying()
}

// A nameSet holds names of tables.
type nameSet map[string]struct{}

func newNameSet(names []string) nameSet {
	set := nameSet{}
	for _, n := range names {
		set.add(n)
	}
	return set
}

func (n nameSet) add(name string) { n[name] = struct{}{} }

func (n nameSet) sorted() []string { return slices.Sorted(maps.Keys(n)) }
