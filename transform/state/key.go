package state

import (
	"bytes"
	"fmt"

	"github.com/mage2sage/mage2sage/schemas/change"
)

// Kinds of entries below a root. What was emitted sorts before the rows, so a walk
// meets it first.
const (
	kindEmitted = 'e'
	kindRow     = 'r'
)

func join(prefix []byte, parts ...string) []byte {
	n := len(prefix)
	for _, p := range parts {
		n += len(p)
	}
	key := append(make([]byte, 0, n), prefix...)
	for _, p := range parts {
		key = append(key, p...)
	}
	return key
}

func (p *Partition) rowKey(root change.Root, table, pk string) []byte {
	return join(p.roots, string(root), "\x00", string(rune(kindRow)), table, "\x00", pk)
}

func (p *Partition) emittedKey(root change.Root, id string) []byte {
	return join(p.roots, string(root), "\x00", string(rune(kindEmitted)), id)
}

// rootBounds are the first key of a root and the first key after it.
func (p *Partition) rootBounds(root change.Root) (lower, upper []byte) {
	return join(p.roots, string(root), "\x00"), join(p.roots, string(root), "\x01")
}

// An entry is one key and value below a root.
type entry struct {
	root  change.Root
	kind  byte   // kindEmitted or kindRow
	rest  []byte // the entity's id, or table, NUL and primary key
	value []byte
}

func (p *Partition) entryOf(key, value []byte) (entry, error) {
	root, rest, ok := bytes.Cut(key[len(p.roots):], []byte{0})
	if !ok || len(rest) < 2 {
		return entry{}, fmt.Errorf("state: key %q is no entry of a root", key)
	}
	return entry{change.Root(root), rest[0], rest[1:], value}, nil
}

// after is the first key that does not begin with prefix. No prefix consists of 0xff
// bytes alone.
func after(prefix []byte) []byte {
	out := bytes.Clone(prefix)
	for i := len(out) - 1; i >= 0; i-- {
		if out[i]++; out[i] != 0 {
			return out[:i+1]
		}
	}
	return out
}
