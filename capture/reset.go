package capture

import (
	"errors"

	"github.com/mage2sage/mage2sage/capture/binlog"
	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/stream"
	"github.com/mage2sage/mage2sage/schemas/change"
)

// A reset is why the next session cannot resume from the saved checkpoint; the zero
// value says that it can.
type reset struct {
	reason string
	// explained names the tables whose rows the log itself said to be others now.
	explained []string
	// table is the one that the reason is about, "" where it cannot be told; columns says
	// that the columns of its rows could not be told.
	table   string
	columns bool
	// at is between two transactions, where the table's log could not be read on, and version
	// that of the one before.
	at      position.Position
	version change.Version
}

// resetAfter tells how the next session begins after one ended with err.
func resetAfter(err error) (r reset) {
	var lost *binlog.LostError
	var table *binlog.TableLostError
	var columns *binlog.ColumnsLostError
	var records *stream.LostRecordsError
	var parents *stream.ParentsGoneError
	var late *stream.LateParentError
	var moved *stream.MovedParentError
	var front *frontLostError
	var renamed *stream.AttributeRenamedError
	var where *lostAtError
	if errors.As(err, &where) {
		r.at, r.version = where.at, where.version
	}
	if errors.As(err, &table) {
		r.explained, r.table = []string{table.Table}, table.Table
	}
	if errors.As(err, &columns) {
		r.table, r.columns = columns.Table, true
	}
	switch {
	case errors.As(err, &lost):
		r.reason = lost.Error()
	case errors.As(err, &records):
		r.reason = records.Error()
	case errors.As(err, &parents):
		r.reason = parents.Error()
	case errors.As(err, &late):
		r.reason = late.Error()
	case errors.As(err, &moved):
		r.reason = moved.Error()
	case errors.As(err, &front):
		r.reason = front.Error()
	case errors.As(err, &renamed):
		r.reason = renamed.Error()
	}
	return r
}
