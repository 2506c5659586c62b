package randomshop

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/money"
)

type columns map[string]any

// A sheet holds the rows of one root while its history is written, and what was committed.
type sheet struct {
	root  change.Root
	rows  map[string]columns // by table and primary key
	open  Transaction
	done  []Transaction
	clock time.Time
}

func newSheet(root change.Root) *sheet {
	return &sheet{root: root, rows: map[string]columns{}, clock: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)}
}

// now is the time of the open transaction as the log has it.
func (s *sheet) now() string { return s.clock.Format(time.RFC3339) }

// commit ends a transaction; one without changes is none.
func (s *sheet) commit() {
	if len(s.open) > 0 {
		s.done, s.open = append(s.done, s.open), nil
	}
	s.clock = s.clock.Add(90 * time.Minute)
}

// key is a row's primary key, of the row's own columns. It panics for a table that is not
// captured, because a history must not have any.
func key(table string, c columns) string {
	t, ok := magento.ByName(table)
	if !ok {
		panic("randomshop writes " + table + ", which is not captured")
	}
	var all []string
	for _, name := range t.PK {
		value, _ := json.Marshal(c[name])
		all = append(all, fmt.Sprintf("%q:%s", name, value))
	}
	return "{" + strings.Join(all, ",") + "}"
}

func (s *sheet) insert(table string, c columns) {
	s.rows[table+key(table, c)] = c
	s.write(table, c, true)
}

// update changes columns of a row, which c names by its primary key.
func (s *sheet) update(table string, c columns) {
	row := s.row(table, c)
	maps.Copy(row, c)
	s.write(table, row, false)
}

// row is the row as it stands now.
func (s *sheet) row(table string, c columns) columns {
	row := s.rows[table+key(table, c)]
	if row == nil {
		panic("randomshop updates a row of " + table + " that is not there")
	}
	return row
}

// saveAgain writes the root's own row once more with the time of the write, and all others as
// they are.
func (s *sheet) saveAgain(table string, c columns) {
	s.update(table, c)
	for _, place := range slices.Sorted(maps.Keys(s.rows)) {
		if other, _, _ := strings.Cut(place, "{"); other != table {
			s.write(other, s.rows[place], false)
		}
	}
}

// deleteAll deletes the root's own row, and in the log, where the server logs it, what hangs
// on it.
func (s *sheet) deleteAll(table string, c columns, logged bool) {
	s.delete(table, c)
	for _, place := range slices.Sorted(maps.Keys(s.rows)) {
		if other, _, _ := strings.Cut(place, "{"); logged {
			s.delete(other, s.rows[place])
		}
	}
	clear(s.rows)
}

func (s *sheet) delete(table string, c columns) {
	delete(s.rows, table+key(table, c))
	s.open = append(s.open, Change{Table: table, Root: s.root, PK: key(table, c)})
}

func (s *sheet) write(table string, c columns, inserted bool) {
	out := make(map[string]any, len(c))
	for name, value := range c {
		out[name] = text(value)
	}
	s.open = append(s.open, Change{Table: table, Root: s.root, PK: key(table, c), Columns: out, Inserted: inserted})
}

// text prints amounts as the log has them. A nil *money.Amount is NULL.
func text(v any) any {
	switch a := v.(type) {
	case money.Amount:
		return a.Fixed(4)
	case *money.Amount:
		if a == nil {
			return nil
		}
		return a.Fixed(4)
	}
	return v
}
