package state

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
)

// A Row is the newest known version of one row.
type Row struct {
	Root    change.Root
	Table   string // logical table
	PK      string // primary key, JSON as in the record's key
	Version change.Version
	TSMS    int64 // commit time at the source, Unix milliseconds
	// Scan saw the row last; a row that a whole scan did not see is gone.
	Scan    ScanID
	Offset  int64 // where that scan saw it, to name the record in an error
	Deleted bool
	// Created says that the log told of the row's insert; it stays while the row lives.
	Created bool
	Value   []byte // allowed columns, JSON; empty when deleted
}

// Emitted is what was last emitted of an entity.
type Emitted struct {
	ID      canonical.ID
	Version change.Version
	Hash    [32]byte // of the content
	Deleted bool
	Again   bool   // it is to be emitted again, even with the same content
	Lacking bool   // of reference data: what was emitted is to be looked at again when they change
	State   string // "paid"
}

// A row's value is flags, version, time, scan and offset, then the version of its birth where
// that is another (merge.go), then its columns.
const rowHead = 1 + 16 + 8 + 4 + 8

func (r Row) encode() []byte {
	b := make([]byte, 0, rowHead+len(r.Value))
	b = append(b, flag(r.Deleted)*rowDeleted|flag(r.Created)*rowCreated)
	b = appendVersion(b, r.Version)
	b = binary.BigEndian.AppendUint64(b, uint64(r.TSMS))
	b = binary.BigEndian.AppendUint32(b, uint32(r.Scan))
	b = binary.BigEndian.AppendUint64(b, uint64(r.Offset))
	return append(b, r.Value...)
}

// decode fills in what the value holds; root, table and primary key are in the key.
func (r *Row) decode(b []byte) error { return r.take(bytes.Clone(b)) }

// take is decode of a value that is the row's from then on.
func (r *Row) take(b []byte) error {
	if err := checkRow(b); err != nil {
		return fmt.Errorf("decode row of %s: %w", r.Table, err)
	}
	r.Deleted, r.Created = b[0]&rowDeleted != 0, created(b)
	r.Version = versionOf(b[1:])
	r.TSMS = int64(binary.BigEndian.Uint64(b[17:]))
	r.Scan = ScanID(binary.BigEndian.Uint32(b[25:]))
	r.Offset = int64(binary.BigEndian.Uint64(b[29:]))
	r.Value = b[rowHead+birthSize(b):]
	return nil
}

const emittedHead = 1 + 16 + 32

func (e Emitted) encode() []byte {
	b := make([]byte, 0, emittedHead+len(e.State))
	b = append(b, flag(e.Deleted)|flag(e.Lacking)<<1|flag(e.Again)<<2)
	b = appendVersion(b, e.Version)
	b = append(b, e.Hash[:]...)
	return append(b, e.State...)
}

func (e *Emitted) decode(b []byte) error {
	if len(b) < emittedHead {
		return fmt.Errorf("decode what was emitted of %s: %d bytes", e.ID, len(b))
	}
	e.Deleted, e.Lacking, e.Again = b[0]&1 != 0, b[0]&2 != 0, b[0]&4 != 0
	e.Version = versionOf(b[1:])
	copy(e.Hash[:], b[17:])
	e.State = string(b[emittedHead:])
	return nil
}

func flag(set bool) byte {
	if set {
		return 1
	}
	return 0
}

func appendVersion(b []byte, v change.Version) []byte {
	b = binary.BigEndian.AppendUint64(b, v.Epoch)
	return binary.BigEndian.AppendUint64(b, v.Sequence)
}

func versionOf(b []byte) change.Version {
	return change.Version{Epoch: binary.BigEndian.Uint64(b), Sequence: binary.BigEndian.Uint64(b[8:])}
}
