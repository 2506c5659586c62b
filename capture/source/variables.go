package source

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// variables are settings of the server by their names. One that this kind or release of
// server does not have is absent.
type variables map[string]string

// asked are those that some check looks at.
var asked = []string{
	"aurora_version", "basedir", "binlog_expire_logs_seconds", "binlog_order_commits", "binlog_space_limit", "gtid_slave_pos", "innodb_flush_log_at_trx_commit",
	"log_replica_updates", "log_slave_updates", "max_binlog_total_size", "sync_binlog", "wsrep_gtid_mode", "wsrep_on",
}

func (d *Database) variables(ctx context.Context) (variables, error) {
	rows, err := d.db.QueryContext(ctx, "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('"+strings.Join(asked, "','")+"')")
	if err != nil {
		return nil, fmt.Errorf("settings of the server: %w", err)
	}
	defer rows.Close()
	all := variables{}
	for rows.Next() {
		var name, value string
		if err := rows.Scan(&name, &value); err != nil {
			return nil, fmt.Errorf("settings of the server: %w", err)
		}
		all[strings.ToLower(name)] = value
	}
	return all, rows.Err()
}

// logsReplicated is the setting by which the server writes into its log what it gets from
// another, "" where it does not tell its value. MySQL has renamed it.
func (v variables) logsReplicated() (name, value string) {
	for _, name := range []string{"log_replica_updates", "log_slave_updates"} {
		if value, told := v[name]; told {
			return name, value
		}
	}
	return "log_slave_updates", ""
}

// errNotAnswered says that the server would not answer a question: the user lacks the
// right, or this release does not know the statement.
var errNotAnswered = errors.New("the server does not answer")

// firstRow returns the first row of a statement by its columns' names, nil where there is
// none, and errNotAnswered.
func (d *Database) firstRow(ctx context.Context, statement string) (map[string]string, error) {
	rows, err := d.db.QueryContext(ctx, statement)
	switch errorNumber(err) {
	case specificAccessDenied, tableAccessDenied, databaseAccessDenied, syntaxError, noSuchTable:
		return nil, errNotAnswered
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", strings.ToLower(statement), err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil || !rows.Next() {
		return nil, errors.Join(err, rows.Err())
	}
	values, into := make([]sql.NullString, len(names)), make([]any, len(names))
	for i := range values {
		into[i] = &values[i]
	}
	if err := rows.Scan(into...); err != nil {
		return nil, fmt.Errorf("%s: %w", strings.ToLower(statement), err)
	}
	row := map[string]string{}
	for i, name := range names {
		row[name] = values[i].String
	}
	return row, nil
}
