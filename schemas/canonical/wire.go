package canonical

import "encoding/binary"

// The form that a value has where its topic's schema is in a schema registry, as Confluent's
// clients write and read it (Confluent's documentation, "Wire format"): a zero, the schema's
// id in four bytes, the higher first, and the JSON text. No JSON text begins with a zero, so
// both forms may stand in one topic.
const (
	frameMagic = 0
	frameBytes = 5
)

// Framed is a JSON text with the id of its schema in front.
func Framed(schemaID uint32, text []byte) []byte {
	value := make([]byte, frameBytes, frameBytes+len(text))
	value[0] = frameMagic
	binary.BigEndian.PutUint32(value[1:], schemaID)
	return append(value, text...)
}

// Text is the JSON text of a record's value, in whichever form that is.
func Text(value []byte) []byte {
	if len(value) >= frameBytes && value[0] == frameMagic {
		return value[frameBytes:]
	}
	return value
}
