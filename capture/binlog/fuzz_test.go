package binlog

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"encoding/json"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"
	"github.com/klauspost/compress/zstd"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// All of these read arbitrary bytes. They end with a result or an error, never with a panic of
// ours, and take no more memory than the bytes are worth.

// FuzzCompressed reads values of COMPRESSED columns.
func FuzzCompressed(f *testing.F) {
	text := bytes.Repeat([]byte("Straße "), 20)
	f.Add([]byte{})
	f.Add(append([]byte{0}, text...))
	f.Add(packedColumn(f, text, false))
	f.Add(packedColumn(f, text, true))
	f.Fuzz(func(t *testing.T, b []byte) {
		value, err := uncompressed(b)
		if err != nil && !errors.Is(err, errCompressed) {
			t.Errorf("%x gives %v", b, err)
		}
		if err == nil && len(value) > mostShrunk*len(b) {
			t.Errorf("%x gives %d bytes", b, len(value))
		}
	})
}

// packedColumn is a value of less than 256 bytes as MariaDB stores it in a COMPRESSED column.
func packedColumn(t testing.TB, value []byte, wrapped bool) []byte {
	t.Helper()
	b := bytes.NewBuffer([]byte{0x80 | 8 | 1, byte(len(value))})
	var z io.WriteCloser
	var err error
	if z, err = flate.NewWriter(b, flate.BestCompression); wrapped {
		b.Bytes()[0] = 0x80 | 1
		z = zlib.NewWriter(b)
	}
	_, failed := z.Write(value)
	if err := errors.Join(err, failed, z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// FuzzDocument reads JSON as MySQL logs it.
func FuzzDocument(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0x0c, 2, 'h', 'i'})
	f.Add([]byte{0x00, 1, 0, 12, 0, 11, 0, 1, 0, 0x05, 7, 0, 'a'}) // {"a": 7}
	f.Add([]byte{0x02, 2, 0, 10, 0, 0x04, 0, 0, 0x04, 1, 0})       // [null, true]
	f.Fuzz(func(t *testing.T, b []byte) {
		if text, err := document(b); err == nil && !json.Valid(text) {
			t.Errorf("%x reads %q", b, text)
		}
	})
}

// FuzzPartialJSON reads rows after updates whose JSON may be logged in parts.
func FuzzPartialJSON(f *testing.F) {
	columns := []wireColumn{
		{name: "id", kind: mysql.MYSQL_TYPE_LONG}, {name: "unseen", kind: mysql.MYSQL_TYPE_JSON, meta: []byte{4}},
		{name: "seen", kind: mysql.MYSQL_TYPE_JSON, meta: []byte{4}},
	}
	s := fuzzSession(f, mysqld{}, "types", columns, "id", "seen")
	id := []byte{1, 0, 0, 0}
	whole := append([]byte{4, 0, 0, 0}, 0x0c, 2, 'h', 'i')
	before := append(append(append([]byte{0}, id...), whole...), whole...)
	for _, options := range [][]byte{{0}, {1, 0}, {1, 1}, {1, 2}} {
		f.Add(append(append(bytes.Clone(before), options...), before...))
	}
	f.Fuzz(func(t *testing.T, images []byte) {
		s.batch = row.NewBatch(nil)
		body := append([]byte{1, 0, 0, 0, 0, 0, 1, 0, 2, 0, 3, 0xff, 0xff}, images...)
		if s.tableOrRows(replication.PARTIAL_UPDATE_ROWS_EVENT, body) != nil {
			return
		}
		for _, e := range s.batch.Events {
			for _, c := range e.Changes {
				if !json.Valid(c.Before.JSON) || !json.Valid(c.After.JSON) {
					t.Errorf("%x reads %s and %s", images, c.Before.JSON, c.After.JSON)
				}
			}
		}
	})
}

