package binlog

import (
	"encoding/binary"
	"time"

	"github.com/go-mysql-org/go-mysql/mysql"
)

// appendTime writes a TIMESTAMP, DATETIME or DATE as JSON. A zero date is written
// as it stands.
func (c *stored) appendTime(dst, b []byte) []byte {
	dst = append(dst, '"')
	switch c.kind {
	case mysql.MYSQL_TYPE_TIMESTAMP2:
		dst = appendInstant(dst, int64(binary.BigEndian.Uint32(b)))
		dst = append(appendFraction(dst, b[4:], c.meta), 'Z')
	case mysql.MYSQL_TYPE_TIMESTAMP:
		dst = append(appendInstant(dst, int64(binary.LittleEndian.Uint32(b))), 'Z')
	case mysql.MYSQL_TYPE_DATETIME2:
		dst = appendWallClock(dst, b)
		dst = appendFraction(dst, b[5:], c.meta)
	case mysql.MYSQL_TYPE_DATETIME: // before 5.6: YYYYMMDDhhmmss as a number
		n := binary.LittleEndian.Uint64(b)
		day, clock := n/1e6, n%1e6
		dst = appendDate(dst, day/1e4, day/100%100, day%100)
		dst = appendClock(append(dst, 'T'), clock/1e4, clock/100%100, clock%100)
	default: // DATE: day 5 bits, month 4, year 15
		n := littleEndian(b)
		dst = appendDate(dst, n>>9, n>>5&15, n&31)
	}
	return append(dst, '"')
}

func appendInstant(dst []byte, seconds int64) []byte {
	if seconds == 0 {
		return append(dst, "0000-00-00T00:00:00"...)
	}
	return time.Unix(seconds, 0).UTC().AppendFormat(dst, "2006-01-02T15:04:05")
}

// appendWallClock writes the five bytes of a DATETIME2: sign, year and month 17
// bits (year times 13 plus month), day 5, hour 5, minute 6, second 6.
func appendWallClock(dst, b []byte) []byte {
	n := uint64(b[0])<<32 | uint64(binary.BigEndian.Uint32(b[1:]))
	n &^= 1 << 39
	month := n >> 22
	dst = appendDate(dst, month/13, month%13, n>>17&31)
	return appendClock(append(dst, 'T'), n>>12&31, n>>6&63, n&63)
}

// appendFraction writes the digits after the second that the column has.
func appendFraction(dst, b []byte, digits int) []byte {
	if digits == 0 {
		return dst
	}
	n := uint64(0)
	for _, x := range b {
		n = n<<8 | uint64(x)
	}
	stored := (digits + 1) / 2 * 2 // an odd number of digits is kept with one more
	for ; stored > digits; stored-- {
		n /= 10
	}
	return appendPadded(append(dst, '.'), n, digits)
}

func appendDate(dst []byte, year, month, day uint64) []byte {
	dst = append(appendPadded(dst, year, 4), '-')
	dst = append(appendPadded(dst, month, 2), '-')
	return appendPadded(dst, day, 2)
}

func appendClock(dst []byte, hour, minute, second uint64) []byte {
	dst = append(appendPadded(dst, hour, 2), ':')
	dst = append(appendPadded(dst, minute, 2), ':')
	return appendPadded(dst, second, 2)
}
