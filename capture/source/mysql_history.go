package source

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	gomysql "github.com/go-mysql-org/go-mysql/mysql"

	"github.com/mage2sage/mage2sage/capture/position"
)

// committedWithin is how long a transaction that we have read may take to be committed
// until it is not believed any more that it is this server's, in seconds: longer than a
// server waits for a semi-synchronous replica by default.
const committedWithin = 15

// continues wants the file with the place in it, an event that begins there and is of no
// transaction that was read before, and that the server has committed what was. The
// numbers alone prove nothing, because a log that was reset counts through them again;
// when the file was begun is compared by the reader.
func (m mysqld) continues(ctx context.Context, db *sql.DB, from position.From) (string, error) {
	if from.ByGTID {
		return "the run before had not found its place in it", nil
	}
	there, err := hasPlace(ctx, db, from.At)
	if err != nil {
		return "", err
	}
	next, ok, err := nextGTID(ctx, db, from.At)
	if err != nil {
		return "", err
	}
	if !there || !ok {
		return noSuchPlace(from), nil
	}
	seen, err := contains(from.GTID, next)
	if err != nil {
		return err.Error(), nil
	}
	if seen {
		return fmt.Sprintf("it has GTID %s at %s, which was read before: it was reset, or the server was restored", next, from.At), nil
	}
	return m.committed(ctx, db, from)
}

// committed waits for what was read to be committed, as far as it has GTIDs.
func (m mysqld) committed(ctx context.Context, db *sql.DB, from position.From) (string, error) {
	if !m.gtids || from.GTID == "" {
		return "", nil
	}
	var late bool
	if err := db.QueryRowContext(ctx, "SELECT WAIT_FOR_EXECUTED_GTID_SET(?, ?)", from.GTID, committedWithin).Scan(&late); err != nil {
		return "", fmt.Errorf("wait for GTIDs: %w", err)
	}
	if late {
		return fmt.Sprintf("it has not all of GTID %s, which was reached: it was reset, or the server was restored", from.GTID), nil
	}
	return "", nil
}

// takesOver wants all that was captured, and that nothing behind it was purged.
func (m mysqld) takesOver(ctx context.Context, db *sql.DB, from position.From) (string, error) {
	if !m.gtids || from.GTID == "" {
		return "without gtid_mode=ON nothing tells what it has of that", nil
	}
	if _, err := contains(from.GTID, ""); err != nil {
		return err.Error(), nil
	}
	if reason, err := m.committed(ctx, db, from); err != nil || reason != "" {
		return reason, err
	}
	var whole bool
	if err := db.QueryRowContext(ctx, "SELECT GTID_SUBSET(@@global.gtid_purged, ?)", from.GTID).Scan(&whole); err != nil {
		return "", fmt.Errorf("purged GTIDs: %w", err)
	}
	if !whole {
		return "it has purged transactions behind " + from.GTID, nil
	}
	return "", nil
}

// hasPlace reports whether a file of the log is there and reaches so far.
func hasPlace(ctx context.Context, db *sql.DB, at position.Position) (bool, error) {
	rows, err := db.QueryContext(ctx, "SHOW BINARY LOGS")
	if err != nil {
		return false, fmt.Errorf("list the binary log: %w", err)
	}
	defer rows.Close()
	names, err := rows.Columns() // whether a file is encrypted came in 8.0.14
	if err != nil {
		return false, fmt.Errorf("list the binary log: %w", err)
	}
	found := false
	for rows.Next() {
		var file string
		var size uint64
		if err := rows.Scan(firstTwo(&file, &size, len(names))...); err != nil {
			return false, fmt.Errorf("list the binary log: %w", err)
		}
		found = found || file == at.File && size >= at.Pos
	}
	return found, rows.Err()
}

// wrongOffset is the answer to a place where no event begins (ER_ERROR_WHEN_EXECUTING_COMMAND).
const wrongOffset = 1220

// nextGTID is that of the transaction that begins at a place; "" where none does. ok is
// false where no event does.
func nextGTID(ctx context.Context, db *sql.DB, at position.Position) (gtid string, ok bool, err error) {
	rows, err := db.QueryContext(ctx, fmt.Sprintf("SHOW BINLOG EVENTS IN '%s' FROM %d LIMIT 1", strings.ReplaceAll(at.File, "'", "''"), at.Pos))
	if errorNumber(err) == wrongOffset {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("event at %s: %w", at, err)
	}
	defer rows.Close()
	if rows.Next() {
		var kind, info string
		var ignored sql.RawBytes
		if err := rows.Scan(&ignored, &ignored, &kind, &ignored, &ignored, &info); err != nil {
			return "", false, fmt.Errorf("event at %s: %w", at, err)
		}
		if _, quoted, found := strings.Cut(info, "GTID_NEXT= '"); found && strings.Contains(strings.ToLower(kind), "gtid") {
			gtid, _, _ = strings.Cut(quoted, "'")
		}
	}
	if errorNumber(rows.Err()) == wrongOffset {
		return "", false, nil
	}
	return gtid, true, rows.Err()
}

// contains reports whether a set has a GTID, which may be none.
func contains(set, gtid string) (bool, error) {
	all, err := gomysql.ParseMysqlGTIDSet(set)
	if err != nil {
		return false, fmt.Errorf("the saved GTIDs %q are none of a MySQL", set)
	}
	one, err := gomysql.ParseMysqlGTIDSet(gtid)
	if err != nil || gtid == "" { // ANONYMOUS
		return false, nil
	}
	return all.Contain(one), nil
}
