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
	var invert byte
	if b[0]&0x80 == 0 {
		invert = 0xff
		dst = append(dst, '-')
	}
	at, first := 0, byte(0x80)
	group := func(digits int) (n uint64) {
		for range digitBytes[digits] {
			n = n<<8 | uint64(b[at]^first^invert)
			first = 0
			at++
		}
		return n
	}
	whole := precision - scale
	start := len(dst)
	for _, digits := range groups(whole, whole%9) {
		if n := group(digits); len(dst) > start {
			dst = appendPadded(dst, n, digits)
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
		dst = appendPadded(dst, group(9), 9)
	}
	return appendPadded(dst, group(scale%9), scale%9)
}

// groups lists the sizes of the groups before the point: the short one first.
func groups(whole, short int) (all []int) {
	if short > 0 {
		all = append(all, short)
	}
	for range whole / 9 {
		all = append(all, 9)
	}
	return all
}

func appendPadded(dst []byte, n uint64, digits int) []byte {
	for unit := uint64(1e8); unit > 0; unit /= 10 {
		if digits == 9 || unit < pow10[digits] {
			dst = append(dst, byte('0'+n/unit%10))
		}
	}
	return dst
}

var pow10 = [10]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9}
