package state

import (
	"encoding/binary"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"github.com/mage2sage/mage2sage/schemas/change"
)

// MarkDueAt notes that a root is due at a Unix time, which is after 1970. An earlier note of the
// root stays: where its time has become wrong, the root is assembled once in vain, which costs
// less than to look for the note at each assembly.
func (b *Batch) MarkDueAt(unix int64, root change.Root) error {
	return b.set(join(b.p.dueTime(unix), string(root)), nil)
}

// MarkDueUntil makes the roots due that are due at a Unix time or before, forgets these times,
// and returns how many there were. It is committed in slices: what a crash leaves is found again.
func (p *Partition) MarkDueUntil(unix int64) (n int, err error) {
	it, err := p.db.NewIter(&pebble.IterOptions{LowerBound: p.times, UpperBound: p.dueTime(unix + 1)})
	if err != nil {
		return 0, fmt.Errorf("list due times: %w", err)
	}
	defer it.Close()
	b := p.Begin()
	defer b.Close()
	for it.First(); it.Valid(); it.Next() {
		root := change.Root(it.Key()[len(p.times)+8:])
		if err := b.MarkDue(root); err != nil {
			return n, err
		}
		if err := b.delete(it.Key()); err != nil {
			return n, err
		}
		n++
		if b.Size() > walkBytes {
			if err := b.Commit(); err != nil {
				return n, err
			}
		}
	}
	if err := it.Error(); err != nil || n == 0 {
		return n, err
	}
	return n, b.Commit()
}

// dueTime is what the keys of one second begin with.
func (p *Partition) dueTime(unix int64) []byte {
	return binary.BigEndian.AppendUint64(join(p.times), uint64(max(unix, 0)))
}
