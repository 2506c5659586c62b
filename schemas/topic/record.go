package topic

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"
)

// A Header is one header of a record.
type Header = kafka.Header

// A Record is one record of a partition. Value nil is a tombstone.
type Record struct {
	Offset  int64
	Time    time.Time
	Key     []byte
	Value   []byte
	Headers []Header
}

// Header returns the last value of a header, or "" when there is none.
func (r Record) Header(key string) string {
	for i := len(r.Headers) - 1; i >= 0; i-- {
		if r.Headers[i].Key == key {
			return string(r.Headers[i].Value)
		}
	}
	return ""
}

// Size is roughly how many bytes the record takes in a batch: 32 allow for its own
// lengths, offset and time, and 4 for the lengths of each header.
func (r Record) Size() int {
	n := len(r.Key) + len(r.Value) + 32
	for _, h := range r.Headers {
		n += len(h.Key) + len(h.Value) + 4
	}
	return n
}

// A Bookmark is a reader's position in a partition: the offset it reads next and
// the identity of the record before it. The zero Bookmark is the beginning.
type Bookmark struct {
	Offset int64  `json:"offset"`
	Before string `json:"before,omitempty"`
}

// After is the bookmark of a reader that has read r.
func After(r Record) Bookmark { return Bookmark{Offset: r.Offset + 1, Before: r.identity()} }

// identity is a digest of all that distinguishes the record from one at the same
// offset of another broker, its time included. Twelve of SHA-256's bytes are enough:
// it guards against a confusion, not against an attacker.
func (r Record) identity() string {
	h := sha256.New()
	binary.Write(h, binary.BigEndian, [2]int64{r.Offset, r.Time.UnixMilli()})
	for _, part := range [][]byte{r.Key, r.Value} {
		binary.Write(h, binary.BigEndian, int64(len(part)))
		h.Write(part)
	}
	for _, x := range r.Headers {
		fmt.Fprintf(h, "%d:%s=%d:", len(x.Key), x.Key, len(x.Value))
		h.Write(x.Value)
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// Coordinates name one record in an error: "mage2sage.sales/3@17".
type Coordinates struct {
	Topic     string
	Partition int
	Offset    int64
}

func (p Coordinates) String() string { return fmt.Sprintf("%s/%d@%d", p.Topic, p.Partition, p.Offset) }

// ParseCoordinates reads what String writes.
func ParseCoordinates(text string) (p Coordinates, err error) {
	slash, at := strings.LastIndexByte(text, '/'), strings.LastIndexByte(text, '@')
	if slash > 0 && at > slash {
		p.Topic = text[:slash]
		if p.Partition, err = strconv.Atoi(text[slash+1 : at]); err == nil {
			p.Offset, err = strconv.ParseInt(text[at+1:], 10, 64)
		}
	}
	if p.Topic == "" || err != nil || p.Partition < 0 || p.Offset < 0 || p.String() != text {
		return p, fmt.Errorf("%q: write topic, partition and offset as mage2sage record list names them, such as mage2sage.sales/3@17", text)
	}
	return p, nil
}

func fromKafka(r *kafka.Record) (Record, error) {
	key, err := kafka.ReadAll(r.Key)
	if err != nil {
		return Record{}, fmt.Errorf("read key: %w", err)
	}
	value, err := kafka.ReadAll(r.Value)
	if err != nil {
		return Record{}, fmt.Errorf("read value: %w", err)
	}
	return Record{Offset: r.Offset, Time: r.Time, Key: key, Value: value, Headers: r.Headers}, nil
}
