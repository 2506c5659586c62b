package binlog

import (
	"encoding/binary"

	"github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"
)

// A wireColumn is a column as a table map describes it.
type wireColumn struct {
	name      string
	kind      byte   // as the map has it: STRING for ENUM and SET
	meta      []byte // as the map has it
	unsigned  bool
	collation byte     // of text; 0 for what is none
	labels    []string // of ENUM and SET
}

const (
	binaryCollation  = 63
	utf8mb4Collation = 45
	latin1Collation  = 8
)

// wireEvent is an event as a server sends it without checksums.
func wireEvent(kind replication.EventType, body []byte) []byte {
	e := make([]byte, replication.EventHeaderSize, replication.EventHeaderSize+len(body))
	e[4] = byte(kind)
	binary.LittleEndian.PutUint32(e[9:], uint32(cap(e)))
	binary.LittleEndian.PutUint32(e[13:], 1337)
	return append(e, body...)
}

// wireFormat is the format description event of a server.
func wireFormat() []byte {
	body := make([]byte, 57)
	body[0] = 4
	copy(body[2:], "10.11.0-MariaDB")
	body[56] = replication.EventHeaderSize
	lengths := make([]byte, 200)
	for kind := range lengths {
		lengths[kind] = 8
	}
	for _, kind := range []replication.EventType{replication.WRITE_ROWS_EVENTv2, replication.UPDATE_ROWS_EVENTv2, replication.DELETE_ROWS_EVENTv2} {
		lengths[kind-1] = 10
	}
	body = append(body, lengths...)
	return wireEvent(replication.FORMAT_DESCRIPTION_EVENT, append(body, 0, 0, 0, 0, 0)) // no checksums
}

// wireMap is the table map of a table in the database m2, with FULL metadata.
func wireMap(id byte, table string, columns []wireColumn) []byte {
	b := []byte{id, 0, 0, 0, 0, 0, 1, 0, 2, 'm', '2', 0, byte(len(table))}
	b = append(append(b, table...), 0)
	b = append(b, wireCount(len(columns))...)
	var meta, signs, names, text, labels []byte
	numbers := 0
	for _, c := range columns {
		b, meta = append(b, c.kind), append(meta, c.meta...)
		names = append(append(names, byte(len(c.name))), c.name...)
		switch c.kind {
		case mysql.MYSQL_TYPE_TINY, mysql.MYSQL_TYPE_SHORT, mysql.MYSQL_TYPE_INT24, mysql.MYSQL_TYPE_LONG, mysql.MYSQL_TYPE_LONGLONG,
			mysql.MYSQL_TYPE_NEWDECIMAL, mysql.MYSQL_TYPE_FLOAT, mysql.MYSQL_TYPE_DOUBLE:
			if numbers%8 == 0 {
				signs = append(signs, 0)
			}
			if c.unsigned {
				signs[numbers/8] |= 0x80 >> (numbers % 8)
			}
			numbers++
		}
		switch {
		case c.labels != nil:
			labels = append(labels, c.collation)
		case c.collation != 0:
			text = append(text, c.collation)
		}
	}
	b = append(b, wireCount(len(meta))...)
	b = append(b, meta...)
	for range (len(columns) + 7) / 8 {
		b = append(b, 0xff)
	}
	field := func(kind byte, value []byte) {
		if len(value) > 0 {
			b = append(append(append(b, kind), wireCount(len(value))...), value...)
		}
	}
	field(1, signs)
	field(3, text)
	field(4, names)
	for kind, id := range map[byte]byte{mysql.MYSQL_TYPE_SET: 5, mysql.MYSQL_TYPE_ENUM: 6} {
		var values []byte
		for _, c := range columns {
			if c.labels != nil && c.meta[0] == kind {
				values = append(values, byte(len(c.labels)))
				for _, label := range c.labels {
					values = append(append(values, byte(len(label))), label...)
				}
			}
		}
		field(id, values)
	}
	field(11, labels)
	return wireEvent(replication.TABLE_MAP_EVENT, b)
}

func wireCount(n int) []byte { return mysql.PutLengthEncodedInt(uint64(n)) }

// wireRows is a rows event of whole images; an update has pairs of them.
func wireRows(kind replication.EventType, id byte, columns int, images ...[]byte) []byte {
	b := append([]byte{id, 0, 0, 0, 0, 0, 1, 0}, wireCount(columns)...)
	if kind >= replication.WRITE_ROWS_EVENTv2 && kind <= replication.DELETE_ROWS_EVENTv2 {
		b = append([]byte{id, 0, 0, 0, 0, 0, 1, 0, 2, 0}, wireCount(columns)...)
	}
	maps := 1
	if kindOf(kind) == replication.EnumRowsEventTypeUpdate {
		maps = 2
	}
	for range maps * ((columns + 7) / 8) {
		b = append(b, 0xff)
	}
	for _, image := range images {
		b = append(b, image...)
	}
	return wireEvent(kind, b)
}

// wireImage is an image of some cells; nil is NULL.
func wireImage(cells [][]byte) []byte {
	b := make([]byte, (len(cells)+7)/8)
	for i, cell := range cells {
		if cell == nil {
			b[i/8] |= 1 << (i % 8)
		}
	}
	for _, cell := range cells {
		b = append(b, cell...)
	}
	return b
}
