package row

import "github.com/mage2sage/mage2sage/capture/position"

// A Step tells events apart.
type Step int

// The steps of the log, in the order of a transaction.
const (
	Begin   Step = iota // a transaction begins: GTID and TSMS are set
	Rows                // rows of one captured table: Layout, Changes
	Commit              // it is complete, and At is where it ends
	Moved               // nothing of interest happened, but At has moved on
	Altered             // Table may have other columns from here on
)

// An Event is one step of the log.
type Event struct {
	Step Step
	At   position.Position // where the log stands after the event
	// Created is when At's file was begun, in Unix seconds; 0 when that is not known.
	Created int64
	GTID    string // Begin: the transaction's, such as "0-1-77"
	TSMS    int64  // Begin: commit time, Unix milliseconds (on MariaDB whole seconds)
	Micros  int64  // Begin: microseconds of that time beyond its milliseconds, which MySQL alone tells
	// Executed is, of a Commit, the GTID set of all transactions up to this one.
	Executed string
	Layout   *Layout  // Rows
	Starts   uint64   // Rows: where the event begins in At's file; that of a compressed transaction where it is in one
	Table    string   // Altered: its name in the shop
	Changes  []Change // Rows
}

// A Change is one changed row: an insert has no Before, a delete no After.
type Change struct {
	Before, After *Image
}
