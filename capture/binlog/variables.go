package binlog

import "encoding/binary"

// variables are those of the session that a statement was run in, as far as its text is
// read by them.
type variables struct {
	sqlMode uint64
	charset uint16 // collation of the client's charset; 0 when the log does not say it
}

// noBackslashEscapes is a bit of sql_mode.
const noBackslashEscapes = 1 << 20

// readVariables reads a statement's variables, code and value in turn, up to the client's
// charset. Of those that both servers write before it, the catalog alone, which MariaDB
// ends with a zero byte, has no fixed length.
func readVariables(vars []byte) (v variables) {
	for len(vars) > 0 {
		code, rest := vars[0], vars[1:]
		length := 0
		switch code {
		case 0, 3: // flags; auto_increment
			length = 4
		case 1:
			length = 8
		case 2, 6:
			if len(rest) > 0 {
				length = 1 + int(rest[0])
			}
			if code == 2 {
				length++
			}
		case 4:
			length = 6
		default:
			return v
		}
		if len(rest) < length || length == 0 {
			return v
		}
		switch code {
		case 1:
			v.sqlMode = binary.LittleEndian.Uint64(rest)
		case 4:
			v.charset = binary.LittleEndian.Uint16(rest)
			return v
		}
		vars = rest[length:]
	}
	return v
}

// withoutPad is the bit by which MariaDB numbers a collation's variant that does not pad.
const withoutPad = 1024

// leadBytes tells, for the charsets whose second bytes may look like a backslash or a
// backtick, which bytes begin a character of two. Those of gb18030 with four are two such
// pairs.
func leadBytes(collation uint16) func(byte) bool {
	switch collation &^ withoutPad {
	case 1, 84, 28, 87, 248, 249, 250: // big5, gbk, gb18030
		return func(c byte) bool { return c >= 0x81 && c <= 0xfe }
	case 13, 88, 95, 96: // sjis, cp932, which have letters of one byte in between
		return func(c byte) bool { return c >= 0x81 && c <= 0x9f || c >= 0xe0 && c <= 0xfc }
	}
	return func(byte) bool { return false }
}
