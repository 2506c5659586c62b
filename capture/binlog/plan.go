package binlog

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/go-mysql-org/go-mysql/mysql"
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
	// captured are the columns of the layout, and cells the stored values that the image at
	// hand has of them, nil where it is NULL.
	captured []*stored
	cells    [][]byte
	doubted  bool                                // its table is in doubt: nothing else is known of it
	past     bool                                // the image at hand is of a row that is no more
	failed   error                               // why a value of it cannot be read
	write    func(dst []byte, column int) []byte // value
}

// newPlan makes the plan of a layout; at is the place of a layout's column in the table.
func newPlan(layout *row.Layout, columns []stored, at func(name string) int) *plan {
	p := &plan{name: layout.Table.Name, layout: layout, columns: columns, cells: make([][]byte, len(layout.Columns))}
	for i, c := range layout.Columns {
		column := &p.columns[at(c.Name)]
		column.out = i
		p.captured = append(p.captured, column)
	}
	p.write = p.value
	return p
}

// mapTable finds or makes the plan of a table map.
func (s *Session) mapTable(body []byte, e *replication.TableMapEvent) error {
	table, captured := s.config.table(string(e.Schema), string(e.Table))
	if !captured {
		delete(s.plans, e.TableID)
		return nil
	}
	if p := s.plans[e.TableID]; p != nil && bytes.Equal(p.raw, body) {
		return nil
	}
	if s.doubted(string(e.Table)) {
		s.passOver(body, e)
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
	if err := s.native(k, string(e.Table), table, len(e.ColumnName) > 0); err != nil {
		return err
	}
	p := newPlan(layout, k.columns, k.at)
	p.raw = bytes.Clone(body)
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

// changes decodes the images of a rows event into a batch. A row of the past is none: what
// ends a row is its delete.
func (p *plan) changes(b *row.Batch, kind replication.EnumRowsEventType, first, second, images []byte) ([]row.Change, error) {
	mark := b.Mark()
	for len(images) > 0 {
		var c row.Change
		var err error
		if kind != replication.EnumRowsEventTypeInsert {
			if c.Before, images, err = p.image(b, images, first); err != nil {
				return nil, err
			}
		}
		switch kind {
		case replication.EnumRowsEventTypeInsert:
			c.After, images, err = p.image(b, images, first)
		case partialUpdate:
			if images, err = p.skipPartial(images); err != nil {
				return nil, err
			}
			c.After, images, err = p.image(b, images, second)
		case replication.EnumRowsEventTypeUpdate:
			c.After, images, err = p.image(b, images, second)
		}
		if err != nil {
			return nil, err
		}
		if c.Before != nil || c.After != nil {
			b.Change(c)
		}
	}
	return b.Since(mark), nil
}

// image decodes the first of some images and returns those that follow it.
func (p *plan) image(b *row.Batch, images, present []byte) (*row.Image, []byte, error) {
	n, err := p.cut(images, present)
	if err != nil {
		return nil, nil, err
	}
	if p.past {
		return nil, images[n:], nil
	}
	p.failed = nil
	img := b.Image(p.layout, p.write)
	return img, images[n:], p.failed
}

// value appends the cell of a layout column.
func (p *plan) value(dst []byte, column int) []byte {
	b, c := p.cells[column], p.captured[column]
	switch {
	case b == nil:
		return append(dst, "null"...)
	case c.compressed:
		text, err := uncompressed(b)
		if err != nil {
			p.failed = err
		}
		return c.append(dst, text)
	case c.kind == mysql.MYSQL_TYPE_JSON:
		text, err := document(b)
		if err != nil {
			p.failed = err
		}
		return row.AppendString(dst, text)
	}
	return c.append(dst, b)
}

// cut finds the captured cells of one image and returns the image's length.
func (p *plan) cut(image, present []byte) (length int, err error) {
	at := (p.count(present) + 7) / 8
	if len(image) < at {
		return 0, errShort
	}
	null := 0
	for i := range p.columns {
		if !isSet(present, i) {
			continue
		}
		c := &p.columns[i]
		var value []byte
		if image[null>>3]&(1<<(null&7)) == 0 {
			start, end, err := c.bounds(image[at:])
			if err != nil {
				return 0, fmt.Errorf("column %d: %w", i+1, err)
			}
			value = image[at+start : at+end : at+end]
			at += end
		}
		null++
		if c.rowEnd {
			p.past = isPast(value)
		}
		if c.out >= 0 {
			p.cells[c.out] = value
		}
	}
	return at, nil
}

// count is how many columns an image has.
func (p *plan) count(present []byte) (n int) {
	for i := range p.columns {
		if isSet(present, i) {
			n++
		}
	}
	return n
}

func isSet(bitmap []byte, i int) bool {
	return i>>3 < len(bitmap) && bitmap[i>>3]&(1<<(i&7)) != 0
}
