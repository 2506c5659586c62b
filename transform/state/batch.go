package state

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
)

// A Batch collects writes that become the store's together. Its own reads see its
// writes. It belongs to one goroutine. Commit empties it for the next writes, and
// Close drops those that were not committed.
type Batch struct {
	p      *Partition
	writes *pebble.Batch
}

// Begin opens an empty batch. The caller closes it.
func (p *Partition) Begin() *Batch { return &Batch{p, p.db.NewIndexedBatch()} }

// Size is roughly what the batch holds, in bytes.
func (b *Batch) Size() int { return b.writes.Len() }

// Put keeps a row when no newer version of it is known, and reports whether it did.
func (b *Batch) Put(r Row) (kept bool, err error) { return b.PutNew(r, change.Version{}) }

// PutNew is Put, and does not keep an unknown row that is older than a version: its deletion
// may have been forgotten.
func (b *Batch) PutNew(r Row, notBefore change.Version) (kept bool, err error) {
	key := b.p.rowKey(r.Root, r.Table, r.PK)
	old, closer, err := b.writes.Get(key)
	switch {
	case errors.Is(err, pebble.ErrNotFound):
		if r.Version.Before(notBefore) {
			return false, nil
		}
	case err != nil:
		return false, fmt.Errorf("read row: %w", err)
	default:
		newer := len(old) >= rowHead && r.Version.Before(versionOf(old[1:]))
		closer.Close()
		if newer {
			return false, nil
		}
	}
	return true, b.merge(key, r.encode())
}

// Add is Put without a look at what is known: which row is the newest is found out when they
// are read, or when Pebble writes its files anew. Looking is half of what Put costs.
func (b *Batch) Add(r Row) error { return b.merge(b.p.rowKey(r.Root, r.Table, r.PK), r.encode()) }

// Remove takes a row away; nothing of its deletion is kept.
func (b *Batch) Remove(root change.Root, table, pk string) error {
	return b.delete(b.p.rowKey(root, table, pk))
}

// SetEmitted notes what was emitted of an entity of a root.
func (b *Batch) SetEmitted(root change.Root, e Emitted) error {
	return b.set(b.p.emittedKey(root, string(e.ID)), e.encode())
}

// FindEmitted reads what was emitted of an entity; ok is false when nothing was.
func (b *Batch) FindEmitted(root change.Root, id canonical.ID) (e Emitted, ok bool, err error) {
	value, closer, err := b.writes.Get(b.p.emittedKey(root, string(id)))
	if errors.Is(err, pebble.ErrNotFound) {
		return e, false, nil
	}
	if err != nil {
		return e, false, fmt.Errorf("read what was emitted: %w", err)
	}
	defer closer.Close()
	e.ID = id
	return e, true, e.decode(value)
}

// MarkDirty notes that a root has to be assembled, and where it was touched last.
func (b *Batch) MarkDirty(root change.Root, at ScanOffset) error {
	value := binary.BigEndian.AppendUint32(nil, uint32(at.Scan))
	return b.set(join(b.p.dirty, string(root)), binary.BigEndian.AppendUint64(value, uint64(at.Offset)))
}

// MarkDue notes that a root has to be assembled for another reason than that rows of
// it came. A root that is dirty already stays as it is: the transaction that touched it
// may be open, and half of a transaction is not assembled.
func (b *Batch) MarkDue(root change.Root) error {
	_, closer, err := b.writes.Get(join(b.p.dirty, string(root)))
	switch {
	case errors.Is(err, pebble.ErrNotFound):
		return b.MarkDirty(root, atStart)
	case err != nil:
		return fmt.Errorf("read dirty root: %w", err)
	}
	return closer.Close()
}

// Clean notes that a root was assembled.
func (b *Batch) Clean(root change.Root) error { return b.delete(join(b.p.dirty, string(root))) }

// SetScanState replaces the partition's state.
func (b *Batch) SetScanState(s ScanState) error {
	value, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("encode state: %w", err)
	}
	return b.set(b.p.scan, value)
}

// Commit makes the writes the store's, all or none, and empties the batch. It does not
// wait for the disk: see the package's comment.
func (b *Batch) Commit() error {
	writes := b.writes
	err := b.p.room.do(func() error {
		defer writes.Close()
		return writes.Commit(pebble.NoSync)
	})
	b.writes = b.p.db.NewIndexedBatch()
	if err != nil {
		return fmt.Errorf("commit state: %w", err)
	}
	return nil
}

// Close ends the batch and drops what was not committed.
func (b *Batch) Close() { b.writes.Close() }

func (b *Batch) set(key, value []byte) error {
	if err := b.writes.Set(key, value, nil); err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	return nil
}

func (b *Batch) merge(key, value []byte) error {
	if err := b.writes.Merge(key, value, nil); err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	return nil
}

func (b *Batch) delete(key []byte) error {
	if err := b.writes.Delete(key, nil); err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	return nil
}
