package state

import (
	"bytes"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
)

// An Aggregate is everything that is known of one root.
type Aggregate struct {
	Rows    []Row
	Emitted []Emitted
}

// Load reads an aggregate: one range scan.
func (b *Batch) Load(root change.Root) (Aggregate, error) {
	var a Aggregate
	lower, upper := b.p.rootBounds(root)
	it, err := b.writes.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return a, fmt.Errorf("load root: %w", err)
	}
	defer it.Close()
	for it.First(); it.Valid(); it.Next() {
		if err := a.add(root, it.Key()[len(lower):], it.Value()); err != nil {
			return a, err
		}
	}
	return a, it.Error()
}

// add takes an entry; key is what follows the root.
func (a *Aggregate) add(root change.Root, key, value []byte) error {
	if key[0] == kindEmitted {
		e := Emitted{ID: canonical.ID(key[1:])}
		if err := e.decode(value); err != nil {
			return err
		}
		a.Emitted = append(a.Emitted, e)
		return nil
	}
	r, err := rowOf(root, key[1:], value)
	a.Rows = append(a.Rows, r)
	return err
}

// rowOf reads a row below its root; rest is table, NUL and primary key.
func rowOf(root change.Root, rest, value []byte) (Row, error) {
	table, pk, _ := bytes.Cut(rest, []byte{0})
	r := Row{Root: root, Table: string(table), PK: string(pk)}
	return r, r.decode(value)
}
