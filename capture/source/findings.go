package source

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/finding"
)

// ReplicaName is the host name under which we are listed by the server's replicas.
const ReplicaName = "mage2sage"

// Preflight asks the server everything that capture needs of it, and returns what
// each check has found. An error says which checks could not be made; what the others
// have found comes with it, for it often is the cause.
func (d *Database) Preflight(ctx context.Context) (list finding.List, failed error) {
	for _, check := range []func(context.Context) (finding.List, error){
		d.checkLog, d.checkServerID, d.checkRights, d.checkDatabase, d.checkColumns, d.checkReplicas,
	} {
		found, err := check(ctx)
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("preflight: %w", err))
		}
		list = append(list, found...)
	}
	return list, failed
}

// logSettings are those of the binary log that capture depends on.
type logSettings struct{ on, format, image, metadata string }

// checkLog sees that rows are logged, as rows, with all their columns.
func (d *Database) checkLog(ctx context.Context) (finding.List, error) {
	var l logSettings
	err := d.db.QueryRowContext(ctx, "SELECT @@global.log_bin, @@global.binlog_format, @@global.binlog_row_image, @@global.binlog_row_metadata").
		Scan(&l.on, &l.format, &l.image, &l.metadata)
	if err != nil {
		return nil, fmt.Errorf("settings of the binary log: %w", err)
	}
	return l.findings(), nil
}

func (l logSettings) findings() finding.List {
	if l.on != "1" { // the other settings say nothing then
		return finding.List{{Check: "log_bin", Problem: "the server writes no binary log",
			Hint: "put log_bin, binlog_format=ROW and binlog_row_metadata=FULL under [mysqld] in my.cnf and restart it"}}
	}
	list := finding.List{{Check: "log_bin"}, {Check: "binlog_format"}, {Check: "binlog_row_image"}, {Check: "binlog_row_metadata", Warning: true}}
	if l.format != "ROW" {
		list[1].Problem = "binlog_format is " + l.format
		list[1].Hint = "type SET GLOBAL binlog_format=ROW; put binlog_format=ROW under [mysqld] in my.cnf, and restart PHP so that its connections take it"
	}
	if l.image != "FULL" {
		list[2].Problem = "binlog_row_image is " + l.image
		list[2].Hint = "type SET GLOBAL binlog_row_image=FULL; and put binlog_row_image=FULL under [mysqld] in my.cnf"
	}
	if l.metadata != "FULL" {
		list[3].Problem = "binlog_row_metadata is " + l.metadata
		list[3].Hint = "SET GLOBAL binlog_row_metadata=FULL; and in my.cnf, so that an altered table is never misread"
	}
	return list
}

func (d *Database) checkServerID(context.Context) (finding.List, error) {
	f := finding.Finding{Check: "server_id"}
	if d.Server.ID == d.options.ServerID {
		f.Problem, f.Hint = fmt.Sprintf("source.server_id %d is the server's own", d.options.ServerID), chooseServerID
	}
	return finding.List{f}, nil
}

const chooseServerID = "choose a number that no server and no replica has"

// checkRights sees that the log's position and the log itself may be read.
func (d *Database) checkRights(ctx context.Context) (finding.List, error) {
	missing := finding.Finding{Check: "rights", Problem: "the user " + d.Server.user + " lacks rights", Hint: d.grants()}
	if _, err := d.dialect.logPosition(ctx, d.db); err != nil {
		if n := errorNumber(err); n == specificAccessDenied || n == tableAccessDenied {
			missing.Problem = because(missing.Problem, err)
			return finding.List{missing}, nil
		}
		return nil, err
	}
	rows, err := d.db.QueryContext(ctx, "SHOW GRANTS")
	if err != nil {
		return nil, fmt.Errorf("show grants: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var grant string
		if err := rows.Scan(&grant); err != nil {
			return nil, fmt.Errorf("show grants: %w", err)
		}
		if d.dialect.mayReplicate(grant) {
			return finding.List{{Check: missing.Check}}, nil
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("show grants: %w", err)
	}
	return finding.List{missing}, nil
}

// grants is what to type so that the user may do all that capture does.
func (d *Database) grants() string {
	return fmt.Sprintf("type GRANT SELECT ON `%s`.* TO %s; GRANT %s ON *.* TO %s;",
		d.options.Database, d.Server.user, d.dialect.logRights(), d.Server.user)
}

// checkDatabase sees that the database is there and is a Magento's.
func (d *Database) checkDatabase(ctx context.Context) (finding.List, error) {
	const invoices = "sales_invoice"
	f := finding.Finding{Check: "database"}
	_, err := d.db.ExecContext(ctx, "SELECT 1 FROM "+d.Qualified(invoices)+" LIMIT 0")
	switch {
	case err == nil:
		return finding.List{f}, nil
	case errorNumber(err) == 0:
		return nil, fmt.Errorf("look at %s: %w", d.Qualified(invoices), err)
	case errorNumber(err) != noSuchTable:
		f.Problem, f.Hint = "the user "+d.Server.user+" may not read "+d.Qualified(invoices), d.grants()
	default:
		similar, err := d.similar(ctx, invoices)
		if err != nil {
			return nil, err
		}
		f.Problem, f.Hint = d.nowhere(invoices, similar)
	}
	f.Problem = because(f.Problem, err)
	return finding.List{f}, nil
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
func (d *Database) nowhere(table string, similar []namedTable) (problem, hint string) {
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
	return "there is no database " + d.options.Database, "correct source.database (dbname in Magento's app/etc/env.php)"
}

// checkColumns sees that every table has its key and types that can be read.
func (d *Database) checkColumns(ctx context.Context) (list finding.List, err error) {
	tables := d.CapturedTables()
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		_, err := d.Layout(ctx, tables[name])
		var missing *row.MissingColumnError
		var unreadable *row.UnreadableColumnError
		if errors.As(err, &missing) || errors.As(err, &unreadable) {
			list = append(list, finding.Finding{Check: "columns", Problem: err.Error(), Hint: "correct the table"})
		} else if err != nil {
			return nil, err
		}
	}
	if list == nil {
		list = finding.List{{Check: "columns"}}
	}
	return list, nil
}

// checkReplicas looks for another replica under our id, where the user may see them.
// Our own earlier connection may still be listed.
func (d *Database) checkReplicas(ctx context.Context) (finding.List, error) {
	replicas, err := d.dialect.replicas(ctx, d.db)
	if err != nil {
		return nil, err
	}
	f := finding.Finding{Check: "replicas"}
	for _, r := range replicas {
		if r.id == d.options.ServerID && r.host != ReplicaName {
			f.Problem, f.Hint = fmt.Sprintf("source.server_id %d is in use by the replica %s", r.id, r.host), chooseServerID
		}
	}
	return finding.List{f}, nil
}

// because adds the server's own word to a problem.
func because(problem string, err error) string { return problem + " (" + firstLine(err.Error()) + ")" }
