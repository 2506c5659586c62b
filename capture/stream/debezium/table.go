package debezium

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/mage2sage/mage2sage/schemas/change"
)

// Version is the release of Debezium whose records these are, field by field; they name it
// as the version of their source.
const Version = "3.5.0.Final"

// Headers of the two records that a row makes whose primary key was changed: its delete has
// the key that follows, its create the one before.
const (
	HeaderNewKey = "__debezium.newkey"
	HeaderOldKey = "__debezium.oldkey"
)

// A Source is what the records of a table have in common.
type Source struct {
	Connector string // mariadb or mysql
	Name      string // the prefix of the topics
	Database  string
	Table     string // with the shop's prefix
	ServerID  uint32
}

// A Kind is what Debezium makes of a value. The zero Kind leaves it as it stands.
type Kind int

// The other kinds.
const (
	Integer Kind = iota + 1
	Timestamp
	DateTime
	Date
	Time
)

// A Column is one of a table's that leave, in the order of its rows.
type Column struct {
	Name string
	Kind Kind
}

// A Table writes the records of the rows of one table with certain columns.
type Table struct {
	columns []Column        // by their labels `"name":`
	byLabel map[string]Kind // the same
	keyAt   int             // where the primary key begins in a row's key
	// What stands in an envelope before the source's time, between the parts of the source
	// that change, and before the GTID.
	front, database, table []byte
}

// NewTable prepares what the records of a table have in common. name is the table's without
// the shop's prefix, as it stands in the keys of rows.
func NewTable(name string, columns []Column, s Source) *Table {
	t := &Table{byLabel: map[string]Kind{}}
	for _, c := range columns {
		label := string(text(nil, c.Name)) + ":"
		t.columns, t.byLabel[label] = append(t.columns, Column{label, c.Kind}), c.Kind
	}
	t.keyAt = len(text([]byte(`{"table":`), name)) + len(`,"pk":`)
	t.front = text([]byte(`,"source":{"version":"`+Version+`","connector":`), s.Connector)
	t.front = append(text(append(t.front, `,"name":`...), s.Name), `,"ts_ms":`...)
	t.database = append(text([]byte(`","db":`), s.Database), `,"sequence":null,"ts_us":`...)
	t.table = append(text([]byte(`,"table":`), s.Table), `,"server_id":`...)
	t.table = append(strconv.AppendUint(t.table, uint64(s.ServerID), 10), `,"gtid":`...)
	return t
}

// An Origin is where a record comes from. A row of a snapshot has no transaction, and TSUS is
// when it was read.
type Origin struct {
	Snapshot bool
	TSUS     int64  // of the commit, Unix microseconds
	GTID     string // "" is null
	File     string
	Pos      uint64 // where the row's event begins
	Row      int    // ordinal of the row within its event, from 0
	// Transaction is its GTID, or TransactionAt; the others are the record's ordinals
	// among those of the transaction, and among those of its table in it, from 1.
	Transaction                 string
	TotalOrder, CollectionOrder int
	Now                         time.Time // when the record is made
}

// TransactionAt names a transaction without a GTID by where it began.
func TransactionAt(file string, pos uint64) string {
	return "file=" + file + ",pos=" + strconv.FormatUint(pos, 10)
}

// AppendKey writes a record's key of a change.Key.
func (t *Table) AppendKey(dst, key []byte) []byte {
	if len(key) <= t.keyAt {
		return append(dst, key...)
	}
	return t.appendRow(dst, key[t.keyAt:len(key)-1])
}

// AppendEnvelope writes a record's value; before and after are rows as in a
// change.Envelope, nil where there is none.
func (t *Table) AppendEnvelope(dst []byte, op change.Op, before, after []byte, o *Origin) []byte {
	dst = t.appendRow(append(dst, `{"before":`...), before)
	dst = t.appendRow(append(dst, `,"after":`...), after)
	dst = strconv.AppendInt(append(dst, t.front...), o.TSUS/1e3, 10)
	dst = append(append(dst, `,"snapshot":"`...), snapshots[o.Snapshot]...)
	dst = strconv.AppendInt(append(dst, t.database...), o.TSUS, 10)
	dst = strconv.AppendInt(append(dst, `,"ts_ns":`...), o.TSUS*1e3, 10)
	dst = append(dst, t.table...)
	if o.GTID == "" {
		dst = append(dst, "null"...)
	} else {
		dst = text(dst, o.GTID)
	}
	dst = text(append(dst, `,"file":`...), o.File)
	dst = strconv.AppendUint(append(dst, `,"pos":`...), o.Pos, 10)
	dst = strconv.AppendInt(append(dst, `,"row":`...), int64(o.Row), 10)
	dst = append(dst, `,"thread":null,"query":null},"transaction":`...)
	dst = o.appendTransaction(dst)
	dst = append(append(append(dst, `,"op":"`...), op...), `","ts_ms":`...)
	dst = strconv.AppendInt(dst, o.Now.UnixMilli(), 10)
	dst = strconv.AppendInt(append(dst, `,"ts_us":`...), o.Now.UnixMicro(), 10)
	dst = strconv.AppendInt(append(dst, `,"ts_ns":`...), o.Now.UnixNano(), 10)
	return append(dst, '}')
}

// snapshots are the words for rows of a snapshot that is taken while the log is streamed, and
// for those of the log.
var snapshots = map[bool]string{true: "incremental", false: "false"}

func (o *Origin) appendTransaction(dst []byte) []byte {
	if o.Snapshot {
		return append(dst, "null"...)
	}
	dst = text(append(dst, `{"id":`...), o.Transaction)
	dst = strconv.AppendInt(append(dst, `,"total_order":`...), int64(o.TotalOrder), 10)
	dst = strconv.AppendInt(append(dst, `,"data_collection_order":`...), int64(o.CollectionOrder), 10)
	return append(dst, '}')
}

// text writes a string; those that are written for each record need no escapes.
func text(dst []byte, s string) []byte {
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' }) {
		quoted, _ := json.Marshal(s) // never fails for a string
		return append(dst, quoted...)
	}
	return append(append(append(dst, '"'), s...), '"')
}
