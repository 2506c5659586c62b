package binlog

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"

	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/mage2sage/mage2sage/capture/row"
)

// stored is one column as row images hold it. The formats are those of MySQL's
// Rows_log_event, described in its table_map and field sources.
type stored struct {
	kind     byte // MYSQL_TYPE_…, with ENUM and SET told from STRING
	meta     int  // the kind's own: a length, precision and scale, or fraction digits
	scale    int  // DECIMAL: digits after the point
	out      int  // column of the layout, −1 when it is not captured
	prefix   int  // bytes of length before each value, 0 where all values have size bytes
	size     int  // −1: the kind is not known
	unsigned bool
	charset  string   // of text
	labels   [][]byte // of ENUM and SET, in UTF-8
	rowEnd   bool     // it ends the period of a system-versioned table
	// compressed says that uncompressed reads the values.
	compressed bool
}

func newStored(kind byte, meta uint16) stored {
	c := stored{kind: plainType(kind), meta: int(meta), out: -1, compressed: kind != plainType(kind)}
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
	c.prefix = c.lengthBytes()
	if n, ok := c.width(); ok {
		c.size = n
	} else if c.prefix == 0 {
		c.size = -1
	}
	return c
}

// lengthBytes is how many bytes say how long a value is, where each has its own length.
func (c *stored) lengthBytes() int {
	switch c.kind {
	case mysql.MYSQL_TYPE_VARCHAR, mysql.MYSQL_TYPE_VAR_STRING, mysql.MYSQL_TYPE_STRING:
		if c.meta > 255 {
			return 2
		}
		return 1
	case mysql.MYSQL_TYPE_BLOB, mysql.MYSQL_TYPE_GEOMETRY, mysql.MYSQL_TYPE_JSON, mysql.MYSQL_TYPE_VECTOR:
		return min(c.meta, 8)
	}
	return 0
}

// image is how the column's values are written.
func (c *stored) image() row.Kind {
	switch c.kind {
	case mysql.MYSQL_TYPE_TINY, mysql.MYSQL_TYPE_SHORT, mysql.MYSQL_TYPE_INT24, mysql.MYSQL_TYPE_LONG, mysql.MYSQL_TYPE_LONGLONG, mysql.MYSQL_TYPE_YEAR:
		return row.Integer
	case mysql.MYSQL_TYPE_BIT:
		return row.Bits
	case mysql.MYSQL_TYPE_FLOAT:
		return row.Float
	case mysql.MYSQL_TYPE_DOUBLE:
		return row.Double
	case mysql.MYSQL_TYPE_NEWDECIMAL:
		return row.Decimal
	case mysql.MYSQL_TYPE_VARCHAR, mysql.MYSQL_TYPE_VAR_STRING, mysql.MYSQL_TYPE_STRING, mysql.MYSQL_TYPE_BLOB,
		mysql.MYSQL_TYPE_ENUM, mysql.MYSQL_TYPE_SET, mysql.MYSQL_TYPE_JSON:
		return row.Text
	case mysql.MYSQL_TYPE_GEOMETRY:
		return row.Binary
	case mysql.MYSQL_TYPE_TIMESTAMP2, mysql.MYSQL_TYPE_TIMESTAMP:
		return row.Timestamp
	case mysql.MYSQL_TYPE_DATETIME2, mysql.MYSQL_TYPE_DATETIME:
		return row.DateTime
	case mysql.MYSQL_TYPE_DATE, mysql.MYSQL_TYPE_NEWDATE:
		return row.Date
	case mysql.MYSQL_TYPE_TIME, mysql.MYSQL_TYPE_TIME2:
		return row.Time
	}
	return row.Unreadable
}

