package binlog

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

func TestStatementsAreRecognisedByTheirFirstWord(t *testing.T) {
	for query, want := range map[string]string{
		"insert into x":               "INSERT",
		"  /* a */ /* b */\nUPDATE x": "UPDATE",
		"(SELECT 1)":                  "SELECT",
		"COMMIT":                      "COMMIT",
		"/* never closed":             "",
		"":                            "",
		"-- a line\nDELETE FROM x":    "DELETE",
		"# a line\nDELETE FROM x":     "DELETE",
		"/*!50003 UPDATE x */":        "UPDATE",
		"/*M!100100 UPDATE x */":      "UPDATE",
		"/*!*/ truncate x":            "TRUNCATE",
		"SET @a = 1":                  "SET",
		"SET STATEMENT max_statement_time=5, sql_mode='FOR' FOR UPDATE x SET a=1": "UPDATE",
		"set statement a=1 for (delete from x)":                                   "DELETE",
		"SET STATEMENT a=1":                                                       "SET",
		"SELECT--1":                                                               "SELECT",
	} {
		t.Run(query, func(t *testing.T) {
			if got := firstWord(newTokens(&replication.QueryEvent{Query: []byte(query)})); got != want {
				t.Errorf("%q begins with %q, want %q", query, got, want)
			}
		})
	}
}

// statementSession reads statements of the shop m2, which has two captured tables.
func statementSession() *Session {
	partitionedByTime := func(table string) (bool, error) { return table == "store", nil }
	return &Session{ctx: context.Background(), batch: row.NewBatch(nil), plans: map[uint64]*plan{}, others: map[uint64][]byte{}, transaction: transaction{single: true}, prepared: map[string]*preparation{}, open: true,
		flavor: mariadb{}, executed: &mysql.MariadbGTIDSet{}, inside: position.Position{File: "binlog.000001", Pos: 77},
		config: Config{Database: "m2", TableType: tableType, HasHistoryPartitions: partitionedByTime, Tables: map[string]magento.Table{"sales_order": {Columns: []string{"entity_id", "state", "grand_total"}}, "store": {}}}}
}

// tableType is what information_schema says: x and checksums are tables of the shop, v is a
// view, and of other databases nothing can be seen.
func tableType(database, table string) (string, error) {
	if database != "m2" {
		return "", nil
	}
	return map[string]string{"x": "BASE TABLE", "checksums": "BASE TABLE", "v": "VIEW"}[table], nil
}

