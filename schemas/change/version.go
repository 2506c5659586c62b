// Package change is the contract between capture and transform: the shape of a row
// change in a raw topic, which is Debezium's envelope with its key and headers, and
// of the control records between the changes.
//
//	record   key {"table":"sales_order_item","pk":{"item_id":7}}
//	         value {before, after, source, op, ts_ms, transaction}; null is a tombstone
//	         headers version "<epoch>.<sequence>", root "order/12"; pipeline as on every record
//	commit   key commit, header kind=commit, value Commit
//	snapshot key snapshot_begin/sales, or snapshot_begin/sales/sales_invoice for one table,
//	         header kind=snapshot_begin, value Snapshot
//
// A record carries the full row and a Version. A reader keeps the newer or equal
// one of two versions of a row, so repeating, replaying and rebuilding change
// nothing.
//
// The offsets topic holds whose topics these are, a Pipeline, and what capture remembers
// of a source: a Checkpoint, and the Progress of each snapshot.
//
// The package does not know which tables there are (schemas/magento) nor what an
// order is made of (transform). It reads and writes nothing but bytes.
package change

import (
	"fmt"
	"strconv"
	"strings"
)

// A Version orders the changes of one source. Epoch is the Unix time in milliseconds
// at which capture began anew because the log could not be continued. Sequence counts
// the source's transactions within an epoch, so that reading the same part of the
// binlog again gives the same versions.
type Version struct {
	Epoch, Sequence uint64
}

// ParseVersion reads "<epoch>.<sequence>", both decimal.
func ParseVersion(s string) (Version, error) {
	epoch, sequence, ok := strings.Cut(s, ".")
	if !ok {
		return Version{}, fmt.Errorf("version %q: want <epoch>.<sequence>", s)
	}
	e, err := strconv.ParseUint(epoch, 10, 64)
	if err != nil {
		return Version{}, fmt.Errorf("version %q: epoch is not a number", s)
	}
	n, err := strconv.ParseUint(sequence, 10, 64)
	if err != nil {
		return Version{}, fmt.Errorf("version %q: sequence is not a number", s)
	}
	return Version{e, n}, nil
}

func (v Version) String() string {
	return strconv.FormatUint(v.Epoch, 10) + "." + strconv.FormatUint(v.Sequence, 10)
}

// MostUnsaved is how many transactions capture publishes beyond the checkpoint that it has
// saved, at the most. It bounds what a forged version can hide: that many transactions.
const MostUnsaved = 2000

// Above reports whether v cannot be a version of a source whose newest saved checkpoint is
// at reached. Capture saves an epoch before it publishes anything of it.
func (v Version) Above(reached Version) bool {
	if v.Epoch != reached.Epoch {
		return v.Epoch > reached.Epoch
	}
	return v.Sequence > reached.Sequence && v.Sequence-reached.Sequence > MostUnsaved
}

// Compare returns −1, 0 or 1 as v is older than, equal to or newer than w.
func (v Version) Compare(w Version) int {
	switch {
	case v == w:
		return 0
	case v.Epoch < w.Epoch, v.Epoch == w.Epoch && v.Sequence < w.Sequence:
		return -1
	}
	return 1
}

// Next is the version after v in its epoch.
func (v Version) Next() Version { return Version{v.Epoch, v.Sequence + 1} }

// Before reports whether v is older than w.
func (v Version) Before(w Version) bool { return v.Compare(w) < 0 }

// IsZero reports whether v is no version at all. It is before every other.
func (v Version) IsZero() bool { return v == Version{} }

// MarshalText prints "<epoch>.<sequence>", and nothing for the zero version.
func (v Version) MarshalText() ([]byte, error) {
	if v.IsZero() {
		return nil, nil
	}
	return []byte(v.String()), nil
}

// UnmarshalText is ParseVersion; empty text is the zero version.
func (v *Version) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*v = Version{}
		return nil
	}
	*v, err = ParseVersion(string(b))
	return err
}

// Latest returns the newest of versions, the zero version when there are none.
func Latest(versions ...Version) Version {
	var newest Version
	for _, v := range versions {
		if newest.Before(v) {
			newest = v
		}
	}
	return newest
}
