package capture

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// asSQL runs statements in a session whose rows are logged as SQL.
func asSQL(statements string) string {
	return "SET SESSION binlog_format=STATEMENT; " + statements + "; SET SESSION binlog_format=ROW"
}

// Some of these statements make every capture of the server begin anew, so no other test runs
// beside them.
func TestRowsThatChangeWithoutAnEventAreReadAgain(t *testing.T) {
	file := filepath.Join(t.TempDir(), "store")
	if err := os.WriteFile(file, []byte("9\tnine\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	mariadbs := []string{"truncated in MariaDB's", "replaced", "altered without waiting", "analyzed as SQL"}
	for name, statements := range map[string]string{
		"truncated in an odd spelling":  "/* a */ TRUNCATE TABLE`m2_store`; INSERT INTO m2_store (store_id, code) VALUES (3, 'c')",
		"truncated in a comment":        "/*!50000 TRUNCATE TABLE m2_store */; INSERT INTO m2_store (store_id, code) VALUES (3, 'c')",
		"truncated in MariaDB's":        "/*M!100100 TRUNCATE TABLE m2_store */; INSERT INTO m2_store (store_id, code) VALUES (3, 'c')",
		"another renamed into place":    "CREATE TABLE n LIKE m2_store; INSERT INTO n (store_id, code) VALUES (1, 'other'); RENAME TABLE m2_store TO o, n TO m2_store",
		"dropped and created":           "CREATE TABLE n LIKE m2_store; DROP TABLE m2_store; CREATE TABLE m2_store LIKE n; INSERT INTO m2_store (store_id, code) VALUES (1, 'other')",
		"replaced":                      "CREATE OR REPLACE TABLE m2_store (PRIMARY KEY (store_id)) SELECT 5 AS store_id, 'five' AS code, 1 AS website_id, 'x' AS name",
		"a partition emptied":           "ALTER TABLE m2_store PARTITION BY RANGE (store_id) (PARTITION a VALUES LESS THAN (2), PARTITION b VALUES LESS THAN MAXVALUE); ALTER TABLE m2_store TRUNCATE PARTITION a",
		"a partition exchanged":         "CREATE TABLE n LIKE m2_store; ALTER TABLE m2_store PARTITION BY RANGE (store_id) (PARTITION a VALUES LESS THAN (2), PARTITION b VALUES LESS THAN MAXVALUE); ALTER TABLE m2_store EXCHANGE PARTITION a WITH TABLE n",
		"a captured column altered":     "ALTER TABLE m2_store MODIFY code varchar(50) CHARACTER SET utf8mb4; ALTER TABLE m2_store DROP COLUMN code, ADD COLUMN code varchar(20) DEFAULT 'new'",
		"altered without waiting":       "ALTER TABLE m2_store NOWAIT DROP COLUMN code; ALTER TABLE m2_store WAIT 5 ADD COLUMN code varchar(20) DEFAULT 'new'",
		"altered behind a text in gbk":  "SET NAMES gbk; ALTER TABLE m2_store COMMENT '\x95\x5c', DROP COLUMN code, ADD COLUMN code varchar(20) DEFAULT 'new'; SET NAMES utf8mb4",
		"analyzed as SQL":               asSQL("ANALYZE FORMAT=JSON UPDATE m2_store SET code='analyzed'"),
		"updated as SQL":                asSQL("/* app */ UPDATE m2_store SET code='as sql'"),
		"deleted through a join as SQL": asSQL("DELETE s FROM m2_store s JOIN m2_store_website w ON 1 WHERE s.store_id = 1"),
		"updated through a view as SQL": "CREATE VIEW v AS SELECT * FROM m2_store; " + asSQL("UPDATE v SET code='by view'"),
		"loaded as SQL":                 asSQL("LOAD DATA INFILE '" + file + "' INTO TABLE m2_store (store_id, code)"),
		"changed by a function as SQL":  "CREATE FUNCTION f() RETURNS int DETERMINISTIC BEGIN UPDATE m2_store SET code='called'; RETURN 1; END; " + asSQL("DO f()"),
	} {
		t.Run(name, func(t *testing.T) {
			if slices.Contains(mariadbs, name) {
				servers.MariaDBOnlyForTest(t, "such statement")
			}
			if !strings.Contains(statements, "DO f()") && !strings.Contains(statements, "VIEW") { // every capture on the server doubts these
				t.Parallel()
			}
			s, r := streaming(t)
			s.exec("INSERT INTO m2_store_website (website_id, code) VALUES (1, 'w')")
			s.exec("INSERT INTO m2_store (store_id, code) VALUES (1, 'a'), (2, 'b')")
			r.caughtUp(s)
			s.execUnlocked(statements)
			r.anotherSnapshot()
			r.snapshotDone()
			r.caughtUp(s)
			r.sameAsShop(s)
		})
	}
}

// execUnlocked executes statements, and again where one did not wait for a table that capture
// was reading.
func (s *magentoShop) execUnlocked(statements string) {
	s.t.Helper()
	const lockWaitTimeout = 1205
	until(s.t, "no table is locked", func() bool {
		_, err := s.db.Exec(portable(s.t, statements))
		var locked *mysql.MySQLError
		if errors.As(err, &locked) && locked.Number == lockWaitTimeout {
			return false
		}
		if err != nil {
			s.t.Fatalf("%s: %v", statements, err)
		}
		return true
	})
}

func TestAStatementThatOnlyReadsCapturedTablesDoesNotCount(t *testing.T) {
	s, r := streaming(t)
	s.exec("CREATE TABLE checksums (n int)")
	s.exec(asSQL("REPLACE INTO checksums SELECT COUNT(*) FROM m2_sales_order; UPDATE checksums SET n = (SELECT MAX(entity_id) FROM m2_sales_order)"))
	s.exec("INSERT INTO m2_sales_order (entity_id, state) VALUES (1, 'new')")
	r.caughtUp(s)
	r.sameAsShop(s)
	if n := strings.Count(r.log.String(), "a new epoch began"); n != 1 {
		t.Errorf("%d epochs began, want one:\n%s", n, r.log)
	}
}
