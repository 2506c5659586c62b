package state

import (
	"bytes"
	"fmt"
	"io"

	"github.com/cockroachdb/pebble/v2"

	"github.com/mage2sage/mage2sage/schemas/change"
)

// Rows are written without a look at those that are there. Pebble calls newest where it meets
// several of one key, in any grouping and at any time, so what it makes of them depends on the
// rows alone: the one with the newest version stands, of two with the same the one that came
// last, and it counts as created unless a deletion lies between its insert and it.

// Flags of a row's value.
const (
	rowDeleted = 1 << iota
	rowCreated // the log told of its insert: at its own version, or at that of its birth
	rowBirth   // the version of its birth follows: of its insert, or of the deletion before it
)

// A birth is the newest insert or deletion that is known of a row; a deletion is its own.
type birth struct {
	at      change.Version
	created bool // it was an insert
	known   bool
}

func birthOf(row []byte) birth {
	flags := row[0]
	b := birth{at: versionOf(row[1:]), created: flags&rowCreated != 0, known: flags != 0}
	if flags&rowBirth != 0 {
		b.at = versionOf(row[rowHead:])
	}
	return b
}

// birthSize is how many bytes of a row's value say when it was born.
func birthSize(row []byte) int {
	if row[0]&rowBirth != 0 {
		return versionSize
	}
	return 0
}

const versionSize = 16

// created reports whether a row that lives was created, of its value.
func created(row []byte) bool { return row[0]&rowDeleted == 0 && row[0]&rowCreated != 0 }

// merge is what two values of a row come to; the result may be either of them.
func merge(older, newer []byte) []byte {
	row, other := newer, older
	if versionOf(newer[1:]).Before(versionOf(older[1:])) {
		row, other = older, newer
	}
	own, before := birthOf(row), birthOf(other)
	if !before.known || own.known && !own.at.Before(before.at) {
		return row
	}
	return withBirth(row, before)
}

func withBirth(row []byte, b birth) []byte {
	out := make([]byte, 0, len(row)+versionSize)
	out = append(append(out, rowBirth|flag(b.created)*rowCreated), row[1:rowHead]...)
	return append(appendVersion(out, b.at), row[rowHead+birthSize(row):]...)
}

// newest merges the values of rows. No other keys are merged.
var newest = &pebble.Merger{
	Name: "mage2sage.newest",
	Merge: func(_, value []byte) (pebble.ValueMerger, error) {
		return &merging{row: bytes.Clone(value)}, checkRow(value)
	},
}

type merging struct{ row []byte }

// MergeNewer implements pebble.ValueMerger.
func (m *merging) MergeNewer(value []byte) error {
	if err := checkRow(value); err != nil {
		return err
	}
	m.keep(merge(m.row, value), value)
	return nil
}

// MergeOlder implements pebble.ValueMerger.
func (m *merging) MergeOlder(value []byte) error {
	if err := checkRow(value); err != nil {
		return err
	}
	m.keep(merge(value, m.row), value)
	return nil
}

// keep takes a result; value stays its caller's.
func (m *merging) keep(result, value []byte) {
	if &result[0] == &value[0] {
		result = bytes.Clone(value)
	}
	m.row = result
}

// Finish implements pebble.ValueMerger.
func (m *merging) Finish(bool) ([]byte, io.Closer, error) { return m.row, nil, nil }

func checkRow(value []byte) error {
	if len(value) < rowHead || len(value) < rowHead+birthSize(value) {
		return fmt.Errorf("a row has %d bytes", len(value))
	}
	return nil
}
