package binlog

import (
	"errors"
	"github.com/klauspost/compress/zstd"
	"slices"
	"strings"
	"testing"

	"github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/row"
)

const serverUUID = "3e11fa47-71ca-11e1-9e33-c80aa9429562"

var serverSID = []byte{0x3e, 0x11, 0xfa, 0x47, 0x71, 0xca, 0x11, 0xe1, 0x9e, 0x33, 0xc8, 0x0a, 0xa9, 0x42, 0x95, 0x62}

// mysqlReader is a reader of a MySQL's log.
func mysqlReader(t *testing.T, executed string) *reader {
	t.Helper()
	r := newReader()
	var err error
	if r.flavor, r.executed, err = parseGTIDSet(mysql.MySQLFlavor, executed); err != nil {
		t.Fatal(err)
	}
	return r
}

// mysqlGTID is a GTID event of the server's own transactions.
func mysqlGTID(number int64, tag string) *replication.GTIDEvent {
	return &replication.GTIDEvent{SID: serverSID, GNO: number, Tag: mysql.NewTag(tag), OriginalCommitTimestamp: 1_700_000_000_123_456}
}

func statement(text string) *replication.QueryEvent {
	return &replication.QueryEvent{Schema: []byte("m2"), Query: []byte(text)}
}

func TestMySQLsGTIDEventBeginsATransaction(t *testing.T) {
	tagged := &replication.GtidTaggedLogEvent{GTIDEvent: *mysqlGTID(9, "shop")}
	for name, c := range map[string]struct {
		kind  replication.EventType
		event replication.Event
		want  transaction
		ok    bool
	}{
		"of its own":       {replication.GTID_EVENT, mysqlGTID(5, ""), transaction{gtid: serverUUID + ":5", single: true, tsMS: 1_700_000_000_123, micros: 456}, true},
		"with a tag":       {replication.GTID_TAGGED_LOG_EVENT, tagged, transaction{gtid: serverUUID + ":shop:9", single: true, tsMS: 1_700_000_000_123, micros: 456}, true},
		"without GTIDs":    {replication.ANONYMOUS_GTID_EVENT, mysqlGTID(0, ""), transaction{single: true, tsMS: 1_700_000_000_123, micros: 456}, true},
		"a broken one":     {replication.GTID_EVENT, &replication.GTIDEvent{SID: []byte{1}}, transaction{}, false},
		"one of MariaDB's": {replication.MARIADB_GTID_EVENT, &replication.MariadbGTIDEvent{}, transaction{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := (mysqld{}).begins(&replication.BinlogEvent{Header: &replication.EventHeader{EventType: c.kind}, Event: c.event})
			if ok != c.ok || got != c.want {
				t.Errorf("it begins %+v, %v; want %+v, %v", got, ok, c.want, c.ok)
			}
		})
	}
}

func TestANumberThatMySQLGivesTwiceIsAnotherHistory(t *testing.T) {
	set, err := mysql.ParseMysqlGTIDSet(serverUUID + ":1-7:shop:1-3")
	if err != nil {
		t.Fatal(err)
	}
	for _, gtid := range []string{serverUUID + ":8", serverUUID + ":shop:4", ""} {
		if err := (mysqld{}).add(set, gtid); err != nil {
			t.Errorf("%q is new: %v", gtid, err)
		}
	}
	if got, want := (mysqld{}).print(set), serverUUID+":1-8:shop:1-4"; got != want {
		t.Errorf("the set is %s, want %s", got, want)
	}
	var lost *LostError
	for _, gtid := range []string{serverUUID + ":8", serverUUID + ":shop:2"} {
		if err := (mysqld{}).add(set, gtid); !errors.As(err, &lost) {
			t.Errorf("%s was read before: %v, want a LostError", gtid, err)
		}
	}
}