// bounds finds the value at the front of b: it is b[start:end].
func (c *stored) bounds(b []byte) (start, end int, err error) {
	switch {
	case len(b) < c.prefix:
		return 0, 0, errShort
	case c.prefix == 0 && c.size < 0:
		return 0, 0, fmt.Errorf("type %d is not known", c.kind)
	case c.prefix == 0:
		end = c.size
	case c.prefix == 1:
		start, end = 1, 1+int(b[0])
	case c.prefix == 2:
		start, end = 2, 2+int(binary.LittleEndian.Uint16(b))
	default:
		start, end = c.prefix, c.prefix+int(littleEndian(b[:c.prefix]))
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
	switch c.kind {
	case mysql.MYSQL_TYPE_TINY, mysql.MYSQL_TYPE_SHORT, mysql.MYSQL_TYPE_INT24, mysql.MYSQL_TYPE_LONG, mysql.MYSQL_TYPE_LONGLONG:
		return c.appendInteger(dst, b)
	case mysql.MYSQL_TYPE_NEWDECIMAL:
		return append(appendDecimal(append(dst, '"'), b, c.meta, c.scale), '"')
	case mysql.MYSQL_TYPE_TIMESTAMP2, mysql.MYSQL_TYPE_TIMESTAMP, mysql.MYSQL_TYPE_DATETIME2, mysql.MYSQL_TYPE_DATETIME,
		mysql.MYSQL_TYPE_DATE, mysql.MYSQL_TYPE_NEWDATE, mysql.MYSQL_TYPE_TIME, mysql.MYSQL_TYPE_TIME2:
		return c.appendTime(dst, b)
	case mysql.MYSQL_TYPE_VARCHAR, mysql.MYSQL_TYPE_VAR_STRING, mysql.MYSQL_TYPE_STRING, mysql.MYSQL_TYPE_BLOB:
		return c.appendText(dst, b)
	}
	return c.appendRare(dst, b)
}

// appendRare writes the types that Magento's tables hardly have.
func (c *stored) appendRare(dst, b []byte) []byte {
	switch c.kind {
	case mysql.MYSQL_TYPE_YEAR:
		if b[0] == 0 {
			return append(dst, '0')
		}
		return strconv.AppendInt(dst, 1900+int64(b[0]), 10)
	case mysql.MYSQL_TYPE_BIT:
		return strconv.AppendUint(dst, bigEndian(b), 10)
	case mysql.MYSQL_TYPE_FLOAT:
		return row.AppendFloat(dst, float64(math.Float32frombits(binary.LittleEndian.Uint32(b))), 32)
	case mysql.MYSQL_TYPE_DOUBLE:
		return row.AppendFloat(dst, math.Float64frombits(binary.LittleEndian.Uint64(b)), 64)
	case mysql.MYSQL_TYPE_ENUM:
		return c.appendEnum(dst, b)
	case mysql.MYSQL_TYPE_SET:
		return c.appendSet(dst, b)
	}
	return row.AppendBinary(dst, b)
}

// appendEnum writes the label of a number; 0 is what was no label when it was written.
func (c *stored) appendEnum(dst, b []byte) []byte {
	n := littleEndian(b)
	if n == 0 || n > uint64(len(c.labels)) {
		return append(dst, `""`...)
	}
	return row.AppendString(dst, c.labels[n-1])
}

// appendSet writes the labels whose bits are set, with commas between them.
func (c *stored) appendSet(dst, b []byte) []byte {
	var all []byte
	bits := littleEndian(b)
	for i, label := range c.labels {
		if i < 64 && bits&(1<<i) != 0 {
			if len(all) > 0 {
				all = append(all, ',')
			}
			all = append(all, label...)
		}
	}
	return row.AppendString(dst, all)
}

func (c *stored) appendInteger(dst, b []byte) []byte {
	n := littleEndian(b)
	if c.unsigned {
		return strconv.AppendUint(dst, n, 10)
	}
	unused := 64 - 8*len(b)
	return strconv.AppendInt(dst, int64(n<<unused)>>unused, 10)
}

func littleEndian(b []byte) (n uint64) {
	for i := len(b) - 1; i >= 0; i-- {
		n = n<<8 | uint64(b[i])
	}
	return n
}

func bigEndian(b []byte) (n uint64) {
	for _, x := range b {
		n = n<<8 | uint64(x)
	}
	return n
}
