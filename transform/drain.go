package transform

import (
	"context"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/transform/state"
)

// drainSlice is how many dirty roots are listed and assembled before their emissions
// are flushed: enough that a request to the broker is well filled, few enough that a
// crash repeats little.
const drainSlice = 200

// assembleDirty assembles the roots that the transaction touched, in the order in
// which it did.
func (p *partition) assembleDirty(ctx context.Context, b *batch) error {
	for _, root := range p.dirty.order {
		known, err := b.rows.Load(root)
		if err != nil {
			return err
		}
		if err := p.assemble(ctx, b, aggregate{root, known, p.scan.state.Clock()}); err != nil {
			return err
		}
		if p.dirty.at[root].saved {
			if err := b.rows.Clean(root); err != nil {
				return err
			}
		}
	}
	p.dirty = dirtyRoots{limit: p.stage.dirtyLimit}
	return nil
}

// drain assembles the dirty roots whose transactions are closed, in slices. From then
// on dirty roots are kept in memory.
func (p *partition) drain(ctx context.Context) (stateFunc, error) {
	p.dirty = dirtyRoots{limit: p.stage.dirtyLimit}
	for last := change.Root(""); ; {
		slice, err := p.store.DirtyAfter(last, drainSlice)
		if err != nil || len(slice) == 0 {
			return nil, err
		}
		if next, err := p.drainSlice(ctx, slice); next != nil || err != nil {
			return next, err
		}
		p.stage.Health.Prove(p.name())
		last = slice[len(slice)-1].Root
	}
}

func (p *partition) drainSlice(ctx context.Context, slice []state.Dirty) (stateFunc, error) {
	b := p.begin()
	defer b.close()
	before, err := p.store.Reader() // no root of a slice is changed before it is assembled
	if err != nil {
		return nil, err
	}
	defer before.Close()
	for _, d := range slice {
		if p.scan.inOpenTransaction(d.At) {
			p.dirty.onDisk = true
			continue
		}
		known, err := before.Load(d.Root)
		if err != nil {
			return nil, err
		}
		if err := p.assemble(ctx, b, aggregate{d.Root, known, p.clock(d.Root)}); err != nil {
			return nil, err
		}
		if err := b.rows.Clean(d.Root); err != nil {
			return nil, err
		}
	}
	return b.flush(ctx)
}

// clock is the version of the newest change that may have led to a root's state.
func (p *partition) clock(root change.Root) change.Version {
	if p.dependsOnReference(root) {
		return change.Latest(p.scan.state.Clock(), p.references.now().Version())
	}
	return p.scan.state.Clock()
}