// A statement that comes first says whether another event ends the transaction.
func TestAStatementOfMySQLIsATransactionByItselfUnlessItOpensOne(t *testing.T) {
	for text, want := range map[string]transaction{
		"BEGIN":                  {},
		"CREATE TABLE t (n int)": {single: true},
		"create TABLE `t` (\n  `n` int\n) ENGINE=InnoDB start transaction": {},
		"CREATE TABLE `start transaction` (n int)":                         {single: true},
		"XA START X'78',X'',1":                                             {prepares: true, xid: "X'78',X'',1"},
		"XA COMMIT X'78',X'',1":                                            {completes: true, xid: "X'78',X'',1"},
		"XA ROLLBACK X'78',X'',1":                                          {completes: true, xid: "X'78',X'',1"},
		"XA END X'78',X'',1":                                               {},
		"DROP TABLE t /* generated */":                                     {single: true},
	} {
		t.Run(text, func(t *testing.T) {
			got := transaction{single: true}
			words := newTokens(statement(text))
			(mysqld{}).states(&got, firstWord(words), *words)
			if got != want {
				t.Errorf("it is %+v, want %+v", got, want)
			}
		})
	}
}

func TestTransactionsOfMySQLBeginAndEnd(t *testing.T) {
	r := mysqlReader(t, serverUUID+":1-6")
	for _, step := range []struct {
		kind  replication.EventType
		event replication.Event
	}{
		{replication.GTID_EVENT, mysqlGTID(7, "")}, {replication.QUERY_EVENT, statement("BEGIN")}, {replication.XID_EVENT, &replication.XIDEvent{}},
		{replication.GTID_EVENT, mysqlGTID(8, "")}, {replication.QUERY_EVENT, statement("CREATE USER u")},
		{replication.ANONYMOUS_GTID_EVENT, mysqlGTID(0, "")}, {replication.QUERY_EVENT, statement("BEGIN")}, {replication.QUERY_EVENT, statement("COMMIT")},
	} {
		if err := r.feed(step.kind, 0, step.event); err != nil {
			t.Fatal(err)
		}
	}
	u := serverUUID
	want := "begin binlog.000001:87 " + u + ":7|commit binlog.000001:107  " + u + ":1-7|begin binlog.000001:117 " + u + ":8|commit binlog.000001:127  " + u + ":1-8|" +
		"begin binlog.000001:137|commit binlog.000001:157  " + u + ":1-8"
	if got := strings.Join(r.got(), "|"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestASessionThatReliesOnGTIDsEndsWhenTheServerGivesNoneAnyMore(t *testing.T) {
	r := mysqlReader(t, serverUUID+":1-6")
	r.config.Numbered = true
	if err := r.feed(replication.ANONYMOUS_GTID_EVENT, 0, mysqlGTID(0, "")); err == nil || !strings.Contains(err.Error(), "stopped giving GTIDs") {
		t.Errorf("a transaction without a GTID gives %v", err)
	}
}

// What a payload holds ends where the payload does, and has no checksums.
func TestTheEventsOfACompressedTransactionAreHandledInTurn(t *testing.T) {
	r := mysqlReader(t, serverUUID+":1-6")
	r.config = describing(t, row.Definition{Name: "store_id", DataType: "smallint"}, row.Definition{Name: "code", DataType: "varchar", Charset: "utf8mb4"}).config
	r.config.Charsets = map[uint64]string{utf8mb4Collation: "utf8mb4"}
	r.parser = replication.NewBinlogParser()
	if err := errors.Join(r.event(wireFormat()), r.feed(replication.GTID_EVENT, 0, mysqlGTID(7, ""))); err != nil {
		t.Fatal(err)
	}
	query := append([]byte{0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0}, "m2\x00BEGIN"...)
	events := slices.Concat(wireEvent(replication.QUERY_EVENT, query), wireMap(9, "store", storeColumns), wireRows(replication.WRITE_ROWS_EVENTv2, 9, 2, []byte(one+two)),
		wireEvent(replication.XID_EVENT, make([]byte, 8)))
	r.trailer = 4
	body := slices.Concat([]byte{1, 1, 9, 2, 1, 0, 3, 1, 9, 0}, packedByZstd(t, events), []byte("csum"))
	if err := r.event(wireEvent(replication.TRANSACTION_PAYLOAD_EVENT, body)); err != nil {
		t.Fatal(err)
	}
	if got := read(r.Session); !slices.Equal(got, []string{`- {"store_id":1,"code":"a"}`, `- {"store_id":2,"code":"bc"}`}) {
		t.Errorf("its rows read %q", got)
	}
	if got, want := r.got(), "commit binlog.000001:1337  "+serverUUID+":1-7"; got[len(got)-1] != want || r.trailer != 4 {
		t.Errorf("got %q with a trailer of %d, want it to end with %q", got, r.trailer, want)
	}
}

func packedByZstd(t *testing.T, b []byte) []byte {
	t.Helper()
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return z.EncodeAll(b, nil)
}

func TestACompressedTransactionThatIsBrokenIsAnError(t *testing.T) {
	whole := packedByZstd(t, wireMap(9, "log_visitor", storeColumns))
	for name, body := range map[string][]byte{
		"no end of its fields":  {2, 1, 0},
		"a field that is cut":   {1, 9, 0},
		"another compression":   append([]byte{2, 1, 255, 0}, whole...),
		"what is packed is cut": append([]byte{2, 1, 0, 0}, whole[:len(whole)-6]...),
		"an event that is cut":  append([]byte{0}, packedByZstd(t, wireMap(9, "log_visitor", storeColumns)[:40])...),
		"less than a header":    append([]byte{0}, packedByZstd(t, []byte("abc"))...),
		"an event of no length": append([]byte{0}, packedByZstd(t, make([]byte, replication.EventHeaderSize))...),
		"one within another":    append([]byte{0}, packedByZstd(t, wireEvent(replication.TRANSACTION_PAYLOAD_EVENT, []byte{0}))...),
		"nothing at all":        nil,
	} {
		t.Run(name, func(t *testing.T) {
			if err := storeSession(t).event(wireEvent(replication.TRANSACTION_PAYLOAD_EVENT, body)); err == nil {
				t.Error("it was taken")
			}
		})
	}
}

func TestAnotherServerProvesItselfByTheLastTransaction(t *testing.T) {
	last := position.Transaction{GTID: serverUUID + ":7", TSMS: 1_700_000_000_123, Before: serverUUID + ":1-6"}
	for name, c := range map[string]struct {
		spoil func(*position.Transaction)
		lost  bool
	}{
		"the same":             {func(*position.Transaction) {}, false},
		"of another time":      {func(p *position.Transaction) { p.TSMS++ }, true},
		"under another number": {func(p *position.Transaction) { p.GTID = serverUUID + ":8" }, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := mysqlReader(t, last.Before)
			r.at, r.from.Again = position.Position{}, last
			c.spoil(&r.from.Again)
			if err := r.feed(replication.ROTATE_EVENT, 0, &replication.RotateEvent{NextLogName: []byte("other.000009"), Position: 4}); err != nil || len(r.events) > 0 {
				t.Fatalf("before it is proved the log's places mean nothing: %v, %v", err, r.got())
			}
			err := r.feed(replication.GTID_EVENT, 0, mysqlGTID(7, ""))
			var lost *LostError
			if errors.As(err, &lost) != c.lost || !c.lost && err != nil {
				t.Fatalf("the last transaction gives %v, want a LostError: %v", err, c.lost)
			}
			if c.lost {
				return
			}
			// What it did was judged and published when it was read first.
			for _, e := range []replication.Event{statement("BEGIN"), statement("TRUNCATE TABLE store"), statement("COMMIT")} {
				if err := r.feed(replication.QUERY_EVENT, 0, e); err != nil {
					t.Fatal(err)
				}
			}
			if got := r.got(); len(got) != 1 || !strings.HasPrefix(got[0], "moved other.000009:") {
				t.Errorf("got %q, want the place behind it alone", got)
			}
			if got, want := r.flavor.print(r.executed), serverUUID+":1-7"; got != want {
				t.Errorf("executed are %s, want %s", got, want)
			}
		})
	}
}

// The rows of an XA transaction that was only prepared were put by in the session before.
func TestRowsThatWerePreparedOnAnotherServerAreALoss(t *testing.T) {
	r := mysqlReader(t, serverUUID+":1-6")
	r.from.Again = position.Transaction{GTID: serverUUID + ":7", TSMS: 1_700_000_000_123}
	for _, step := range []struct {
		kind  replication.EventType
		event replication.Event
	}{
		{replication.GTID_EVENT, mysqlGTID(7, "")}, {replication.QUERY_EVENT, statement("XA START X'78',X'',1")},
		{replication.QUERY_EVENT, statement("XA END X'78',X'',1")}, {replication.XA_PREPARE_LOG_EVENT, &replication.GenericEvent{}},
		{replication.GTID_EVENT, mysqlGTID(8, "")},
	} {
		if err := r.feed(step.kind, 0, step.event); err != nil {
			t.Fatal(err)
		}
	}
	var lost *LostError
	if err := r.feed(replication.QUERY_EVENT, 0, statement("XA COMMIT X'78',X'',1")); !errors.As(err, &lost) {
		t.Errorf("their commit gives %v, want a LostError", err)
	}
	r = newReader() // MariaDB says it in the GTID event
	r.from.Again = position.Transaction{GTID: "0-1-7", TSMS: 5000}
	err := errors.Join(r.feed(replication.MARIADB_GTID_EVENT, 0, gtid(7, gtidPrepares)), r.feed(replication.XA_PREPARE_LOG_EVENT, 0, &replication.GenericEvent{}),
		r.feed(replication.MARIADB_GTID_EVENT, 0, gtid(8, gtidCompletes)))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.feed(replication.QUERY_EVENT, 0, statement("XA COMMIT 'x'")); !errors.As(err, &lost) {
		t.Errorf("their commit gives %v on MariaDB, want a LostError", err)
	}
}

// At the beginning of an epoch MySQL's log may hold a transaction before the place that
// it gave, so that its place is known by a transaction, or where the place is reached.
func TestAReaderThatBeginsByGTIDSaysWhereItIsWhenItKnows(t *testing.T) {
	begin := func() *reader {
		r := mysqlReader(t, serverUUID+":1-6")
		r.at, r.seeking = position.Position{File: "binlog.000001", Pos: 500}, true
		return r
	}
	beat := func(r *reader, pos uint32) error {
		return r.HandleEvent(&replication.BinlogEvent{Header: &replication.EventHeader{EventType: replication.HEARTBEAT_EVENT, LogPos: pos}, Event: &replication.HeartbeatEvent{Filename: "binlog.000001"}})
	}
	r := begin()
	if err := errors.Join(beat(r, 400), beat(r, 500), beat(r, 500)); err != nil {
		t.Fatal(err)
	}
	if got := r.got(); len(got) != 1 || got[0] != "moved binlog.000001:500" {
		t.Errorf("an idle log says %q, want its end once", got)
	}
	r = begin()
	if err := errors.Join(r.feed(replication.GTID_EVENT, 0, mysqlGTID(7, "")), r.feed(replication.QUERY_EVENT, 0, statement("CREATE USER u")), beat(r, 500)); err != nil {
		t.Fatal(err)
	}
	if got := r.got(); len(got) != 3 || !strings.HasPrefix(got[1], "commit binlog.000001:97") || got[2] != "moved binlog.000001:500" {
		t.Errorf("a transaction before the place gives %q", got)
	}
}

func TestWhatStandsBeforeAPartialUpdateIsPassedOver(t *testing.T) {
	p := &plan{columns: []stored{newStored(mysql.MYSQL_TYPE_LONG, 0), newStored(mysql.MYSQL_TYPE_JSON, 4), newStored(mysql.MYSQL_TYPE_JSON, 4)}}
	p.columns[1].out = 0
	for name, c := range map[string]struct {
		body []byte
		want string
		ok   bool
	}{
		"no JSON is a part":         {[]byte{0, 'x'}, "x", true},
		"some is":                   {[]byte{1, 2, 'x'}, "x", true},
		"a captured one is":         {[]byte{1, 1, 'x'}, "", false},
		"nothing follows":           {nil, "", false},
		"the bits are missing":      {[]byte{1}, "", false},
		"the options are not whole": {[]byte{0xfe, 1}, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := p.skipPartial(c.body)
			if string(got) != c.want || (err == nil) != c.ok {
				t.Errorf("%q, %v; want %q", got, err, c.want)
			}
		})
	}
}
