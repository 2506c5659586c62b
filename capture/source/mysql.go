package source

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	gomysql "github.com/go-mysql-org/go-mysql/mysql"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/schemas/finding"
)

// mysqld is the dialect of MySQL from 8.0 on: the oldest release that Magento still
// supports. It is tested on 9.7, and written by the manual for 8.0 and 8.4.
type mysqld struct {
	server string // @@server_uuid
	// gtids says that every transaction has one (gtid_mode=ON). Then @@gtid_executed tells
	// what can be seen; a place of the log says nothing about it, because a transaction is in
	// the log before it can be seen.
	gtids bool
	// status and others are statements that were renamed, in 8.2 and in 8.0.22.
	status, others string
}

// speaks knows a MySQL by what it is not: "8.0.36", "8.4.3-log", "9.7.4-2".
func (mysqld) speaks(version string) bool {
	return !strings.Contains(version, "MariaDB") && atLeast(version, 8, 0)
}

func (mysqld) met(ctx context.Context, db *sql.DB, version string) (dialect, error) {
	m := mysqld{status: "SHOW BINARY LOG STATUS", others: "SHOW REPLICAS"}
	if !atLeast(version, 8, 2) {
		m.status = "SHOW MASTER STATUS"
	}
	if !atLeast(version, 8, 1) { // both words work from 8.0.22 to 8.3
		m.others = "SHOW SLAVE HOSTS"
	}
	var mode string
	if err := db.QueryRowContext(ctx, "SELECT @@global.server_uuid, @@global.gtid_mode").Scan(&m.server, &mode); err != nil {
		return nil, fmt.Errorf("server_uuid and gtid_mode: %w", err)
	}
	m.gtids = mode == "ON"
	return m, nil
}

func (m mysqld) uuid() string { return m.server }

func (mysqld) flavor() string { return gomysql.MySQLFlavor }

// endOfLog is where a reader begins by its GTIDs: those that the server tells are of
// what is committed, and the place may be behind what is in the log and not committed.
// Without GTIDs it begins at the place.
func (m mysqld) endOfLog(ctx context.Context, db *sql.DB) (position.From, error) {
	at, gtids, err := logStatus(ctx, db, m.status)
	return position.From{GTID: gtids, At: at, ByGTID: m.gtids}, err
}

func (m mysqld) logPosition(ctx context.Context, db *sql.DB) (position.Position, error) {
	at, _, err := logStatus(ctx, db, m.status)
	return at, err
}

func (mysqld) expire(ctx context.Context, db *sql.DB) (time.Duration, error) {
	return expireSeconds(ctx, db)
}

func (mysqld) logRights() string { return "REPLICATION SLAVE, REPLICATION CLIENT" }

func (m mysqld) replicas(ctx context.Context, db *sql.DB) ([]replica, error) {
	return listReplicas(ctx, db, m.others)
}

func (mysqld) replicasRight() string { return "REPLICATION SLAVE" }

// findings warn of a server without GTIDs, which is MySQL's default before 9.
func (m mysqld) findings(context.Context, *sql.DB) (finding.List, error) {
	f := finding.Finding{Check: "gtid_mode", Warning: true}
	if !m.gtids {
		f.Problem = "gtid_mode is not ON: a snapshot takes longer, and another server cannot take over without one"
		f.Hint = "type SET GLOBAL enforce_gtid_consistency=ON; SET GLOBAL gtid_mode=OFF_PERMISSIVE; SET GLOBAL gtid_mode=ON_PERMISSIVE; " +
			"and, when SHOW STATUS LIKE 'Ongoing_anonymous_transaction_count' is 0, SET GLOBAL gtid_mode=ON; and put enforce_gtid_consistency=ON and gtid_mode=ON under [mysqld] in my.cnf"
	}
	return finding.List{f}, nil
}

func (mysqld) charsets(ctx context.Context, db *sql.DB) (map[uint64]string, error) {
	all := map[uint64]string{}
	return all, eachCharset(ctx, db, "SELECT ID, CHARACTER_SET_NAME FROM information_schema.COLLATIONS", all)
}

// visibleWithin bounds one wait for what is in the log to be committed, in seconds.
const visibleWithin = 1

// openView waits until the server has committed the GTIDs, so that the view has them. The
// log's end is asked for when the view is taken: what can be seen is in the log before.
func (m mysqld) openView(ctx context.Context, conn *sql.Conn, after position.From) (at position.Position, err error) {
	if m.gtids && after.GTID != "" {
		var late bool
		if err := conn.QueryRowContext(ctx, "SELECT WAIT_FOR_EXECUTED_GTID_SET(?, ?)", after.GTID, visibleWithin).Scan(&late); err != nil {
			return at, fmt.Errorf("wait for GTIDs: %w", err)
		}
		if late {
			return at, errViewTooOld
		}
	}
	if err := beginView(ctx, conn); err != nil {
		return at, err
	}
	at, _, err = logStatus(ctx, conn, m.status)
	return at, err
}

// locksToSee: a transaction that is in the log and cannot be seen yet still holds its locks.
func (m mysqld) locksToSee() string {
	if m.gtids {
		return ""
	}
	return " FOR SHARE NOWAIT"
}
