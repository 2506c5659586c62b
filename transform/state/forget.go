package state

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"github.com/mage2sage/mage2sage/schemas/change"
)

// A row that was deleted is kept, so that an older state of it that comes late is known as
// older. Where none can come any more it is forgotten: the deletions stand in a queue by
// version. Of all that a root has forgotten one entry stays, a deleted row of no table, with the
// time of the newest.

// ForgetLater puts a deletion that was kept into the queue.
func (b *Batch) ForgetLater(r Row) error {
	key := b.p.goneKey(r.Version)
	if bytes.Compare(key, b.p.forgotten) < 0 {
		b.p.forgotten = nil // an older scan had come further
	}
	return b.set(join(key, string(r.Root), "\x00", r.Table, "\x00", r.PK), nil)
}

// Forget removes at most n of the deletions that are older than a version.
func (b *Batch) Forget(before change.Version, n int) error {
	lower := b.p.gone
	if b.p.forgotten != nil {
		lower = b.p.forgotten
	}
	upper := b.p.goneKey(before)
	if bytes.Compare(lower, upper) >= 0 {
		return nil
	}
	it, err := b.writes.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return fmt.Errorf("list deletions: %w", err)
	}
	defer it.Close()
	var keys [][]byte
	for it.First(); it.Valid() && len(keys) < n; it.Next() {
		keys = append(keys, bytes.Clone(it.Key()))
	}
	if err := it.Error(); err != nil {
		return fmt.Errorf("list deletions: %w", err)
	}
	for _, key := range keys {
		if err := b.forget(key); err != nil {
			return err
		}
		b.p.forgotten = key
	}
	if len(keys) < n {
		b.p.forgotten = upper
	}
	return nil
}

// forget takes one out of the queue, and its row if that is still deleted.
func (b *Batch) forget(key []byte) error {
	if err := b.delete(key); err != nil {
		return err
	}
	rest := key[len(b.p.gone):]
	version := versionOf(rest)
	root, rest, _ := bytes.Cut(rest[16:], []byte{0})
	table, pk, _ := bytes.Cut(rest, []byte{0})
	row, known, err := b.FindRow(change.Root(root), string(table), string(pk))
	if err != nil || !known || !row.Deleted || row.Version != version {
		return err
	}
	if err := b.Remove(row.Root, row.Table, row.PK); err != nil {
		return err
	}
	newest, known, err := b.FindRow(row.Root, "", "")
	if err != nil || known && newest.TSMS >= row.TSMS {
		return err
	}
	row.Table, row.PK = "", ""
	return b.set(b.p.rowKey(row.Root, "", ""), row.encode())
}

// FindRow reads a row, or its deletion; known is false when there is neither.
func (b *Batch) FindRow(root change.Root, table, pk string) (r Row, known bool, err error) {
	value, closer, err := b.writes.Get(b.p.rowKey(root, table, pk))
	if errors.Is(err, pebble.ErrNotFound) {
		return r, false, nil
	}
	if err != nil {
		return r, false, fmt.Errorf("read row: %w", err)
	}
	defer closer.Close()
	r = Row{Root: root, Table: table, PK: pk}
	return r, true, r.decode(value)
}

// goneKey is the first key of the queue that is not older than a version.
func (p *Partition) goneKey(v change.Version) []byte {
	key := binary.BigEndian.AppendUint64(bytes.Clone(p.gone), v.Epoch)
	return binary.BigEndian.AppendUint64(key, v.Sequence)
}
