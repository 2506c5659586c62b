package row

import (
	"encoding/base64"
	"math"
	"strconv"
)

// AppendSelected builds the image of a row that a SELECT brought: values holds the
// text of each column in the order of Columns, nil for NULL, from a connection
// with time_zone '+00:00' and utf8mb4.
func (l *Layout) AppendSelected(buf []byte, values [][]byte) ([]byte, Image) {
	return l.Append(buf, func(dst []byte, i int) []byte {
		return AppendSelected(dst, l.Columns[i].Kind, values[i])
	})
}

// AppendSelected appends one value of a text result set.
func AppendSelected(dst []byte, kind Kind, text []byte) []byte {
	if text == nil {
		return append(dst, "null"...)
	}
	switch kind {
	case Integer:
		return append(dst, unpadded(text)...)
	case Bits:
		return strconv.AppendUint(dst, bigEndian(text), 10)
	case Float, Double: // a FLOAT is selected as the DOUBLE of the same value
		n, err := strconv.ParseFloat(string(text), 64)
		if err != nil {
			return AppendString(dst, text)
		}
		if kind == Float {
			return AppendFloat(dst, n, 32)
		}
		return AppendFloat(dst, n, 64)
	case Binary:
		return AppendBinary(dst, text)
	case Decimal:
		dst = append(dst, '"')
		dst = append(dst, unpadded(text)...)
		return append(dst, '"')
	case Timestamp:
		return append(appendClock(append(dst, '"'), text), 'Z', '"')
	case DateTime:
		return append(appendClock(append(dst, '"'), text), '"')
	}
	return AppendString(dst, text)
}

// appendClock writes "2026-01-31 12:00:00" with a T between its parts.
func appendClock(dst, text []byte) []byte {
	at := len(dst)
	dst = append(dst, text...)
	if len(text) > 10 {
		dst[at+10] = 'T'
	}
	return dst
}

// unpadded takes away the zeros that ZEROFILL prints and the binlog does not hold.
func unpadded(text []byte) []byte {
	for len(text) > 1 && text[0] == '0' && text[1] != '.' {
		text = text[1:]
	}
	return text
}

// A SnapshotRow is a row of a snapshot's chunk. For a table with a parent, ParentRoot
// is the text of the root that the parent has, nil where there is no parent.
type SnapshotRow struct {
	Image      Image
	ParentRoot []byte
}

// AppendFloat writes the shortest decimal that reads as the same number of so many bits.
// What JSON has no number for, and no column can hold, is a string.
func AppendFloat(dst []byte, n float64, bits int) []byte {
	if bits == 32 {
		n = float64(float32(n)) // what is more than such a number holds is infinite
	}
	if math.IsNaN(n) || math.IsInf(n, 0) {
		return append(strconv.AppendFloat(append(dst, '"'), n, 'g', -1, bits), '"')
	}
	return strconv.AppendFloat(dst, n, 'g', -1, bits)
}

// AppendBinary writes bytes that are no text.
func AppendBinary(dst, b []byte) []byte {
	return append(base64.StdEncoding.AppendEncode(append(dst, '"'), b), '"')
}

func bigEndian(b []byte) (n uint64) {
	for _, x := range b {
		n = n<<8 | uint64(x)
	}
	return n
}
