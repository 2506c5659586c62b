// Package binlog reads a MariaDB server's binary log as a replica does and gives
// the rows of wanted tables as JSON images, transaction by transaction.
//
//	server ──dump──→ Session ──→ Begin, Rows, Rows, Commit, Moved, Begin, …
//
// Each table map of a wanted table gets a plan: which bytes of a row image belong
// to which allowed column. Other tables are recognised by name and their rows are
// never looked at. Column names and signedness come from the table map where
// binlog_row_metadata is FULL, else from information_schema, whose columns must
// then agree with the table map in number and types. No DDL is parsed.
//
// A Session ends at the first error and is not resumed: its user opens a new one
// at the last position that it knows to be published. Sessions know nothing of
// Kafka, of aggregates or of snapshots.
package binlog

import (
	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/row"
)

// A Kind tells events apart.
type Kind int

// The kinds of events, in the order of a transaction.
const (
	Begin  Kind = iota // a transaction begins: GTID and TSMS are set
	Rows               // rows of one wanted table: Layout, Changes
	Commit             // it is complete, and At is where it ends
	Moved              // nothing of interest happened, but At has moved on
)

// An Event is one step of the log.
type Event struct {
	Kind Kind
	At   position.Position // where the log stands after the event
	GTID string            // Begin: the transaction's, such as "0-1-77"
	TSMS int64             // Begin: commit time, Unix milliseconds (whole seconds)
	// Executed is, of a Commit, the GTID set of all transactions up to this one.
	Executed string
	Layout   *row.Layout // Rows
	Changes  []Change    // Rows
}

// A Change is one changed row: an insert has no Before, a delete no After.
type Change struct {
	Before, After *row.Image
}
