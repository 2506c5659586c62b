package binlog

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"

	"github.com/mage2sage/mage2sage/capture/position"
)

// mariadb is the flavor of MariaDB from 10.6 on.
type mariadb struct{}

// start always goes by GTID: the server checks that its log has them.
func (mariadb) start(d *dump, _ position.From, executed mysql.GTIDSet) error {
	return d.byGTID(executed)
}

// states has nothing to add: MariaDB says everything in the GTID event.
func (mariadb) states(*transaction, string, tokens) {}

func (mariadb) commitsAtOnce([]byte) bool { return false }

func (mariadb) begins(e *replication.BinlogEvent) (transaction, bool) {
	event, ok := e.Event.(*replication.MariadbGTIDEvent)
	if !ok {
		return transaction{}, false
	}
	// Not event.GTID.String(), which is "" for 0-0-0.
	t := transaction{
		prepares: event.Flags&gtidPrepares != 0, completes: event.Flags&gtidCompletes != 0,
		gtid:   fmt.Sprintf("%d-%d-%d", event.GTID.DomainID, event.GTID.ServerID, event.GTID.SequenceNumber),
		single: event.IsStandalone(),
	}
	if t.prepares || t.completes {
		t.xid = xidOf(e.RawData, event.IsGroupCommit())
	}
	return t, true
}

// The flags of a GTID event that speak of XA, by MariaDB's log_event.h.
const (
	gtidPrepares  = 64
	gtidCompletes = 128
)

// xidOf reads the XID at the end of a GTID event: behind sequence (8), domain (4), flags (1)
// and the commit id (8) of a group it has its format (4), two lengths (1 each) and its text.
// The library does not read it.
func xidOf(raw []byte, grouped bool) string {
	at := replication.EventHeaderSize + 8 + 4 + 1
	if grouped {
		at += 8
	}
	if len(raw) < at+6 {
		return ""
	}
	end := min(len(raw), at+6+int(raw[at+4])+int(raw[at+5]))
	return string(raw[at:end])
}

func (mariadb) lastKnown() replication.EventType {
	return replication.MARIADB_DELETE_ROWS_COMPRESSED_EVENT_V1
}

func (mariadb) rows(t replication.EventType, body []byte) ([]byte, error) {
	if t < replication.MARIADB_WRITE_ROWS_COMPRESSED_EVENT_V1 || t > replication.MARIADB_DELETE_ROWS_COMPRESSED_EVENT_V1 {
		return body, nil
	}
	// A byte whose lowest bits say how many bytes of a size follow; the library trusts both.
	if len(body) < 1 || len(body) < 1+int(body[0]&7) || bigEndian(body[1:1+body[0]&7]) > uint64(min(mostUncompressed, len(body)*mostShrunk)) {
		return nil, errEvent
	}
	return mysql.DecompressMariadbData(body)
}

// mostUncompressed is the most that an event holds: max_allowed_packet is not larger.
const mostUncompressed = 1 << 30

// add replaces the transaction of the GTID's domain. The library's Update does the
// same, and warns on a log of its own where a sequence does not grow.
func (mariadb) add(set mysql.GTIDSet, gtid string) error {
	m, ok := set.(*mysql.MariadbGTIDSet)
	if !ok {
		return set.Update(gtid)
	}
	last, err := mysql.ParseMariadbGTID(gtid)
	if err != nil {
		return err
	}
	m.Sets[last.DomainID] = last
	return nil
}

// print orders a set by the number of its domains, "3-1-5,10-1-77", so that the same
// set is always the same text. The library orders it as text.
func (mariadb) print(set mysql.GTIDSet) string {
	m, ok := set.(*mysql.MariadbGTIDSet)
	if !ok {
		return set.String()
	}
	if len(m.Sets) == 1 { // the usual shop has one domain, and this runs once per transaction
		return set.String()
	}
	all := make([]*mysql.MariadbGTID, 0, len(m.Sets))
	for _, last := range m.Sets {
		all = append(all, last)
	}
	slices.SortFunc(all, func(a, b *mysql.MariadbGTID) int { return cmp.Compare(a.DomainID, b.DomainID) })
	texts := make([]string, len(all))
	for i, last := range all {
		texts[i] = last.String()
	}
	return strings.Join(texts, ",")
}
