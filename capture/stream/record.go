package stream

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// An origin is where a row comes from: everything in its envelope but the row.
type origin struct {
	source   string // configured name
	database string
	table    string // logical
	serverID uint32
	gtid     string
	began    string // the place of a transaction without a GTID
	file     string
	pos      uint64
	row      int // ordinal within the transaction or chunk, from 0
	tsMS     int64
	nowMS    int64
	snapshot bool
}

// appendEnvelope writes the value of a raw record; before or after may be nil.
func appendEnvelope(b []byte, op change.Op, before, after *row.Image, o *origin) []byte {
	b = appendImage(append(b, `{"before":`...), before)
	b = appendImage(append(b, `,"after":`...), after)
	b = row.AppendString(append(b, `,"source":{"name":`...), []byte(o.source))
	b = row.AppendString(append(b, `,"db":`...), []byte(o.database))
	b = row.AppendString(append(b, `,"table":`...), []byte(o.table))
	b = strconv.AppendUint(append(b, `,"server_id":`...), uint64(o.serverID), 10)
	if o.gtid != "" {
		b = row.AppendString(append(b, `,"gtid":`...), []byte(o.gtid))
	}
	b = row.AppendString(append(b, `,"file":`...), []byte(o.file))
	b = strconv.AppendUint(append(b, `,"pos":`...), o.pos, 10)
	b = strconv.AppendInt(append(b, `,"row":`...), int64(o.row), 10)
	b = strconv.AppendInt(append(b, `,"ts_ms":`...), o.tsMS, 10)
	b = strconv.AppendBool(append(b, `,"snapshot":"`...), o.snapshot)
	b = append(append(append(b, `"},"op":"`...), op...), '"')
	b = strconv.AppendInt(append(b, `,"ts_ms":`...), o.nowMS, 10)
	if o.snapshot {
		return append(b, `,"transaction":null}`...)
	}
	b = row.AppendString(append(b, `,"transaction":{"id":`...), []byte(cmp.Or(o.gtid, o.began)))
	b = strconv.AppendInt(append(b, `,"total_order":`...), int64(o.row)+1, 10)
	return append(b, `}}`...)
}

func appendImage(b []byte, img *row.Image) []byte {
	if img == nil {
		return append(b, "null"...)
	}
	return append(b, img.JSON...)
}

// rowRecord is the record of a changed row, and the root that it belongs to: that of
// after, or of before where the row is gone. The zero publishable is no image. The record
// holds nothing of the images.
func (m *memory) rowRecord(op change.Op, before, after publishable, version change.Version, o *origin) (change.Root, topic.Record) {
	last, size := after, envelopeSize
	if op == change.Delete {
		last = before
	}
	for _, p := range [2]publishable{before, after} {
		if p.img != nil {
			size += len(p.img.JSON)
		}
	}
	return last.root, topic.Record{
		Key:     m.copied(last.img.Key),
		Value:   appendEnvelope(m.bytes(size), op, before.img, after.img, o),
		Headers: m.rowHeaders(version, last.root),
	}
}

// envelopeSize is more than an envelope has around its images, so that a value has room
// where it begins.
const envelopeSize = 512

// controlRecord is a commit marker or a snapshot's begin or end.
func controlRecord(kind, key string, version change.Version, value any) (topic.Record, error) {
	body, err := json.Marshal(value)
	if err != nil {
		return topic.Record{}, fmt.Errorf("encode %s record: %w", kind, err)
	}
	return topic.Record{Key: []byte(key), Value: body, Headers: []topic.Header{
		{Key: change.HeaderVersion, Value: []byte(version.String())},
		{Key: change.HeaderKind, Value: []byte(kind)},
	}}, nil
}
