package binlog

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/go-mysql-org/go-mysql/replication"
	"github.com/klauspost/compress/zstd"
)

// With binlog_transaction_compression MySQL packs the events of a transaction into one. They
// are unpacked and read one after the other, so that a large transaction is never whole in
// memory but as it came.

// payloadWindow bounds what unpacking looks back on. The server packs at level 3 unless it is told
// otherwise, which looks back on 2 MiB; at the highest level it is 128 MiB.
const payloadWindow = 128 << 20

// payload handles the events of a compressed transaction. They end where it does, and have
// no checksums.
func (s *Session) payload(body []byte) error {
	packed, err := packedEvents(body)
	if err != nil {
		return err
	}
	unpacked, err := zstd.NewReader(bytes.NewReader(packed), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(payloadWindow), zstd.WithDecoderLowmem(true))
	if err != nil {
		return fmt.Errorf("uncompress a transaction: %w", err)
	}
	defer unpacked.Close()
	parser, err := s.plainParser()
	if err != nil {
		return err
	}
	trailer := s.trailer
	s.trailer = 0
	defer func() { s.trailer = trailer }()
	var event []byte
	for {
		if event, err = nextEvent(unpacked, event); errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = s.within(parser, event)
		}
		if err != nil {
			return err
		}
	}
}

// within takes an event of a compressed transaction.
func (s *Session) within(parser *replication.BinlogParser, raw []byte) error {
	kind := replication.EventType(raw[4])
	if kind == replication.TABLE_MAP_EVENT || isRows(kind) {
		return s.tableOrRows(kind, raw[replication.EventHeaderSize:])
	}
	if kind == replication.TRANSACTION_PAYLOAD_EVENT { // the library would unpack it whole
		return errEvent
	}
	e, err := parsed(parser, raw)
	if err != nil {
		return err
	}
	return s.handle(e)
}

// packedEvents finds what is packed: behind fields that are each a type, a length of one byte
// and a value. Zstandard, whose number is 0, is the only compression that there is.
func packedEvents(body []byte) ([]byte, error) {
	const end, compression = 0, 2
	for len(body) > 0 {
		field := body[0]
		if field == end {
			return body[1:], nil
		}
		if len(body) < 2 || len(body) < 2+int(body[1]) {
			return nil, errEvent
		}
		value := body[2 : 2+body[1]]
		if field == compression && !bytes.Equal(value, []byte{0}) {
			return nil, fmt.Errorf("a transaction is compressed in a way that is not known here")
		}
		body = body[2+len(value):]
	}
	return nil, errEvent
}

// readStep is how much of an event is read at a time.
const readStep = 1 << 20

// nextEvent reads an event into memory that it may use again. The error is io.EOF behind the
// last one.
func nextEvent(from io.Reader, buffer []byte) ([]byte, error) {
	var header [replication.EventHeaderSize]byte
	if _, err := io.ReadFull(from, header[:]); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, io.EOF
		}
		return nil, errEvent
	}
	size := int(binary.LittleEndian.Uint32(header[9:]))
	if size < len(header) || size > mostUncompressed {
		return nil, errEvent
	}
	// Step by step, because a size that is wrong would take as much memory as it says.
	for buffer = append(buffer[:0], header[:]...); len(buffer) < size; {
		have, n := len(buffer), min(size-len(buffer), readStep)
		buffer = slices.Grow(buffer, n)[:have+n]
		if _, err := io.ReadFull(from, buffer[have:]); err != nil {
			return nil, errEvent
		}
	}
	return buffer, nil
}
