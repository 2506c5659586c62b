package state

import (
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
)

// walkBytes bounds the batches of a walk over a whole partition, so that a walk over
// millions of rows takes little memory; larger batches would not be faster.
const walkBytes = 4 << 20

// Sweep removes the rows for which gone is true. Their roots are due, and so are those
// of which something was emitted and no row is left.
func (p *Partition) Sweep(gone func(Row) bool) error {
	var current struct {
		root          change.Root
		emitted, rows bool
	}
	leave := func(b *Batch) error {
		if current.emitted && !current.rows {
			return b.MarkDue(current.root)
		}
		return nil
	}
	return p.walk(func(b *Batch, e entry) error {
		if e.root != current.root {
			if err := leave(b); err != nil {
				return err
			}
			current.root, current.emitted, current.rows = e.root, false, false
		}
		if e.kind == kindEmitted {
			current.emitted = true
			return nil
		}
		row, err := rowOf(e.root, e.rest, e.value)
		if err != nil {
			return err
		}
		if !gone(row) {
			current.rows = current.rows || !row.Deleted
			return nil
		}
		if err := b.Remove(row.Root, row.Table, row.PK); err != nil {
			return err
		}
		return b.MarkDue(e.root)
	}, leave)
}

// MarkAll makes every root due for which which is true.
func (p *Partition) MarkAll(which func(change.Root) bool) error {
	var last change.Root
	return p.walk(func(b *Batch, e entry) error {
		if e.root == last || !which(e.root) {
			return nil
		}
		last = e.root
		return b.MarkDue(e.root)
	}, nil)
}

// MarkLacking makes every root due for which which is true and of which something was emitted
// that lacks reference data.
func (p *Partition) MarkLacking(which func(change.Root) bool) error {
	return p.walk(func(b *Batch, e entry) error {
		if e.kind != kindEmitted || !which(e.root) {
			return nil
		}
		before := Emitted{ID: canonical.ID(e.rest)}
		if err := before.decode(e.value); err != nil || !before.Lacking {
			return err
		}
		return b.MarkDue(e.root)
	}, nil)
}

// Forget has every entity of a kind emitted again, of which nobody knows any more that it was.
// Versions and contents stay known, so that no version falls or says two things.
func (p *Partition) Forget(k canonical.Kind) error {
	return p.walk(func(b *Batch, e entry) error {
		id := canonical.ID(e.rest)
		if e.kind != kindEmitted || id.Kind() != k {
			return nil
		}
		before := Emitted{ID: id}
		if err := before.decode(e.value); err != nil {
			return err
		}
		before.Again, before.State = true, ""
		if err := b.SetEmitted(e.root, before); err != nil {
			return err
		}
		return b.MarkDue(e.root)
	}, nil)
}

// Rows calls each for every row, those that are deleted and not yet forgotten as well.
func (p *Partition) Rows(each func(Row) error) error {
	return p.walk(func(_ *Batch, e entry) error {
		if e.kind != kindRow {
			return nil
		}
		row, err := rowOf(e.root, e.rest, e.value)
		if err != nil {
			return err
		}
		return each(row)
	}, nil)
}

// walk visits every entry of the partition's roots as it was at the beginning, and
// then calls last if there is one. What they write is committed in slices, so a walk
// that is cut short and begins again ends the same.
func (p *Partition) walk(visit func(*Batch, entry) error, last func(*Batch) error) error {
	it, err := p.db.NewIter(&pebble.IterOptions{LowerBound: p.roots, UpperBound: after(p.roots)})
	if err != nil {
		return fmt.Errorf("walk state: %w", err)
	}
	defer it.Close()
	b := p.Begin()
	defer b.Close()
	for it.First(); it.Valid(); it.Next() {
		e, err := p.entryOf(it.Key(), it.Value())
		if err != nil {
			return err
		}
		if err := visit(b, e); err != nil {
			return err
		}
		if b.Size() > walkBytes {
			if err := b.Commit(); err != nil {
				return err
			}
		}
	}
	if err := it.Error(); err != nil {
		return fmt.Errorf("walk state: %w", err)
	}
	if last != nil {
		if err := last(b); err != nil {
			return err
		}
	}
	return b.Commit()
}