// FuzzPayload reads the events of a compressed transaction, packed and as they are.
func FuzzPayload(f *testing.F) {
	packer, err := zstd.NewWriter(nil)
	if err != nil {
		f.Fatal(err)
	}
	query := append([]byte{0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0}, "m2\x00BEGIN"...)
	s := fuzzSession(f, mysqld{}, "store", storeColumns, "store_id", "code")
	for _, events := range [][]byte{
		wireEvent(replication.QUERY_EVENT, query), wireMap(9, "store", storeColumns), wireRows(replication.WRITE_ROWS_EVENTv2, 1, 2, []byte(one+two)),
		wireEvent(replication.XID_EVENT, make([]byte, 8)), {},
	} {
		f.Add(true, events)
		f.Add(false, append([]byte{1, 1, 9, 2, 1, 0, 3, 1, 9, 0}, packer.EncodeAll(events, nil)...))
	}
	f.Fuzz(func(_ *testing.T, pack bool, body []byte) {
		s.batch = row.NewBatch(nil)
		if pack {
			body = append([]byte{0}, packer.EncodeAll(body, nil)...)
		}
		_ = s.event(wireEvent(replication.TRANSACTION_PAYLOAD_EVENT, body))
	})
}

// FuzzTableMap reads a table map, with names of columns or without, and rows by it.
func FuzzTableMap(f *testing.F) {
	types := columnTypes()
	columns := typeColumns(types)
	named := wireMap(1, "types", columns)[replication.EventHeaderSize:]
	f.Add(named, []byte{0, 0, 0, 0})
	f.Add(wireMap(1, "store", storeColumns)[replication.EventHeaderSize:], []byte(one+two))
	f.Add([]byte("\x01\x00\x00\x00\x00\x00\x01\x00\x02m2\x00\x05store\x00\x02\x02\x8d\x02\x2d\x00\x03"), []byte(one+two))
	f.Add([]byte("\x01\x00\x00\x00\x00\x00\x01\x00\x02m2\x00\x05store\x00\x02\x02\x8c\x01\x02\x03"), []byte(one+two))
	f.Fuzz(func(t *testing.T, body, images []byte) {
		s := fuzzSession(t, mariadb{}, "store", nil, "store_id", "code")
		s.config.Tables["types"] = magento.Table{Name: "types", PK: []string{"c0"}, Columns: names(columns)}
		s.config.Layouts = map[string][]row.Definition{"store": {storeID, storeCode}}
		s.config.Columns = func(string) ([]row.Definition, error) { return []row.Definition{storeID, storeCode}, nil }
		if s.event(wireEvent(replication.TABLE_MAP_EVENT, body)) != nil {
			return
		}
		for id, p := range s.plans {
			_ = s.tableOrRows(replication.WRITE_ROWS_EVENTv1, wireRows(replication.WRITE_ROWS_EVENTv1, byte(id), len(p.columns), images)[replication.EventHeaderSize:])
		}
	})
}

func names(columns []wireColumn) (all []string) {
	for _, c := range columns {
		all = append(all, c.name)
	}
	return all
}

// FuzzAnyEvent reads events of any kind, of either kind of server.
func FuzzAnyEvent(f *testing.F) {
	f.Add(byte(replication.QUERY_EVENT), true, append([]byte{0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0}, "m2\x00DROP TABLE store"...))
	f.Add(byte(replication.QUERY_EVENT), false, append([]byte{0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 9, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0}, "m2\x00XA START 'a'"...))
	f.Add(byte(replication.MARIADB_GTID_EVENT), true, []byte{7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 66, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 'x'})
	f.Add(byte(replication.GTID_EVENT), false, append([]byte{1}, make([]byte, 41)...))
	f.Add(byte(replication.GTID_TAGGED_LOG_EVENT), false, []byte{2, 18, 1, 0, 0, 0, 0, 0})
	f.Add(byte(replication.ROTATE_EVENT), true, []byte("\x04\x00\x00\x00\x00\x00\x00\x00binlog.000002"))
	f.Add(byte(replication.HEARTBEAT_EVENT), true, []byte("binlog.000002"))
	f.Add(byte(replication.XA_PREPARE_LOG_EVENT), false, []byte{1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 'x'})
	f.Add(byte(replication.EXECUTE_LOAD_QUERY_EVENT), true, append(make([]byte, 26), "m2\x00LOAD DATA INFILE 'f' INTO TABLE store"...))
	f.Add(byte(replication.MARIADB_WRITE_ROWS_COMPRESSED_EVENT_V1), true, []byte{1, 0, 0, 0, 0, 0, 1, 0, 2, 0xff, 0x81, 5, 1})
	f.Add(byte(replication.FORMAT_DESCRIPTION_EVENT), true, wireFormat()[replication.EventHeaderSize:])
	f.Fuzz(func(t *testing.T, kind byte, mariaDB bool, body []byte) {
		var server flavor = mysqld{}
		if mariaDB {
			server = mariadb{}
		}
		s := fuzzSession(t, server, "store", storeColumns, "store_id", "code")
		_ = s.event(wireEvent(replication.EventType(kind), body))
	})
}

