package binlog

import (
	"strings"
	"testing"

	"github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"
)

func TestAGTIDSetKeepsTheLastTransactionOfEachDomain(t *testing.T) {
	for name, c := range map[string]struct{ before, gtid, want string }{
		"a new set":            {"", "0-1-77", "0-1-77"},
		"the same domain":      {"3-1-5,0-2-76", "0-1-77", "0-1-77,3-1-5"},
		"another server":       {"0-1-77", "0-2-78", "0-2-78"},
		"domains by number":    {"10-1-5,2-1-9", "3-1-1", "2-1-9,3-1-1,10-1-5"},
		"a lower number":       {"0-1-77", "0-2-5", "0-2-5"},
		"a second domain":      {"0-1-77", "3-1-5", "0-1-77,3-1-5"},
		"a number above int64": {"0-1-1", "0-1-18446744073709551615", "0-1-18446744073709551615"},
	} {
		t.Run(name, func(t *testing.T) {
			f, set, err := parseGTIDSet(mysql.MariaDBFlavor, c.before)
			if err != nil {
				t.Fatal(err)
			}
			if err := set.Update(c.gtid); err != nil || f.print(set) != c.want {
				t.Errorf("%q and %s give %q, %v; want %q", c.before, c.gtid, f.print(set), err, c.want)
			}
		})
	}
}

func TestAPositionOfNoKnownFormIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ flavor, text, says string }{
		"no GTIDs":                    {mysql.MariaDBFlavor, "nonsense", "nonsense"},
		"a MySQL's GTIDs":             {mysql.MariaDBFlavor, "3E11FA47-71CA-11E1-9E33-C80AA9429562:1-5", "3E11FA47"},
		"a server that is not read":   {"postgres", "", "mariadb"},
		"a server of another make":    {"oracle", "", "oracle"},
		"a domain above 32 bits":      {mysql.MariaDBFlavor, "4294967296-1-1", "4294967296"},
		"a GTID with a part too much": {mysql.MariaDBFlavor, "0-1-2-3", "0-1-2-3"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := parseGTIDSet(c.flavor, c.text); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s %q: %v, want an error that says %q", c.flavor, c.text, err, c.says)
			}
		})
	}
}

func TestMariaDBsGTIDEventBeginsATransaction(t *testing.T) {
	e := &replication.MariadbGTIDEvent{GTID: mysql.MariadbGTID{DomainID: 3, ServerID: 1, SequenceNumber: 5}}
	if got, ok := (mariadb{}).begins(&replication.BinlogEvent{Event: e}); !ok || got != (transaction{gtid: "3-1-5"}) {
		t.Errorf("it begins %+v, %v", got, ok)
	}
	e.Flags = replication.BINLOG_MARIADB_FL_STANDALONE
	if got, _ := (mariadb{}).begins(&replication.BinlogEvent{Event: e}); !got.single {
		t.Error("a statement that commits by itself waits for a commit")
	}
	if _, ok := (mariadb{}).begins(&replication.BinlogEvent{Event: &replication.GTIDEvent{}}); ok {
		t.Error("an event of MySQL begins a transaction of MariaDB")
	}
}
