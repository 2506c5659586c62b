package state

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// A ScanID numbers the scans of one raw partition: each begins at the partition's
// start. 0 is a store that has read nothing yet.
type ScanID uint32

// A ScanOffset is an offset of the raw partition as one scan met it. The zero value is
// before every offset.
type ScanOffset struct {
	Scan   ScanID
	Offset int64
}

// A ScanState is how far transform has come in one raw partition, and what it
// emitted from there.
type ScanState struct {
	ScanID   ScanID         `json:"scan_id"`
	Bookmark topic.Bookmark `json:"bookmark"` // after the last record applied
	// RescanUntil is the last marker that the scans before this one knew. When this
	// scan comes to a marker that is not older, the topic has lost nothing. Zero when
	// there is nothing to catch up with.
	RescanUntil change.Version `json:"rescan_until"`
	// Marker is the newest commit marker of all scans.
	Marker change.Version `json:"marker"`
	// LastMarkerThisScan is the newest commit marker of this scan.
	LastMarkerThisScan change.Version `json:"last_marker_this_scan"`
	// ClosedOffset is the offset after the last marker of this scan: rows from there
	// on belong to a transaction that is still open.
	ClosedOffset int64 `json:"closed_offset"`
	// SnapshotOpen is the beginning of a snapshot that has not ended; zero when none is
	// open.
	SnapshotOpen change.Version `json:"snapshot_open"`
	// SnapshotOpenedAt is the offset of the beginning of the snapshot that began last.
	SnapshotOpenedAt int64 `json:"snapshot_opened_at"`
	// SnapshotDone is the beginning of the newest snapshot that has ended; zero as long
	// as none has, and then what is absent may still come.
	SnapshotDone change.Version `json:"snapshot_done"`
	// SnapshotDoneAt is the version of that end.
	SnapshotDoneAt change.Version `json:"snapshot_done_at"`
	// Tables are the snapshots of single tables; those that are older than SnapshotDone count
	// no more.
	Tables map[string]TableSnapshot `json:"tables,omitempty"`
	// Made names what was made of the rows, and of which tables they were kept.
	Made string `json:"made"`
	// Hashing names how the contents of what was emitted are hashed.
	Hashing string `json:"hashing"`
	// CanonicalEnds is the offset after our last record in each canonical partition.
	CanonicalEnds map[canonical.Kind]int64 `json:"canonical_ends"`
	// References names the reference data that entities were assembled with, by kind of
	// aggregate.
	References map[string]string `json:"references"`
	// AsOf is the Unix time as of which entities were assembled that change with time alone; 0
	// when none was, or by a version that did not look at the time.
	AsOf int64 `json:"as_of,omitempty"`
}

// A TableSnapshot is what a scan knows of the snapshots of one table.
type TableSnapshot struct {
	Open     change.Version `json:"open"` // the beginning of one that has not ended; zero when none is open
	OpenedAt int64          `json:"opened_at"`
	Done     change.Version `json:"done"` // the beginning of the newest that has ended
}

// Clock is the version of the newest commit, or of the newest end of a snapshot.
func (s ScanState) Clock() change.Version { return change.Latest(s.Marker, s.SnapshotDoneAt) }

// Complete reports whether a snapshot has ended: then what is absent does not exist.
func (s ScanState) Complete() bool { return !s.SnapshotDone.IsZero() }

// Partition is one raw partition's share of the store.
type Partition struct {
	db                        *pebble.DB
	room                      *room
	scan, roots, dirty, times []byte // prefixes of its keys
	gone                      []byte // prefix of the queue of deletions
	once                      []byte // prefix of what was noted once
	// forgotten is up to where the queue is empty: looking for its first entry would pass all
	// that were removed. nil where that is not known.
	forgotten []byte
}

// ScanState reads how far the partition was read; the zero ScanState when it never
// was.
func (p *Partition) ScanState() (ScanState, error) {
	var s ScanState
	value, closer, err := p.db.Get(p.scan)
	if errors.Is(err, pebble.ErrNotFound) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("read state: %w", err)
	}
	defer closer.Close()
	if err := json.Unmarshal(value, &s); err != nil {
		return s, fmt.Errorf("decode state: %w", err)
	}
	return s, nil
}
