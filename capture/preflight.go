package capture

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/row"
)

// Preflight asks the source everything that capture needs of it. It returns a
// SetupError for the first thing that is missing.
func Preflight(ctx context.Context, c Config) error {
	c = c.WithDefaults()
	if err := c.Validate(); err != nil {
		return err
	}
	db, err := c.open()
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = preflight(ctx, db, c)
	return err
}

// preflight returns who answered.
func preflight(ctx context.Context, db *sql.DB, c Config) (server, error) {
	s, err := identify(ctx, db, c)
	if err != nil {
		return s, err
	}
	for _, check := range []func(context.Context, *sql.DB, Config, server) error{
		checkLog, checkServerID, checkGrants, checkTables, checkColumns, checkReplicas,
	} {
		if err := check(ctx, db, c, s); err != nil {
			return s, err
		}
	}
	return s, nil
}

// logSettings are those of the binary log that capture depends on.
type logSettings struct{ on, format, image string }

// checkLog sees that rows are logged, as rows, with all their columns.
func checkLog(ctx context.Context, db *sql.DB, _ Config, _ server) error {
	var l logSettings
	err := db.QueryRowContext(ctx, "SELECT @@global.log_bin, @@global.binlog_format, @@global.binlog_row_image").Scan(&l.on, &l.format, &l.image)
	if err != nil {
		return fmt.Errorf("preflight: settings of the binary log: %w", err)
	}
	return l.check()
}

func (l logSettings) check() error {
	switch {
	case l.on != "1":
		return &SetupError{Problem: "the server writes no binary log",
			Hint: "put log_bin, binlog_format=ROW and binlog_row_metadata=FULL under [mysqld] in my.cnf and restart it"}
	case l.format != "ROW":
		return &SetupError{Problem: "binlog_format is " + l.format,
			Hint: "type SET GLOBAL binlog_format=ROW; put binlog_format=ROW under [mysqld] in my.cnf, and restart PHP so that its connections take it"}
	case l.image != "FULL":
		return &SetupError{Problem: "binlog_row_image is " + l.image,
			Hint: "type SET GLOBAL binlog_row_image=FULL; and put binlog_row_image=FULL under [mysqld] in my.cnf"}
	}
	return nil
}

func checkServerID(_ context.Context, _ *sql.DB, c Config, s server) error {
	if s.serverID == c.ServerID {
		return &SetupError{Problem: fmt.Sprintf("source.server_id %d is the server's own", c.ServerID),
			Hint: "choose a number that no server and no replica has"}
	}
	return nil
}

// checkGrants sees that the log's position and the log itself may be read.
func checkGrants(ctx context.Context, db *sql.DB, c Config, s server) error {
	missing := &SetupError{Problem: "the user " + s.user + " lacks rights", Hint: grants(c, s)}
	if _, err := masterStatus(ctx, db); err != nil {
		if n := mysqlNumber(err); n == 1227 || n == 1142 {
			missing.Err = err
			return missing
		}
		return err
	}
	rows, err := db.QueryContext(ctx, "SHOW GRANTS")
	if err != nil {
		return fmt.Errorf("preflight: show grants: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return fmt.Errorf("preflight: show grants: %w", err)
		}
		// A role's rights are not listed by SHOW GRANTS: the server will tell.
		if isRole := !strings.Contains(line, " ON "); isRole || strings.Contains(line, "REPLICATION SLAVE") || strings.Contains(line, "ALL PRIVILEGES ON *.*") {
			return nil
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("preflight: show grants: %w", err)
	}
	return missing
}

func grants(c Config, s server) string {
	return fmt.Sprintf("type GRANT SELECT ON `%s`.* TO %s; GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO %s;", c.Database, s.user, s.user)
}

// checkTables sees that the database is there and is a Magento's.
func checkTables(ctx context.Context, db *sql.DB, c Config, s server) error {
	table := quote(c.Database) + "." + quote(c.TablePrefix+"sales_invoice")
	_, err := db.ExecContext(ctx, "SELECT 1 FROM "+table+" LIMIT 0")
	switch mysqlNumber(err) {
	case 0:
		if err != nil {
			return fmt.Errorf("preflight: look at %s: %w", table, err)
		}
		return nil
	case 1146:
		var databases int
		if ask := db.QueryRowContext(ctx, "SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?", c.Database).Scan(&databases); ask == nil && databases == 0 {
			return &SetupError{"there is no database " + c.Database, "correct source.database (dbname in Magento's app/etc/env.php)", err}
		}
		return &SetupError{"the database " + c.Database + " has no table " + c.TablePrefix + "sales_invoice",
			"correct source.database and source.table_prefix (table_prefix in Magento's app/etc/env.php)", err}
	}
	return &SetupError{"the user " + s.user + " may not read " + table, grants(c, s), err}
}

// checkColumns sees that every table has its key and types that can be read.
func checkColumns(ctx context.Context, db *sql.DB, c Config, _ server) error {
	s := shop{db, c}
	for _, t := range s.wanted() {
		_, err := s.layout(ctx, t)
		var missing *row.MissingColumnError
		var unreadable *row.UnreadableColumnError
		if errors.As(err, &missing) || errors.As(err, &unreadable) {
			return &SetupError{Problem: err.Error(), Hint: "correct the table"}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// checkReplicas looks for another replica under our id, where the user may see
// them (REPLICATION MASTER ADMIN). Our own earlier connection may still be listed.
func checkReplicas(ctx context.Context, db *sql.DB, c Config, _ server) error {
	rows, err := db.QueryContext(ctx, "SHOW SLAVE HOSTS")
	if err != nil {
		return nil //nolint:nilerr // not allowed to look
	}
	defer rows.Close()
	for rows.Next() {
		var id, master uint32
		var host, port string
		if err := rows.Scan(&id, &host, &port, &master); err != nil {
			return fmt.Errorf("preflight: show slave hosts: %w", err)
		}
		if id == c.ServerID && host != replicaName {
			return &SetupError{Problem: fmt.Sprintf("source.server_id %d is in use by the replica %s", id, host),
				Hint: "choose a number that no server and no replica has"}
		}
	}
	return rows.Err()
}

// replicaName is how we are listed by SHOW SLAVE HOSTS.
const replicaName = "mage2sage"

// masterStatus is where the server's log ends.
func masterStatus(ctx context.Context, db *sql.DB) (at position.Position, err error) {
	rows, err := db.QueryContext(ctx, "SHOW MASTER STATUS")
	if err != nil {
		return at, fmt.Errorf("end of the binary log: %w", err)
	}
	defer rows.Close()
	if !rows.Next() {
		return at, fmt.Errorf("end of the binary log: the server tells none: %w", rows.Err())
	}
	var ignored sql.RawBytes
	if err := rows.Scan(&at.File, &at.Pos, &ignored, &ignored); err != nil {
		return at, fmt.Errorf("end of the binary log: %w", err)
	}
	return at, nil
}

func quote(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }
