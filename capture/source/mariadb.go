package source

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	gomysql "github.com/go-mysql-org/go-mysql/mysql"

	"github.com/mage2sage/mage2sage/capture/position"
)

// mariadb is the dialect of MariaDB from 10.6 on: the oldest release that is still
// maintained, and the first whose log names its columns on request.
type mariadb struct{}

func (mariadb) speaks(version string) bool {
	return strings.Contains(version, "MariaDB") && atLeast(version, 10, 6)
}

// atLeast reads "10.11.18-MariaDB…".
func atLeast(version string, major, minor int) bool {
	var have [2]int
	for i, part := range strings.SplitN(version, ".", 3)[:min(2, strings.Count(version, ".")+1)] {
		have[i], _ = strconv.Atoi(part)
	}
	return have[0] > major || have[0] == major && have[1] >= minor
}

func (mariadb) flavor() string { return gomysql.MariaDBFlavor }

func (m mariadb) endOfLog(ctx context.Context, db *sql.DB) (position.From, error) {
	at, err := m.logPosition(ctx, db)
	if err != nil {
		return position.From{}, err
	}
	gtids, _, err := m.gtidsAt(ctx, db, at)
	return position.From{GTID: gtids, At: at}, err
}

// gtidsAt reads the file from its beginning to the place, as the server does for a
// replica that comes without GTIDs.
func (mariadb) gtidsAt(ctx context.Context, db *sql.DB, at position.Position) (string, bool, error) {
	var gtids sql.NullString
	if err := db.QueryRowContext(ctx, "SELECT BINLOG_GTID_POS(?, ?)", at.File, at.Pos).Scan(&gtids); err != nil {
		return "", false, fmt.Errorf("GTIDs at a position of the binary log: %w", err)
	}
	return gtids.String, gtids.Valid, nil
}

func (mariadb) sameGTIDs(a, b string) (bool, error) {
	first, err := gomysql.ParseMariadbGTIDSet(a)
	if err != nil {
		return false, fmt.Errorf("GTIDs %q: %w", a, err)
	}
	second, err := gomysql.ParseMariadbGTIDSet(b)
	if err != nil {
		return false, fmt.Errorf("GTIDs %q: %w", b, err)
	}
	return first.Equal(second), nil
}

// errNoLogPosition is the answer of a server that writes no binary log.
var errNoLogPosition = errors.New("the server tells none")

func (mariadb) logPosition(ctx context.Context, db *sql.DB) (at position.Position, err error) {
	rows, err := db.QueryContext(ctx, "SHOW MASTER STATUS")
	if err != nil {
		return at, fmt.Errorf("end of the binary log: %w", err)
	}
	defer rows.Close()
	if !rows.Next() {
		return at, fmt.Errorf("end of the binary log: %w", cmp.Or(rows.Err(), errNoLogPosition))
	}
	var ignored sql.RawBytes
	if err := rows.Scan(&at.File, &at.Pos, &ignored, &ignored); err != nil {
		return at, fmt.Errorf("end of the binary log: %w", err)
	}
	return at, nil
}

func (mariadb) expire(ctx context.Context, db *sql.DB) (time.Duration, error) {
	var seconds int64
	if err := db.QueryRowContext(ctx, "SELECT @@GLOBAL.binlog_expire_logs_seconds").Scan(&seconds); err != nil {
		return 0, fmt.Errorf("binlog_expire_logs_seconds: %w", err)
	}
	return time.Duration(seconds) * time.Second, nil
}

func (mariadb) logRights() string { return "REPLICATION SLAVE, BINLOG MONITOR" }

// mayReplicate lets a role pass: its rights are not listed by SHOW GRANTS, and the
// server itself will tell when it has too few.
func (mariadb) mayReplicate(grant string) bool {
	isRole := !strings.Contains(grant, " ON ")
	return isRole || strings.Contains(grant, "REPLICATION SLAVE") || strings.Contains(grant, "ALL PRIVILEGES ON *.*")
}

// replicas needs REPLICATION MASTER ADMIN.
func (mariadb) replicas(ctx context.Context, db *sql.DB) (all []replica, err error) {
	rows, err := db.QueryContext(ctx, "SHOW SLAVE HOSTS")
	if err != nil {
		if errorNumber(err) == specificAccessDenied {
			return nil, errMayNotSeeReplicas
		}
		return nil, fmt.Errorf("show slave hosts: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var r replica
		var ignored sql.RawBytes
		if err := rows.Scan(&r.id, &r.host, &ignored, &ignored); err != nil {
			return nil, fmt.Errorf("show slave hosts: %w", err)
		}
		all = append(all, r)
	}
	return all, rows.Err()
}

// charsets reads two views: MariaDB 10.10 moved the ids of its newer collations into
// the second.
func (mariadb) charsets(ctx context.Context, db *sql.DB) (map[uint64]string, error) {
	all := map[uint64]string{}
	err := eachCharset(ctx, db, "SELECT ID, CHARACTER_SET_NAME FROM information_schema.COLLATIONS WHERE ID IS NOT NULL AND CHARACTER_SET_NAME IS NOT NULL", all)
	if err != nil {
		return nil, err
	}
	err = eachCharset(ctx, db, "SELECT ID, CHARACTER_SET_NAME FROM information_schema.COLLATION_CHARACTER_SET_APPLICABILITY WHERE ID IS NOT NULL", all)
	if err != nil && errorNumber(err) != unknownColumn { // before 10.10 the view has no ids
		return nil, err
	}
	return all, nil
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

// openView relies on binlog_snapshot_file and _position, which MariaDB fixes together
// with the view, so that the position is exact.
func (mariadb) openView(ctx context.Context, conn *sql.Conn) (at position.Position, err error) {
	for _, statement := range []string{"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "START TRANSACTION WITH CONSISTENT SNAPSHOT"} {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return at, fmt.Errorf("begin a read view: %w", err)
		}
	}
	rows, err := conn.QueryContext(ctx, "SHOW STATUS LIKE 'binlog\\_snapshot\\_%'")
	if err != nil {
		return at, fmt.Errorf("position of a read view: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var name, value string
		if err := rows.Scan(&name, &value); err != nil {
			return at, fmt.Errorf("position of a read view: %w", err)
		}
		switch name {
		case "Binlog_snapshot_file":
			at.File = value
		case "Binlog_snapshot_position":
			if at.Pos, err = strconv.ParseUint(value, 10, 64); err != nil {
				return at, fmt.Errorf("position of a read view: %w", err)
			}
		}
	}
	if err := rows.Err(); err != nil {
		return at, fmt.Errorf("position of a read view: %w", err)
	}
	if at.File == "" {
		return at, fmt.Errorf("position of a read view: the server does not tell Binlog_snapshot_file")
	}
	return at, nil
}
