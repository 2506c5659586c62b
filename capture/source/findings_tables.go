package source

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/finding"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// missingTables is the check whose fault is a doubt: the database is a Magento's and
// lacks some of its tables.
const missingTables = "missing tables"

// checkTables sees that every table is there, may be read with all of its allowed
// columns, and has its key and types that can be read.
func (d *Database) checkTables(ctx context.Context) (list finding.List, err error) {
	var denied []*DeniedError
	var missing []string
	all := 0
	for _, t := range magento.Tables {
		if !d.Captures(t) {
			continue
		}
		all++
		_, err := d.Layout(ctx, t)
		var refused *DeniedError
		var absent *MissingError
		var lacking *row.MissingColumnError
		var unreadable *row.UnreadableColumnError
		var numbered *NumberedVersionsError
		switch {
		case errors.As(err, &refused):
			denied = append(denied, refused)
		case errors.As(err, &absent):
			missing = append(missing, absent.Table)
		case errors.As(err, &lacking), errors.As(err, &unreadable):
			list = append(list, finding.Finding{Check: "columns", Problem: err.Error(), Hint: "correct the table"})
		case errors.As(err, &numbered):
			list = append(list, finding.Finding{Check: "versioning", Problem: err.Error(),
				Hint: "type ALTER TABLE " + d.Qualified(t.Name) + " DROP SYSTEM VERSIONING; or give its period columns of timestamp(6)"})
		case err != nil:
			return nil, err
		}
	}
	switch {
	case len(missing) == all:
		return d.lookElsewhere(ctx)
	case len(missing) > 0:
		list = append(list, finding.Finding{Check: missingTables,
			Problem: "the database " + d.options.Database + " lacks " + strings.Join(missing, ", "),
			Hint:    "restore what every Magento 2 has; capture waits for it, and deletes nothing"})
	}
	if len(denied) == all && !denied[0].Unnamed {
		f, err := d.unseen(ctx)
		if err != nil {
			return nil, err
		}
		if f != nil {
			return finding.List{*f}, nil
		}
	}
	if len(denied) > 0 {
		f, err := d.deniedTables(ctx, denied, len(denied) == all)
		if err != nil {
			return nil, err
		}
		list = append(list, f)
	}
	if list == nil {
		list = finding.List{{Check: "tables"}}
	}
	return list, nil
}

// fewGrants is how many tables are named one by one; for more, a right to the database
// is shorter to type.
const fewGrants = 5

// deniedTables says what to type so that tables may be read.
func (d *Database) deniedTables(ctx context.Context, denied []*DeniedError, all bool) (finding.Finding, error) {
	f := finding.Finding{Check: "tables", Problem: "the user " + d.Server.user}
	if len(denied) > fewGrants {
		f.Problem += fmt.Sprintf(" %s, and there are %d more", denied[0], len(denied)-1)
		f.Hint = "type " + d.grant("SELECT", quote(d.options.Database)+".*")
	} else {
		var problems, grants []string
		for _, e := range denied {
			problems, grants = append(problems, e.Error()), append(grants, e.Grant)
		}
		f.Problem += " " + strings.Join(problems, ", and ")
		f.Hint = "type " + strings.Join(grants, " ")
	}
	if slices.ContainsFunc(denied, func(e *DeniedError) bool { return e.Unnamed }) {
		vars, err := d.variables(ctx)
		if err != nil {
			return f, err
		}
		f.Hint += "; or " + hostOf(d.Server.Version, vars).set("binlog_row_metadata", "FULL")
	}
	if !all || denied[0].Unnamed {
		return f, nil
	}
	var other string
	err := d.db.QueryRowContext(ctx, "SELECT TABLE_SCHEMA FROM information_schema.TABLES WHERE TABLE_NAME LIKE '%sales\\_invoice' AND TABLE_SCHEMA <> ? LIMIT 1",
		d.options.Database).Scan(&other)
	if err == nil {
		f.Hint = "correct source.database, for the user may read the Magento in " + other + "; or " + f.Hint
	} else if !errors.Is(err, sql.ErrNoRows) {
		return f, fmt.Errorf("look for a Magento: %w", err)
	}
	return f, nil
}

// lookElsewhere says where the shop's tables may be, when none is where the
// configuration has them.
func (d *Database) lookElsewhere(ctx context.Context) (finding.List, error) {
	const invoices = "sales_invoice"
	similar, err := d.similar(ctx, invoices)
	if err != nil {
		return nil, err
	}
	names, err := d.visible(ctx)
	if err != nil {
		return nil, err
	}
	problem, hint := d.nowhere(invoices, similar, names)
	return finding.List{{Check: "database", Problem: problem, Hint: hint}}, nil
}

// A namedTable is a table by the names that the server has for it; the table is empty
// where the database has no such table.
type namedTable struct{ database, table string }

// similar lists databases of our name in any case, with their tables of a name in any
// case.
func (d *Database) similar(ctx context.Context, table string) (all []namedTable, err error) {
	rows, err := d.db.QueryContext(ctx, `SELECT s.SCHEMA_NAME, COALESCE(t.TABLE_NAME, '') FROM information_schema.SCHEMATA s
		LEFT JOIN information_schema.TABLES t ON t.TABLE_SCHEMA = s.SCHEMA_NAME AND LOWER(t.TABLE_NAME) = LOWER(?)
		WHERE LOWER(s.SCHEMA_NAME) = LOWER(?)`, d.physical(table), d.options.Database)
	if err != nil {
		return nil, fmt.Errorf("look for %s: %w", d.Qualified(table), err)
	}
	defer rows.Close()
	for rows.Next() {
		var n namedTable
		if err := rows.Scan(&n.database, &n.table); err != nil {
			return nil, fmt.Errorf("look for %s: %w", d.Qualified(table), err)
		}
		all = append(all, n)
	}
	return all, rows.Err()
}

// nowhere says that a table is not where the configuration has it. A name that differs
// in case alone is given as the server writes it.
func (d *Database) nowhere(table string, similar []namedTable, visible []string) (problem, hint string) {
	hint = "correct source.database and source.table_prefix (table_prefix in Magento's app/etc/env.php)"
	there := false
	for _, n := range similar {
		if n.table != "" {
			prefix := n.table[:len(n.table)-len(table)]
			return fmt.Sprintf("this server tells upper case from lower case, and has no table %s.%s", d.options.Database, d.physical(table)),
				fmt.Sprintf("write source.database: %s and source.table_prefix: %q", n.database, prefix)
		}
		there = there || n.database == d.options.Database
	}
	switch {
	case there:
		return "the database " + d.options.Database + " has no table " + d.physical(table), hint
	case len(similar) > 0:
		return "this server tells upper case from lower case, and has no database " + d.options.Database, "write source.database: " + similar[0].database
	}
	return "there is no database " + d.options.Database, "correct source.database " + oneOf(visible)
}
