package topic

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pierrec/lz4/v4"
	"github.com/segmentio/kafka-go"
)

// A Compression is how the records of a request are packed on their way and in the
// topics, by the name that the broker's compression.type has for it.
type Compression string

// The compressions. LZ4 costs the least; zstd packs about a third smaller, for several
// times the work.
const (
	LZ4           Compression = "lz4"
	ZSTD          Compression = "zstd"
	Snappy        Compression = "snappy"
	GZIP          Compression = "gzip"
	NoCompression Compression = "none"
)

// codes are the numbers of the compressions in a batch's attributes.
var codes = map[Compression]kafka.Compression{LZ4: kafka.Lz4, ZSTD: kafka.Zstd, Snappy: kafka.Snappy, GZIP: kafka.Gzip, NoCompression: 0}

// Validate says which names there are.
func (c Compression) Validate() error {
	if _, known := codes[c]; known || c == "" {
		return nil
	}
	var names []string
	for name := range codes {
		names = append(names, string(name))
	}
	slices.Sort(names)
	return fmt.Errorf("compression %q: write one of %s", string(c), strings.Join(names, ", "))
}

// A batch is records in the form in which a request carries them and a broker keeps them
// (Kafka's documentation, "Record Batch", magic 2). The library has an encoder of its own,
// which goes through an interface and several buffers for each record, and takes eight
// megabytes for each batch that it packs.
type batch struct {
	records []byte // one after the other
	encoded []byte // all of it, packed
	packer  *lz4.Writer
}

var batches = sync.Pool{New: func() any { return new(batch) }}

// What stands before the records, by its place behind the length that a request has before
// a batch.
const (
	requestLength    = 4
	batchLengthAt    = requestLength + 8 // of what follows it
	leaderEpochAt    = requestLength + 12
	magicAt          = requestLength + 16
	checksumAt       = requestLength + 17 // of what follows it
	attributesAt     = requestLength + 21
	lastOffsetAt     = requestLength + 23
	firstTimeAt      = requestLength + 27
	lastTimeAt       = requestLength + 35
	producerAt       = requestLength + 43 // id (8), epoch (2) and first sequence (4), −1 without idempotence
	recordCountAt    = requestLength + 57
	batchHeaderBytes = requestLength + 61
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// encode packs records, in their order. A record without a time gets that of now.
func (b *batch) encode(records []Record, c Compression, now time.Time) ([]byte, error) {
	first, last := b.appendRecords(records, now)
	header := append(b.encoded[:0], make([]byte, batchHeaderBytes)...)
	binary.BigEndian.PutUint32(header[leaderEpochAt:], 1<<32-1)
	header[magicAt] = 2
	binary.BigEndian.PutUint16(header[attributesAt:], uint16(codes[cmp.Or(c, LZ4)]))
	binary.BigEndian.PutUint32(header[lastOffsetAt:], uint32(len(records)-1))
	binary.BigEndian.PutUint64(header[firstTimeAt:], uint64(first))
	binary.BigEndian.PutUint64(header[lastTimeAt:], uint64(last))
	for i := producerAt; i < recordCountAt; i++ {
		header[i] = 0xff
	}
	binary.BigEndian.PutUint32(header[recordCountAt:], uint32(len(records)))
	packed := bytes.NewBuffer(header)
	if err := b.pack(packed, cmp.Or(c, LZ4)); err != nil {
		return nil, fmt.Errorf("compress records: %w", err)
	}
	b.encoded = packed.Bytes()
	binary.BigEndian.PutUint32(b.encoded, uint32(len(b.encoded)-requestLength))
	binary.BigEndian.PutUint32(b.encoded[batchLengthAt:], uint32(len(b.encoded)-leaderEpochAt))
	binary.BigEndian.PutUint32(b.encoded[checksumAt:], crc32.Checksum(b.encoded[attributesAt:], castagnoli))
	return b.encoded, nil
}

// appendRecords writes the records one after the other: each is its length, attributes (none
// is defined), differences of time and offset, key, value and headers.
func (b *batch) appendRecords(records []Record, now time.Time) (first, last int64) {
	b.records = b.records[:0]
	for i, r := range records {
		t := now.UnixMilli()
		if !r.Time.IsZero() {
			t = r.Time.UnixMilli()
		}
		if i == 0 {
			first = t
		}
		last = max(last, t)
		b.records = binary.AppendVarint(b.records, int64(recordLength(r, t-first, i)))
		b.records = append(b.records, 0)
		b.records = binary.AppendVarint(b.records, t-first)
		b.records = binary.AppendVarint(b.records, int64(i))
		b.records = appendNullable(b.records, r.Key)
		b.records = appendNullable(b.records, r.Value)
		b.records = binary.AppendVarint(b.records, int64(len(r.Headers)))
		for _, h := range r.Headers {
			b.records = binary.AppendVarint(b.records, int64(len(h.Key)))
			b.records = append(b.records, h.Key...)
			b.records = appendNullable(b.records, h.Value)
		}
	}
	return first, last
}

// recordLength is the length of a record without that of its length.
func recordLength(r Record, sinceFirst int64, number int) int {
	n := 1 + varintLength(sinceFirst) + varintLength(int64(number)) + nullableLength(r.Key) + nullableLength(r.Value) + varintLength(int64(len(r.Headers)))
	for _, h := range r.Headers {
		n += varintLength(int64(len(h.Key))) + len(h.Key) + nullableLength(h.Value)
	}
	return n
}

func varintLength(n int64) int {
	var b [binary.MaxVarintLen64]byte
	return binary.PutVarint(b[:], n)
}

// nullableLength is that of bytes behind their length, which is −1 for none.
func nullableLength(b []byte) int {
	if b == nil {
		return 1
	}
	return varintLength(int64(len(b))) + len(b)
}

func appendNullable(dst, b []byte) []byte {
	if b == nil {
		return binary.AppendVarint(dst, -1)
	}
	return append(binary.AppendVarint(dst, int64(len(b))), b...)
}

// packBlock is how much is packed at once. It is a window of LZ4's four times over.
const packBlock = lz4.Block256Kb

// pack writes the records compressed.
func (b *batch) pack(to *bytes.Buffer, c Compression) error {
	switch c {
	case NoCompression:
		to.Write(b.records)
		return nil
	case LZ4:
		if b.packer == nil {
			b.packer = lz4.NewWriter(nil)
			// The batch has a checksum.
			if err := b.packer.Apply(lz4.BlockSizeOption(packBlock), lz4.ChecksumOption(false)); err != nil {
				return err
			}
		}
		b.packer.Reset(to)
		return writeAll(b.packer, b.records)
	}
	return writeAll(codes[c].Codec().NewWriter(to), b.records)
}

func writeAll(to io.WriteCloser, data []byte) error {
	if _, err := to.Write(data); err != nil {
		return err
	}
	return to.Close()
}

// largeBatch is from when on a batch's memory is not kept: it had a record of many megabytes.
const largeBatch = 4 * maxBatchBytes

// release keeps a batch's memory for the next. No request may be using it any more.
func (b *batch) release() {
	if cap(b.records) <= largeBatch && cap(b.encoded) <= largeBatch {
		batches.Put(b)
	}
}
