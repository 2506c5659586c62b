package binlog

import (
	"bytes"
	"compress/zlib"
	"errors"
	"strings"
	"testing"

	"github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"

	"github.com/mage2sage/mage2sage/capture/row"
)

// storeColumns are those of the table store, as far as a test needs them.
var storeColumns = []wireColumn{
	{name: "store_id", kind: mysql.MYSQL_TYPE_SHORT, unsigned: true},
	{name: "code", kind: mysql.MYSQL_TYPE_VARCHAR, meta: []byte{32, 0}, collation: utf8mb4Collation},
}

// storeSession has read a format, and the map of store under the id 9.
func storeSession(t *testing.T) *Session {
	t.Helper()
	s := describing(t, storeID, storeCode)
	s.config.Charsets = map[uint64]string{utf8mb4Collation: "utf8mb4"}
	s.config.Flavor = mysql.MariaDBFlavor
	s.parser = replication.NewBinlogParser()
	if err := errors.Join(s.event(wireFormat()), s.event(wireMap(9, "store", storeColumns))); err != nil {
		t.Fatal(err)
	}
	return s
}

// read are the images that a session has read.
func read(s *Session) (all []string) {
	text := func(img *row.Image) string {
		if img == nil {
			return "-"
		}
		return string(img.JSON)
	}
	for _, e := range s.batch.Events {
		for _, c := range e.Changes {
			all = append(all, text(c.Before)+" "+text(c.After))
		}
	}
	return all
}

const one, two = "\x00\x01\x00\x01a", "\x00\x02\x00\x02bc"

func TestRowsReadTheSameInEveryEventThatHoldsThem(t *testing.T) {
	const first, second = `{"store_id":1,"code":"a"}`, `{"store_id":2,"code":"bc"}`
	packed := compressed(t, one+two)
	for name, c := range map[string]struct {
		kind   replication.EventType
		images string
		want   string
	}{
		"an insert":            {replication.WRITE_ROWS_EVENTv1, one + two, "- " + first + "|- " + second},
		"an insert of MySQL's": {replication.WRITE_ROWS_EVENTv2, one, "- " + first},
		"an update":            {replication.UPDATE_ROWS_EVENTv1, one + two, first + " " + second},
		"an update of MySQL's": {replication.UPDATE_ROWS_EVENTv2, one + two, first + " " + second},
		"a delete":             {replication.DELETE_ROWS_EVENTv1, one, first + " -"},
		"a delete of MySQL's":  {replication.DELETE_ROWS_EVENTv2, one, first + " -"},
		"a compressed insert":  {replication.MARIADB_WRITE_ROWS_COMPRESSED_EVENT_V1, packed, "- " + first + "|- " + second},
		"a compressed update":  {replication.MARIADB_UPDATE_ROWS_COMPRESSED_EVENT_V1, packed, first + " " + second},
		"a compressed delete":  {replication.MARIADB_DELETE_ROWS_COMPRESSED_EVENT_V1, packed, first + " -|" + second + " -"},
	} {
		t.Run(name, func(t *testing.T) {
			s := storeSession(t)
			if err := s.event(wireRows(c.kind, 9, 2, []byte(c.images))); err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(read(s), "|"); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if e := s.batch.Events[0]; e.At.Pos != 1337 || e.Layout.Table.Name != "store" {
				t.Errorf("the event is %+v", e)
			}
		})
	}
}

