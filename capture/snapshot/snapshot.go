// Package snapshot reads a table in ranges of its primary key while the shop goes
// on writing, each range in a read view whose place in the binary log is exact.
//
//	START TRANSACTION WITH CONSISTENT SNAPSHOT      the view
//	SHOW STATUS LIKE 'binlog_snapshot_%'            where the log stood then
//	SELECT … WHERE pk > after AND pk <= until       the rows of one range
//	COMMIT
//
// It takes no locks and holds no view longer than one range. A view that is older
// than what its user has already read from the log is given back and taken again:
// on MariaDB a transaction can stand in the log a moment before it can be seen.
//
// The two statements at the top are MariaDB's (Percona Server has them too); the
// package does not know how other servers tell a view's place.
package snapshot

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"time"
)

// A Range is one piece of a table.
type Range struct {
	Table   string   // `database`.`table`, quoted
	Columns []string // to read, the primary key among them
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

// A Chunk is what one range held.
type Chunk struct {
	File  string // the view's place in the log
	Pos   uint64
	Until []string // of the range; nil when the table is empty
	Last  []string // primary key of the last row read; nil without rows
	Rows  int
	Done  bool // nothing is left up to Until
}

// wait is how long a view that is too old is given to catch up.
const wait = 2 * time.Millisecond

// Read opens a view for which reached is true and calls row for each row of the
// range, in the order of its primary key. The values are those of Columns, then
// the parent's, as text, nil for NULL; they are valid until row returns.
func Read(ctx context.Context, db *sql.DB, r Range, reached func(file string, pos uint64) bool, row func(values [][]byte) error) (Chunk, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return Chunk{}, fmt.Errorf("connect for a snapshot: %w", err)
	}
	defer conn.Close()
	c := Chunk{Until: r.Until}
	if c.File, c.Pos, err = open(ctx, conn, reached); err != nil {
		return Chunk{}, err
	}
	defer conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
	if r.Until == nil {
		if c.Until, err = last(ctx, conn, r); err != nil {
			return Chunk{}, err
		}
		if c.Until == nil {
			c.Done = true
			return c, nil
		}
		r.Until = c.Until
	}
	return c, read(ctx, conn, r, &c, row)
}

// open begins views until one is not older than what its user has read.
func open(ctx context.Context, conn *sql.Conn, reached func(string, uint64) bool) (file string, pos uint64, err error) {
	for {
		for _, statement := range []string{"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "START TRANSACTION WITH CONSISTENT SNAPSHOT"} {
			if _, err := conn.ExecContext(ctx, statement); err != nil {
				return "", 0, fmt.Errorf("begin a read view: %w", err)
			}
		}
		if file, pos, err = place(ctx, conn); err != nil || reached(file, pos) {
			return file, pos, err
		}
		if _, err := conn.ExecContext(ctx, "ROLLBACK"); err != nil {
			return "", 0, fmt.Errorf("give back a read view: %w", err)
		}
		select {
		case <-ctx.Done():
			return "", 0, ctx.Err()
		case <-time.After(wait):
		}
	}
}

// place is where the log stood when the view was taken.
func place(ctx context.Context, conn *sql.Conn) (file string, pos uint64, err error) {
	rows, err := conn.QueryContext(ctx, "SHOW STATUS LIKE 'binlog\\_snapshot\\_%'")
	if err != nil {
		return "", 0, fmt.Errorf("place of a read view: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var name, value string
		if err := rows.Scan(&name, &value); err != nil {
			return "", 0, fmt.Errorf("place of a read view: %w", err)
		}
		switch name {
		case "Binlog_snapshot_file":
			file = value
		case "Binlog_snapshot_position":
			if pos, err = strconv.ParseUint(value, 10, 64); err != nil {
				return "", 0, fmt.Errorf("place of a read view: %w", err)
			}
		}
	}
	if err := rows.Err(); err != nil {
		return "", 0, fmt.Errorf("place of a read view: %w", err)
	}
	if file == "" {
		return "", 0, fmt.Errorf("place of a read view: the server does not tell Binlog_snapshot_file")
	}
	return file, pos, nil
}
