package binlog

import (
	"encoding/binary"
	"fmt"
	"strconv"

	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/mage2sage/mage2sage/capture/row"
)

// MariaDB's types of COMPRESSED columns.
const (
	blobCompressed    = 140
	varcharCompressed = 141
)

// stored is one column as row images hold it. The formats are those of MySQL's
// Rows_log_event, described in its table_map and field sources.
type stored struct {
	kind     byte // MYSQL_TYPE_…, with ENUM and SET told from STRING
	meta     int  // the kind's own: a length, precision and scale, or fraction digits
	scale    int  // DECIMAL: digits after the point
	out      int  // column of the layout, −1 when it is not captured
	unsigned bool
	charset  string // of text
	rowEnd   bool   // it ends the period of a system-versioned table
}

func newStored(kind byte, meta uint16) stored {
	c := stored{kind: kind, meta: int(meta), out: -1}
	switch kind {
	case mysql.MYSQL_TYPE_STRING:
		// The high byte holds the real type; two of its bits are the upper bits of a
		// length above 255, inverted.
		high, low := int(meta>>8), int(meta&0xff)
		switch {
		case meta < 256:
			c.meta = low
		case high&0x30 != 0x30:
			c.kind, c.meta = byte(high|0x30), low|((high&0x30)^0x30)<<4
		default:
			c.kind, c.meta = byte(high), low
		}
	case mysql.MYSQL_TYPE_NEWDECIMAL:
		c.meta, c.scale = int(meta>>8), int(meta&0xff)
	}
	return c
}

// image is how the column's values are written.
func (c *stored) image() row.Kind {
	switch c.kind {
	case mysql.MYSQL_TYPE_TINY, mysql.MYSQL_TYPE_SHORT, mysql.MYSQL_TYPE_INT24, mysql.MYSQL_TYPE_LONG, mysql.MYSQL_TYPE_LONGLONG:
		return row.Integer
	case mysql.MYSQL_TYPE_NEWDECIMAL:
		return row.Decimal
	case mysql.MYSQL_TYPE_VARCHAR, mysql.MYSQL_TYPE_VAR_STRING, mysql.MYSQL_TYPE_STRING, mysql.MYSQL_TYPE_BLOB:
		return row.Text
	case mysql.MYSQL_TYPE_TIMESTAMP2, mysql.MYSQL_TYPE_TIMESTAMP:
		return row.Timestamp
	case mysql.MYSQL_TYPE_DATETIME2, mysql.MYSQL_TYPE_DATETIME:
		return row.DateTime
	case mysql.MYSQL_TYPE_DATE, mysql.MYSQL_TYPE_NEWDATE:
		return row.Date
	}
	return row.Unreadable
}

// bounds finds the value at the front of b: it is b[start:end].
func (c *stored) bounds(b []byte) (start, end int, err error) {
	switch c.kind {
	case mysql.MYSQL_TYPE_VARCHAR, mysql.MYSQL_TYPE_VAR_STRING, mysql.MYSQL_TYPE_STRING:
		start = 1
		if c.meta > 255 {
			start = 2
		}
	case mysql.MYSQL_TYPE_BLOB, mysql.MYSQL_TYPE_GEOMETRY, mysql.MYSQL_TYPE_JSON:
		start = c.meta
	default:
		n, ok := c.width()
		if !ok {
			return 0, 0, fmt.Errorf("type %d is not known", c.kind)
		}
		end = n
	}
	if len(b) < start {
		return 0, 0, errShort
	}
	if start > 0 {
		end = start + int(littleEndian(b[:start]))
	}
	if len(b) < end || end < start {
		return 0, 0, errShort
	}
	return start, end, nil
}

// width is the length of a value of fixed size.
func (c *stored) width() (n int, ok bool) {
	fraction := (c.meta + 1) / 2
	switch c.kind {
	case mysql.MYSQL_TYPE_NULL:
		return 0, true
	case mysql.MYSQL_TYPE_TINY, mysql.MYSQL_TYPE_YEAR:
		return 1, true
	case mysql.MYSQL_TYPE_SHORT:
		return 2, true
	case mysql.MYSQL_TYPE_INT24, mysql.MYSQL_TYPE_DATE, mysql.MYSQL_TYPE_NEWDATE, mysql.MYSQL_TYPE_TIME:
		return 3, true
	case mysql.MYSQL_TYPE_LONG, mysql.MYSQL_TYPE_FLOAT, mysql.MYSQL_TYPE_TIMESTAMP:
		return 4, true
	case mysql.MYSQL_TYPE_LONGLONG, mysql.MYSQL_TYPE_DOUBLE, mysql.MYSQL_TYPE_DATETIME:
		return 8, true
	case mysql.MYSQL_TYPE_TIMESTAMP2:
		return 4 + fraction, true
	case mysql.MYSQL_TYPE_DATETIME2:
		return 5 + fraction, true
	case mysql.MYSQL_TYPE_TIME2:
		return 3 + fraction, true
	case mysql.MYSQL_TYPE_NEWDECIMAL:
		return decimalWidth(c.meta, c.scale), c.scale <= c.meta
	case mysql.MYSQL_TYPE_ENUM, mysql.MYSQL_TYPE_SET:
		return c.meta, true
	case mysql.MYSQL_TYPE_BIT:
		return (c.meta>>8*8 + c.meta&0xff + 7) / 8, true
	}
	return 0, false
}

// append writes a value that bounds has cut out, as the layout's kind of column.
func (c *stored) append(dst, b []byte) []byte {
	switch c.image() {
	case row.Integer:
		return c.appendInteger(dst, b)
	case row.Decimal:
		dst = append(dst, '"')
		dst = appendDecimal(dst, b, c.meta, c.scale)
		return append(dst, '"')
	case row.Timestamp, row.DateTime, row.Date:
		return c.appendTime(dst, b)
	}
	return c.appendText(dst, b)
}

func (c *stored) appendInteger(dst, b []byte) []byte {
	n := littleEndian(b)
	if c.unsigned {
		return strconv.AppendUint(dst, n, 10)
	}
	unused := 64 - 8*len(b)
	return strconv.AppendInt(dst, int64(n<<unused)>>unused, 10)
}

func littleEndian(b []byte) uint64 {
	var wide [8]byte
	copy(wide[:], b)
	return binary.LittleEndian.Uint64(wide[:])
}
