package state

import (
	"encoding/binary"
	"encoding/json"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// An Aside is a record that was set aside, of a raw or a canonical topic.
type Aside struct {
	At     topic.Coordinates `json:"-"`
	Key    string            `json:"key"` // of the record, by which a newer one is known
	Reason string            `json:"reason"`
	Root   change.Root       `json:"root,omitempty"` // that cannot be assembled because of its row; "" where the row was not taken
}

// SetAside keeps a record's place and why it was set aside, or the newer reason.
func (db *DB) SetAside(a Aside) error {
	value, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("encode what is set aside: %w", err)
	}
	err = db.room.do(func() error { return db.pebble.Set(asideKey(a.At), value, pebble.NoSync) })
	if err != nil {
		return fmt.Errorf("keep what is set aside: %w", err)
	}
	return nil
}

// Asides lists what is set aside of a partition, by offset.
func (db *DB) Asides(name string, partition int) (all []Aside, err error) {
	prefix := asidePrefix(name, partition)
	it, err := db.pebble.NewIter(&pebble.IterOptions{LowerBound: prefix, UpperBound: after(prefix)})
	if err != nil {
		return nil, fmt.Errorf("list what is set aside: %w", err)
	}
	defer it.Close()
	for it.First(); it.Valid(); it.Next() {
		offset := binary.BigEndian.Uint64(it.Key()[len(prefix):])
		a := Aside{At: topic.Coordinates{Topic: name, Partition: partition, Offset: int64(offset)}}
		if err := json.Unmarshal(it.Value(), &a); err != nil {
			return nil, fmt.Errorf("decode what is set aside: %w", err)
		}
		all = append(all, a)
	}
	return all, it.Error()
}

// DropAside forgets a record that was set aside.
func (db *DB) DropAside(at topic.Coordinates) error {
	err := db.room.do(func() error { return db.pebble.Delete(asideKey(at), pebble.NoSync) })
	if err != nil {
		return fmt.Errorf("forget what is set aside: %w", err)
	}
	return nil
}

// DropAsides forgets all that is set aside of a partition.
func (db *DB) DropAsides(name string, partition int) error {
	prefix := asidePrefix(name, partition)
	err := db.room.do(func() error { return db.pebble.DeleteRange(prefix, after(prefix), pebble.NoSync) })
	if err != nil {
		return fmt.Errorf("forget what is set aside: %w", err)
	}
	return nil
}

func asidePrefix(name string, partition int) []byte {
	return binary.BigEndian.AppendUint32(join([]byte{'x'}, name, "\x00"), uint32(partition))
}

func asideKey(at topic.Coordinates) []byte {
	return binary.BigEndian.AppendUint64(asidePrefix(at.Topic, at.Partition), uint64(at.Offset))
}
