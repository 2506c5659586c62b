package transform

import (
	"context"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/topic"
	store "github.com/mage2sage/mage2sage/transform/state"
)

// learn reads from the canonical partitions what was emitted since the store knew:
// everything for a fresh store, what another instance emitted, and what the last
// batches of a crashed machine had noted. A partition that ends before our last
// record has lost some: whatever it does not hold is emitted again.
func (p *partition) learn(ctx context.Context) error {
	if p.state.Ends == nil {
		p.state.Ends = map[canonical.Kind]int64{}
	}
	for _, k := range canonical.KindsOf(p.domain) {
		if err := p.learnKind(ctx, k); err != nil {
			return err
		}
	}
	return nil
}

func (p *partition) learnKind(ctx context.Context, k canonical.Kind) error {
	name := p.stage.Names.Canonical(string(k))
	ends, err := p.topics.EndOffsets(ctx, name, p.number+1)
	if err != nil {
		return err
	}
	start, err := p.topics.StartOffset(ctx, name, p.number)
	if err != nil {
		return err
	}
	end, from := ends[p.number], p.state.Ends[k]
	if end < from {
		p.stage.Log.Warn().Str("stage", "transform").Str("topic", name).Int("partition", p.number).
			Msg("canonical topic lost records, emitting them again")
		if err := p.store.Forget(k); err != nil {
			return err
		}
		from = start
	}
	step := p.begin()
	defer func() { step.Drop() }()
	_, err = p.topics.ReadTo(ctx, name, p.number, max(from, start), end, func(r topic.Record) error {
		if step.full() {
			if err := step.Commit(); err != nil {
				return err
			}
			*step = *p.begin()
		}
		if err := p.remember(step, k, r); err != nil {
			return &RecordError{topic.Coordinates{Topic: name, Partition: p.number, Offset: r.Offset}, err}
		}
		return nil
	})
	if err != nil {
		return err
	}
	p.state.Ends[k] = end
	return step.flush(ctx)
}

// remember notes a canonical record as emitted, unless a newer one is known, and
// makes its root dirty: its rows may be gone.
func (p *partition) remember(step *step, k canonical.Kind, r topic.Record) error {
	if r.Value == nil { // erased on request
		return nil
	}
	e, err := canonical.Decode(k, r.Value)
	if err != nil {
		return err
	}
	hash, err := contentHash(e)
	if err != nil {
		return err
	}
	head, id := e.Head(), e.ID()
	known, ok, err := step.FindEmitted(head.Source.Root, id)
	if err != nil || ok && head.Version.Before(known.Version) {
		return err
	}
	if err := step.SetEmitted(head.Source.Root, store.Emitted{
		ID: id, Version: head.Version, Hash: hash, Deleted: head.Deleted, State: stateOf(e),
	}); err != nil {
		return err
	}
	return step.MarkDirty(head.Source.Root, store.Place{})
}
