package capture

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// onlyMySQL skips a test of what MariaDB does not have.
func onlyMySQL(t *testing.T, what string) {
	t.Helper()
	if !servers.MySQLForTest(t) {
		t.Skipf("MariaDB has no %s", what)
	}
}

func TestWhatMySQLAloneWritesIsRead(t *testing.T) {
	onlyMySQL(t, "such events")
	several := "BEGIN; INSERT INTO m2_sales_order (state) VALUES ('a'), ('b'); INSERT INTO m2_store (code) VALUES ('c'); " +
		"UPDATE m2_sales_order SET state = CONCAT(state, REPEAT('x', 200)); CREATE TEMPORARY TABLE ours (n int); INSERT INTO m2_sales_order_item (order_id, sku) VALUES (1, 'd'); DELETE FROM m2_store; COMMIT"
	for name, statements := range map[string]string{
		"a compressed transaction":            "SET SESSION binlog_transaction_compression=ON; " + several,
		"a compressed statement by itself":    "SET SESSION binlog_transaction_compression=ON; INSERT INTO m2_sales_order (state) VALUES ('a')",
		"a tagged GTID":                       "SET gtid_next='AUTOMATIC:ours'; INSERT INTO m2_sales_order (state) VALUES ('a'); SET gtid_next='AUTOMATIC'",
		"an XA transaction of one phase":      "XA START 'one'; INSERT INTO m2_sales_order (state) VALUES ('a'); XA END 'one'; XA COMMIT 'one' ONE PHASE",
		"an XA transaction of one, and empty": "XA START 'two'; XA END 'two'; XA COMMIT 'two' ONE PHASE",
		"a table made of a SELECT":            "CREATE TABLE sums AS SELECT 1 AS one; INSERT INTO m2_sales_order (state) VALUES ('a')",
		"JSON in parts": "ALTER TABLE m2_sales_order ADD COLUMN extra json, ADD COLUMN more json; INSERT INTO m2_sales_order (state, extra, more) VALUES ('a', JSON_OBJECT('a', REPEAT('x', 300), 'b', 1), '[1,2]'); " +
			"SET SESSION binlog_row_value_options=PARTIAL_JSON; UPDATE m2_sales_order SET state='b', extra=JSON_SET(extra, '$.b', 2), increment_id='7'; UPDATE m2_sales_order SET state='c'; " +
			"UPDATE m2_sales_order SET state='d', more=JSON_REPLACE(more, '$[0]', 3), extra=JSON_REMOVE(extra, '$.a')",
		"updates of which no JSON is a part":   "SET SESSION binlog_row_value_options=PARTIAL_JSON; INSERT INTO m2_sales_order (state) VALUES ('a'); UPDATE m2_sales_order SET state='b', increment_id='8'",
		"an invisible column":                  "ALTER TABLE m2_sales_order ADD COLUMN unseen int INVISIBLE DEFAULT 5 FIRST; INSERT INTO m2_sales_order (state) VALUES ('a'); UPDATE m2_sales_order SET state='b'",
		"a generated column":                   "ALTER TABLE m2_sales_order ADD COLUMN made varchar(9) AS (LEFT(state, 3)) VIRTUAL FIRST, ADD COLUMN kept int AS (7) STORED AFTER entity_id; INSERT INTO m2_sales_order (state) VALUES ('a'); UPDATE m2_sales_order SET state='b'",
		"a key over an expression":             "ALTER TABLE m2_sales_order ADD INDEX expression ((LOWER(increment_id))); INSERT INTO m2_sales_order (state, increment_id) VALUES ('a', 'B'); UPDATE m2_sales_order SET state='b'",
		"a savepoint that was gone back to":    "BEGIN; INSERT INTO m2_sales_order (state) VALUES ('a'); SAVEPOINT s; INSERT INTO m2_sales_order (state) VALUES ('b'); ROLLBACK TO s; INSERT INTO m2_sales_order (state) VALUES ('c'); COMMIT",
		"a user and a right within the stream": "CREATE USER 'm2u'@'localhost' IDENTIFIED BY 'x'; DROP USER 'm2u'@'localhost'; INSERT INTO m2_sales_order (state) VALUES ('a')",
	} {
		for _, metadata := range []string{"FULL", "MINIMAL"} {
			t.Run(name+", metadata "+metadata, func(t *testing.T) {
				s := newShop(t, "m2_")
				if strings.Contains(statements, "gtid_next") && !s.hasGTIDs() {
					t.Skip("the server gives no GTIDs")
				}
				s.metadata(metadata)
				topics, names := newTopics(t)
				r := start(t, s.config, topics, names)
				r.snapshotDone()
				s.exec("INSERT INTO m2_sales_order (entity_id, state) VALUES (1, 'first')")
				r.caughtUp(s)
				s.exec(statements)
				r.caughtUp(s)
				r.snapshotDone()
				r.sameAsShop(s)
				s.exec("INSERT INTO m2_sales_order (state) VALUES ('last')")
				r.caughtUp(s)
				r.sameAsShop(s)
				if resets := strings.Count(r.log.String(), "a new epoch began"); resets > 1 && (metadata == "FULL" || !strings.Contains(statements, "ALTER TABLE")) {
					t.Errorf("%d epochs began, want the first alone:\n%s", resets, r.log)
				}
			})
		}
	}
}

// Without TLS the password goes encrypted by the key of the server, which is asked for it.
func TestAUserOfCachingSHA2IsLetInWithoutTLSWhenTheServerHasForgottenHim(t *testing.T) {
	onlyMySQL(t, "caching_sha2_password")
	t.Parallel()
	s, server := privately(t)
	user := fmt.Sprintf("sha_%s", s.config.Database)
	s.exec("CREATE USER " + user + "@'%' IDENTIFIED WITH caching_sha2_password BY 'secret'; GRANT SELECT ON " + s.config.Database + ".* TO " + user + "@'%'; " +
		"GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO " + user + "@'%'")
	if err := server.Restart(t.Context()); err != nil { // its cache of passwords is empty
		t.Fatal(err)
	}
	s.config.User, s.config.Password = user, "secret"
	s.capturesOrIsRefused("")
}
