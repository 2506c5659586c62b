package binlog

import (
	"errors"
	"testing"

	"github.com/go-mysql-org/go-mysql/replication"

	"github.com/mage2sage/mage2sage/capture/row"
)

// What is said first is what is said, of the table that it is about: a snapshot believes
// that this table may be empty.
func TestALossNamesTheTableOfTheFirstDoubt(t *testing.T) {
	for query, want := range map[string]string{
		"TRUNCATE sales_order":                    "sales_order: the table sales_order was truncated",
		"RENAME TABLE a TO store":                 "store: the table store was renamed, or another got its name",
		"ALTER IGNORE TABLE store ADD UNIQUE (a)": "store: the table store was altered with IGNORE, which drops rows",
		"TRUNCATE m2.store":                       "store: the table store was truncated",
		"DROP TABLE store, sales_order":           "store: the table store was dropped",
		"UPDATE v, store SET a=1":                 ": a statement that was logged as SQL changed rows, and it cannot be told of which table",
		"UPDATE store, v SET a=1":                 "store: rows of store were changed by a statement that was logged as SQL (some session sets binlog_format)",
		"DO f()":                                  ": a statement of the kind DO was logged, and what it writes to cannot be told",
		"VALUES (1)":                              ": a statement of the kind VALUES was logged, and what it writes to cannot be told",
		"CALL f()":                                ": a statement of the kind CALL was logged, and what it writes to cannot be told",
		"SELECT f()":                              ": a statement of the kind SELECT was logged, and what it writes to cannot be told",
		"REPAIR TABLE store":                      ": a statement of the kind REPAIR was logged, and what it writes to cannot be told",
		"IMPORT TABLE FROM 'f'":                   ": a statement of the kind IMPORT was logged, and what it writes to cannot be told",
		"WITH a AS (SELECT f()) SELECT 1":         ": a statement of the kind WITH was logged, and what it writes to cannot be told",
		"LOAD":                                    ": a statement of the kind LOAD was logged, and what it writes to cannot be told",
		"JANE f()":                                ": a statement of the kind that is not known here was logged, and what it writes to cannot be told",
		"DROP DATABASE m2":                        ": the shop's database was dropped",
		"CREATE OR REPLACE DATABASE m2":           ": the shop's database was dropped",
		"ALTER TABLE store COMMENT 'never closed": "store: a statement that mentions store cannot be read",
		"ALTER TABLE store DISCARD TABLESPACE, COMMENT 'a": "store: the table store was altered in a way that changes its rows",
		"ALTER TABLE sales_order DROP PARTITION p0":        "sales_order: a partition of the table sales_order was dropped",
		"ALTER TABLE sales_order DROP state, ADD PERIOD":   "sales_order: a captured column of sales_order was altered",
	} {
		t.Run(query, func(t *testing.T) {
			s := statementSession()
			for name, table := range s.config.Tables {
				table.Name = name
				s.config.Tables[name] = table
			}
			err := s.query(&replication.QueryEvent{Schema: []byte("m2"), Query: []byte(query)})
			var lost *LostError
			var of *TableLostError
			got := ""
			if errors.As(err, &of) {
				got = of.Table
			}
			if errors.As(err, &lost) {
				got += ": " + lost.Reason
			}
			if got != want {
				t.Errorf("%s is the loss %q, want %q", query, got, want)
			}
		})
	}
}

func TestOnlyACapturedTableForgetsItsColumns(t *testing.T) {
	for query, want := range map[string]string{
		"ALTER TABLE store ADD a int":                 "store",
		"ALTER TABLE x ADD a int":                     "",
		"ALTER EVENT store RENAME TO y":               "",
		"/*!80000 ALTER TABLE store ADD a int */":     "store",
		"ALTER TABLE store DROP PARTITION p0":         "store",
		"ALTER TABLE other.store DROP COLUMN whether": "",
	} {
		s := statementSession()
		if err := s.query(&replication.QueryEvent{Schema: []byte("m2"), Query: []byte(query)}); err != nil {
			t.Fatal(err)
		}
		got, n := "", 0
		for _, e := range s.batch.Events {
			if e.Step == row.Altered {
				got, n = e.Table, n+1
			}
		}
		if got != want || (n > 0) != (want != "") {
			t.Errorf("%s makes %d tables forget their columns, %q among them, want %q", query, n, got, want)
		}
	}
}
