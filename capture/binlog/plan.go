package binlog

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/go-mysql-org/go-mysql/replication"

	"github.com/mage2sage/mage2sage/capture/row"
)

// errShort says that a row image ends before its columns do.
var errShort = errors.New("a row image is shorter than its table map says")

// A plan decodes the rows of one table map.
type plan struct {
	name    string
	raw     []byte // the table map's bytes: another map under the same id gets a new plan
	layout  *row.Layout
	columns []stored // all of the table's columns, in their order
	cells   []cell   // scratch: the captured cells of the image at hand, by layout column
	past    bool     // scratch: the image at hand is of a row that is no more
}

// A cell is the stored form of one captured value.
type cell struct {
	column *stored
	bytes  []byte // nil is NULL
}

// mapTable finds or makes the plan of a table map.
func (s *Session) mapTable(raw []byte, e *replication.TableMapEvent) error {
	table, captured := s.config.table(string(e.Schema), string(e.Table))
	if !captured {
		delete(s.plans, e.TableID)
		return nil
	}
	raw = raw[replication.EventHeaderSize : len(raw)-s.trailer]
	if p := s.plans[e.TableID]; p != nil && bytes.Equal(p.raw, raw) {
		return nil
	}
	k, err := s.describe(e, table)
	if err != nil {
		return err
	}
	if err := k.readable(s.inside, table); err != nil {
		return err
	}
	layout, err := row.NewLayout(table, k.kinds())
	if err != nil {
		return &UnreadableError{"rows without a form here (" + err.Error() + ")", s.inside, "correct the table, then start again: a new snapshot is taken"}
	}
	if k.lost != nil {
		return k.lost
	}
	p := &plan{name: table.Name, raw: bytes.Clone(raw), layout: layout, columns: k.columns, cells: make([]cell, len(layout.Columns))}
	for i, c := range layout.Columns {
		p.columns[k.at(c.Name)].out = i
	}
	s.plans[e.TableID] = p
	if s.config.Understood != nil {
		s.config.Understood(table.Name)
	}
	return nil
}

// complete refuses images that lack a captured column: a session of the shop has
// set binlog_row_image to something else than FULL.
func (p *plan) complete(before, after []byte) *UnreadableError {
	for i, c := range p.columns {
		if (c.out >= 0 || c.rowEnd) && (!isSet(before, i) || after != nil && !isSet(after, i)) {
			return &UnreadableError{What: "a row of " + p.name + " without all of its columns",
				Hint: "type SET GLOBAL binlog_row_image=FULL; and see that no session changes it, then start again: a new snapshot is taken"}
		}
	}
	return nil
}

// kindOf: an update whose JSON columns may be logged in parts is an update.
func kindOf(t replication.EventType, e *replication.RowsEvent) replication.EnumRowsEventType {
	if t == replication.PARTIAL_UPDATE_ROWS_EVENT {
		return partialUpdate
	}
	return e.Type()
}

// partialUpdate is beside the library's kinds.
const partialUpdate replication.EnumRowsEventType = 100

// changes decodes the body of a rows event. A row of the past is none: what ends a row is
// its delete.
func (p *plan) changes(kind replication.EnumRowsEventType, first, second, body []byte) (all []row.Change, err error) {
	buf := make([]byte, 0, len(body)*2+512)
	next := func(present []byte) *row.Image {
		var n int
		if n, err = p.cut(body, present); err != nil {
			return nil
		}
		if body = body[n:]; p.past {
			return nil
		}
		var img row.Image
		buf, img = p.layout.Append(buf, p.value)
		return &img
	}
	for len(body) > 0 {
		var c row.Change
		switch kind {
		case replication.EnumRowsEventTypeInsert:
			c.After = next(first)
		case replication.EnumRowsEventTypeDelete:
			c.Before = next(first)
		default:
			if c.Before = next(first); err == nil && kind == partialUpdate {
				body, err = p.skipPartial(body)
			}
			if err == nil {
				c.After = next(second)
			}
		}
		if err != nil {
			return nil, err
		}
		if c.Before != nil || c.After != nil {
			all = append(all, c)
		}
	}
	return all, nil
}

// value appends the cell of a layout column.
func (p *plan) value(dst []byte, column int) []byte {
	c := p.cells[column]
	if c.bytes == nil {
		return append(dst, "null"...)
	}
	return c.column.append(dst, c.bytes)
}

// cut finds the captured cells of one image and returns the image's length.
func (p *plan) cut(body, present []byte) (length int, err error) {
	count := 0
	for i := range p.columns {
		if isSet(present, i) {
			count++
		}
	}
	at := (count + 7) / 8
	if len(body) < at {
		return 0, errShort
	}
	nulls, null := body, 0
	for i := range p.columns {
		if !isSet(present, i) {
			continue
		}
		c := &p.columns[i]
		var value []byte
		if !isSet(nulls, null) {
			start, end, err := c.bounds(body[at:])
			if err != nil {
				return 0, fmt.Errorf("column %d: %w", i+1, err)
			}
			value = body[at+start : at+end : at+end]
			at += end
		}
		null++
		if c.rowEnd {
			p.past = isPast(value)
		}
		if c.out >= 0 {
			p.cells[c.out] = cell{c, value}
		}
	}
	return at, nil
}

func isSet(bitmap []byte, i int) bool {
	return i>>3 < len(bitmap) && bitmap[i>>3]&(1<<(i&7)) != 0
}
