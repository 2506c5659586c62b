package source

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/mage2sage/mage2sage/capture/position"
)

// This file has the questions that MariaDB and MySQL answer alike, but for a word.

// errNoLogPosition is the answer of a server that writes no binary log.
var errNoLogPosition = errors.New("the server tells none")

// logStatus is where the log ends, and the last column that the server has of it: on
// MySQL the GTIDs of what is committed.
func logStatus(ctx context.Context, db querier, statement string) (at position.Position, gtids string, err error) {
	rows, err := db.QueryContext(ctx, statement)
	if err != nil {
		return at, "", fmt.Errorf("end of the binary log: %w", err)
	}
	defer rows.Close()
	if !rows.Next() {
		return at, "", fmt.Errorf("end of the binary log: %w", cmp.Or(rows.Err(), errNoLogPosition))
	}
	names, err := rows.Columns()
	if err != nil {
		return at, "", fmt.Errorf("end of the binary log: %w", err)
	}
	into := firstTwo(&at.File, &at.Pos, len(names))
	into[len(into)-1] = &gtids
	if err := rows.Scan(into...); err != nil {
		return at, "", fmt.Errorf("end of the binary log: %w", err)
	}
	return at, strings.ReplaceAll(gtids, "\n", ""), nil
}

// firstTwo scans two columns of as many as a release has.
func firstTwo(first, second any, columns int) []any {
	into := []any{first, second}
	for range columns - len(into) {
		into = append(into, &sql.RawBytes{})
	}
	return into
}

// A querier is a pool or one connection.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func expireSeconds(ctx context.Context, db *sql.DB) (time.Duration, error) {
	var seconds int64
	if err := db.QueryRowContext(ctx, "SELECT @@GLOBAL.binlog_expire_logs_seconds").Scan(&seconds); err != nil {
		return 0, fmt.Errorf("binlog_expire_logs_seconds: %w", err)
	}
	return time.Duration(seconds) * time.Second, nil
}

// mayReplicate reports whether a line of SHOW GRANTS gives the right to read the log. It
// lets a role pass: its rights are not listed by SHOW GRANTS, and the server itself will
// tell when it has too few.
func mayReplicate(grant string) bool {
	isRole := !strings.Contains(grant, " ON ")
	return isRole || strings.Contains(grant, "REPLICATION SLAVE") || strings.Contains(grant, "ALL PRIVILEGES ON *.*")
}

// listReplicas reads the id and the host of each replica, its first two columns.
func listReplicas(ctx context.Context, db *sql.DB, statement string) (all []replica, err error) {
	rows, err := db.QueryContext(ctx, statement)
	if err != nil {
		if errorNumber(err) == specificAccessDenied {
			return nil, errMayNotSeeReplicas
		}
		return nil, fmt.Errorf("list replicas: %w", err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return nil, fmt.Errorf("list replicas: %w", err)
	}
	for rows.Next() {
		var r replica
		if err := rows.Scan(firstTwo(&r.id, &r.host, len(names))...); err != nil {
			return nil, fmt.Errorf("list replicas: %w", err)
		}
		all = append(all, r)
	}
	return all, rows.Err()
}

func eachCharset(ctx context.Context, db *sql.DB, query string, into map[uint64]string) error {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return fmt.Errorf("read character sets: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id uint64
		var name string
		if err := rows.Scan(&id, &name); err != nil {
			return fmt.Errorf("read character sets: %w", err)
		}
		into[id] = name
	}
	return rows.Err()
}

// beginView begins a read view that stays as it is.
func beginView(ctx context.Context, conn *sql.Conn) error {
	for _, statement := range []string{"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "START TRANSACTION WITH CONSISTENT SNAPSHOT"} {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("begin a read view: %w", err)
		}
	}
	return nil
}

// noSuchPlace says that a log lacks a place that was reached in it.
func noSuchPlace(from position.From) string {
	return fmt.Sprintf("it has no place %s, where GTID %s was reached: it was purged or reset, or the server was restored", from.At, from.GTID)
}