func TestWhatAStatementDoesToACapturedTable(t *testing.T) {
	const lost, nothing = "lost", "nothing"
	for query, want := range map[string]string{
		"TRUNCATE TABLE sales_order":                                                lost,
		"truncate `sales_order`":                                                    lost,
		"TRUNCATE /* all */ TABLE /* of */ `m2` . `sales_order`":                    lost,
		"SET STATEMENT max_statement_time=5 FOR TRUNCATE store":                     lost,
		"/*!50000 TRUNCATE */ store":                                                lost,
		"TRUNCATE TABLE sales_order_tmp":                                            nothing,
		"TRUNCATE TABLE store WAIT 5":                                               lost,
		"RENAME TABLE a WAIT 5 TO store":                                            lost,
		"ALTER TABLE store NOWAIT RENAME x":                                         lost,
		"ALTER TABLE x WAIT 1.5 RENAME store":                                       lost,
		"ALTER TABLE sales_order WAIT 10 DROP COLUMN state":                         lost,
		"ALTER TABLE sales_order NOWAIT DROP COLUMN x":                              nothing,
		"ALTER TABLE sales_order ADD COLUMN IF NOT EXISTS (a int, state int)":       lost,
		"ALTER TABLE sales_order ADD (a int, state int)":                            lost,
		"ALTER TABLE sales_order ADD IF NOT EXISTS a int COMMENT 'state'":           nothing,
		"ALTER TABLE sales_order ADD CONSTRAINT c PRIMARY KEY (a)":                  lost,
		"ALTER TABLE sales_order ADD CONSTRAINT c UNIQUE (a)":                       nothing,
		"ALTER TABLE sales_order CONVERT TO CHARACTER SET latin1 COMMENT 'utf8mb4'": lost,
		"ALTER TABLE sales_order CONVERT TO CHARSET utf8mb4":                        nothing,
		"ALTER TABLE sales_order COMMENT 'x' ENGINE=BLACKHOLE":                      lost,
		"ALTER TABLE sales_order ENGINE=InnoDB":                                     nothing,
		"ANALYZE INSERT INTO store VALUES (1)":                                      lost,
		"ANALYZE UPDATE store SET a=1":                                              lost,
		"ANALYZE FORMAT=JSON DELETE FROM store":                                     lost,
		"ANALYZE UPDATE x SET a=1":                                                  nothing,
		"ANALYZE FORMAT=JSON UPDATE x SET a=1":                                      nothing,
		"ANALYZE LOCAL TABLE store":                                                 nothing,
		"TRUNCATE other.sales_order":                                                nothing,
		"TRUNCATE -- sales_order\n x":                                               nothing,
		"RENAME TABLE sales_order TO sales_order_old":                               lost,
		"RENAME TABLE a TO b, `_store_new` TO `m2`.`store`":                         lost,
		"RENAME TABLE a TO other.store":                                             nothing,
		"RENAME TABLE x_index TO x_outdated":                                        nothing,
		"ALTER TABLE sales_order RENAME TO x":                                       lost,
		"ALTER TABLE x ADD a int, RENAME store":                                     lost,
		"ALTER TABLE sales_order RENAME COLUMN a TO b":                              nothing,
		"ALTER TABLE sales_order RENAME INDEX a TO b":                               nothing,
		"ALTER TABLE sales_order ADD COLUMN x int COMMENT 'RENAME'":                 nothing,
		"UPDATE sales_order SET state='x'":                                          lost,
		"SET STATEMENT sql_mode='' FOR UPDATE sales_order SET a=1":                  lost,
		"/*!50000 UPDATE `sales_order` SET a=1 */":                                  lost,
		"UPDATE x SET a=1":                                                          nothing,
		"CREATE OR REPLACE VIEW v AS SELECT 1 AS sales_order":                       nothing,
		"ALTER TABLE x COMMENT 'never closed, store":                                lost,
		"ALTER TABLE x COMMENT 'never closed":                                       nothing,
		"/* never closed TRUNCATE store":                                            lost,
		"ROLLBACK":                                                                  lost,
		"XA ROLLBACK 'x'":                                                           lost,
		"XA COMMIT 'x'":                                                             nothing,
		"TRUNCATE TABLE`sales_order`":                                               lost,
		"/* a */ TRUNCATE/**/TABLE/**/sales_order":                                  lost,
		"/*!50000 TRUNCATE TABLE sales_order */":                                    lost,
		"/*M!100400 TRUNCATE TABLE sales_order */":                                  lost,
		"TRUNCATE /*!80000 other. */ sales_order":                                   lost,
		"TRUNCATE /*!50000 other. */ sales_order":                                   nothing,
		"TRUNCATE /*!80000 sales_order */":                                          lost,
		"ALTER TABLE sales_order TRUNCATE PARTITION p0":                             lost,
		"ALTER TABLE sales_order DROP PARTITION p0":                                 lost,
		"ALTER TABLE store DROP PARTITION p0":                                       nothing, // of its history
		"ALTER TABLE store PARTITION BY SYSTEM_TIME":                                lost,
		"ALTER TABLE store PARTITION BY HASH (store_id)":                            nothing,
		"ALTER TABLE store DROP PARTITION p0 /*!80000 , a */":                       nothing,
		"ALTER TABLE sales_order /*!80000 DROP PARTITION p0 */":                     lost,
		"ALTER TABLE x EXCHANGE PARTITION p WITH TABLE sales_order":                 lost,
		"ALTER TABLE x EXCHANGE PARTITION p WITH TABLE m2.store":                    lost,
		"ALTER TABLE x CONVERT PARTITION p TO TABLE store":                          lost,
		"ALTER TABLE x ADD FOREIGN KEY (a) REFERENCES store (id)":                   nothing,
		"ALTER TABLE x RENAME TO m2.store":                                          lost,
		"ALTER IGNORE TABLE store ADD UNIQUE (a)":                                   lost,
		"ALTER TABLE store DISCARD TABLESPACE":                                      lost,
		"ALTER TABLE store ADD SYSTEM VERSIONING":                                   lost,
		"ALTER TABLE sales_order MODIFY grand_total decimal(9,1)":                   lost,
		"ALTER TABLE sales_order ADD x int, DROP COLUMN `state`":                    lost,
		"ALTER TABLE sales_order ADD COLUMN (x int, state int)":                     lost,
		"ALTER TABLE sales_order ADD x int AFTER `state`":                           nothing,
		"ALTER TABLE sales_order ADD x int COMMENT 'state'":                         nothing,
		"ALTER TABLE sales_order ADD INDEX `state` (`state`)":                       nothing,
		"ALTER TABLE sales_order CONVERT TO CHARACTER SET ascii":                    lost,
		"ALTER TABLE sales_order CONVERT TO CHARACTER SET utf8mb4":                  nothing,
		"DROP TABLE IF EXISTS x, `store`":                                           lost,
		"DROP TEMPORARY TABLE store":                                                nothing,
		"DROP /*!40005 TEMPORARY */ TABLE IF EXISTS `store`":                        nothing,
		"DROP DATABASE IF EXISTS m2":                                                lost,
		"DROP SCHEMA other":                                                         nothing,
		"CREATE OR REPLACE DATABASE m2":                                             lost,
		"CREATE DATABASE IF NOT EXISTS m2":                                          nothing,
		"CREATE TABLE store (a int)":                                                lost,
		"CREATE OR REPLACE TABLE store SELECT * FROM x":                             lost,
		"CREATE TABLE IF NOT EXISTS store (a int)":                                  nothing,
		"CREATE TABLE IF NOT EXISTS store SELECT 1":                                 lost,
		"CREATE TABLE x LIKE store":                                                 nothing,
		"CREATE TEMPORARY TABLE store (a int)":                                      nothing,
		"LOAD DATA INFILE 'f' REPLACE INTO TABLE `m2`.`store` (a)":                  lost,
		"LOAD DATA INFILE 'f' INTO TABLE x (a)":                                     nothing,
		"/* app */ UPDATE sales_order SET state='x'":                                lost,
		"REPLACE INTO checksums SELECT 1 FROM sales_order":                          nothing,
		"REPLACE INTO p.checksums SELECT 1 FROM m2.sales_order":                     nothing,
		"INSERT INTO `store` VALUES (1)":                                            lost,
		"insert low_priority ignore into m2.store set a=1":                          lost,
		"UPDATE v SET a=1":                                                          lost,
		"UPDATE unseen SET a=1":                                                     lost,
		"UPDATE p.heartbeat SET ts='sales_order'":                                   nothing,
		"UPDATE x, sales_order s SET s.state='x'":                                   lost,
		"UPDATE (x a LEFT JOIN store s USING (id)) SET s.a=1":                       lost,
		"UPDATE x SET a=(SELECT 1 FROM sales_order)":                                nothing,
		"DELETE FROM sales_order WHERE 1":                                           lost,
		"DELETE FROM x WHERE a IN (SELECT 1 FROM sales_order)":                      nothing,
		"DELETE sales_order.* FROM sales_order JOIN x":                              lost,
		"DELETE FROM x USING x JOIN store":                                          lost,
		"DELETE HISTORY FROM sales_order BEFORE SYSTEM_TIME '2020'":                 nothing,
		"WITH a AS (SELECT 1 FROM store) UPDATE x SET b=1":                          nothing,
		"WITH a AS (SELECT 1) DELETE FROM store":                                    lost,
		"SELECT `m2`.`writes_orders`()":                                             lost,
		"DO f()":                                                                    lost,
		"SOMETHING NEW":                                                             lost,
		"FLUSH LOGS":                                                                nothing,
		"TRUNCATE \"store\"":                                                        lost,
		"ALTER ONLINE TABLE store RENAME TO x":                                      lost,
		"ALTER OFFLINE TABLE store RENAME TO x":                                     lost,
		"ALTER TABLE IF EXISTS store RENAME TO x":                                   lost,
		"ALTER TABLE store IMPORT TABLESPACE":                                       lost,
		"ALTER TABLE store EXCHANGE PARTITION p WITH TABLE x":                       lost,
		"ALTER TABLE store ADD PERIOD FOR SYSTEM_TIME(a, b)":                        lost,
		"ALTER TABLE store DROP PRIMARY KEY":                                        lost,
		"ALTER TABLE sales_order ADD COLUMN state int":                              lost,
		"ALTER TABLE sales_order CHANGE state state text":                           lost,
		"ALTER TABLE sales_order ALTER state SET DEFAULT 'x'":                       lost,
		"ALTER TABLE sales_order RENAME COLUMN state TO x":                          lost,
		"ALTER TABLE sales_order ADD (x int, state int)":                            lost,
		"ALTER TABLE sales_order MODIFY STATE text":                                 lost,
		"DROP TABLES store":                                                         lost,
		"DROP SCHEMA m2":                                                            lost,
		"CREATE OR REPLACE SCHEMA m2":                                               lost,
		"LOAD":                                                                      lost,
		"UPDATE x JOIN store SET a=1":                                               lost,
		"UPDATE x STRAIGHT_JOIN store SET a=1":                                      lost,
		"DELETE x FROM store":                                                       lost,
		"DELETE FROM x USING store":                                                 lost,
		"WITH a AS (SELECT 1) UPDATE store SET b=1":                                 lost,
		"WITH a AS (SELECT f()) SELECT 1":                                           lost,
		"; TRUNCATE store":                                                          lost,
		"ALTER EVENT store RENAME TO x":                                             nothing,
		"ALTER TABLE x RENAME TO other.store":                                       nothing,
		"ALTER TABLE x RENAME COLUMN store TO a":                                    nothing,
		"ALTER TABLE sales_order RENAME KEY a TO b":                                 nothing,
		"ALTER TABLE sales_order ORDER BY state":                                    nothing,
		"ALTER TABLE sales_order ADD x int CHECK (state > 1)":                       nothing,
		"INSERT INTO x VALUES (1)":                                                  nothing,
		"INSERT LOW_PRIORITY INTO x VALUES (1)":                                     nothing,
		"INSERT DELAYED INTO x VALUES (1)":                                          nothing,
		"INSERT HIGH_PRIORITY INTO x VALUES (1)":                                    nothing,
		"INSERT IGNORE INTO x VALUES (1)":                                           nothing,
		"UPDATE x SET a=1, store=2":                                                 nothing,
		"DELETE FROM x ORDER BY a, store":                                           nothing,
		"DELETE FROM x RETURNING a, store":                                          nothing,
		"UPDATE LOW_PRIORITY x SET a=1":                                             nothing,
		"DELETE QUICK FROM x":                                                       nothing,
		"UPDATE IGNORE x SET a=1":                                                   nothing,
		"UPDATE x JOIN checksums USING (store) SET a=1":                             nothing,
		"UPDATE x PARTITION (p, store) SET a=1":                                     nothing,
		"UPDATE x, (SELECT a, store FROM x) d SET a=1":                              nothing,
		"WITH a AS (SELECT REPLACE(b, 1, 2)) UPDATE x SET b=1":                      nothing,
		"WITH a AS (SELECT (1), REPLACE(b, 1, 2)) UPDATE x SET b=1":                 nothing,
		"WITH a AS (SELECT 1) INSERT INTO x SELECT 1":                               nothing,
		"WITH a AS (SELECT 1) REPLACE INTO x SELECT 1":                              nothing,
		"WITH a AS (SELECT 1) UPDATE x SET a=1, store=2":                            nothing,
		"WITH a AS (SELECT 1) DELETE FROM x ORDER BY a, store":                      nothing,
		"COMMIT":             nothing,
		"TRUNCATE `st``ore`": nothing,
		"DELETE FROM x WHERE a IS DISTINCT FROM store":                      nothing,
		"WITH a AS (SELECT 1) DELETE FROM x WHERE a IS DISTINCT FROM store": nothing,
		"ALTER IGNORE TABLE x ADD UNIQUE (a)":                               nothing,
		"CREATE DATABASE m2":                                                nothing, // of a shop that is captured it can only fail
		"BEGIN":                                                             nothing,
		"START TRANSACTION":                                                 nothing,
		"SAVEPOINT `a`":                                                     nothing,
		"RELEASE SAVEPOINT `a`":                                             nothing,
		"SET PASSWORD FOR 'store'@'%' = '*A'":                               nothing,
		"GRANT SELECT ON m2.store TO a":                                     nothing,
		"REVOKE SELECT ON m2.store FROM a":                                  nothing,
		"ANALYZE TABLE store":                                               nothing,
		"OPTIMIZE TABLE store":                                              nothing,
		"CHECK TABLE store":                                                 nothing,
		"LOCK TABLES store WRITE":                                           nothing,
		"UNLOCK TABLES":                                                     nothing,
		"INSTALL SONAME 'a'":                                                nothing,
		"UNINSTALL SONAME 'a'":                                              nothing,
		"RESET QUERY CACHE":                                                 nothing,
		"USE m2":                                                            nothing,
	} {
		t.Run(query, func(t *testing.T) {
			s := statementSession()
			err := s.query(&replication.QueryEvent{Schema: []byte("m2"), Query: []byte(query)})
			var l *LostError
			got := nothing
			switch {
			case errors.As(err, &l):
				got = lost
			case err != nil:
				t.Fatal(err)
			}
			if got != want {
				t.Errorf("%s does %s (%v), want %s", query, got, err, want)
			}
			last := row.Event{Step: row.Moved}
			for _, e := range s.batch.Events {
				last = e
			}
			if want == nothing && last.Step != row.Commit {
				t.Error("a statement that commits by itself was not committed")
			}
		})
	}
}

