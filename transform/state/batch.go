package state

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
)

// A Step collects what changes together. Its own reads see its writes. It belongs
// to one goroutine and ends with Commit or Drop.
type Step struct {
	p     *Partition
	batch *pebble.Batch
}

// Begin opens a step.
func (p *Partition) Begin() *Step { return &Step{p, p.db.NewIndexedBatch()} }

// Size is roughly what the step holds, in bytes.
func (s *Step) Size() int { return s.batch.Len() }

// Put keeps a row when no newer version of it is known, and tells whether it did.
func (s *Step) Put(r Row) (kept bool, err error) {
	key := s.p.rowKey(r.Root, r.Table, r.PK)
	old, closer, err := s.batch.Get(key)
	switch {
	case errors.Is(err, pebble.ErrNotFound):
	case err != nil:
		return false, fmt.Errorf("read row: %w", err)
	default:
		newer := len(old) >= rowHead && r.Version.Before(versionOf(old[1:]))
		closer.Close()
		if newer {
			return false, nil
		}
	}
	return true, s.set(key, r.encode())
}

// Remove takes a row away without a trace.
func (s *Step) Remove(r Row) error { return s.delete(s.p.rowKey(r.Root, r.Table, r.PK)) }

// A Root is everything that is known of one aggregate.
type Root struct {
	Rows    []Row
	Emitted []Emitted
}

// Load reads a root: one range scan.
func (s *Step) Load(root change.Root) (Root, error) {
	var all Root
	lower, upper := s.p.rootBounds(root)
	it, err := s.batch.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return all, fmt.Errorf("load root: %w", err)
	}
	defer it.Close()
	for it.First(); it.Valid(); it.Next() {
		if err := all.take(root, it.Key()[len(lower):], it.Value()); err != nil {
			return all, err
		}
	}
	return all, it.Error()
}

func (all *Root) take(root change.Root, key, value []byte) error {
	if key[0] == kindEmitted {
		e := Emitted{ID: canonical.ID(key[1:])}
		if err := e.decode(value); err != nil {
			return err
		}
		all.Emitted = append(all.Emitted, e)
		return nil
	}
	r, err := rowOf(root, key[1:], value)
	all.Rows = append(all.Rows, r)
	return err
}

// rowOf reads a row below its root.
func rowOf(root change.Root, rest, value []byte) (Row, error) {
	table, pk, _ := bytes.Cut(rest, []byte{0})
	r := Row{Root: root, Table: string(table), PK: string(pk)}
	return r, r.decode(value)
}

// SetEmitted notes what was emitted of an entity of a root.
func (s *Step) SetEmitted(root change.Root, e Emitted) error {
	return s.set(s.p.emittedKey(root, string(e.ID)), e.encode())
}

// FindEmitted reads what was emitted of an entity; ok is false when nothing was.
func (s *Step) FindEmitted(root change.Root, id canonical.ID) (e Emitted, ok bool, err error) {
	value, closer, err := s.batch.Get(s.p.emittedKey(root, string(id)))
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

// A Place says when a root was touched: in which reading and at which offset.
type Place struct {
	Reading uint32
	Offset  int64
}

// MarkDirty notes that a root has to be assembled.
func (s *Step) MarkDirty(root change.Root, at Place) error {
	value := binary.BigEndian.AppendUint32(nil, at.Reading)
	return s.set(join(s.p.dirty, string(root)), binary.BigEndian.AppendUint64(value, uint64(at.Offset)))
}

// Clean notes that a root was assembled.
func (s *Step) Clean(root change.Root) error { return s.delete(join(s.p.dirty, string(root))) }

// SetState replaces the state.
func (s *Step) SetState(state State) error {
	value, err := json.Marshal(state)
	if err != nil {
		return fmt.Errorf("encode state: %w", err)
	}
	return s.set(s.p.state, value)
}

// Commit makes the step's writes the store's, all or none, without waiting for
// the disk: see the package's comment.
func (s *Step) Commit() error {
	defer s.Drop()
	if err := s.batch.Commit(pebble.NoSync); err != nil {
		return fmt.Errorf("commit state: %w", err)
	}
	return nil
}

// Drop ends the step without its writes; after Commit it does nothing.
func (s *Step) Drop() {
	if s.batch != nil {
		s.batch.Close()
		s.batch = nil
	}
}

func (s *Step) set(key, value []byte) error {
	if err := s.batch.Set(key, value, nil); err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	return nil
}

func (s *Step) delete(key []byte) error {
	if err := s.batch.Delete(key, nil); err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	return nil
}
