package change

import (
	"encoding/json"
	"fmt"
)

// Header names of raw records.
const (
	HeaderVersion = "version"
	HeaderRoot    = "root"
	HeaderKind    = "kind"
	// HeaderPipeline is the identity of the pipeline that wrote a record, in every topic.
	HeaderPipeline = "pipeline"
)

// Values of the kind header; records of rows have none.
const (
	KindCommit        = "commit"
	KindSnapshotBegin = "snapshot_begin"
	KindSnapshotEnd   = "snapshot_end"
)

// CommitKey is the key of every commit marker, so that compaction keeps only the
// newest of a partition.
const CommitKey = "commit"

// A Commit closes a transaction, or a chunk of a snapshot, in one partition.
type Commit struct {
	Version  Version `json:"version"`
	Previous Version `json:"previous"` // the partition's marker before this one; zero for the first
	GTID     string  `json:"gtid,omitempty"`
	File     string  `json:"file"`
	Pos      uint64  `json:"pos"`
	TSMS     int64   `json:"ts_ms"` // commit time at the source, Unix milliseconds
}

// A Snapshot opens or closes the snapshot of a domain, or of one of its tables, in each of
// the domain's partitions. Between the two no entity of the domain is assembled. After the
// end, a row of it that is older than Begin no longer exists in the shop and is dropped.
type Snapshot struct {
	Domain  Domain  `json:"domain"`
	Table   string  `json:"table,omitempty"` // "" is all of the domain's
	Version Version `json:"version"`         // of this record
	Begin   Version `json:"begin"`           // of the beginning; equal to Version in snapshot_begin
}

// SnapshotKey is the key of a control record of a domain's snapshot: "snapshot_begin/sales".
func SnapshotKey(kind string, d Domain) string { return Scope{Domain: d}.Key(kind) }

// Key is the key of a control record: "snapshot_begin/sales/sales_invoice" for one table.
func (s Scope) Key(kind string) string {
	if s.Table == "" {
		return kind + "/" + string(s.Domain)
	}
	return kind + "/" + string(s.Domain) + "/" + s.Table
}

// Scope is what the snapshot is of.
func (s Snapshot) Scope() Scope { return Scope{s.Domain, s.Table} }

// DecodeCommit reads the value of a commit marker.
func DecodeCommit(value []byte) (Commit, error) {
	var c Commit
	if err := json.Unmarshal(value, &c); err != nil {
		return c, fmt.Errorf("decode commit marker: %w", err)
	}
	return c, nil
}

// DecodeSnapshot reads the value of a snapshot record.
func DecodeSnapshot(value []byte) (Snapshot, error) {
	var s Snapshot
	if err := json.Unmarshal(value, &s); err != nil {
		return s, fmt.Errorf("decode snapshot record: %w", err)
	}
	return s, nil
}
