package binlog

import (
	"encoding/binary"
	"strconv"

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
	case mysql.MYSQL_TYPE_TIME2:
		dst = appendDuration(dst, b, c.meta)
	case mysql.MYSQL_TYPE_TIME: // before 5.6: hhhmmss as a signed number of three bytes
		n := int64(littleEndian(b)<<40) >> 40
		if n < 0 {
			dst, n = append(dst, '-'), -n
		}
		dst = appendHours(dst, uint64(n/10000), uint64(n/100%100), uint64(n%100))
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
	day, second := seconds/86400, uint64(seconds%86400)
	dst = append(appendDay(dst, uint64(day)), 'T')
	return appendClock(dst, second/3600, second/60%60, second%60)
}

// appendDay writes the date of a day after 1970-01-01, by counting in eras of 400 years
// that begin in March, so that a leap day is the last of its year.
func appendDay(dst []byte, day uint64) []byte {
	const beforeEpoch, era = 719_468, 146_097
	day += beforeEpoch
	of := day % era
	year := (of - of/1460 + of/36524 - of/146096) / 365
	of -= 365*year + year/4 - year/100
	month := (5*of + 2) / 153 // from March
	date := of - (153*month+2)/5 + 1
	year += day / era * 400
	if month += 3; month > 12 {
		year, month = year+1, month-12
	}
	return appendDate(dst, year, month, date)
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

// appendDuration writes a TIME2: three bytes of sign, hours 10 bits (one more is unused),
// minutes 6 and seconds 6, then the fraction. All of it is one number, in two's
// complement where it is negative, with the sign turned round.
func appendDuration(dst, b []byte, digits int) []byte {
	n := int64(bigEndian(b)) - 1<<(8*len(b)-1)
	if n < 0 {
		dst, n = append(dst, '-'), -n
	}
	fraction := 8 * (len(b) - 3)
	whole := uint64(n) >> fraction
	dst = appendHours(dst, whole>>12&1023, whole>>6&63, whole&63)
	var rest [8]byte
	binary.BigEndian.PutUint64(rest[:], uint64(n)&(1<<fraction-1))
	return appendFraction(dst, rest[8-(len(b)-3):], digits)
}

// appendHours writes a time of day, or of more than one.
func appendHours(dst []byte, hours, minutes, seconds uint64) []byte {
	if hours < 10 {
		dst = append(dst, '0')
	}
	dst = append(strconv.AppendUint(dst, hours, 10), ':')
	return appendPadded(append(appendPadded(dst, minutes, 2), ':'), seconds, 2)
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
