package transform

import (
	"context"
	"errors"
	"time"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// fetched is what the last fetch brought and no state has applied yet.
type fetched struct {
	records []topic.Record
	next    int64 // offset to fetch from afterwards; it passes offsets that compaction emptied
	end     int64 // of the partition when the broker answered
	empty   bool  // the fetch brought nothing
}

// nothingUpTo reports whether compaction has emptied the offsets up to an end.
func (f *fetched) nothingUpTo(end int64) bool { return f.empty && f.end >= end }

// An applyFunc is what a state does about one record.
type applyFunc func(context.Context, *batch, *topic.Record, recordEffect) (stateFunc, error)

// read applies the records that the last fetch has left, or else those of a new fetch.
// What they change, and what was emitted at their markers, is in the store when it
// returns. When apply leaves for another state, the records behind wait for that one.
func (p *partition) read(ctx context.Context, apply applyFunc) (stateFunc, error) {
	if len(p.fetched.records) == 0 {
		p.commitOffset()
		if next, err := p.fetch(ctx); next != nil || err != nil {
			return next, err
		}
	}
	b := p.begin()
	defer b.close()
	for len(p.fetched.records) > 0 {
		if b.full() {
			if next, err := b.flush(ctx); next != nil || err != nil {
				return next, err
			}
		}
		r := &p.fetched.records[0]
		p.fetched.records = p.fetched.records[1:]
		effect, err := p.scan.apply(b.rows, r)
		if err != nil {
			return nil, err
		}
		p.stage.warnOfTable(effect.unknownTable)
		if next, err := apply(ctx, b, r, effect); next != nil || err != nil {
			return next, err
		}
		b.last = r
	}
	if b.last == nil {
		return nil, nil
	}
	return b.flush(ctx)
}

// fetch asks for what follows the bookmark.
func (p *partition) fetch(ctx context.Context) (stateFunc, error) {
	f, err := p.stage.Topics.Fetch(ctx, p.assignment.Topic, p.assignment.Partition, p.scan.offset(), p.stage.fetchWait)
	if errors.Is(err, topic.ErrOutOfRange) {
		return p.rescan(err.Error()), nil
	}
	if err != nil {
		return nil, err
	}
	if err := p.stage.checkOrigin(ctx, p.assignment.Topic, p.assignment.Partition, f.Records); err != nil {
		return nil, err
	}
	p.stage.Health.Prove(p.name())
	p.fetched = fetched{records: f.Records, next: f.Next, end: f.End, empty: len(f.Records) == 0}
	p.stage.Progress.read(p.part(), len(f.Records), f.End-f.Next)
	p.stage.metrics.read(p.domain, p.assignment.Partition, len(f.Records), f.End-f.Next)
	return nil, nil
}

// commitEvery is how often the group is told of progress while there is more to read:
// people watch it, and each time is a request to the broker.
const commitEvery = time.Second

// commitOffset tells the group how far everything is applied, for people to see: at
// once at the end of the partition, else now and then. Transform itself goes by its
// bookmark.
func (p *partition) commitOffset() {
	at := max(p.scan.offset(), p.fetched.next)
	atEnd := p.fetched.next >= p.fetched.end
	if at == p.committed || !atEnd && time.Since(p.committedAt) < commitEvery {
		return
	}
	p.committed, p.committedAt = at, time.Now()
	if err := p.assignment.Commit(at); err != nil {
		p.log.Debug().Str("reason", err.Error()).Msg("offset not committed to the group")
	}
}

// applyCollecting applies a record while nothing is assembled.
func (p *partition) applyCollecting(ctx context.Context, b *batch, r *topic.Record, e recordEffect) (stateFunc, error) {
	switch {
	case e.row != nil:
		p.dirty.add(e.row.Root, r.Offset)
	case e.marker != nil:
		p.scan.closeTransaction(*e.marker, r.Offset)
	case e.snapshotEnded != nil:
		return p.endSnapshot(ctx, b, r, *e.snapshotEnded)
	}
	return nil, nil
}

// applyLive applies a record while the partition is live.
func (p *partition) applyLive(ctx context.Context, b *batch, r *topic.Record, e recordEffect) (stateFunc, error) {
	switch {
	case e.row != nil:
		p.dirty.add(e.row.Root, r.Offset)
	case e.marker != nil:
		return p.commitTransaction(ctx, b, r, *e.marker)
	case e.snapshotBegun:
		return b.leave(ctx, r, p.snapshot)
	case e.snapshotEnded != nil:
		if next, err := p.endSnapshot(ctx, b, r, *e.snapshotEnded); next != nil || err != nil {
			return next, err
		}
		return b.leave(ctx, r, p.settle)
	}
	return nil, nil
}

// commitTransaction assembles what a transaction touched. A marker below the last one is part of
// a stretch that capture publishes again: what it closes is assembled already. When the
// transaction has more roots than memory should hold, they are assembled in slices, and
// the bookmark passes the marker last.
func (p *partition) commitTransaction(ctx context.Context, b *batch, r *topic.Record, c change.Commit) (stateFunc, error) {
	switch {
	case c.Version.Before(p.scan.state.Marker):
		p.scan.closeTransaction(c, r.Offset)
		return nil, nil
	case p.scan.missedMarkerBefore(c):
		return p.rescan("hole in the chain of commit markers"), nil
	case p.dirty.onDisk || p.dirty.tooMany():
		if next, err := b.flush(ctx); next != nil || err != nil {
			return next, err
		}
		p.scan.closeTransaction(c, r.Offset)
		return p.drain(ctx)
	}
	p.scan.closeTransaction(c, r.Offset)
	return nil, p.assembleDirty(ctx, b)
}

// endSnapshot removes what the snapshot has not seen.
func (p *partition) endSnapshot(ctx context.Context, b *batch, r *topic.Record, s change.Snapshot) (stateFunc, error) {
	if next, err := b.flush(ctx); next != nil || err != nil {
		return next, err
	}
	if err := p.scan.endSnapshot(s, r.Offset); err != nil {
		return nil, err
	}
	p.log.Info().Msg("snapshot read to its end")
	return nil, nil
}
