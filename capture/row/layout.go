// Package row writes rows as the JSON objects that stand in an envelope's before
// and after.
//
//	binlog bytes ─┐
//	              ├─ Layout.Append ─→ {"entity_id":7,"grand_total":"12.3400",…}
//	SELECT text  ─┘                   and the record's key beside it
//
// A row reads the same, byte for byte, whether the binlog or a SELECT brought it:
// one Layout per table names the columns and their order, one function writes each
// kind of value. Columns that are not allowed have no place in a Layout, so they
// cannot get into an image.
package row

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"

	"github.com/mage2sage/mage2sage/schemas/magento"
)

// A Layout is how the rows of one table become images: its allowed columns, as
// far as this shop has them, in the order of schemas/magento.
type Layout struct {
	Table   magento.Table
	Columns []Column

	labels [][]byte // `"name":` with what stands before it
	pk     []int    // primary key columns in Columns
	root   int      // Table.Root.Column in Columns, −1 without
	filter int      // Table.FilterColumn in Columns, −1 without
	key    [][]byte // what stands before each value of the key: `{"table":"sales_order","pk":{"entity_id":`
	kept   []int    // which value of its image a column is, −1: none
}

// A Column is one column of a Layout.
type Column struct {
	Name string
	Kind Kind
}

// An Image is one row. Its slices share memory and are not written again.
type Image struct {
	JSON []byte // the row: {"entity_id":7,…}
	Key  []byte // the record's key: {"table":"sales_order","pk":{"entity_id":7}}
	PK   []byte // JSON of the primary key's first column
	Root []byte // JSON of Table.Root.Column, nil where the table has none
	// FilterValue is the JSON of Table.FilterColumn, nil where the table has none.
	FilterValue []byte
}

// A MissingColumnError says that the shop's table lacks a column without which its
// rows cannot be placed.
type MissingColumnError struct{ Table, Column string }

// Error names the column.
func (e *MissingColumnError) Error() string {
	return fmt.Sprintf("table %s has no column %s: it is not the one that Magento 2 makes", e.Table, e.Column)
}

// NewLayout keeps of the shop's columns those that are allowed. It returns an
// UnreadableColumnError for an allowed column of a type that has no JSON form
// here, and a MissingColumnError without primary key or root.
func NewLayout(t magento.Table, shop map[string]Kind) (*Layout, error) {
	l := &Layout{Table: t, root: -1, filter: -1}
	for _, name := range t.Columns {
		kind, ok := shop[name]
		if !ok {
			continue
		}
		if kind == Unreadable {
			return nil, &UnreadableColumnError{t.Name, name}
		}
		l.labels = append(l.labels, label(name, len(l.Columns)))
		l.Columns = append(l.Columns, Column{name, kind})
	}
	for _, name := range t.PK {
		l.pk = append(l.pk, l.find(name))
	}
	l.root, l.filter = l.find(t.Root.Column), l.find(t.FilterColumn)
	if err := l.check(); err != nil {
		return nil, err
	}
	return l, l.keep()
}

func (l *Layout) check() error {
	for i, at := range l.pk {
		if at < 0 {
			return &MissingColumnError{l.Table.Name, l.Table.PK[i]}
		}
	}
	for name, at := range map[string]int{l.Table.Root.Column: l.root, l.Table.FilterColumn: l.filter} {
		if name != "" && at < 0 {
			return &MissingColumnError{l.Table.Name, name}
		}
	}
	return nil
}

func (l *Layout) find(name string) int {
	return slices.IndexFunc(l.Columns, func(c Column) bool { return c.Name == name })
}

func label(name string, at int) []byte {
	if at == 0 {
		return append(AppendString([]byte("{"), []byte(name)), ':')
	}
	return append(AppendString([]byte(","), []byte(name)), ':')
}

// Append builds one image in buf: value appends the JSON of each column, in the
// order of Columns. It returns the longer buf.
func (l *Layout) Append(buf []byte, value func(dst []byte, column int) []byte) ([]byte, Image) {
	var spans [maxKept][2]int
	start := len(buf)
	for i, kept := range l.kept {
		buf = append(buf, l.labels[i]...)
		from := len(buf)
		buf = value(buf, i)
		if kept >= 0 {
			spans[kept] = [2]int{from, len(buf)}
		}
	}
	buf = append(buf, '}')
	end := len(buf)
	for n, at := range l.pk {
		span := spans[l.kept[at]]
		buf = append(buf, l.key[n]...)
		buf = append(buf, buf[span[0]:span[1]]...)
	}
	buf = append(buf, "}}"...)
	pick := func(at int) []byte {
		if at < 0 {
			return nil
		}
		span := spans[l.kept[at]]
		return buf[span[0]:span[1]:span[1]]
	}
	return buf, Image{
		JSON: buf[start:end:end], Key: buf[end:len(buf):len(buf)],
		PK: pick(l.pk[0]), Root: pick(l.root), FilterValue: pick(l.filter),
	}
}

// maxKept bounds the columns whose values an Image has beside its JSON: the primary key,
// the root and what is filtered by.
const maxKept = 8

// keep finds those columns, and writes what stands before each value of the key.
func (l *Layout) keep() error {
	l.kept = slices.Repeat([]int{-1}, len(l.Columns))
	n := 0
	for _, at := range append(slices.Clone(l.pk), l.root, l.filter) {
		if at >= 0 && l.kept[at] < 0 {
			l.kept[at] = n
			n++
		}
	}
	if n > maxKept {
		return fmt.Errorf("table %s has a primary key of %d columns", l.Table.Name, len(l.pk))
	}
	before := append(AppendString([]byte(`{"table":`), []byte(l.Table.Name)), `,"pk":{`...)
	for _, at := range l.pk {
		l.key = append(l.key, append(AppendString(before, []byte(l.Columns[at].Name)), ':'))
		before = []byte{','}
	}
	return nil
}

// Digest tells two definitions of a table apart.
func Digest(all []Definition) string {
	h := fnv.New64a()
	for _, c := range all {
		fmt.Fprintf(h, "%q %q %t %q %t\n", c.Name, c.DataType, c.Unsigned, c.Charset, c.RowEnd)
		if c.Labels != nil {
			fmt.Fprintf(h, "%q\n", c.Labels)
		}
	}
	return strconv.FormatUint(h.Sum64(), 36)
}
