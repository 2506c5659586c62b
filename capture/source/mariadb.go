package source

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"time"

	gomysql "github.com/go-mysql-org/go-mysql/mysql"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/schemas/finding"
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

func (m mariadb) met(context.Context, *sql.DB, string) (dialect, error) { return m, nil }

// uuid: MariaDB's @@server_uid is the same for all servers of a machine and a port.
func (mariadb) uuid() string { return "" }

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

// continues wants an event that begins at the very place, and before it the very same
// GTIDs. The numbers alone prove nothing, because a log that was reset counts through
// them again.
func (m mariadb) continues(ctx context.Context, db *sql.DB, from position.From) (string, error) {
	gtids, ok, err := m.gtidsAt(ctx, db, from.At)
	if err != nil {
		return "", err
	}
	if !ok {
		return noSuchPlace(from), nil
	}
	have, want, err := mariadbSets(gtids, from.GTID)
	if err != nil {
		return err.Error(), nil
	}
	if have.Equal(want) {
		return "", nil
	}
	return fmt.Sprintf("it stands at GTID %q at %s, where %q was reached: it was reset, or the server was restored", gtids, from.At, from.GTID), nil
}

// takesOver compares the numbers; that the log has these very transactions is proved by
// reading the last of them again.
func (mariadb) takesOver(ctx context.Context, db *sql.DB, from position.From) (string, error) {
	var gtids string
	if err := db.QueryRowContext(ctx, "SELECT @@global.gtid_binlog_pos").Scan(&gtids); err != nil {
		return "", fmt.Errorf("GTIDs of the binary log: %w", err)
	}
	have, want, err := mariadbSets(gtids, from.GTID)
	if err != nil {
		return err.Error(), nil
	}
	if have.Contain(want) {
		return "", nil
	}
	return fmt.Sprintf("its log has GTID %q, and %q was captured", gtids, from.GTID), nil
}

// mariadbSets reads those of the server and those that were saved, which may be another
// kind of server's.
func mariadbSets(server, saved string) (have, want gomysql.GTIDSet, err error) {
	if have, err = gomysql.ParseMariadbGTIDSet(server); err != nil {
		return nil, nil, fmt.Errorf("the server's GTIDs are %q", server)
	}
	if want, err = gomysql.ParseMariadbGTIDSet(saved); err != nil {
		return nil, nil, fmt.Errorf("the saved GTIDs %q are none of a MariaDB", saved)
	}
	return have, want, nil
}

func (mariadb) logPosition(ctx context.Context, db *sql.DB) (position.Position, error) {
	at, _, err := logStatus(ctx, db, "SHOW MASTER STATUS")
	return at, err
}

func (mariadb) expire(ctx context.Context, db *sql.DB) (time.Duration, error) {
	return expireSeconds(ctx, db)
}

func (mariadb) logRights() string { return "REPLICATION SLAVE, BINLOG MONITOR" }

// replicas needs REPLICATION MASTER ADMIN.
func (mariadb) replicas(ctx context.Context, db *sql.DB) ([]replica, error) {
	return listReplicas(ctx, db, "SHOW SLAVE HOSTS")
}

func (mariadb) replicasRight() string { return "REPLICATION MASTER ADMIN" }

func (mariadb) findings(context.Context, *sql.DB) (finding.List, error) { return nil, nil }

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

// openView relies on binlog_snapshot_file and _position, which MariaDB fixes together
// with the view, so that the position is exact.
func (mariadb) openView(ctx context.Context, conn *sql.Conn, after position.From) (at position.Position, err error) {
	if err := beginView(ctx, conn); err != nil {
		return at, err
	}
	if at, err = snapshotPosition(ctx, conn); err == nil && !at.Reached(after.At) {
		err = errViewTooOld
	}
	return at, err
}

func (mariadb) locksToSee() string { return "" }

// snapshotPosition is where the log stood when the connection's view was taken.
func snapshotPosition(ctx context.Context, conn *sql.Conn) (at position.Position, err error) {
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
