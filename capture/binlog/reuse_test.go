package binlog

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"

	"github.com/mage2sage/mage2sage/capture/row"
)

// overwritten has a session take an event whose bytes are another packet's at once, as those
// of the connection's buffer are.
func overwritten(t *testing.T, s *Session, raw []byte) {
	t.Helper()
	t.Helper()
	packet := bytes.Clone(raw)
	if err := s.event(packet); err != nil {
		t.Fatal(err)
	}
	for i := range packet {
		packet[i] = 'x'
	}
}

func TestNothingIsKeptOfAPacketThatWasRead(t *testing.T) {
	s := describing(t, storeID, storeCode)
	s.config.Charsets = map[uint64]string{utf8mb4Collation: "utf8mb4"}
	s.config.Flavor = mysql.MariaDBFlavor
	s.parser = replication.NewBinlogParser()
	s.open, s.executed = false, &mysql.MariadbGTIDSet{Sets: map[uint32]*mysql.MariadbGTID{}}
	rotate := wireEvent(replication.ROTATE_EVENT, append(binary.LittleEndian.AppendUint64(nil, 4), "binlog.000002"...))
	gtid := wireEvent(replication.MARIADB_GTID_EVENT, append(binary.LittleEndian.AppendUint64(nil, 78), 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
	overwritten(t, s, wireFormat())
	overwritten(t, s, rotate)
	overwritten(t, s, gtid)
	overwritten(t, s, wireMap(9, "store", storeColumns))
	overwritten(t, s, wireMap(5, "log_visitor", storeColumns))
	p, name := s.plans[9], string(s.others[5])
	overwritten(t, s, wireMap(9, "store", storeColumns))
	if s.plans[9] != p || s.plans[9] == nil || !strings.Contains(name, "log_visitor") || string(s.others[5]) != name {
		t.Errorf("a map that was read twice is another one, or %q is", name)
	}
	for _, kind := range []replication.EventType{replication.WRITE_ROWS_EVENTv1, replication.UPDATE_ROWS_EVENTv1} {
		overwritten(t, s, wireRows(kind, 9, 2, []byte(one+two)))
	}
	overwritten(t, s, wireRows(replication.MARIADB_DELETE_ROWS_COMPRESSED_EVENT_V1, 9, 2, []byte(compressed(t, one+two))))
	overwritten(t, s, wireEvent(replication.XID_EVENT, make([]byte, 8)))
	const first, second = `{"store_id":1,"code":"a"}`, `{"store_id":2,"code":"bc"}`
	want := "- " + first + "|- " + second + "|" + first + " " + second + "|" + first + " -|" + second + " -"
	if got := strings.Join(read(s), "|"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	begin, commit := slices.IndexFunc(s.batch.Events, func(e row.Event) bool { return e.Step == row.Begin }), s.batch.Events[len(s.batch.Events)-1]
	if begin := s.batch.Events[begin]; begin.GTID != "3-0-78" || commit.Executed != "3-0-78" || commit.At.File != "binlog.000002" {
		t.Errorf("the transaction is %+v to %+v", begin, commit)
	}
}

// Columns that nobody wants may be of any type: their values are passed over, also of types
// that have no form here.
func TestAColumnThatIsNotCapturedIsPassedOverWhateverItsType(t *testing.T) {
	strange := []columnType{
		{"vector", wireColumn{kind: mysql.MYSQL_TYPE_VECTOR, meta: []byte{4}}, prefixed(4, anyBytes(12))},
		{"uuid or inet6", wireColumn{kind: mysql.MYSQL_TYPE_STRING, meta: []byte{mysql.MYSQL_TYPE_STRING, 16}, collation: binaryCollation}, prefixed(1, anyBytes(16))},
		{"text in a character set that is not known", wireColumn{kind: mysql.MYSQL_TYPE_VARCHAR, meta: []byte{200, 0}, collation: 200}, prefixed(1, anyBytes(9))},
	}
	for _, each := range append(columnTypes(), strange...) {
		t.Run(each.name, func(t *testing.T) {
			s := storeSession(t)
			each.column.name = "nobody_wants_it"
			columns := []wireColumn{storeColumns[0], each.column, storeColumns[1]}
			if err := s.event(wireMap(10, "store", columns)); err != nil {
				t.Fatal(err)
			}
			r := rand.New(rand.NewPCG(3, 4))
			for range 20 {
				s.batch = row.NewBatch(nil)
				image := wireImage([][]byte{{1, 0}, each.cell(r), {1, 'a'}})
				if err := s.event(wireRows(replication.WRITE_ROWS_EVENTv1, 10, 3, image, image)); err != nil {
					t.Fatal(err)
				}
				const want = `- {"store_id":1,"code":"a"}|- {"store_id":1,"code":"a"}`
				if got := strings.Join(read(s), "|"); got != want {
					t.Fatalf("behind %x the row reads %s, want %s", image, got, want)
				}
			}
		})
	}
}

// A type that no release has had yet is an error that names no value, wherever it stands.
func TestATypeThatIsNotKnownIsAnErrorAndNeverAPanic(t *testing.T) {
	known := map[byte]bool{mysql.MYSQL_TYPE_NULL: true, mysql.MYSQL_TYPE_VECTOR: true, mysql.MYSQL_TYPE_NEWDATE: true, mysql.MYSQL_TYPE_VAR_STRING: true}
	for _, each := range columnTypes() {
		known[each.column.kind] = true
	}
	for kind := range 256 {
		if known[byte(kind)] {
			continue
		}
		s := storeSession(t)
		columns := []wireColumn{storeColumns[0], {name: "nobody_wants_it", kind: byte(kind)}, storeColumns[1]}
		err := s.event(wireMap(10, "store", columns))
		if err == nil {
			err = s.event(wireRows(replication.WRITE_ROWS_EVENTv1, 10, 3, []byte("\x00\x01\x00secret\x01a")))
		}
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("a column of the type %d: %v, want an error without the row", kind, err)
		}
	}
}

// An image that lacks a captured column says how to get all of them; one that lacks others does not matter.
func TestAnImageOfSomeColumnsIsRefusedWhereACapturedOneIsMissing(t *testing.T) {
	for name, c := range map[string]struct {
		first, second byte // which columns the images have
		refused       bool
	}{
		"FULL": {7, 7, false},
		"NOBLOB, whose missing column nobody wants": {5, 5, false},
		"NOBLOB, whose missing column is captured":  {3, 3, true},
		"MINIMAL, the key and what was changed":     {1, 4, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := storeSession(t)
			columns := []wireColumn{storeColumns[0], {name: "nobody_wants_it", kind: mysql.MYSQL_TYPE_TINY}, storeColumns[1]}
			if err := s.event(wireMap(10, "store", columns)); err != nil {
				t.Fatal(err)
			}
			b := []byte{10, 0, 0, 0, 0, 0, 1, 0, 3, c.first, c.second}
			for _, present := range []byte{c.first, c.second} {
				b = append(b, 0)
				for i, cell := range []string{"\x01\x00", "\x09", "\x01a"} {
					if present>>i&1 == 1 {
						b = append(b, cell...)
					}
				}
			}
			err := s.event(wireEvent(replication.UPDATE_ROWS_EVENTv1, b))
			var unreadable *UnreadableError
			if refused := errors.As(err, &unreadable) && strings.Contains(err.Error(), "binlog_row_image=FULL"); refused != c.refused {
				t.Errorf("%v, want it refused: %v", err, c.refused)
			}
			if want := `{"store_id":1,"code":"a"}`; !c.refused && strings.Join(read(s), "|") != want+" "+want {
				t.Errorf("it reads %q", read(s))
			}
		})
	}
}
