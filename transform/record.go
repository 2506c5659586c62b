package transform

import (
	"encoding/json"
	"fmt"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/transform/assemble"
	"github.com/mage2sage/mage2sage/transform/state"
)

// A RecordError is a record that broke the contract of its topic. It is set aside, and the
// others pass.
type RecordError struct {
	At  topic.Coordinates
	Err error
}

func (e *RecordError) Error() string {
	return fmt.Sprintf("record %s is set aside: %v: %s", e.At, e.Err, e.hint())
}

func (e *RecordError) hint() string {
	return fmt.Sprintf("it heals when the row changes again; all stages must be of one version (see `mage2sage version`); if they are, delete topic %s "+
		"(with the embedded broker, stop and delete the folder kafka.data_dir): the topic is filled anew, and nothing is posted twice", e.At.Topic)
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
// table's name alone. A root that is not known is an error: the row of a known table
// would be missing in a document.
func decodeRow(r *topic.Record) (row state.Row, known bool, err error) {
	key, err := change.DecodeKey(r.Key)
	if err != nil {
		return row, false, err
	}
	table, known := magento.ByName(key.Table)
	if !known {
		return state.Row{Table: key.Table}, false, nil
	}
	version, err := change.ParseVersion(r.Header(change.HeaderVersion))
	if err != nil {
		return row, false, err
	}
	row = state.Row{
		Root: change.Root(r.Header(change.HeaderRoot)), Table: key.Table, PK: string(key.PK),
		Version: version, TSMS: r.Time.UnixMilli(), Offset: r.Offset, Deleted: true,
	}
	if table.Domain != change.Reference {
		if err := assemble.CheckRoot(row.Root); err != nil {
			return row, false, err
		}
	}
	return row, true, decodeValue(&row, r.Value)
}

// decodeValue fills in the row's columns. A tombstone is what compaction leaves of a
// deletion.
func decodeValue(row *state.Row, value []byte) error {
	if value == nil {
		return nil
	}
	var e struct {
		After  json.RawMessage `json:"after"`
		Op     change.Op       `json:"op"`
		Source struct {
			TSMS int64 `json:"ts_ms"`
		} `json:"source"`
	}
	if err := json.Unmarshal(value, &e); err != nil {
		return fmt.Errorf("decode envelope: %w", err)
	}
	row.TSMS = e.Source.TSMS
	switch e.Op {
	case change.Delete:
		return nil
	case change.Create, change.Update, change.Read:
		row.Deleted, row.Value = false, e.After
	default:
		return fmt.Errorf("decode envelope: operation %q is not handled", e.Op)
	}
	if len(e.After) == 0 || e.After[0] != '{' {
		return fmt.Errorf("decode envelope: operation %q without a row", e.Op)
	}
	return nil
}
