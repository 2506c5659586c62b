package transform

import (
	"github.com/mage2sage/mage2sage/schemas/change"
	store "github.com/mage2sage/mage2sage/transform/state"
)

// touched are the roots whose rows came since the last assembly, in order. spilled
// tells that the store knows of more.
type touched struct {
	order   []change.Root
	at      map[change.Root]*touch
	spilled bool
}

type touch struct {
	offset int64
	saved  bool // the store knows it as dirty, with an earlier offset at most
}

func (t *touched) add(root change.Root, offset int64) {
	if known, ok := t.at[root]; ok {
		known.offset = offset
		return
	}
	if t.at == nil {
		t.at = map[change.Root]*touch{}
	}
	t.at[root] = &touch{offset: offset}
	t.order = append(t.order, root)
}

// save makes the roots dirty in the store.
func (t *touched) save(step *store.Step, reading uint32) error {
	for _, root := range t.order {
		at := t.at[root]
		if err := step.MarkDirty(root, store.Place{Reading: reading, Offset: at.offset}); err != nil {
			return err
		}
		at.saved = true
	}
	return nil
}

// spill forgets the roots that save has written.
func (t *touched) spill() {
	if len(t.order) > 0 {
		*t = touched{spilled: true}
	}
}
