package snapshot

import (
	"context"
	"database/sql"
	"errors"
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
	Listed  *Listed  // nil is every row
	After   []string // primary key before the first row; nil begins at the first
	Until   []string // primary key of the last row that may come; nil is the table's
	Some    *Some    // nil is all rows between
	Limit   int
}

// A Parent is a table joined for one column, which is NULL where no parent is.
type Parent struct {
	Table  string // quoted
	PK     string // its primary key
	Child  string // the column of the child that holds it
	Column string // the column to read
}

// keyOf reads one primary key; nil where the query finds none.
func keyOf(ctx context.Context, conn *sql.Conn, pk []string, query string, args ...any) ([]string, error) {
	rows, err := conn.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	if !rows.Next() {
		return nil, rows.Err()
	}
	key := make([]string, len(pk))
	if err := rows.Scan(pointers(key)...); err != nil {
		return nil, err
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
	enough := errors.Is(err, errEnough)
	if enough {
		err = nil
	}
	if c.Rows > 0 {
		c.Last = nil
		for _, value := range key {
			c.Last = append(c.Last, string(value))
		}
	}
	if err != nil {
		return fmt.Errorf("read a range of %s: %w", r.Table, err)
	}
	c.Done = !enough && c.Rows < r.Limit || equal(c.Last, r.Until)
	return nil
}

// query is the SELECT of the range.
func (r Range) query() (string, []any) {
	list := r.list()
	if r.Parent != nil {
		list += ", p." + quote(r.Parent.Column)
	}
	where, args := r.where()
	return fmt.Sprintf("SELECT %s FROM %s%s ORDER BY %s LIMIT %d", list, r.from(), where, quoted("c", r.PK), r.Limit), args
}

// edge is the SELECT of one primary key of the range: of its last row, or of the nth from its
// beginning.
func (r Range) edge(last bool, n int) (string, []any) {
	order, where := quoted("c", r.PK), ""
	if last {
		order = strings.Join(mapped(r.PK, func(c string) string { return "c." + quote(c) + " DESC" }), ", ")
	}
	where, args := r.where()
	return fmt.Sprintf("SELECT %s FROM %s%s ORDER BY %s LIMIT 1 OFFSET %d", quoted("c", r.PK), r.from(), where, order, n), args
}

// from is the table, with its parent where that is read, and what lists its rows.
func (r Range) from() string {
	from := r.Table + " AS c" + r.Listed.join("c")
	if p := r.Parent; p != nil {
		from += " LEFT JOIN " + p.Table + " AS p ON p." + quote(p.PK) + " = c." + quote(p.Child)
	}
	return from
}

// where compares the key with the bounds of the range. A composite key is compared column by
// column and spelled out with OR, which the optimiser can use an index for.
func (r Range) where() (text string, args []any) {
	var all []string
	add := func(condition string, values []any) { all, args = append(all, condition), append(args, values...) }
	if r.After != nil {
		add(bound(r.PK, r.After, ">", false))
	}
	if r.Until != nil {
		add(bound(r.PK, r.Until, "<", true))
	}
	if s := r.Some; s != nil && s.From != "" {
		add(s.column()+" >= ?", []any{s.From})
	}
	if s := r.Some; s != nil && s.To != "" {
		add(s.column()+" <= ?", []any{s.To})
	}
	if s := r.Some; s != nil && len(s.Values) > 0 {
		add(s.column()+" IN (?"+strings.Repeat(",?", len(s.Values)-1)+")", values(s.Values))
	}
	if len(all) == 0 {
		return "", nil
	}
	return " WHERE " + strings.Join(all, " AND "), args
}

// Some are the rows of a table whose column has a value between two, with both, or one of
// several; "" is no bound, and so are no values. Values are SQL text.
type Some struct {
	Column   string
	OfParent bool // the column is the parent's
	From, To string
	Values   []string
}

func values(texts []string) []any {
	all := make([]any, len(texts))
	for i, text := range texts {
		all[i] = text
	}
	return all
}

func (s *Some) column() string {
	if s.OfParent {
		return "p." + quote(s.Column)
	}
	return "c." + quote(s.Column)
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
