package transform

import (
	"encoding/json"
	"errors"
	"fmt"

	fastjson "github.com/segmentio/encoding/json"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/transform/assemble"
	"github.com/mage2sage/mage2sage/transform/reference"
	"github.com/mage2sage/mage2sage/transform/state"
)

// A RecordError is a record that broke the contract of its topic. It is set aside, and the
// others pass.
type RecordError struct {
	At  topic.Coordinates
	Key string // of the record
	Err error
	// Root is what cannot be assembled because of the record's row, which decodes by itself; "" where
	// the row was not taken.
	Root change.Root
}

func (e *RecordError) Error() string {
	return fmt.Sprintf("record %s is set aside: %v: %s", e.At, e.Err, hint(e.At.Topic))
}

// hint is what helps a record of a topic that was set aside.
func hint(name string) string {
	return fmt.Sprintf("it heals when the row changes again, and is tried again at every start; `mage2sage transform skip` passes over it; all stages must be of one version (see `mage2sage version`); if they are, delete topic %s "+
		"(with the embedded broker, stop and delete the folder kafka.data_dir): the topic is filled anew, and nothing is posted twice", name)
}

func (e *RecordError) Unwrap() error { return e.Err }

// A LaterStateError stops the stage: its state holds something that only a later
// version of transform knows.
type LaterStateError struct{ Err error }

func (e *LaterStateError) Error() string {
	return fmt.Sprintf("%v: a later version has written transform.state_dir: run that version again, or delete the folder and start this one, which then reads the topics from their beginning", e.Err)
}

func (e *LaterStateError) Unwrap() error { return e.Err }

// decodeRow reads a record that carries a row. A later version of capture may publish
// tables that this version does not know: then known is false, and the row has the
// table's name alone. It has none where the table is known and nothing is made of it. A root that is not known is an error: the row of a known table
// would be missing in a document.
func decodeRow(r *topic.Record, at place) (row state.Row, known bool, err error) {
	key, err := change.DecodeKey(r.Key)
	if err != nil {
		return row, false, explainDecode("its key", err)
	}
	table, known := magento.ByName(key.Table)
	if !known {
		return state.Row{Table: key.Table}, false, nil
	}
	if !reads(table) {
		return state.Row{}, false, nil
	}
	value, err := decodeValue(r)
	if err != nil {
		return row, true, err
	}
	if err := at.fits(r, table, key, value); err != nil {
		return row, true, err
	}
	version, err := change.ParseVersion(r.Header(change.HeaderVersion))
	row = state.Row{
		Root: change.Root(r.Header(change.HeaderRoot)), Table: key.Table, PK: string(key.PK),
		Version: version, TSMS: value.Source.TSMS, Offset: r.Offset, Deleted: value.Op == change.Delete, Created: value.Op == change.Create,
	}
	if !row.Deleted {
		row.Value = value.After
	}
	return row, true, err
}

// reads reports whether the rows of a table are kept. Others are there for those who read the
// raw topics.
func reads(t magento.Table) bool {
	if t.Domain == change.Reference {
		return t.Group == magento.Always || reference.Reads(t.Name)
	}
	return assemble.Reads(t.Name)
}

// A rowValue is what is read of an envelope.
type rowValue struct {
	Before json.RawMessage `json:"before"`
	After  json.RawMessage `json:"after"`
	Op     change.Op       `json:"op"`
	Source struct {
		Table string `json:"table"`
		TSMS  int64  `json:"ts_ms"`
	} `json:"source"`
}

// image is the row as it is, or as it was when it was deleted.
func (v rowValue) image() json.RawMessage {
	if v.Op == change.Delete {
		return v.Before
	}
	return v.After
}

// decodeValue reads a record's value. A tombstone is what compaction leaves of a deletion.
func decodeValue(r *topic.Record) (v rowValue, err error) {
	if r.Value == nil {
		v.Op, v.Source.TSMS = change.Delete, r.Time.UnixMilli()
		return v, nil
	}
	if rest, err := fastjson.Parse(r.Value, &v, fastjson.ZeroCopy); err != nil || len(rest) > 0 {
		return v, explainDecode("its value", err)
	}
	switch v.Op {
	case change.Delete:
		return v, nil
	case change.Create, change.Update, change.Read:
	default:
		return v, errors.New("its value does not decode: its operation is none on a row")
	}
	if len(v.After) == 0 || v.After[0] != '{' {
		return v, errors.New("its value does not decode: it has no row")
	}
	return v, nil
}
