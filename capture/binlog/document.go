package binlog

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strconv"
	"strings"

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
	if !sound(b) {
		return nil, errDocument
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
			return asPrinted([]byte(text)), nil
		}
	}
	return nil, errDocument
}

// asPrinted puts a space behind each comma and colon, as the server does, and takes back what
// encoding/json escapes for the sake of HTML.
func asPrinted(compact []byte) []byte {
	text, inString := make([]byte, 0, len(compact)+len(compact)/4), false
	for i := 0; i < len(compact); i++ {
		c := compact[i]
		switch {
		case c == '\\' && inString:
			if plain, escaped := forHTML[string(compact[i:min(i+6, len(compact))])]; escaped {
				text = append(text, plain...)
				i += 5
			} else {
				text = append(text, c, compact[i+1])
				i++
			}
			continue
		case c == '"':
			inString = !inString
		case !inString && (c == '-' || c >= '0' && c <= '9'):
			number := compact[i : i+len(compact[i:])-len(bytes.TrimLeft(compact[i:], "+-.0123456789e"))]
			text = appendNumber(text, number)
			i += len(number) - 1
			continue
		}
		text = append(text, c)
		if !inString && (c == ',' || c == ':') {
			text = append(text, ' ')
		}
	}
	return text
}

// appendNumber writes a number with an exponent as the server prints a DOUBLE: without one
// where the point stands within or near 15 digits. Others have its form already.
func appendNumber(dst, number []byte) []byte {
	f, err := strconv.ParseFloat(string(number), 64)
	if err != nil || !bytes.ContainsRune(number, 'e') {
		return append(dst, number...)
	}
	digits, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'e', -1, 64), "e")
	n, err := strconv.Atoi(exponent)
	if point := n + 1; err != nil || point >= -14 && point <= 15 {
		return strconv.AppendFloat(dst, f, 'f', -1, 64)
	}
	return strconv.AppendInt(append(append(dst, digits...), 'e'), int64(n), 10)
}

// forHTML are the escapes of encoding/json that a server does not write.
var forHTML = map[string]string{`\u003c`: "<", `\u003e`: ">", `\u0026`: "&", `\u2028`: "\u2028", `\u2029`: "\u2029"}

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
