package transform

import (
	"context"
	"errors"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/transform/assemble"
	"github.com/mage2sage/mage2sage/transform/state"
)

// restoreEmitted reads from the canonical partitions what was emitted and the store
// does not know: everything when the store is empty or has hashes of another form, what
// another instance emitted, and what was in the last batches of a machine that crashed.
func (p *partition) restoreEmitted(ctx context.Context) error {
	s := &p.scan.state
	if s.CanonicalEnds == nil || s.Hashing != hashing {
		s.CanonicalEnds, s.Hashing = map[canonical.Kind]int64{}, hashing
	}
	for _, k := range canonical.KindsOf(p.domain) {
		if err := p.restoreKind(ctx, k); err != nil {
			return err
		}
	}
	return nil
}

func (p *partition) restoreKind(ctx context.Context, k canonical.Kind) error {
	name, number := p.stage.Names.Canonical(string(k)), p.assignment.Partition
	from, end, err := p.notRestored(ctx, k)
	if err != nil {
		return err
	}
	b := p.begin()
	defer b.close()
	if err := p.retryEmitted(ctx, b, k); err != nil {
		return err
	}
	_, err = p.stage.Topics.ReadTo(ctx, name, number, from, end, func(r topic.Record) error {
		if b.full() {
			if err := b.rows.Commit(); err != nil {
				return err
			}
			p.stage.Health.Prove(p.name())
		}
		if err := p.stage.lookHowFar(ctx, []topic.Record{r}); err != nil {
			return err
		}
		if r.Header(change.HeaderPipeline) != p.stage.pipeline {
			return nil // somebody else's: the entity that it may speak of is emitted again
		}
		out, ok, err := p.decodeEmitted(k, &r)
		switch {
		case err != nil:
			return p.stage.shelf.setAside(&RecordError{topic.Coordinates{Topic: name, Partition: number, Offset: r.Offset}, string(r.Key), err, ""})
		case ok:
			p.emittedAt = max(p.emittedAt, credible(out.at, p.stage.now()))
			return out.note(b.rows)
		}
		return nil
	})
	if err != nil {
		return err
	}
	p.scan.state.CanonicalEnds[k] = end
	return b.save()
}

// retryEmitted takes what was set aside of a canonical partition and can be read now.
func (p *partition) retryEmitted(ctx context.Context, b *batch, k canonical.Kind) error {
	all, err := p.stage.shelf.open(p.stage.Names.Canonical(string(k)), p.assignment.Partition)
	if err != nil {
		return err
	}
	return p.stage.retry(ctx, all, func(r *topic.Record) (stays, err error) {
		out, ok, stays := p.decodeEmitted(k, r)
		if stays != nil || !ok {
			return stays, nil
		}
		if err := out.note(b.rows); err != nil {
			return nil, err
		}
		return nil, b.rows.Commit()
	})
}

// notRestored is the range of a canonical partition that the store does not know. A
// partition that ends before our last record has lost some: whatever it does not hold
// is emitted again.
func (p *partition) notRestored(ctx context.Context, k canonical.Kind) (from, end int64, err error) {
	name, number := p.stage.Names.Canonical(string(k)), p.assignment.Partition
	ends, err := p.stage.Topics.EndOffsets(ctx, name, number+1)
	if err != nil {
		return 0, 0, err
	}
	start, err := p.stage.Topics.StartOffset(ctx, name, number)
	if err != nil {
		return 0, 0, err
	}
	from, end = max(p.scan.state.CanonicalEnds[k], start), ends[number]
	if end >= p.scan.state.CanonicalEnds[k] {
		return from, end, nil
	}
	p.log.Warn().Str("canonical_topic", name).Msg("canonical topic lost records, emitting them again")
	return start, end, p.store.Forget(k)
}

// A restored is what a canonical record says was emitted.
type restored struct {
	root    change.Root
	emitted state.Emitted
	at      int64 // its occurred_at, in Unix seconds; 0 where it has none
}

// decodeEmitted reads a canonical record; its error is the record's own. ok is false for a
// tombstone: the record was erased on request.
func (p *partition) decodeEmitted(k canonical.Kind, r *topic.Record) (out restored, ok bool, err error) {
	if r.Value == nil {
		return out, false, nil
	}
	e, err := canonical.Decode(k, r.Value)
	if err != nil {
		return out, false, explainDecode("its value", err)
	}
	out.root = e.Head().Source.Root
	if assemble.CheckRoot(out.root) != nil {
		return out, false, errors.New("its root is of an aggregate that this version does not know")
	}
	if err := p.scan.place.fitsEmitted(r, e.ID(), out.root, e.Head().Version); err != nil {
		return out, false, err
	}
	if e.Head().Version.Above(*p.stage.reached.Load()) {
		return out, false, errAbove
	}
	summary, err := assemble.Summarize(e, assemble.Previous{})
	if err != nil {
		return out, false, err
	}
	hash, err := contentHash(e)
	out.emitted = emittedOf(e, hash, summary)
	if at, err := time.Parse(time.RFC3339, e.Head().OccurredAt); err == nil {
		out.at = at.Unix()
	}
	return out, err == nil, err
}

// note keeps what was emitted; its error is the disk's. The root is due: its rows may be
// gone. When a newer one is known, a former member has written this one after it: then the
// newer one stays and is emitted again, so that its key ends on it.
func (out restored) note(b *state.Batch) error {
	known, ok, err := b.FindEmitted(out.root, out.emitted.ID)
	if err != nil {
		return err
	}
	if ok && out.emitted.Version.Before(known.Version) {
		known.Again = true
		out.emitted = known
	}
	if err := b.SetEmitted(out.root, out.emitted); err != nil {
		return err
	}
	return b.MarkDue(out.root)
}
