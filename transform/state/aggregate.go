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
	lower, upper := b.p.rootBounds(root)
	it, err := b.writes.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return Aggregate{}, fmt.Errorf("load root: %w", err)
	}
	defer it.Close()
	it.First()
	return read(it, root, lower, upper)
}

// A Reader loads aggregates as they were when it was made. It belongs to one goroutine.
type Reader struct {
	p  *Partition
	it *pebble.Iterator
}

// Reader makes a reader. The caller closes it soon, because as long Pebble keeps what it reads.
func (p *Partition) Reader() (*Reader, error) {
	it, err := p.db.NewIter(&pebble.IterOptions{LowerBound: p.roots, UpperBound: after(p.roots)})
	if err != nil {
		return nil, fmt.Errorf("load roots: %w", err)
	}
	return &Reader{p, it}, nil
}

// Load reads an aggregate. Roots that are asked for in their order are found where the one before
// ended, or not far from it.
func (r *Reader) Load(root change.Root) (Aggregate, error) {
	lower, upper := r.p.rootBounds(root)
	r.it.SeekGE(lower)
	return read(r.it, root, lower, upper)
}

// Close ends the reader.
func (r *Reader) Close() { r.it.Close() }

// read takes what lies between lower and upper, from where the iterator stands at lower.
func read(it *pebble.Iterator, root change.Root, lower, upper []byte) (Aggregate, error) {
	l := loading{root: root}
	for ; it.Valid() && bytes.Compare(it.Key(), upper) < 0; it.Next() {
		if err := l.add(it.Key()[len(lower):], it.Value()); err != nil {
			return l.Aggregate, err
		}
	}
	if err := it.Error(); err != nil {
		return l.Aggregate, fmt.Errorf("load root: %w", err)
	}
	return l.Aggregate, nil
}

// A loading is an aggregate of which some entries are read. The rows' values share memory: an
// order has dozens.
type loading struct {
	Aggregate
	root   change.Root
	values []byte
}

const (
	usualRows   = 16
	usualValues = 8 << 10
)

// add takes an entry; key is what follows the root.
func (l *loading) add(key, value []byte) error {
	if key[0] == kindEmitted {
		e := Emitted{ID: canonical.ID(key[1:])}
		if err := e.decode(value); err != nil {
			return err
		}
		l.Emitted = append(l.Emitted, e)
		return nil
	}
	if l.Rows == nil {
		l.Rows = make([]Row, 0, usualRows)
	}
	table, pk, _ := bytes.Cut(key[1:], []byte{0})
	r := Row{Root: l.root, Table: l.table(table), PK: string(pk)}
	err := r.take(l.copy(value))
	l.Rows = append(l.Rows, r)
	return err
}

// table is a name, which is mostly that of the row before.
func (l *loading) table(name []byte) string {
	if n := len(l.Rows); n > 0 && l.Rows[n-1].Table == string(name) {
		return l.Rows[n-1].Table
	}
	return string(name)
}

func (l *loading) copy(value []byte) []byte {
	if cap(l.values)-len(l.values) < len(value) {
		l.values = make([]byte, 0, max(usualValues, len(value)))
	}
	from := len(l.values)
	l.values = append(l.values, value...)
	return l.values[from:len(l.values):len(l.values)]
}

// rowOf reads a row below its root; rest is table, NUL and primary key.
func rowOf(root change.Root, rest, value []byte) (Row, error) {
	table, pk, _ := bytes.Cut(rest, []byte{0})
	r := Row{Root: root, Table: string(table), PK: string(pk)}
	return r, r.decode(value)
}
