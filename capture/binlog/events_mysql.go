package binlog

import (
	"fmt"
	"math"
	"strconv"

	"github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"
	"github.com/google/uuid"

	"github.com/mage2sage/mage2sage/capture/position"
)

// mysqld is the flavor of MySQL from 8.0 on.
type mysqld struct{}

// start goes by place where it is known, which needs no GTIDs. By GTID the server looks
// for the first transaction that is not among them.
func (mysqld) start(d *dump, from position.From, executed mysql.GTIDSet) error {
	if from.ByGTID || from.Again.GTID != "" {
		return d.byGTID(executed)
	}
	if from.At.Pos > math.MaxUint32 {
		return &LostError{fmt.Sprintf("a log cannot be read from %s on, behind 4 GiB of one file", from.At)}
	}
	return d.byPlace(mysql.Position{Name: from.At.File, Pos: uint32(from.At.Pos)})
}

// begins reads the GTID event that stands before each transaction, also where
// transactions have no GTIDs. Until a statement says otherwise a transaction is single.
func (mysqld) begins(e *replication.BinlogEvent) (transaction, bool) {
	event, ok := e.Event.(*replication.GTIDEvent)
	if tagged, is := e.Event.(*replication.GtidTaggedLogEvent); is {
		event, ok = &tagged.GTIDEvent, true
	}
	if !ok {
		return transaction{}, false
	}
	t := transaction{single: true, tsMS: int64(event.OriginalCommitTimestamp / 1000), micros: int64(event.OriginalCommitTimestamp % 1000)}
	if e.Header.EventType == replication.ANONYMOUS_GTID_EVENT {
		return t, true
	}
	id, err := uuid.FromBytes(event.SID)
	if err != nil {
		return transaction{}, false
	}
	t.gtid = id.String() + ":"
	if tag := event.Tag.String(); tag != "" {
		t.gtid += tag + ":"
	}
	t.gtid += strconv.FormatInt(event.GNO, 10)
	return t, true
}

// states: BEGIN and XA START open a transaction that an event of its own ends, and so does
// CREATE TABLE … SELECT, whose statement ends with START TRANSACTION. Whatever else comes
// first is a transaction by itself.
func (mysqld) states(t *transaction, verb string, rest tokens) {
	switch verb {
	case "BEGIN":
		t.single = false
	case "CREATE":
		var last, now token
		for now = rest.next(); !now.atEnd(); last, now = now, rest.next() {
			if last.is("START") && now.is("TRANSACTION") {
				t.single = false
			}
		}
	case "XA":
		t.single = false
		switch what := rest.next(); {
		case what.is("START"), what.is("BEGIN"):
			t.prepares, t.xid = true, rest.remainder()
		case what.is("COMMIT"), what.is("ROLLBACK"):
			t.completes, t.xid = true, rest.remainder()
		}
	}
}

// commitsAtOnce reads the first byte of the body, which says that an XA transaction is
// committed in one phase.
func (mysqld) commitsAtOnce(prepare []byte) bool {
	return len(prepare) > replication.EventHeaderSize && prepare[replication.EventHeaderSize] != 0
}

func (mysqld) lastKnown() replication.EventType { return replication.GTID_TAGGED_LOG_EVENT }

// rows: what MySQL compresses are whole transactions.
func (mysqld) rows(_ replication.EventType, body []byte) ([]byte, error) { return body, nil }

// add: a server never gives a number twice, so a log in which one comes again is another.
func (mysqld) add(set mysql.GTIDSet, gtid string) error {
	if gtid == "" {
		return nil
	}
	one, err := mysql.ParseMysqlGTIDSet(gtid)
	if err != nil {
		return err
	}
	if set.Contain(one) {
		return &LostError{fmt.Sprintf("it has GTID %s again, which was read before: it was reset, or the server was restored", gtid)}
	}
	return set.Update(gtid)
}

func (mysqld) print(set mysql.GTIDSet) string { return set.String() }
