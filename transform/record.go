package transform

import (
	"encoding/json"
	"fmt"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/topic"
	store "github.com/mage2sage/mage2sage/transform/state"
)

// A RecordError stops the stage: a record broke the contract of its topic, and to
// leave it out would make a document wrong.
type RecordError struct {
	Place topic.Coordinates
	Err   error
}

// Error names the place and says what to do.
func (e *RecordError) Error() string {
	return fmt.Sprintf("record %s does not decode: %v: capture and transform must be of one version; if they are, read the tables again with `mage2sage snapshot`", e.Place, e.Err)
}

// Unwrap returns the cause.
func (e *RecordError) Unwrap() error { return e.Err }

// rowRecord reads a record that carries a row; ok is false for a table that this
// version does not know.
func rowRecord(r topic.Record) (row store.Row, ok bool, err error) {
	key, err := change.DecodeKey(r.Key)
	if err != nil {
		return row, false, err
	}
	if _, known := magento.ByName(key.Table); !known {
		return row, false, nil
	}
	version, err := change.ParseVersion(r.Header(change.HeaderVersion))
	if err != nil {
		return row, false, err
	}
	row = store.Row{
		Root: change.Root(r.Header(change.HeaderRoot)), Table: key.Table, PK: string(key.PK),
		Version: version, TSMS: r.Time.UnixMilli(), Offset: r.Offset, Deleted: true,
	}
	if r.Value == nil { // a tombstone: what compaction leaves of a deletion
		return row, true, nil
	}
	var e struct {
		After  json.RawMessage `json:"after"`
		Op     change.Op       `json:"op"`
		Source struct {
			TSMS int64 `json:"ts_ms"`
		} `json:"source"`
	}
	if err := json.Unmarshal(r.Value, &e); err != nil {
		return row, false, fmt.Errorf("decode envelope: %w", err)
	}
	row.TSMS = e.Source.TSMS
	switch e.Op {
	case change.Delete:
		return row, true, nil
	case change.Create, change.Update, change.Read:
		row.Deleted, row.Value = false, e.After
	default:
		return row, false, fmt.Errorf("decode envelope: operation %q is not handled", e.Op)
	}
	if len(e.After) == 0 || e.After[0] != '{' {
		return row, false, fmt.Errorf("decode envelope: operation %q without a row", e.Op)
	}
	return row, true, nil
}
