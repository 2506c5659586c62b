package state

import (
	"encoding/binary"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
)

// sliceBytes bounds the batches of a walk over a whole partition.
const sliceBytes = 4 << 20

// Dirty is a root that has to be assembled, and when it was touched last.
type Dirty struct {
	Root change.Root
	At   Place
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
			At:   Place{binary.BigEndian.Uint32(v), int64(binary.BigEndian.Uint64(v[4:]))},
		})
	}
	return all, it.Error()
}

// always is a place that no open transaction reaches.
var always = Place{}

// Sweep removes the rows that gone names and makes their roots dirty, and those
// roots of which something was emitted and no row is left.
func (p *Partition) Sweep(gone func(Row) bool) error {
	var left struct {
		root          change.Root
		emitted, rows bool
	}
	return p.walk(func(s *Step, root change.Root, kind byte, rest, value []byte) error {
		if root != left.root {
			if err := s.markIf(left.root, left.emitted && !left.rows); err != nil {
				return err
			}
			left.root, left.emitted, left.rows = root, false, false
		}
		if kind == kindEmitted {
			left.emitted = true
			return nil
		}
		row, err := rowOf(root, rest, value)
		if err != nil {
			return err
		}
		if !gone(row) {
			left.rows = left.rows || !row.Deleted
			return nil
		}
		if err := s.Remove(row); err != nil {
			return err
		}
		return s.MarkDirty(root, always)
	}, func(s *Step) error { return s.markIf(left.root, left.emitted && !left.rows) })
}

func (s *Step) markIf(root change.Root, wanted bool) error {
	if !wanted {
		return nil
	}
	return s.MarkDirty(root, always)
}

// MarkAll makes every root dirty.
func (p *Partition) MarkAll() error {
	var last change.Root
	return p.walk(func(s *Step, root change.Root, _ byte, _, _ []byte) error {
		if root == last {
			return nil
		}
		last = root
		return s.MarkDirty(root, always)
	}, nil)
}

// Forget makes that everything of a kind is emitted again, with versions that are
// not below those of before.
func (p *Partition) Forget(k canonical.Kind) error {
	return p.walk(func(s *Step, root change.Root, kind byte, rest, value []byte) error {
		id := canonical.ID(rest)
		if kind != kindEmitted || id.Kind() != k {
			return nil
		}
		e := Emitted{ID: id}
		if err := e.decode(value); err != nil {
			return err
		}
		e.Hash, e.State = [32]byte{}, ""
		if err := s.SetEmitted(root, e); err != nil {
			return err
		}
		return s.MarkDirty(root, always)
	}, nil)
}

// Rows calls each for every row that is not deleted.
func (p *Partition) Rows(each func(Row) error) error {
	return p.walk(func(_ *Step, root change.Root, kind byte, rest, value []byte) error {
		if kind != kindRow {
			return nil
		}
		row, err := rowOf(root, rest, value)
		if err != nil || row.Deleted {
			return err
		}
		return each(row)
	}, nil)
}

// walk visits every entry of the partition's roots as it was at the beginning;
// what visit writes is committed in slices, so a walk that is cut short and begins
// again ends the same.
func (p *Partition) walk(visit func(s *Step, root change.Root, kind byte, rest, value []byte) error, last func(*Step) error) error {
	it, err := p.db.NewIter(&pebble.IterOptions{LowerBound: p.roots, UpperBound: after(p.roots)})
	if err != nil {
		return fmt.Errorf("walk state: %w", err)
	}
	defer it.Close()
	s := p.Begin()
	defer func() { s.Drop() }()
	for it.First(); it.Valid(); it.Next() {
		root, kind, rest, err := p.entryOf(it.Key())
		if err != nil {
			return err
		}
		if err := visit(s, root, kind, rest, it.Value()); err != nil {
			return err
		}
		if s.Size() > sliceBytes {
			if err := s.Commit(); err != nil {
				return err
			}
			s = p.Begin()
		}
	}
	if err := it.Error(); err != nil {
		return fmt.Errorf("walk state: %w", err)
	}
	if last != nil {
		if err := last(s); err != nil {
			return err
		}
	}
	err = s.Commit()
	s = p.Begin()
	return err
}
