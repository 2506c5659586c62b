package binlog

import (
	"errors"
	"strings"
	"testing"

	"github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/row"
)

// doubted is a session in which the table store is in doubt up to a place.
func doubted(t *testing.T, until uint64) *Session {
	t.Helper()
	s := storeSession(t)
	s.plans = map[uint64]*plan{}
	s.at = position.Position{File: "binlog.000001", Pos: 77}
	s.config.Doubts = map[string]Doubt{"store": {From: position.Position{File: "binlog.000001", Pos: 77}, Until: position.Position{File: "binlog.000001", Pos: until}}}
	s.config.Layouts = map[string][]row.Definition{}
	s.crossDoubts()
	return s
}

func TestRowsOfATableInDoubtArePassedOverUpToItsEnd(t *testing.T) {
	s := doubted(t, 200)
	bring := func() string {
		s.batch = row.NewBatch(nil)
		if err := errors.Join(s.event(wireMap(9, "store", storeColumns)), s.event(wireRows(replication.WRITE_ROWS_EVENTv1, 9, 2, []byte(one)))); err != nil {
			t.Fatal(err)
		}
		return strings.Join(read(s), "|")
	}
	if got := bring(); got != "" {
		t.Errorf("in doubt it reads %q", got)
	}
	s.open, s.inside = true, position.Position{File: "binlog.000001", Pos: 199}
	if err := s.commit(); err != nil {
		t.Fatal(err)
	}
	if got := bring(); got != "" {
		t.Errorf("before the end it reads %q", got)
	}
	s.inside.Pos = 200
	if err := s.commit(); err != nil {
		t.Fatal(err)
	}
	if got := bring(); got != `- {"store_id":1,"code":"a"}` {
		t.Errorf("behind the end, under the same table map, it reads %q", got)
	}
}

// What was published before the place is published again under the same versions.
func TestRowsBeforeADoubtAreRead(t *testing.T) {
	s := doubted(t, 200)
	s.at.Pos = 60
	d := s.config.Doubts["store"]
	d.begun = false
	s.config.Doubts["store"] = d
	for _, at := range []uint64{76, 77} {
		s.open, s.batch, s.inside.Pos = true, row.NewBatch(nil), at
		if err := s.commit(); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(s.event(wireMap(9, "store", storeColumns)), s.event(wireRows(replication.WRITE_ROWS_EVENTv1, 9, 2, []byte(one)))); err != nil {
			t.Fatal(err)
		}
		if got := len(read(s)); got == 1 != (at < 77) {
			t.Errorf("at %d %d rows are read", at, got)
		}
	}
}

// Rows that do not decode, or whose columns are not known, are the reason of most doubts.
func TestNothingOfATableInDoubtIsDecoded(t *testing.T) {
	s := doubted(t, 200)
	unnamed := append([]wireColumn{}, storeColumns...)
	for i := range unnamed {
		unnamed[i].name = ""
	}
	if err := errors.Join(s.event(wireMap(9, "store", unnamed)), s.event(wireRows(replication.WRITE_ROWS_EVENTv1, 9, 2, []byte("nonsense")))); err != nil {
		t.Error(err)
	}
}

func TestWhatIsDoneToATableInDoubtIsPassedOverAndToOthersIsNot(t *testing.T) {
	for query, says := range map[string]string{
		"TRUNCATE store":                        "",
		"DROP TABLE store":                      "",
		"ALTER TABLE store ADD x int":           "",
		"UPDATE store SET code='x'":             "",
		"DELETE FROM store":                     "",
		"TRUNCATE sales_order":                  "the table sales_order was truncated",
		"DROP TABLE store, sales_order":         "the table sales_order was dropped",
		"UPDATE store JOIN sales_order SET a=1": "rows of sales_order were changed",
		"DROP DATABASE m2":                      "the shop's database was dropped",
	} {
		t.Run(query, func(t *testing.T) {
			s := statementSession()
			s.config.Layouts = map[string][]row.Definition{}
			s.config.Doubts = map[string]Doubt{"store": {Until: position.Position{File: "binlog.000001", Pos: 200}}}
			s.crossDoubts()
			s.config.TableType = func(string, string) (string, error) { return "", nil } // it is dropped by now
			err := s.query(&replication.QueryEvent{Schema: []byte("m2"), Query: []byte(query)})
			if (err == nil) != (says == "") || err != nil && !strings.Contains(err.Error(), says) {
				t.Errorf("%v, want %q", err, says)
			}
			if got := s.batch.Events; says == "" && (len(got) != 1 || got[0].Step != row.Commit) {
				t.Errorf("its reader is told %+v, want the end of the transaction alone", got)
			}
		})
	}
}

func TestTheColumnsAtTheEndOfADoubtAreKnownFromThereOn(t *testing.T) {
	for _, columns := range [][]row.Definition{{{Name: "store_id", DataType: "int"}}, nil} {
		s := doubted(t, 200)
		s.config.Layouts = map[string][]row.Definition{"store": {{Name: "old"}, {Name: "older"}}}
		d := s.config.Doubts["store"]
		d.Columns = columns
		s.config.Doubts["store"] = d
		s.at.Pos = 200
		s.crossDoubts()
		if _, known := s.config.Layouts["store"]; len(s.config.Doubts) != 0 || known != (columns != nil) || len(s.config.Layouts["store"]) != len(columns) {
			t.Errorf("in doubt are %v, and known are %v", s.config.Doubts, s.config.Layouts)
		}
	}
}

// What was prepared in the doubt may be committed behind it, and no snapshot that is taken
// meanwhile has it.
func TestACommitOfRowsThatWerePreparedInADoubtIsALoss(t *testing.T) {
	s := doubted(t, 77+1000)
	s.executed = &mysql.MariadbGTIDSet{Sets: map[uint32]*mysql.MariadbGTID{}}
	s.transaction = transaction{prepares: true, xid: "x"}
	s.prepared = map[string]*preparation{"x": {}}
	if err := errors.Join(s.event(wireMap(9, "store", storeColumns)), s.event(wireRows(replication.WRITE_ROWS_EVENTv1, 9, 2, []byte(one)))); err != nil {
		t.Fatal(err)
	}
	s.transaction = transaction{completes: true, xid: "x"}
	var lost *LostError
	if err := s.commitXA(); !errors.As(err, &lost) {
		t.Errorf("the commit gives %v, want a LostError", err)
	}
}
