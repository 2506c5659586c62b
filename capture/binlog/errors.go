package binlog

import (
	"errors"
	"fmt"
	"strings"

	"github.com/mage2sage/mage2sage/capture/position"

	"github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"
)

// A LostError says that the log cannot be read on from where we stood: it was
// purged, the server has another history, or it holds something whose effect on
// the tables cannot be told from it. Only a new snapshot makes the copy whole.
type LostError struct{ Reason string }

// Error gives the reason.
func (e *LostError) Error() string {
	return "the binary log does not continue what was captured: " + e.Reason
}

// A TableLostError is a LostError whose cause is a statement about one captured table,
// such as TRUNCATE: whatever rows a snapshot finds in it, the log has explained.
type TableLostError struct {
	Table string // its name in schemas/magento
	Lost  *LostError
}

func (e *TableLostError) Error() string { return e.Lost.Error() }

func (e *TableLostError) Unwrap() error { return e.Lost }

// A ColumnsLostError is a LostError because the columns of a captured table's rows cannot
// be told.
type ColumnsLostError struct {
	Table string // its name in schemas/magento
	Lost  *LostError
}

func (e *ColumnsLostError) Error() string { return e.Lost.Error() }

func (e *ColumnsLostError) Unwrap() error { return e.Lost }

// columnsLost is the loss of rows whose columns are not known, named as in the shop.
func (s *Session) columnsLost(name string) error {
	return &ColumnsLostError{s.config.Tables[s.config.folded(name)].Name, &LostError{fmt.Sprintf("table %s was altered, and the columns of its rows in the log cannot be told "+
		"(SET GLOBAL binlog_row_metadata=FULL prevents this)", name)}}
}

// tableLost is a loss that a statement about a table caused, named as in the shop.
func (s *Session) tableLost(name, reason string) error {
	return &TableLostError{s.config.Tables[s.config.folded(name)].Name, &LostError{reason}}
}

// An UnreadableError says that the log holds something that this program cannot
// read, and that a person has to change a setting. After that a new snapshot is
// needed.
type UnreadableError struct {
	What string // "an INCIDENT event", "a row of sales_order without all of its columns"
	At   position.Position
	Hint string // what to type
}

// Error names what was met, where, and what to do.
func (e *UnreadableError) Error() string {
	return fmt.Sprintf("the binary log holds %s at %s: %s", e.What, e.At, e.Hint)
}

// ErrServerIDTaken says that the server has ended the session because another replica
// came with the same server id.
var ErrServerIDTaken = errors.New("another replica came under our server id, and the server ended our connection")

// sameServerID is MariaDB's ER_SLAVE_SAME_ID; other servers say it in words alone.
const sameServerID = 4052

// classify turns the library's errors into ours. Its own texts can hold bytes of
// rows, so none of them is passed on.
func classify(err error, at position.Position) error {
	var refusal *mysql.MyError
	if errors.As(err, &refusal) {
		if refusal.Code == sameServerID || strings.Contains(refusal.Message, "same server_uuid/server_id") {
			return ErrServerIDTaken
		}
		if refusal.Code == mysql.ER_MASTER_FATAL_ERROR_READING_BINLOG {
			return &LostError{refusal.Message}
		}
		return fmt.Errorf("read binlog: the server said: %s (%d)", refusal.Message, refusal.Code)
	}
	var event *replication.EventError
	if errors.As(err, &event) {
		return fmt.Errorf("read binlog: a %s event near %s does not parse", event.Header.EventType, at)
	}
	return fmt.Errorf("read binlog: %w", err)
}
