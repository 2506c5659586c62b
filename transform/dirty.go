package transform

import (
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/transform/state"
)

// dirtyRoots are the roots whose rows came since the last assembly, in order. The zero
// value keeps none in memory once they are saved.
type dirtyRoots struct {
	limit  int // how many are kept in memory
	order  []change.Root
	at     map[change.Root]*touch
	onDisk bool // the store knows of more
}

type touch struct {
	offset int64
	saved  bool // the store knows the root as dirty, with this offset or an earlier one
}

func (d *dirtyRoots) add(root change.Root, offset int64) {
	if known, ok := d.at[root]; ok {
		known.offset = offset
		return
	}
	if d.at == nil {
		d.at = map[change.Root]*touch{}
	}
	d.at[root] = &touch{offset: offset}
	d.order = append(d.order, root)
}

// tooMany reports whether there are more roots than memory should hold.
func (d *dirtyRoots) tooMany() bool { return len(d.order) > d.limit }

// save makes the roots dirty in the store, and leaves them to it when they are too
// many.
func (d *dirtyRoots) save(b *state.Batch, scan state.ScanID) error {
	for _, root := range d.order {
		at := d.at[root]
		if err := b.MarkDirty(root, state.ScanOffset{Scan: scan, Offset: at.offset}); err != nil {
			return err
		}
		at.saved = true
	}
	if d.tooMany() {
		*d = dirtyRoots{limit: d.limit, onDisk: true}
	}
	return nil
}
