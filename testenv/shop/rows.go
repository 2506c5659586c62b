package shop

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// A row is the columns to write; a column that is not named takes its default.
type row map[string]any

// put sets name to the amount in the order's currency and base_name to the other.
func (r row) put(name string, p pair) row {
	r[name], r["base_"+name] = p[inOrder], p[inBase]
	return r
}

// puts is put for several names.
func (r row) puts(pairs map[string]pair) row {
	for name, p := range pairs {
		r.put(name, p)
	}
	return r
}

// A record is a row as it was read, by column.
type record map[string]sql.NullString

func (r record) text(column string) string { return r[column].String }

func (r record) int(column string) int64 {
	whole, _, _ := strings.Cut(r[column].String, ".")
	n, _ := strconv.ParseInt(whole, 10, 64) // the column is a number or null
	return n
}

func (r record) amount(column string) amount {
	a, err := parseAmount(r[column].String)
	if err != nil {
		panic("column " + column + " is not an amount: " + err.Error())
	}
	return a
}

// pair reads base_column and column; null is zero.
func (r record) pair(column string) pair { return pair{r.amount("base_" + column), r.amount(column)} }

// A writer runs statements: a transaction, or the pool for one that commits itself.
type writer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// table is the quoted name with the shop's prefix.
func (s *Shop) table(name string) string { return "`" + s.options.Prefix + name + "`" }

// insert writes one row and returns its auto-increment id, when it has one.
func (s *Shop) insert(ctx context.Context, w writer, table string, r row) (int64, error) {
	columns := slices.Sorted(maps.Keys(r))
	args := make([]any, len(columns))
	for i, column := range columns {
		args[i] = r[column]
	}
	query := fmt.Sprintf("insert into %s (`%s`) values (?%s)", s.table(table), strings.Join(columns, "`,`"), strings.Repeat(",?", len(columns)-1))
	result, err := w.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, fmt.Errorf("insert %s: %w", table, err)
	}
	return result.LastInsertId()
}

// A key is the rows of a table whose column holds a value.
type key struct {
	table, column string
	value         int64
}

// update writes the columns of the rows under the key.
func (s *Shop) update(ctx context.Context, w writer, k key, r row) error {
	columns := slices.Sorted(maps.Keys(r))
	args := make([]any, 0, len(columns)+1)
	for _, column := range columns {
		args = append(args, r[column])
	}
	query := fmt.Sprintf("update %s set `%s`=? where `%s`=?", s.table(k.table), strings.Join(columns, "`=?,`"), k.column)
	if _, err := w.ExecContext(ctx, query, append(args, k.value)...); err != nil {
		return fmt.Errorf("update %s: %w", k.table, err)
	}
	return nil
}

func (s *Shop) remove(ctx context.Context, w writer, k key) error {
	if _, err := w.ExecContext(ctx, fmt.Sprintf("delete from %s where `%s`=?", s.table(k.table), k.column), k.value); err != nil {
		return fmt.Errorf("delete %s: %w", k.table, err)
	}
	return nil
}

// find reads all rows under the key, in the order of their first column.
func (s *Shop) find(ctx context.Context, w writer, k key) ([]record, error) {
	rows, err := w.QueryContext(ctx, fmt.Sprintf("select * from %s where `%s`=? order by 1", s.table(k.table), k.column), k.value)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", k.table, err)
	}
	defer rows.Close()
	found, err := scan(rows)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", k.table, err)
	}
	return found, nil
}

// one is find for a row that must be there.
func (s *Shop) one(ctx context.Context, w writer, k key) (record, error) {
	found, err := s.find(ctx, w, k)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("no row of %s has %s %d", k.table, k.column, k.value)
	}
	return found[0], nil
}

func scan(rows *sql.Rows) ([]record, error) {
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var found []record
	for rows.Next() {
		values := make([]sql.NullString, len(columns))
		targets := make([]any, len(columns))
		for i := range values {
			targets[i] = &values[i]
		}
		if err := rows.Scan(targets...); err != nil {
			return nil, err
		}
		read := make(record, len(columns))
		for i, column := range columns {
			read[column] = values[i]
		}
		found = append(found, read)
	}
	return found, rows.Err()
}

// transaction runs f in one transaction.
func (s *Shop) transaction(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer tx.Rollback() // does nothing after Commit
	if err := f(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}