// What cannot be read as a statement is judged by the names in it.
func TestABrokenStatementDoubtsWhatItMentionsOfTheShop(t *testing.T) {
	for query, lost := range map[string]bool{
		"ALTER TABLE x COMMENT 'never closed, store":         false,
		"ALTER TABLE m2.x COMMENT 'never closed, store":      true,
		"ALTER TABLE m2.x COMMENT 'never closed, store_view": false,
	} {
		err := statementSession().query(&replication.QueryEvent{Schema: []byte("other"), Query: []byte(query)})
		if (err != nil) != lost {
			t.Errorf("%s gives %v", query, err)
		}
	}
}

// Where only some servers run an ALTER, the columns are not known behind it.
func TestAnAlterThatSomeServersPassOverTakesTheColumns(t *testing.T) {
	s := statementSession()
	if err := s.query(&replication.QueryEvent{Schema: []byte("m2"), Query: []byte("/*!80000 ALTER TABLE sales_order ADD x int */")}); err != nil {
		t.Fatal(err)
	}
	if e := s.batch.Events[0]; e.Step != row.Altered || e.Table != "sales_order" {
		t.Errorf("it gives %+v", e)
	}
}

func TestATextOfTheLogIsNotRepeatedInAnError(t *testing.T) {
	s := statementSession()
	err := s.query(&replication.QueryEvent{Schema: []byte("m2"), Query: []byte("UPDATE sales_order SET customer_email='jane@example.com'")})
	if err == nil || strings.Contains(err.Error(), "jane") {
		t.Errorf("the error is %v", err)
	}
}

