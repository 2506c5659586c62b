package binlog

import (
	"errors"
	"testing"

	"github.com/go-mysql-org/go-mysql/replication"

	"github.com/mage2sage/mage2sage/capture/row"
)

// xaEvent is MariaDB's GTID event of an XA transaction with format 1 and a text of one byte.
func xaEvent(flags byte, commitID bool) *replication.BinlogEvent {
	body := make([]byte, 13)
	body[12] = flags
	if commitID {
		body[12] |= replication.BINLOG_MARIADB_FL_GROUP_COMMIT_ID
		body = append(body, 9, 9, 9, 9, 9, 9, 9, 9)
	}
	body = append(body, 1, 0, 0, 0, 1, 0, 'x')
	e := &replication.MariadbGTIDEvent{}
	if err := e.Decode(body); err != nil {
		panic(err)
	}
	return &replication.BinlogEvent{Header: &replication.EventHeader{}, Event: e, RawData: append(make([]byte, replication.EventHeaderSize), append(body, 0xc, 0xc)...)}
}

func TestAnXIDIsTheSameWhereItIsPreparedAndWhereItIsCompleted(t *testing.T) {
	first, _ := (mariadb{}).begins(xaEvent(gtidPrepares, false))
	second, _ := (mariadb{}).begins(xaEvent(gtidCompletes, true))
	if !first.prepares || !second.completes || first.xid == "" || first.xid != second.xid {
		t.Errorf("%+v is completed by %+v", first, second)
	}
	if short := xidOf(make([]byte, 30), false); short != "" {
		t.Errorf("an event without an XID has %q", short)
	}
}

func TestMorePreparedRowsThanAreHeldAreALossOnceTheyAreCommitted(t *testing.T) {
	s := statementSession()
	s.transaction = transaction{prepares: true, xid: "x"}
	s.prepared["x"] = &preparation{}
	img := &row.Image{JSON: make([]byte, maxPrepared/2+1)}
	for range 2 {
		if err := s.emitRows(row.Event{Step: row.Rows, Changes: []row.Change{{After: img}}}); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.batch.Events) > 0 || s.prepared["x"].rows != nil {
		t.Error("rows of a prepared transaction were handed on or are held for ever")
	}
	s.transaction = transaction{completes: true, xid: "x"}
	var lost *LostError
	if err := s.query(&replication.QueryEvent{Query: []byte("XA COMMIT X'78',X'',1")}); !errors.As(err, &lost) {
		t.Errorf("its commit gives %v, want a loss", err)
	}
}
