package source

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// Name is that of the shop's database, as the server compares it.
func (d *Database) Name() string { return d.options.Database }

// physical is a table's name in the shop.
func (d *Database) physical(table string) string { return d.options.TablePrefix + table }

// Qualified is a table's quoted name with its database.
func (d *Database) Qualified(table string) string {
	return quote(d.options.Database) + "." + quote(d.physical(table))
}

// Columns reads a table's columns by its name in the shop, in their order and with those
// that the server hides; none when the table does not exist.
func (d *Database) Columns(ctx context.Context, physical string) (all []row.Definition, err error) {
	rows, err := d.db.QueryContext(ctx, `SELECT COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, COALESCE(CHARACTER_SET_NAME, ''), COALESCE(GENERATION_EXPRESSION, '') = 'ROW END'
		FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION`,
		d.options.Database, physical)
	if err != nil {
		return nil, fmt.Errorf("columns of %s: %w", physical, err)
	}
	defer rows.Close()
	for rows.Next() {
		var c row.Definition
		var full string
		if err := rows.Scan(&c.Name, &c.DataType, &full, &c.Charset, &c.RowEnd); err != nil {
			return nil, fmt.Errorf("columns of %s: %w", physical, err)
		}
		c.Unsigned, c.Labels = strings.Contains(full, "unsigned"), row.Labels(full)
		all = append(all, c)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("columns of %s: %w", physical, err)
	}
	hidden, err := d.hidden(ctx, physical, all)
	return append(all, hidden...), err
}

// Definitions are the columns of the captured tables as they are now, by the name that
// each has in the shop.
func (d *Database) Definitions(ctx context.Context) (map[string][]row.Definition, error) {
	all := map[string][]row.Definition{}
	for physical := range d.CapturedTables() {
		columns, err := d.Columns(ctx, physical)
		if err != nil {
			return nil, err
		}
		all[physical] = columns
	}
	return all, nil
}

// Layout is that of a table as it is now, all of whose allowed columns may be read: it
// returns a DeniedError when they may not, a MissingError when the shop does not have the
// table, and a NumberedVersionsError when its changes are not logged as rows.
func (d *Database) Layout(ctx context.Context, t magento.Table) (*row.Layout, error) {
	if err := d.readable(ctx, t); err != nil {
		return nil, err
	}
	t = d.AsKept(t)
	columns, err := d.Columns(ctx, d.physical(t.Name))
	if err != nil {
		return nil, err
	}
	kinds := map[string]row.Kind{}
	for _, c := range columns {
		if c.RowEnd && c.DataType != "timestamp" {
			return nil, &NumberedVersionsError{d.physical(t.Name)}
		}
		kinds[c.Name] = row.KindOf(c.DataType)
	}
	return row.NewLayout(t, kinds)
}

// TableType is information_schema's TABLE_TYPE: "BASE TABLE", "VIEW", "SYSTEM VERSIONED"; ""
// where no table of the name can be seen.
func (d *Database) TableType(ctx context.Context, database, table string) (kind string, err error) {
	err = d.db.QueryRowContext(ctx, "SELECT TABLE_TYPE FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?", database, table).Scan(&kind)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("look up the kind of a table: %w", err)
	}
	return kind, nil
}

// Expected is how many rows some tables have, by the server's own estimate. It knows nothing
// of how many carts are negotiated, which are few among many, so that they are left out.
func (d *Database) Expected(ctx context.Context, tables []magento.Table) (rows int64, err error) {
	args := []any{d.options.Database}
	for _, t := range tables {
		if t.Filter != magento.NegotiatedCarts {
			args = append(args, d.physical(t.Name))
		}
	}
	if len(args) == 1 {
		return 0, nil
	}
	query := "SELECT CAST(COALESCE(SUM(TABLE_ROWS), 0) AS SIGNED) FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME IN (?" + strings.Repeat(", ?", len(args)-2) + ")"
	if err := d.db.QueryRowContext(ctx, query, args...).Scan(&rows); err != nil {
		return 0, fmt.Errorf("estimate the rows of a snapshot: %w", err)
	}
	return rows, nil
}

// Charsets maps collation ids to character sets.
func (d *Database) Charsets(ctx context.Context) (map[uint64]string, error) {
	return d.dialect.charsets(ctx, d.db)
}

// RowMetadata is the server's binlog_row_metadata.
func (d *Database) RowMetadata(ctx context.Context) (value string, err error) {
	if err := d.db.QueryRowContext(ctx, "SELECT @@global.binlog_row_metadata").Scan(&value); err != nil {
		return "", fmt.Errorf("read binlog_row_metadata: %w", err)
	}
	return value, nil
}

// RootOfParent reads the aggregate's id from the row of a parent table; ok is false
// where there is no such row, or it hangs on nothing.
func (d *Database) RootOfParent(ctx context.Context, r magento.RootRule, id uint64) (root uint64, ok bool, err error) {
	query := "SELECT " + quote(r.ParentRoot) + " FROM " + d.Qualified(r.Parent) + " WHERE " + quote(r.ParentKey) + " = ?"
	var found sql.Null[uint64]
	err = d.db.QueryRowContext(ctx, query, id).Scan(&found)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("look up the root of %s: %w", r.Parent, err)
	}
	return found.V, found.Valid, nil
}

// AttributeCode reads the code of an attribute; ok is false where there is none of
// that id, which is the text of a number or of NULL.
func (d *Database) AttributeCode(ctx context.Context, id string) (code string, ok bool, err error) {
	t, _ := magento.ByName(magento.AttributeTable)
	query := "SELECT " + quote(t.FilterColumn) + " FROM " + d.Qualified(t.Name) + " WHERE " + quote(t.PK[0]) + " = ?"
	err = d.db.QueryRowContext(ctx, query, id).Scan(&code)
	if errors.Is(err, sql.ErrNoRows) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("look up an attribute: %w", err)
	}
	return code, true, nil
}

func quote(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }
