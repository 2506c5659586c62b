package binlog

import (
	"unicode/utf8"

	"github.com/go-mysql-org/go-mysql/mysql"
	"golang.org/x/text/encoding/charmap"

	"github.com/mage2sage/mage2sage/capture/row"
)

// knownCharset reports whether text in a character set can be made UTF-8 here. No
// name at all is that of bytes: BLOB and VARBINARY.
func knownCharset(name string) bool {
	switch name {
	case "utf8mb4", "utf8mb3", "utf8", "ascii", "binary", "latin1", "":
		return true
	}
	return false
}

// appendText writes text as a JSON string in UTF-8.
func (c *stored) appendText(dst, b []byte) []byte {
	if c.charset == "latin1" {
		return row.AppendString(dst, fromLatin1(b))
	}
	if c.kind == mysql.MYSQL_TYPE_STRING && (c.charset == "binary" || c.charset == "") && len(b) < c.meta {
		padded := make([]byte, c.meta) // BINARY(n) is logged without its trailing zeros
		copy(padded, b)
		b = padded
	}
	return row.AppendString(dst, b)
}

// fromLatin1 reads what MySQL calls latin1: Windows-1252, whose five unassigned
// bytes stand for the control characters of the same number.
func fromLatin1(b []byte) []byte {
	out := make([]byte, 0, len(b)+8)
	for _, x := range b {
		r := charmap.Windows1252.DecodeByte(x)
		if r == utf8.RuneError {
			r = rune(x)
		}
		out = utf8.AppendRune(out, r)
	}
	return out
}
