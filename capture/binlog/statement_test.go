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
			if got := firstWord(&tokens{rest: []byte(query)}); got != want {
				t.Errorf("%q begins with %q, want %q", query, got, want)
			}
		})
	}
}

// statementSession reads statements of the shop m2, which has two captured tables.
func statementSession() *Session {
	return &Session{ctx: context.Background(), events: make(chan row.Event, 9), transaction: transaction{single: true}, prepared: map[string]*preparation{}, open: true,
		flavor: mariadb{}, executed: &mysql.MariadbGTIDSet{}, inside: position.Position{File: "binlog.000001", Pos: 77},
		config: Config{Database: "m2", Tables: map[string]magento.Table{"sales_order": {}, "store": {}}}}
}

func TestWhatAStatementDoesToACapturedTable(t *testing.T) {
	const lost, unreadable, nothing = "lost", "unreadable", "nothing"
	for query, want := range map[string]string{
		"TRUNCATE TABLE sales_order":                                lost,
		"truncate `sales_order`":                                    lost,
		"TRUNCATE /* all */ TABLE /* of */ `m2` . `sales_order`":    lost,
		"SET STATEMENT max_statement_time=5 FOR TRUNCATE store":     lost,
		"/*!50000 TRUNCATE */ store":                                lost,
		"TRUNCATE TABLE sales_order_tmp":                            nothing,
		"TRUNCATE other.sales_order":                                nothing,
		"TRUNCATE -- sales_order\n x":                               nothing,
		"RENAME TABLE sales_order TO sales_order_old":               lost,
		"RENAME TABLE a TO b, `_store_new` TO `m2`.`store`":         lost,
		"RENAME TABLE a TO other.store":                             nothing,
		"RENAME TABLE x_index TO x_outdated":                        nothing,
		"ALTER TABLE sales_order RENAME TO x":                       lost,
		"ALTER TABLE x ADD a int, RENAME store":                     lost,
		"ALTER TABLE sales_order RENAME COLUMN a TO b":              nothing,
		"ALTER TABLE sales_order RENAME INDEX a TO b":               nothing,
		"ALTER TABLE sales_order ADD COLUMN x int COMMENT 'RENAME'": nothing,
		"UPDATE sales_order SET state='x'":                          unreadable,
		"SET STATEMENT sql_mode='' FOR UPDATE sales_order SET a=1":  unreadable,
		"/*!50000 UPDATE `sales_order` SET a=1 */":                  unreadable,
		"UPDATE x SET a=1":                                          nothing,
		"CREATE OR REPLACE VIEW v AS SELECT 1 AS sales_order":       nothing,
		"ALTER TABLE x COMMENT 'never closed, store":                lost,
		"ALTER TABLE x COMMENT 'never closed":                       nothing,
		"/* never closed TRUNCATE store":                            lost,
		"ROLLBACK":                                                  lost,
		"XA ROLLBACK 'x'":                                           lost,
		"XA COMMIT 'x'":                                             nothing,
		"FLUSH LOGS":                                                nothing,
		"TRUNCATE \"store\"":                                        lost,
		"TRUNCATE `st``ore`":                                        nothing,
	} {
		t.Run(query, func(t *testing.T) {
			s := statementSession()
			err := s.query(&replication.QueryEvent{Schema: []byte("m2"), Query: []byte(query)})
			var l *LostError
			var u *UnreadableError
			got := nothing
			switch {
			case errors.As(err, &l):
				got = lost
			case errors.As(err, &u):
				got = unreadable
			case err != nil:
				t.Fatal(err)
			}
			if got != want {
				t.Errorf("%s does %s (%v), want %s", query, got, err, want)
			}
			if want == nothing && len(s.events) != 1 {
				t.Error("a statement that commits by itself was not committed")
			}
		})
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
		s := &tokens{rest: text}
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
