package transform

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// A place is where records stand: a domain's partition, and how many it has. Reasons that
// are given here name no value of a record.
type place struct {
	domain                change.Domain
	partition, partitions int
}

// fits holds a row's record against its own key and headers, and against its place.
func (at place) fits(r *topic.Record, t magento.Table, k change.Key, v rowValue) error {
	version, err := change.ParseVersion(r.Header(change.HeaderVersion))
	root := change.Root(r.Header(change.HeaderRoot))
	switch {
	case err != nil || version.IsZero():
		return errors.New("its version header is no version")
	case t.Domain != at.domain:
		return errors.New("its table belongs to another topic")
	case !rooted(t, root):
		return errors.New("its root is none that a row of its table has")
	case root != "" && topic.Partition(root, at.partitions) != at.partition, root == "" && at.partition != 0:
		return errors.New("it stands in another partition than its root belongs to")
	case v.Source.Table != "" && v.Source.Table != k.Table:
		return errors.New("its key names another table than its value")
	}
	return ownRow(t, k, root, v.image())
}

// rooted reports whether a root is one that rows of a table can have. The state ends a root
// with a zero, so that none has one in it.
func rooted(t magento.Table, root change.Root) bool {
	if t.Root.Kind == "" {
		return root == ""
	}
	if t.Root.Kind == change.AggregateStock { // ownRow compares the SKU, where there is a row
		return strings.HasPrefix(string(root), t.Root.Kind+"/") && !strings.ContainsRune(string(root), 0)
	}
	id, ok := root.Number()
	return ok && root == change.NewRoot(t.Root.Kind, id)
}

// ownRow holds key and root against a row's columns. A row that hangs on a parent does not
// say its root, and a tombstone has no columns.
func ownRow(t magento.Table, k change.Key, root change.Root, row json.RawMessage) error {
	if len(row) == 0 || row[0] != '{' {
		return nil
	}
	if !isKey(t, k.PK, row) {
		return errors.New("its key is not that of the row in its value")
	}
	if namesRoot(t, row) && root != rootIn(t, row) {
		return errors.New("its root is not that of the row in its value")
	}
	return nil
}

// namesRoot reports whether a row says its root. One that hangs on a product's version where
// changes are staged does not: it has the version's number, in a column of its own or in that of
// the root.
func namesRoot(t magento.Table, row json.RawMessage) bool {
	if t.Root.Kind == "" || t.Root.Parent != "" {
		return false
	}
	return t.Staged == "" || t.Staged != t.Root.Column && len(column(row, t.Root.Column)) > 0
}

// rootIn is the root that a row names, "" where it names none.
func rootIn(t magento.Table, row json.RawMessage) change.Root {
	own := column(row, t.Root.Column)
	if t.Root.Kind != change.AggregateStock {
		return change.Root(t.Root.Kind + "/" + string(own))
	}
	var sku string
	if err := json.Unmarshal(own, &sku); err != nil {
		return ""
	}
	return change.NewStockRoot(sku)
}

// isKey reports whether a record's key is that of the row. Editions give some tables keys of
// other columns, and the key says of which.
func isKey(t magento.Table, key, row json.RawMessage) bool {
	if !t.OwnKey {
		return bytes.Equal(key, keyOf(t, row))
	}
	var columns map[string]json.RawMessage
	if err := json.Unmarshal(key, &columns); err != nil || len(columns) == 0 {
		return false
	}
	for name, value := range columns {
		if !bytes.Equal(value, column(row, name)) {
			return false
		}
	}
	return true
}

// keyOf is the primary key of a row, as capture writes it into a record's key.
func keyOf(t magento.Table, row json.RawMessage) []byte {
	key := []byte{'{'}
	for i, name := range t.PK {
		if i > 0 {
			key = append(key, ',')
		}
		key = append(append(append(key, '"'), name...), '"', ':')
		key = append(key, column(row, name)...)
	}
	return append(key, '}')
}

// column cuts a number or a text out of a row, which capture writes without spaces. Within a text
// every quote has a backslash before it, so that no text is taken for a column. It is ten
// times as fast as decoding the row, and every row of a topic comes through here.
func column(row json.RawMessage, name string) []byte {
	_, rest, _ := bytes.Cut(row, []byte(`"`+name+`":`))
	if len(rest) > 0 && rest[0] == '"' {
		return rest[:textEnd(rest)]
	}
	end := bytes.IndexAny(rest, ",}")
	return rest[:max(end, 0)]
}

// textEnd is where the text ends that JSON begins with; 0 where it does not end.
func textEnd(text []byte) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 0
}

// errAbove is why a record with such a version is set aside: it would hide all that follows.
var errAbove = errors.New("its version is above the one that the source has reached")

// lookHowFar reads how far the source has come when some records are above what is known
// of it. Capture saves an epoch before it publishes anything of it.
func (s *Stage) lookHowFar(ctx context.Context, records []topic.Record) error {
	reached := s.reached.Load()
	for _, r := range records {
		v, err := change.ParseVersion(r.Header(change.HeaderVersion))
		if err != nil || !v.Above(*reached) || r.Header(change.HeaderPipeline) != s.pipeline {
			continue
		}
		state, err := s.Topics.ReadSourceState(ctx, s.Names, s.Source)
		if err != nil {
			return err
		}
		now := change.Latest(*reached, state.Checkpoint.Version())
		s.reached.Store(&now)
		return nil
	}
	return nil
}

// fitsControl holds a control record against its own key and headers.
func (at place) fitsControl(r *topic.Record, key string, own change.Version) error {
	switch {
	case string(r.Key) != key:
		return errors.New("its key is not that of its kind")
	case own.IsZero() || r.Header(change.HeaderVersion) != own.String():
		return errors.New("its version header is not the version in its value")
	}
	return nil
}

// fitsSnapshot is fitsControl for a snapshot's begin or end.
func (at place) fitsSnapshot(r *topic.Record, kind string, s change.Snapshot) error {
	switch {
	case s.Domain != at.domain:
		return errors.New("it begins or ends the snapshot of another topic")
	case s.Version.Before(s.Begin):
		return errors.New("its snapshot begins after it")
	}
	if t, known := magento.ByName(s.Table); known && t.Domain != at.domain {
		return errors.New("it begins or ends the snapshot of a table of another topic")
	}
	return at.fitsControl(r, s.Scope().Key(kind), s.Version)
}

// fitsEmitted holds a canonical record against what transform would have written.
func (at place) fitsEmitted(r *topic.Record, id canonical.ID, root change.Root, v change.Version) error {
	switch {
	case string(r.Key) != string(id):
		return errors.New("its key is not the id in its value")
	case r.Header(canonical.HeaderVersion) != v.String():
		return errors.New("its version header is not the version in its value")
	case topic.Partition(root, at.partitions) != at.partition:
		return errors.New("it stands in another partition than its root belongs to")
	}
	return nil
}

// explainDecode names what does not decode, and not what stands in it: the decoder's own
// words quote the value.
func explainDecode(what string, err error) error {
	var mismatch *json.UnmarshalTypeError
	if errors.As(err, &mismatch) {
		return fmt.Errorf("%s does not decode: field %s has a value of another type or range", what, mismatch.Field)
	}
	return fmt.Errorf("%s does not decode", what)
}