// FuzzTokens reads any text to its end: each token takes something.
func FuzzTokens(f *testing.F) {
	f.Add([]byte("/*! a */ `b``c` 'd\\'e' -- f\n#g\n(h)"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s := newTokens(&replication.QueryEvent{Query: text})
		for n := 0; ; n++ {
			if s.next().atEnd() && len(s.rest) == 0 {
				return
			}
			if n > len(text) {
				t.Fatalf("%q has more tokens than bytes", text)
			}
		}
	})
}

func BenchmarkAStatementThatIsNotOurs(b *testing.B) {
	s := statementSession()
	s.transaction.single = false
	e := &replication.QueryEvent{Schema: []byte("m2"), Query: []byte("CREATE TABLE catalogrule_product__temp1 (a int primary key, b varchar(20)) ENGINE=InnoDB")}
	b.ReportAllocs()
	for b.Loop() {
		if err := s.query(e); err != nil {
			b.Fatal(err)
		}
	}
}

func TestABackslashIsReadAsTheSessionReadIt(t *testing.T) {
	vars := []byte{0, 0, 0, 0, 0, 1, 0, 0, 0x10, 0, 0, 0, 0, 0} // NO_BACKSLASH_ESCAPES
	query := []byte(`ALTER TABLE sales_order COMMENT 'a\', DROP COLUMN state -- '`)
	for mode, c := range map[string]struct {
		vars []byte
		lost bool
	}{"an escape": {nil, false}, "a letter": {vars, true}} {
		s := statementSession()
		err := s.query(&replication.QueryEvent{Schema: []byte("m2"), Query: query, StatusVars: c.vars})
		if (err != nil) != c.lost {
			t.Errorf("as %s it gives %v", mode, err)
		}
	}
	if tokens := newTokens(&replication.QueryEvent{StatusVars: vars}); tokens.backslash {
		t.Error("NO_BACKSLASH_ESCAPES was not seen")
	}
}

func TestALoadStatementIsReadFromItsEvent(t *testing.T) {
	body := append(make([]byte, replication.EventHeaderSize), make([]byte, 26)...)
	body[replication.EventHeaderSize+8] = 2
	body = append(body, "m2\x00LOAD DATA INFILE 'f' INTO TABLE store\x01\x02\x03\x04"...)
	e := loadStatement(body, 4)
	if string(e.Schema) != "m2" || string(e.Query) != "LOAD DATA INFILE 'f' INTO TABLE store" {
		t.Errorf("it is %q of %q", e.Query, e.Schema)
	}
	for n := range body {
		loadStatement(body[:n], 0)
	}
}
