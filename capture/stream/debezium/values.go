package debezium

import (
	"bytes"
	"strconv"
)

// appendRow writes a row, or a part of one, with the values that Debezium writes otherwise
// replaced. A row is a JSON object of plain values, as capture writes it; nil is null.
// What does not read as one from some place on is copied as it stands.
func (t *Table) appendRow(dst, object []byte) []byte {
	if object == nil {
		return append(dst, "null"...)
	}
	copied := 0
	for at, i := 1, 0; at < len(object); i++ {
		colon := labelEnd(object[at:])
		if colon < 0 {
			break
		}
		label, from := object[at:at+colon], at+colon
		to := from + valueEnd(object[from:])
		if differs(t.kind(label, i), object[from:to]) {
			dst = append(dst, object[copied:from]...)
			dst = appendValue(dst, t.kind(label, i), object[from:to])
			copied = to
		}
		at = to + 1
	}
	return append(dst, object[copied:]...)
}

// kind is that of the column with a label, which most often is the i-th.
func (t *Table) kind(label []byte, i int) Kind {
	if i < len(t.columns) && t.columns[i].Name == string(label) {
		return t.columns[i].Kind
	}
	return t.byLabel[string(label)]
}

// labelEnd is the length of `"name":` at the front, −1 where there is none. No column's name
// has a quote in it.
func labelEnd(b []byte) int {
	if len(b) < 3 || b[0] != '"' {
		return -1
	}
	n := bytes.IndexByte(b[1:], '"')
	if n < 0 || n+2 >= len(b) || b[n+2] != ':' {
		return -1
	}
	return n + 3
}

// valueEnd is the length of the value at the front.
func valueEnd(b []byte) int {
	if len(b) == 0 || b[0] != '"' {
		if n := bytes.IndexAny(b, ",}"); n >= 0 {
			return n
		}
		return len(b)
	}
	for at := 1; at < len(b); at++ {
		n := bytes.IndexAny(b[at:], `"\`)
		if n < 0 {
			break
		}
		if at += n; b[at] == '"' {
			return at + 1
		}
		at++ // what is escaped
	}
	return len(b)
}

// signedDigits is how many the largest signed number of 64 bits has.
const signedDigits = 19

// differs reports whether Debezium writes such a value otherwise.
func differs(kind Kind, value []byte) bool {
	switch kind {
	case Integer:
		return len(value) >= signedDigits && value[0] != '-'
	case DateTime, Date, Time:
		return len(value) > 0 && value[0] == '"'
	case Timestamp:
		return bytes.HasPrefix(value, zeroDay)
	}
	return false
}

var zeroDay = []byte(`"0000-00-00`)

// appendValue writes a value that differs.
func appendValue(dst []byte, kind Kind, value []byte) []byte {
	switch kind {
	case DateTime:
		return appendDateTime(dst, bytes.Trim(value, `"`))
	case Date:
		if days, ok := daysOf(bytes.Trim(value, `"`)); ok {
			return strconv.AppendInt(dst, days, 10)
		}
		return append(dst, "null"...)
	case Time:
		return appendTime(dst, bytes.Trim(value, `"`))
	case Timestamp:
		return append(append(dst, `"1970-01-01`...), value[len(zeroDay):]...)
	}
	n, err := strconv.ParseUint(string(value), 10, 64)
	if err != nil {
		return append(dst, value...)
	}
	return strconv.AppendInt(dst, int64(n), 10)
}

// appendDateTime writes "2026-01-31T12:00:00.5" as io.debezium.time.Timestamp, or as
// MicroTimestamp where it has more than three digits behind the second.
func appendDateTime(dst, value []byte) []byte {
	days, ok := daysOf(value)
	if !ok || len(value) < len("2026-01-31T12:00:00") {
		return append(dst, "null"...)
	}
	seconds := days*86400 + clock(value[len("2026-01-31T"):])
	micros, digits := fraction(value)
	if digits > 3 {
		return strconv.AppendInt(dst, seconds*1e6+micros, 10)
	}
	return strconv.AppendInt(dst, seconds*1e3+micros/1e3, 10)
}

// appendTime writes "-100:00:00.5" in microseconds.
func appendTime(dst, value []byte) []byte {
	positive, negative := bytes.CutPrefix(value, []byte("-"))
	colon := bytes.IndexByte(positive, ':')
	if colon < 0 || len(positive) < colon+len(":00:00") {
		return append(dst, "null"...)
	}
	micros, _ := fraction(positive)
	micros += (number(positive[:colon])*3600 + number(positive[colon+1:colon+3])*60 + number(positive[colon+4:colon+6])) * 1e6
	if negative {
		micros = -micros
	}
	return strconv.AppendInt(dst, micros, 10)
}

// clock is the seconds of "12:00:00".
func clock(b []byte) int64 { return number(b[:2])*3600 + number(b[3:5])*60 + number(b[6:8]) }

// fraction is what follows the point, and how many digits it has.
func fraction(b []byte) (micros int64, digits int) {
	point := bytes.IndexByte(b, '.')
	if point < 0 {
		return 0, 0
	}
	digits = len(b) - point - 1
	micros = number(b[point+1:])
	for i := digits; i < 6; i++ {
		micros *= 10
	}
	return micros, digits
}

// daysOf counts the days from 1970-01-01 to the date at the front of a text; ok is false for
// dates of which a part is zero. It counts in eras of 400 years that begin in March.
func daysOf(b []byte) (days int64, ok bool) {
	if len(b) < len("2026-01-31") {
		return 0, false
	}
	year, month, day := number(b[:4]), number(b[5:7]), number(b[8:10])
	if year == 0 || month == 0 || day == 0 {
		return 0, false
	}
	if month -= 3; month < 0 {
		year, month = year-1, month+12
	}
	const beforeEpoch = 719_468
	return 365*year + year/4 - year/100 + year/400 + (153*month+2)/5 + day - 1 - beforeEpoch, true
}

func number(digits []byte) (n int64) {
	for _, d := range digits {
		n = 10*n + int64(d-'0')
	}
	return n
}
