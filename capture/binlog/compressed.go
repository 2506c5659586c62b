package binlog

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"errors"
	"io"
	"slices"

	"github.com/go-mysql-org/go-mysql/mysql"
)

// MariaDB logs a COMPRESSED column under a type of its own, with the metadata of the plain one,
// and its values as it stores them (field_comp.cc).
const (
	blobCompressed    = 140
	varcharCompressed = 141
)

// plainType is a column's type without COMPRESSED.
func plainType(kind byte) byte {
	switch kind {
	case blobCompressed:
		return mysql.MYSQL_TYPE_BLOB
	case varcharCompressed:
		return mysql.MYSQL_TYPE_VARCHAR
	}
	return kind
}

func plainTypes(kinds []byte) []byte {
	all := slices.Clone(kinds)
	for i, kind := range all {
		all[i] = plainType(kind)
	}
	return all
}

// mapTypes finds the types of a table map's columns.
func mapTypes(body []byte) ([]byte, error) {
	_, names, err := mapNames(body)
	if err != nil {
		return nil, err
	}
	n, rest, err := columnCount(body[8+len(names):])
	if err != nil || len(rest) < n {
		return nil, errEvent
	}
	return rest[:n], nil
}

// errCompressed says that a value of a COMPRESSED column cannot be uncompressed. It has
// nothing of the value.
var errCompressed = errors.New("the value of a COMPRESSED column does not uncompress")

// mostShrunk is more than zlib can make of one byte.
const mostShrunk = 1100

// uncompressed is the value of a COMPRESSED column. In its first byte the upper four bits are
// the method: 0 is the value as it is, 8 is zlib, without its header where the next bit is
// set. The last three bits say how many bytes of its length follow, the highest first. An
// empty value has no byte at all.
func uncompressed(b []byte) ([]byte, error) {
	const plain, packed, bare = 0, 8, 8
	if len(b) == 0 {
		return b, nil
	}
	switch b[0] >> 4 {
	case plain:
		return b[1:], nil
	case packed:
	default:
		return nil, errCompressed
	}
	at := 1 + int(b[0]&7)
	if len(b) < at || bigEndian(b[1:at]) > uint64(len(b)*mostShrunk) {
		return nil, errCompressed
	}
	value := make([]byte, bigEndian(b[1:at]))
	from := flate.NewReader(bytes.NewReader(b[at:]))
	if b[0]&bare == 0 {
		var err error
		if from, err = zlib.NewReader(bytes.NewReader(b[at:])); err != nil {
			return nil, errCompressed
		}
	}
	if _, err := io.ReadFull(from, value); err != nil {
		return nil, errCompressed
	}
	if n, err := from.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) { // the checksum is read with the end
		return nil, errCompressed
	}
	return value, nil
}
