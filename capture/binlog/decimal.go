package binlog

import "strconv"

// A stored DECIMAL holds nine digits in four bytes; a group of fewer takes this
// many bytes (MySQL's dig2bytes).
var digitBytes = [10]int{0, 1, 1, 2, 2, 3, 3, 4, 4, 4}

func decimalWidth(precision, scale int) int {
	whole := precision - scale
	return groupBytes(whole) + groupBytes(scale)
}

func groupBytes(digits int) int {
	return digits/9*4 + digitBytes[max(0, digits%9)]
}

// appendDecimal writes a stored DECIMAL exactly, with all digits of its scale. The
// highest bit is the sign, inverted; a negative number has all its bits inverted.
func appendDecimal(dst, b []byte, precision, scale int) []byte {
	g := groups{rest: b, first: 0x80}
	if b[0]&0x80 == 0 {
		g.invert = 1<<32 - 1
		dst = append(dst, '-')
	}
	start, whole := len(dst), precision-scale
	if n := g.next(whole % 9); n != 0 {
		dst = strconv.AppendUint(dst, n, 10)
	}
	for range whole / 9 {
		if n := g.next(9); len(dst) > start {
			dst = appendPadded(dst, n, 9)
		} else if n != 0 {
			dst = strconv.AppendUint(dst, n, 10)
		}
	}
	if len(dst) == start {
		dst = append(dst, '0')
	}
	if scale == 0 {
		return dst
	}
	dst = append(dst, '.')
	for range scale / 9 {
		dst = appendPadded(dst, g.next(9), 9)
	}
	return appendPadded(dst, g.next(scale%9), scale%9)
}

// groups reads the groups of digits of a stored DECIMAL: the short one first before the
// point, and last behind it.
type groups struct {
	rest   []byte
	first  byte   // the bit of the sign, until it is taken off
	invert uint32 // all bits of a negative number
}

func (g *groups) next(digits int) uint64 {
	width := digitBytes[digits]
	if width == 0 {
		return 0
	}
	n := uint32(g.rest[0] ^ g.first)
	for _, x := range g.rest[1:width] {
		n = n<<8 | uint32(x)
	}
	g.rest, g.first = g.rest[width:], 0
	return uint64((n ^ g.invert) & (1<<(8*width) - 1))
}

// appendPadded writes the last digits of a number, those that are 0 too.
func appendPadded(dst []byte, n uint64, digits int) []byte {
	var text [9]byte
	for i := digits - 1; i >= 0; i-- {
		text[i] = byte('0' + n%10)
		n /= 10
	}
	return append(dst, text[:digits]...)
}
