package capture

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/source"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// sequence is a table of numbers that MariaDB makes by its name.
var sequence = regexp.MustCompile(`\bseq_(\d+)_to_(\d+)\b`)

// mysqlWords are those of MariaDB that a MySQL calls otherwise, or does not need.
var mysqlWords = strings.NewReplacer(
	"BINLOG MONITOR", "REPLICATION CLIENT",
	", REPLICATION MASTER ADMIN", "",
	"RESET MASTER", "RESET BINARY LOGS AND GTIDS",
	"NO_LOG", "MINIMAL", // names no columns either
)

// portable is a statement that was written for MariaDB, for the server at hand.
func portable(t testing.TB, statement string) string {
	t.Helper()
	if !servers.MySQLForTest(t) {
		return statement
	}
	statement = sequence.ReplaceAllString(statement, "(WITH RECURSIVE numbers (seq) AS (SELECT $1 UNION ALL SELECT seq + 1 FROM numbers WHERE seq < $2) SELECT seq FROM numbers) AS numbered")
	return mysqlWords.Replace(statement)
}

// onMySQL gives what a MySQL has and a MariaDB says otherwise.
func onMySQL[T any](t testing.TB, mysql, mariadb T) T {
	t.Helper()
	if servers.MySQLForTest(t) {
		return mysql
	}
	return mariadb
}

// hasGTIDs reports whether every transaction of the server has a GTID.
func (s *magentoShop) hasGTIDs() bool {
	s.t.Helper()
	if !servers.MySQLForTest(s.t) {
		return true
	}
	var mode string
	if err := s.db.QueryRow("SELECT @@global.gtid_mode").Scan(&mode); err != nil {
		s.t.Fatal(err)
	}
	return mode == "ON"
}

// newGTID has a transaction get a GTID of another row of numbers, where there are such.
func (s *magentoShop) newGTID(statement string) string {
	s.t.Helper()
	switch {
	case !s.hasGTIDs():
		return statement
	case servers.MySQLForTest(s.t):
		return fmt.Sprintf("SET gtid_next = 'AUTOMATIC:elsewhere'; %s; SET gtid_next = 'AUTOMATIC'", statement)
	}
	return fmt.Sprintf("SET @@session.gtid_domain_id = 7; %s; SET @@session.gtid_domain_id = 0", statement)
}

// logEnd is where the server's log ends.
func (s *magentoShop) logEnd() (at position.Position) {
	s.t.Helper()
	db, err := source.Open(s.t.Context(), s.config.source("test"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	if at, err = db.LogPosition(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	return at
}

// sequenceOf is the number that a GTID, or a set of one server's, ends with.
func sequenceOf(t testing.TB, gtid string) uint64 {
	if gtid == "" {
		return 0
	}
	n, err := strconv.ParseUint(gtid[strings.LastIndexAny(gtid, "-:")+1:], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
