package snapshot

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// A Range is one piece of a table.
type Range struct {
	Table   string   // `database`.`table`, quoted
	Columns []string // to read, the primary key among them
	Floats  []bool   // which of Columns are FLOATs, whose text would be rounded to six digits
	PK      []string // primary key columns in order
	Parent  *Parent  // nil, or where one more column comes from
	After   []string // primary key before the first row; nil begins at the first
	// Until is the primary key of the table's last row. Nil: it is read first, and
	// Chunk.Until tells it.
	Until []string
	Limit int
}

// A Parent is a table joined for one column, which is NULL where no parent is.
type Parent struct {
	Table  string // quoted
	PK     string // its primary key
	Child  string // the column of the child that holds it
	Column string // the column to read
}

// last reads the primary key of the table's last row; nil when it has none.
func last(ctx context.Context, conn *sql.Conn, r Range) ([]string, error) {
	query := "SELECT " + quoted("", r.PK) + " FROM " + r.Table +
		" ORDER BY " + strings.Join(mapped(r.PK, func(c string) string { return quote(c) + " DESC" }), ", ") + " LIMIT 1"
	rows, err := conn.QueryContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("last key of %s: %w", r.Table, err)
	}
	defer rows.Close()
	if !rows.Next() {
		return nil, rows.Err()
	}
	key := make([]string, len(r.PK))
	if err := rows.Scan(pointers(key)...); err != nil {
		return nil, fmt.Errorf("last key of %s: %w", r.Table, err)
	}
	return key, rows.Err()
}

// read selects the rows of the range.
func read(ctx context.Context, conn *sql.Conn, r Range, c *Chunk, each func([][]byte) error) error {
	query, args := r.query()
	key := make([][]byte, len(r.PK))
	at := make([]int, len(r.PK))
	for i, name := range r.PK {
		at[i] = slices.Index(r.Columns, name)
	}
	err := texts(ctx, conn, query, args, func(values [][]byte) error {
		c.Rows++
		for i := range key {
			key[i] = append(key[i][:0], values[at[i]]...)
		}
		return each(values)
	})
	if c.Rows > 0 {
		c.Last = nil
		for _, value := range key {
			c.Last = append(c.Last, string(value))
		}
	}
	if err != nil {
		return fmt.Errorf("read a range of %s: %w", r.Table, err)
	}
	c.Done = c.Rows < r.Limit || slices.Equal(c.Last, c.Until)
	return nil
}

// query is the SELECT of the range. A composite key is compared column by column
// and spelled out with OR, which the optimiser can use an index for.
func (r Range) query() (string, []any) {
	list, from := r.list(), r.Table+" AS c"
	if p := r.Parent; p != nil {
		list += ", p." + quote(p.Column)
		from += " LEFT JOIN " + p.Table + " AS p ON p." + quote(p.PK) + " = c." + quote(p.Child)
	}
	until, args := bound(r.PK, r.Until, "<", true)
	where := until
	if r.After != nil {
		after, more := bound(r.PK, r.After, ">", false)
		where, args = after+" AND "+until, append(more, args...)
	}
	return fmt.Sprintf("SELECT %s FROM %s WHERE %s ORDER BY %s LIMIT %d", list, from, where, quoted("c", r.PK), r.Limit), args
}

// list names the columns to read.
func (r Range) list() string {
	names := make([]string, len(r.Columns))
	for i, name := range r.Columns {
		names[i] = selected("c."+quote(name), i < len(r.Floats) && r.Floats[i])
	}
	return strings.Join(names, ", ")
}

// selected is how a column is read. A FLOAT is read as the DOUBLE of the same value: its own
// text is rounded to six digits.
func selected(column string, float bool) string {
	if float {
		return column + "+0e0"
	}
	return column
}

// bound compares a key: (a < ? OR (a = ? AND b < ?)), with the last column's
// comparison including equality where including is set.
func bound(pk, key []string, operator string, including bool) (string, []any) {
	column := "c." + quote(pk[0])
	if len(pk) == 1 {
		if including {
			operator += "="
		}
		return column + " " + operator + " ?", []any{key[0]}
	}
	rest, args := bound(pk[1:], key[1:], operator, including)
	return "(" + column + " " + operator + " ? OR (" + column + " = ? AND " + rest + "))", append([]any{key[0], key[0]}, args...)
}

// quote is an identifier in backticks.
func quote(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

func quoted(alias string, names []string) string {
	return strings.Join(mapped(names, func(name string) string {
		if alias == "" {
			return quote(name)
		}
		return alias + "." + quote(name)
	}), ", ")
}

func mapped(names []string, f func(string) string) []string {
	all := make([]string, len(names))
	for i, name := range names {
		all[i] = f(name)
	}
	return all
}

func pointers[T any](values []T) []any {
	all := make([]any, len(values))
	for i := range values {
		all[i] = &values[i]
	}
	return all
}
