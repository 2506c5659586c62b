package state

import (
	"encoding/binary"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"github.com/mage2sage/mage2sage/schemas/change"
)

// atStart sorts before every offset, so a root marked with it never waits for an open
// transaction.
var atStart = ScanOffset{}

// Dirty is a root that has to be assembled, and where it was touched last.
type Dirty struct {
	Root change.Root
	At   ScanOffset
}

// DirtyAfter lists at most n dirty roots that follow a root; "" begins.
func (p *Partition) DirtyAfter(root change.Root, n int) (all []Dirty, err error) {
	lower := join(p.dirty, string(root), "\x00")
	if root == "" {
		lower = p.dirty
	}
	it, err := p.db.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: after(p.dirty)})
	if err != nil {
		return nil, fmt.Errorf("list dirty roots: %w", err)
	}
	defer it.Close()
	for it.First(); it.Valid() && len(all) < n; it.Next() {
		v := it.Value()
		all = append(all, Dirty{
			Root: change.Root(it.Key()[len(p.dirty):]),
			At:   ScanOffset{ScanID(binary.BigEndian.Uint32(v)), int64(binary.BigEndian.Uint64(v[4:]))},
		})
	}
	return all, it.Error()
}
