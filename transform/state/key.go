package state

import (
	"bytes"
	"fmt"

	"github.com/mage2sage/mage2sage/schemas/change"
)

// Kinds of entries below a root. What was emitted stands before the rows, so one
// scan meets it first.
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

// entryOf takes a key apart; rest is the entity's id, or table, NUL and pk.
func (p *Partition) entryOf(key []byte) (root change.Root, kind byte, rest []byte, err error) {
	name, rest, ok := bytes.Cut(key[len(p.roots):], []byte{0})
	if !ok || len(rest) < 2 {
		return "", 0, nil, fmt.Errorf("state: key %q is no entry of a root", key)
	}
	return change.Root(name), rest[0], rest[1:], nil
}

// after is the first key that does not begin with prefix; a prefix of 0xff bytes
// alone does not occur.
func after(prefix []byte) []byte {
	out := bytes.Clone(prefix)
	for i := len(out) - 1; i >= 0; i-- {
		if out[i]++; out[i] != 0 {
			return out[:i+1]
		}
	}
	return out
}
