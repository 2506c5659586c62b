package transform

import (
	"context"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
	store "github.com/mage2sage/mage2sage/transform/state"
)

// apply takes a fetched batch. Its rows, and what was emitted at its markers, are
// in the store when it returns.
func (p *partition) apply(ctx context.Context, batch topic.Batch) error {
	p.stage.Metrics.records.WithLabelValues(string(p.domain)).Add(float64(len(batch.Records)))
	p.stage.Metrics.setLag(p.domain, p.number, batch.End-batch.Next)
	p.idle = batch.Next >= batch.End
	if len(batch.Records) == 0 {
		if batch.End >= p.target { // compaction has emptied the offsets up to the target
			p.target = min(p.target, p.state.Bookmark.Offset)
		}
		p.next = batch.Next
		return nil
	}
	step := p.begin()
	defer func() { step.Drop() }()
	for i := range batch.Records {
		r := &batch.Records[i]
		if step.full() {
			if err := step.flush(ctx); err != nil {
				return err
			}
		}
		if err := p.record(ctx, step, r); err != nil {
			return err
		}
		step.last = r
	}
	p.next = batch.Next
	return step.flush(ctx)
}

// record takes one record.
func (p *partition) record(ctx context.Context, step *step, r *topic.Record) error {
	e, err := p.take(step.Step, *r)
	switch {
	case err != nil:
		return err
	case e.kept != nil:
		p.touched.add(e.kept.Root, r.Offset)
	case e.commit != nil:
		return p.marker(ctx, step, *e.commit, r.Offset)
	case e.begun:
		p.live = false
	case e.finished != nil:
		return p.snapshotEnd(ctx, step, *e.finished, r)
	}
	return nil
}

// marker assembles what the transaction touched. A marker below the last one is of
// a stretch that capture reads again: what it closes stands here already.
func (p *partition) marker(ctx context.Context, step *step, c change.Commit, offset int64) error {
	if c.Version.Before(p.state.Marker) {
		p.state.Reached = change.Latest(p.state.Reached, c.Version)
		p.state.Closed = offset + 1
		return nil
	}
	if p.live && p.holeBefore(c) {
		return errHole
	}
	if !p.live {
		p.passed(c, offset)
		return nil
	}
	if p.touched.spilled || len(p.touched.order) > p.stage.touchedLimit() {
		return p.assembleSpilled(ctx, step, c, offset)
	}
	p.passed(c, offset)
	return p.assembleTouched(ctx, step)
}

// holeBefore tells whether a marker of the same epoch between our last one and c
// was missed: c then names a predecessor that is newer than ours. An older one is
// no hole: capture does not know of a marker that it wrote just before it died.
func (p *partition) holeBefore(c change.Commit) bool {
	last := p.state.Marker
	return !last.IsZero() && last.Epoch == c.Previous.Epoch && last.Before(c.Previous)
}

func (p *partition) assembleTouched(ctx context.Context, step *step) error {
	for _, root := range p.touched.order {
		if err := p.assemble(ctx, step, root, p.state.Clock()); err != nil {
			return err
		}
		if p.touched.at[root].saved {
			if err := step.Clean(root); err != nil {
				return err
			}
		}
	}
	p.touched = touched{}
	return nil
}

// assembleSpilled ends a transaction with more roots than memory should hold: they
// are dirty in the store and assembled in slices, the bookmark passing the marker
// last.
func (p *partition) assembleSpilled(ctx context.Context, step *step, c change.Commit, offset int64) error {
	if err := step.flush(ctx); err != nil {
		return err
	}
	p.passed(c, offset)
	return p.drain(ctx)
}

// snapshotEnd removes what the snapshot has not seen and, unless there is more to
// catch up with, assembles what it touched.
func (p *partition) snapshotEnd(ctx context.Context, step *step, s change.Snapshot, r *topic.Record) error {
	if err := step.flush(ctx); err != nil {
		return err
	}
	if err := p.finish(s, r.Offset); err != nil {
		return err
	}
	p.stage.Log.Info().Str("stage", "transform").Str("topic", p.name).Int("partition", p.number).Msg("snapshot read to its end")
	if r.Offset+1 < p.target {
		return nil
	}
	if err := p.sweep(); err != nil {
		return err
	}
	if _, err := p.renew(); err != nil {
		return err
	}
	if err := p.drain(ctx); err != nil {
		return err
	}
	p.live = true
	return nil
}

// drain assembles the dirty roots whose transactions are closed, in slices.
func (p *partition) drain(ctx context.Context) error {
	clock := change.Latest(p.state.Clock(), p.references.now().version)
	if p.domain != change.Customer {
		clock = p.state.Clock()
	}
	p.touched = touched{}
	for last := change.Root(""); ; {
		dirty, err := p.store.DirtyAfter(last, 200)
		if err != nil || len(dirty) == 0 {
			return err
		}
		if err := p.drainSlice(ctx, dirty, clock); err != nil {
			return err
		}
		last = dirty[len(dirty)-1].Root
	}
}

func (p *partition) drainSlice(ctx context.Context, dirty []store.Dirty, clock change.Version) error {
	step := p.begin()
	defer func() { step.Drop() }()
	for _, d := range dirty {
		if d.At.Reading == p.state.Reading && d.At.Offset >= p.state.Closed {
			p.touched.spilled = true // of a transaction that is still open
			continue
		}
		if err := p.assemble(ctx, step, d.Root, clock); err != nil {
			return err
		}
		if err := step.Clean(d.Root); err != nil {
			return err
		}
	}
	return step.flush(ctx)
}
