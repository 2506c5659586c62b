package binlog

import (
	"encoding/binary"
	"errors"

	"github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"
)

// MySQL logs JSON in a binary form of many types. No table of Magento's has such a column,
// and the library reads it: as it takes whole events alone, one is made around each value.

// errDocument says that a value is not JSON in MySQL's form. It has nothing of the value.
var errDocument = errors.New("a JSON value does not parse")

// document returns the text of a JSON value, as the server itself would print it. An empty
// value, which is left by INSERT IGNORE, stands for null.
func document(b []byte) (text []byte, err error) {
	if len(b) == 0 {
		return []byte("null"), nil
	}
	parser := replication.NewBinlogParser()
	parser.SetFlavor(mysql.MySQLFlavor)
	parser.SetRenderJSONAsMySQLText(true)
	rows := append([]byte{1, 0, 0, 0, 0, 0, 1, 0, 2, 0, 1, 0xff, 0}, binary.LittleEndian.AppendUint32(nil, uint32(len(b)))...)
	var last *replication.BinlogEvent
	for _, e := range [][]byte{
		eventOf(replication.FORMAT_DESCRIPTION_EVENT, documentFormat()),
		// Table 1, of no name, with one column of JSON whose length has four bytes.
		eventOf(replication.TABLE_MAP_EVENT, []byte{1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, mysql.MYSQL_TYPE_JSON, 1, 4, 1}),
		eventOf(replication.WRITE_ROWS_EVENTv2, append(rows, b...)),
	} {
		if last, err = parser.Parse(e); err != nil {
			return nil, errDocument
		}
	}
	if e, ok := last.Event.(*replication.RowsEvent); ok && len(e.Rows) == 1 && len(e.Rows[0]) == 1 {
		if text, ok := e.Rows[0][0].(string); ok {
			return []byte(text), nil
		}
	}
	return nil, errDocument
}

// documentFormat is the body of the event that says how long the fixed parts of the others
// are: version (2), the server's (50), time (4), header (1), one byte for each type, and
// that there are no checksums (5).
func documentFormat() []byte {
	const types, at = 40, 57
	b := make([]byte, at+types+5)
	b[0] = 4
	copy(b[2:], "8.0.0")
	b[at-1] = replication.EventHeaderSize
	b[at+int(replication.TABLE_MAP_EVENT)-1] = 8
	b[at+int(replication.WRITE_ROWS_EVENTv2)-1] = 10
	return b
}

// eventOf puts a header before a body.
func eventOf(kind replication.EventType, body []byte) []byte {
	e := make([]byte, replication.EventHeaderSize, replication.EventHeaderSize+len(body))
	e[4] = byte(kind)
	binary.LittleEndian.PutUint32(e[9:], uint32(cap(e)))
	return append(e, body...)
}
