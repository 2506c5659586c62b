package binlog

import "encoding/binary"

// The parts of a JSON document are found by their offsets. The library follows whatever is
// there, so that a part which contains itself, or one that is named again and again, would take
// all memory; and what overflows the stack ends the process. So each document is walked through first.

// The types of MySQL's binary JSON (json_binary.h) that do not stand where they are named.
const (
	smallObject, largeObject = 0, 1
	smallArray, largeArray   = 2, 3
	jsonString, jsonOpaque   = 0x0c, 0x0f
)

// deepestJSON is how deep the server lets values be nested.
const deepestJSON = 100

// A jsonWalk counts what a document takes when it is read.
type jsonWalk struct{ left int }

// sound reports whether a document is no deeper than the server makes them, and its parts
// together are no more than it has bytes.
func sound(document []byte) bool {
	w := jsonWalk{len(document)}
	return len(document) > 0 && w.value(document[0], document[1:], 0)
}

// value walks through a value of a type that b begins with.
func (w *jsonWalk) value(kind byte, b []byte, depth int) bool {
	switch kind {
	case smallObject, smallArray:
		return w.container(b, kind == smallObject, 2, depth)
	case largeObject, largeArray:
		return w.container(b, kind == largeObject, 4, depth)
	case jsonOpaque: // a type stands before the length
		return len(b) > 0 && w.text(b[1:])
	case jsonString:
		return w.text(b)
	}
	return w.take(1)
}

func (w *jsonWalk) take(n int) bool {
	w.left -= n
	return n >= 0 && w.left >= 0
}

// text has its length before it, seven bits in each byte.
func (w *jsonWalk) text(b []byte) bool {
	n, size := binary.Uvarint(b)
	return size > 0 && n <= uint64(len(b)-size) && w.take(1+int(n))
}

// container is an object or array whose numbers have width bytes: how many entries it has and
// how many bytes, the offset and length of each key, and the type and offset of each value,
// or the value itself where it has no more bytes than an offset.
func (w *jsonWalk) container(b []byte, keyed bool, width, depth int) bool {
	if depth > deepestJSON || len(b) < 2*width {
		return false
	}
	count, entry := int(littleEndian(b[:width])), 1+width
	header := 2*width + count*entry
	keys := 2 * width
	if keyed {
		header += count * (width + 2)
	}
	if count > len(b) || header > len(b) || !w.take(1) {
		return false
	}
	for i := 0; keyed && i < count; i++ {
		if !w.take(int(binary.LittleEndian.Uint16(b[keys+width:]))) {
			return false
		}
		keys += width + 2
	}
	for i := range count {
		at := keys + i*entry
		kind := b[at]
		if standsThere(kind, width) {
			if !w.take(1) {
				return false
			}
			continue
		}
		offset := int(littleEndian(b[at+1 : at+entry]))
		if offset < header || offset > len(b) || !w.value(kind, b[offset:], depth+1) {
			return false
		}
	}
	return true
}

// standsThere reports whether a value of a type is in its entry: a literal or a number of 16
// bits, and one of 32 bits where offsets have as many.
func standsThere(kind byte, width int) bool {
	return kind >= 4 && kind <= 6 || width == 4 && kind >= 7 && kind <= 8
}