// compressed packs rows as MariaDB does with log_bin_compress.
func compressed(t *testing.T, images string) string {
	t.Helper()
	var b bytes.Buffer
	b.Write([]byte{0x82, byte(len(images) >> 8), byte(len(images))})
	z := zlib.NewWriter(&b)
	if _, err := z.Write([]byte(images)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestRowsBehindTheExtraDataOfAPartitionAreRead(t *testing.T) {
	s := storeSession(t)
	e := wireRows(replication.WRITE_ROWS_EVENTv2, 9, 2, []byte(one))
	body := e[replication.EventHeaderSize:]
	withExtra := append([]byte(nil), body[:8]...)
	withExtra = append(withExtra, 5, 0, 1, 7, 0) // a length of 5 with its own, the type, partition 7
	if err := s.event(wireEvent(replication.WRITE_ROWS_EVENTv2, append(withExtra, body[10:]...))); err != nil {
		t.Fatal(err)
	}
	if got := read(s); len(got) != 1 || !strings.Contains(got[0], `"store_id":1`) {
		t.Errorf("got %q", got)
	}
}

func TestRowsOfTablesThatNobodyWantsArePassedOver(t *testing.T) {
	s := storeSession(t)
	for name, e := range map[string][]byte{
		"a map of another table": wireMap(5, "log_visitor", storeColumns),
		"its rows":               wireRows(replication.WRITE_ROWS_EVENTv1, 5, 2, []byte("nonsense")),
		"a statement's end":      wireEvent(replication.WRITE_ROWS_EVENTv1, []byte{0xff, 0xff, 0xff, 0, 0, 0, 1, 0, 1, 0xff}),
	} {
		if name == "its rows" {
			continue
		}
		if err := s.event(e); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	if err := s.event(wireRows(replication.WRITE_ROWS_EVENTv1, 5, 2, []byte("nonsense"))); err != nil {
		t.Fatal(err)
	}
	if got := read(s); len(got) != 0 {
		t.Errorf("got %q", got)
	}
}

func TestRowsOfATableThatNoMapNamesAreAnError(t *testing.T) {
	s := storeSession(t)
	if err := s.event(wireRows(replication.WRITE_ROWS_EVENTv1, 77, 2, []byte(one))); err == nil {
		t.Error("rows were passed over that may be of a captured table")
	}
}

// The ids of tables begin anew with the server, and a plan must not outlive its map.
func TestAnotherTableUnderTheSameIDIsNotReadByTheOldPlan(t *testing.T) {
	s := storeSession(t)
	rows := func() string {
		s.batch = row.NewBatch(nil)
		if err := s.event(wireRows(replication.WRITE_ROWS_EVENTv1, 9, 2, []byte(one))); err != nil {
			t.Fatal(err)
		}
		return strings.Join(read(s), "|")
	}
	renamed := append([]wireColumn{{name: "website_id", kind: mysql.MYSQL_TYPE_SHORT}}, storeColumns[1:]...)
	renamed[0].name, renamed[1].name = "store_id", "name"
	for _, step := range []struct {
		table   string
		columns []wireColumn
		want    string
	}{
		{"store", storeColumns, `- {"store_id":1,"code":"a"}`},
		{"log_visitor", storeColumns, ""},
		{"store", storeColumns, `- {"store_id":1,"code":"a"}`},
		{"store", renamed, `- {"store_id":1,"name":"a"}`},
		{"stores", storeColumns, ""},
	} {
		if err := s.event(wireMap(9, step.table, step.columns)); err != nil {
			t.Fatal(err)
		}
		if got := rows(); got != step.want {
			t.Errorf("under the map of %s they read %s, want %s", step.table, got, step.want)
		}
	}
}

func TestAMapThatRepeatsIsNotParsedAgain(t *testing.T) {
	s := storeSession(t)
	captured, other := wireMap(9, "store", storeColumns), wireMap(5, "log_visitor", storeColumns)
	if err := s.event(other); err != nil {
		t.Fatal(err)
	}
	p := s.plans[9]
	if n := testing.AllocsPerRun(100, func() {
		if err := errors.Join(s.event(captured), s.event(other)); err != nil {
			t.Fatal(err)
		}
	}); n > 0 || s.plans[9] != p {
		t.Errorf("it costs %v allocations", n)
	}
}

func TestTablesThatNobodyWantsAreNotRememberedForEver(t *testing.T) {
	s := storeSession(t)
	for id := range uint64(rememberedTables) {
		s.others[1000+id] = []byte("x")
	}
	if err := s.event(wireMap(5, "log_visitor", storeColumns)); err != nil || len(s.others) > rememberedTables {
		t.Errorf("%v; %d are remembered", err, len(s.others))
	}
}

func TestAnEventThatIsCutShortIsAnErrorAndNeverAPanic(t *testing.T) {
	for name, whole := range map[string][]byte{
		"a table map": wireMap(5, "store", storeColumns),
		"rows":        wireRows(replication.UPDATE_ROWS_EVENTv2, 9, 2, []byte(one+two)),
	} {
		t.Run(name, func(t *testing.T) {
			for n := replication.EventHeaderSize; n < len(whole); n++ {
				s := storeSession(t)
				if err := s.event(whole[:n]); err == nil {
					t.Errorf("%d bytes of %d are taken, whose header says more", n, len(whole))
				}
				body := whole[replication.EventHeaderSize:n]
				if err := s.event(wireEvent(replication.EventType(whole[4]), body)); err == nil && name == "rows" && n > replication.EventHeaderSize+13 && n < len(whole)-len(two) {
					t.Errorf("the first %d bytes read as %q", n, read(s))
				}
			}
		})
	}
}

func TestRowsOfAnotherWidthThanTheirMapAreAnError(t *testing.T) {
	s := storeSession(t)
	err := s.event(wireRows(replication.WRITE_ROWS_EVENTv1, 9, 3, []byte(one)))
	if !errors.Is(err, errEvent) {
		t.Errorf("%v", err)
	}
}

func TestMoreColumnsThanOneByteCountsAreRead(t *testing.T) {
	for n, text := range map[int]string{3: "\x03", 250: "\xfa", 251: "\xfc\xfb\x00", 4096: "\xfc\x00\x10"} {
		if got, rest, err := columnCount([]byte(text + "x")); err != nil || got != n || string(rest) != "x" {
			t.Errorf("%q is %d and %q, %v", text, got, rest, err)
		}
	}
	for _, text := range []string{"", "\xfb", "\xfc", "\xfc\x01", "\xfd\x01\x00\x00", "\xff"} {
		if n, _, err := columnCount([]byte(text)); err == nil {
			t.Errorf("%q is %d", text, n)
		}
	}
}

// What waits for its commit outlives the batch that it was read in.
func TestRowsOfAPreparedTransactionKeepTheirBytes(t *testing.T) {
	s := storeSession(t)
	free := make(chan *row.Batch, 1)
	s.batch = row.NewBatch(free)
	s.transaction = transaction{prepares: true, xid: "x"}
	s.prepared["x"] = &preparation{}
	if err := s.event(wireRows(replication.WRITE_ROWS_EVENTv1, 9, 2, []byte(one))); err != nil {
		t.Fatal(err)
	}
	s.batch.Release()
	s.batch, s.transaction = <-free, transaction{single: true}
	if err := s.event(wireRows(replication.WRITE_ROWS_EVENTv1, 9, 2, []byte(two))); err != nil {
		t.Fatal(err)
	}
	if got, want := string(s.prepared["x"].rows[0].Changes[0].After.JSON), `{"store_id":1,"code":"a"}`; got != want {
		t.Errorf("they read %s, want %s", got, want)
	}
}
