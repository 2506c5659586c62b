package capture

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/snapshot"
	"github.com/mage2sage/mage2sage/capture/source"
	"github.com/mage2sage/mage2sage/capture/stream"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// A column is one of a table.
type column struct{ table, name string }

// severed finds the rows that were linked to deleted rows of other roots and are not in
// their tables as they were published last. It reads the topics of the linked tables as a
// whole: rows of any root may be among them.
func (s *Stage) severed(ctx context.Context, db *source.Database, task stream.Bereft) (found []stream.Gone, at position.Position, err error) {
	links := linksTo(task.Severed)
	for d := range domainsOf(links) {
		byTable := map[string][]publishedRow{}
		for p, end := range task.Ends[d] {
			living, err := s.living(ctx, s.Names.Raw(d), p, end, func(r publishedRow) bool { return linked(r, links) })
			if err != nil {
				return nil, at, err
			}
			for _, row := range living {
				byTable[row.Table.Name] = append(byTable[row.Table.Name], row)
			}
		}
		changed, now, err := otherIn(ctx, db, byTable, task.At)
		if err != nil {
			return nil, at, err
		}
		found = append(found, changed...)
		if !at.Reached(now) {
			at = now
		}
	}
	return found, at, nil
}

// linksTo are the columns that hold keys of deleted rows, with those keys. One column may hold
// keys of several tables: a variant goes with its product, and with the number of it.
func linksTo(deleted map[string]map[string]bool) map[column]map[string]bool {
	all := map[column]map[string]bool{}
	for parent, ids := range deleted {
		for _, l := range magento.LinksTo(parent) {
			c := column{l.Table, l.Column}
			if all[c] == nil {
				all[c] = map[string]bool{}
			}
			maps.Copy(all[c], ids)
		}
	}
	return all
}

func domainsOf(links map[column]map[string]bool) map[change.Domain]bool {
	all := map[change.Domain]bool{}
	for c := range links {
		t, _ := magento.ByName(c.table)
		all[t.Domain] = true
	}
	return all
}

// linked reports whether a row holds the key of a deleted one.
func linked(r publishedRow, links map[column]map[string]bool) bool {
	var values map[string]json.RawMessage
	for c, ids := range links {
		if c.table != r.Table.Name {
			continue
		}
		if values == nil && json.Unmarshal(r.Row, &values) != nil {
			return false
		}
		if ids[string(values[c.name])] {
			return true
		}
	}
	return false
}

// otherIn keeps the rows that their tables do not have, or have with another content, and
// says where the log stood when the last of them was read.
func otherIn(ctx context.Context, db *source.Database, rows map[string][]publishedRow, after position.From) (found []stream.Gone, at position.Position, err error) {
	for _, of := range rows {
		t := of[0].Table
		if !db.Captures(t) {
			continue
		}
		layout, err := db.Layout(ctx, t)
		if err != nil {
			return nil, at, fmt.Errorf("read rows of %s again: %w", t.Name, err)
		}
		var ids []snapshot.Key
		for _, row := range of {
			ids = append(ids, row.id)
		}
		now, read, err := snapshot.Rows(ctx, db, layout, ids, after)
		if err != nil {
			return nil, at, err
		}
		if !at.Reached(read) {
			at = read
		}
		for _, row := range of {
			img, there := now[row.id.String()]
			row.Table = layout.Table
			if row.Now = img.JSON; !there || !bytes.Equal(img.JSON, row.Row) {
				found = append(found, row.Gone)
			}
		}
	}
	return found, at, nil
}