// FuzzStatement judges statements, with the variables of the session that they were run in.
func FuzzStatement(f *testing.F) {
	for _, query := range []string{
		"ALTER TABLE sales_order DROP state, ADD PERIOD", "/*!80000 RENAME TABLE a TO store */", "SET STATEMENT a=1 FOR (DELETE FROM x)", "CREATE OR REPLACE TABLE store SELECT 1",
		"DROP TABLE `a``b`, store", "LOAD DATA INFILE 'f' INTO TABLE store", "UPDATE v, store SET a='\\'", "XA COMMIT X'78',X'',1", "ALTER TABLE store EXCHANGE PARTITION p WITH TABLE x",
	} {
		f.Add([]byte(query), []byte{0, 0, 0, 0, 0, 1, 0, 0, 0x10, 0, 0, 0, 0, 0})
	}
	f.Add([]byte("TRUNCATE \x81\x60"), []byte{4, 1, 0, 0, 0, 0, 0})
	f.Fuzz(func(_ *testing.T, query, variables []byte) {
		s := statementSession()
		s.prepared[""] = &preparation{}
		_ = s.query(&replication.QueryEvent{Schema: []byte("m2"), Query: query, StatusVars: variables})
	})
}

// FuzzPackets cuts packets out of what a connection brings, to its end.
func FuzzPackets(f *testing.F) {
	f.Add([]byte{1, 0, 0, 0, 'a', 0, 0, 0, 1, 2, 0, 0, 2, 'b', 'c'})
	f.Add([]byte{1, 0, 0, 7, 'a'})
	f.Add([]byte{0xff, 0xff, 0xff, 0, 'a'})
	f.Fuzz(func(t *testing.T, stream []byte) {
		p := &packets{conn: &recordedConn{bytes.NewReader(stream)}}
		for n := 0; ; n++ {
			payload, err := p.next()
			if err != nil {
				return
			}
			if len(payload) > len(stream) || n > len(stream) {
				t.Fatalf("packet %d of %x has %d bytes", n, stream, len(payload))
			}
		}
	})
}

// A recordedConn brings what was recorded.
type recordedConn struct{ *bytes.Reader }

func (*recordedConn) Write(b []byte) (int, error)      { return len(b), nil }
func (*recordedConn) Close() error                     { return nil }
func (*recordedConn) LocalAddr() net.Addr              { return nil }
func (*recordedConn) RemoteAddr() net.Addr             { return nil }
func (*recordedConn) SetDeadline(time.Time) error      { return nil }
func (*recordedConn) SetReadDeadline(time.Time) error  { return nil }
func (*recordedConn) SetWriteDeadline(time.Time) error { return nil }

// fuzzSession reads the log of a server of a kind, with one captured table; that of columns is
// mapped as table 1.
func fuzzSession(t testing.TB, server flavor, table string, columns []wireColumn, captured ...string) *Session {
	t.Helper()
	s := statementSession()
	s.flavor, s.config.Flavor, s.executed = server, mysql.MySQLFlavor, mysqlSet(t)
	if _, is := server.(mariadb); is {
		s.config.Flavor, s.executed = mysql.MariaDBFlavor, &mysql.MariadbGTIDSet{Sets: map[uint32]*mysql.MariadbGTID{}}
	}
	s.config.Tables = map[string]magento.Table{table: {Name: table, PK: captured[:1], Columns: captured}}
	s.config.Charsets = map[uint64]string{binaryCollation: "binary", utf8mb4Collation: "utf8mb4", latin1Collation: "latin1"}
	s.parser, s.from = replication.NewBinlogParser(), position.From{}
	s.parser.SetFlavor(s.config.Flavor)
	events := [][]byte{wireFormat()}
	if columns != nil {
		events = append(events, wireMap(1, table, columns))
	}
	for _, e := range events {
		if err := s.event(e); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func mysqlSet(t testing.TB) mysql.GTIDSet {
	t.Helper()
	set, err := mysql.ParseMysqlGTIDSet("")
	if err != nil {
		t.Fatal(err)
	}
	return set
}
