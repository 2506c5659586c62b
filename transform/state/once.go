package state

import (
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"github.com/mage2sage/mage2sage/schemas/canonical"
)

// Once notes an entity and reports whether that was the first time since ForgetOnce. A million
// of them are on disk and not in memory.
func (b *Batch) Once(id canonical.ID) (first bool, err error) {
	key := join(b.p.once, string(id))
	_, closer, err := b.writes.Get(key)
	switch {
	case errors.Is(err, pebble.ErrNotFound):
		return true, b.set(key, nil)
	case err != nil:
		return false, fmt.Errorf("read what was noted: %w", err)
	}
	return false, closer.Close()
}

// ForgetOnce forgets what Once has noted.
func (p *Partition) ForgetOnce() error {
	err := p.room.do(func() error { return p.db.DeleteRange(p.once, after(p.once), pebble.NoSync) })
	if err != nil {
		return fmt.Errorf("forget what was noted: %w", err)
	}
	return nil
}
