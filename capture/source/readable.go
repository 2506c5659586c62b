package source

import (
	"context"
	"fmt"
	"strings"

	"github.com/mage2sage/mage2sage/schemas/magento"
)

// A DeniedError says that the user may not read a table, or some of its columns. The
// server hides from information_schema what a user may not read, so without asking it
// would look like a table or column that the shop does not have.
type DeniedError struct {
	Table   string   // as it is called in the shop
	Columns []string // none: the whole table
	Grant   string   // what to type
	// Unnamed says that all allowed columns may be read, but the log does not name its
	// columns: who sees only some of them cannot tell which value is whose.
	Unnamed bool
}

func (e *DeniedError) Error() string {
	if e.Unnamed {
		return "does not see every column of the table " + e.Table + ", and with binlog_row_metadata below FULL the log does not name them"
	}
	if len(e.Columns) == 0 {
		return "may not read the table " + e.Table
	}
	return "may not read " + strings.Join(e.Columns, ", ") + " of the table " + e.Table
}

// A MissingError says that the shop's database has no such table, though every Magento
// 2 has it.
type MissingError struct{ Table string }

func (e *MissingError) Error() string { return "there is no table " + e.Table }

// readable proves that a table is there and that all of its allowed columns may be
// read. It returns a DeniedError or a MissingError.
func (d *Database) readable(ctx context.Context, t magento.Table) error {
	err := d.ask(ctx, "*", t)
	switch errorNumber(err) {
	case noSuchTable, noSuchDatabase:
		return &MissingError{d.physical(t.Name)}
	case tableAccessDenied, columnAccessDenied, databaseAccessDenied:
		return d.readableColumns(ctx, t)
	}
	return err
}

// readableColumns asks for each allowed column alone. One that the table does not have
// is known to the server as such; with no right to any column every answer is a denial.
func (d *Database) readableColumns(ctx context.Context, t magento.Table) error {
	denied := &DeniedError{Table: d.physical(t.Name)}
	for _, c := range t.Columns {
		err := d.ask(ctx, quote(c), t)
		switch errorNumber(err) {
		case tableAccessDenied, databaseAccessDenied:
			denied.Columns, denied.Grant = nil, d.grant("SELECT", d.Qualified(t.Name))
			return denied
		case columnAccessDenied:
			denied.Columns = append(denied.Columns, c)
		case unknownColumn:
		default:
			if err != nil {
				return err
			}
		}
	}
	if len(denied.Columns) == 0 {
		metadata, err := d.RowMetadata(ctx)
		if err != nil || metadata == "FULL" {
			return err
		}
		denied.Unnamed, denied.Grant = true, d.grant("SELECT", d.Qualified(t.Name))
		return denied
	}
	quoted := make([]string, len(denied.Columns))
	for i, c := range denied.Columns {
		quoted[i] = quote(c)
	}
	denied.Grant = d.grant("SELECT ("+strings.Join(quoted, ", ")+")", d.Qualified(t.Name))
	return denied
}

// ask reads no row of a table.
func (d *Database) ask(ctx context.Context, columns string, t magento.Table) error {
	rows, err := d.db.QueryContext(ctx, "SELECT "+columns+" FROM "+d.Qualified(t.Name)+" LIMIT 0")
	if err != nil {
		return fmt.Errorf("look at %s: %w", d.physical(t.Name), err)
	}
	defer rows.Close()
	return rows.Err()
}

// grant is a statement that gives our user a right.
func (d *Database) grant(right, on string) string {
	return "GRANT " + right + " ON " + on + " TO " + d.Server.user + ";"
}

// Empty lists those of some tables that are there and have no row.
func (d *Database) Empty(ctx context.Context, tables []string) (empty []string, err error) {
	for _, name := range tables {
		rows, err := d.db.QueryContext(ctx, "SELECT 1 FROM "+d.Qualified(name)+" LIMIT 1")
		if err != nil {
			return nil, fmt.Errorf("look for rows of %s: %w", d.physical(name), err)
		}
		if !rows.Next() {
			empty = append(empty, name)
		}
		if err := rows.Close(); err != nil {
			return nil, fmt.Errorf("look for rows of %s: %w", d.physical(name), err)
		}
		if err := rows.Err(); err != nil {
			return nil, fmt.Errorf("look for rows of %s: %w", d.physical(name), err)
		}
	}
	return empty, nil
}
