package binlog

import (
	"errors"
	"strings"
	"testing"

	"github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"

	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// tableMap is that of a table of an id and a text, as a log without names has it.
func tableMap() *replication.TableMapEvent {
	return &replication.TableMapEvent{TableID: 9, Schema: []byte("m2"), Table: []byte("store"), ColumnCount: 2,
		ColumnType: []byte{mysql.MYSQL_TYPE_SHORT, mysql.MYSQL_TYPE_VARCHAR}, ColumnMeta: []uint16{0, 96}, NullBitmap: []byte{0}}
}

// describing is a session whose information_schema says that of the table.
func describing(t *testing.T, columns ...row.Definition) *Session {
	t.Helper()
	s := statementSession()
	table, _ := magento.ByName("store")
	s.config.Tables = map[string]magento.Table{"store": table}
	s.config.Columns = func(string) ([]row.Definition, error) { return columns, nil }
	s.config.Layouts = map[string][]row.Definition{"store": columns}
	s.plans = map[uint64]*plan{}
	return s
}

var (
	storeID   = row.Definition{Name: "store_id", DataType: "smallint", Unsigned: true}
	storeCode = row.Definition{Name: "code", DataType: "varchar", Charset: "utf8mb4"}
)

// raw is what the event's bytes may be.
func raw(body string) []byte { return []byte(body) }

func TestATableMapWithoutNamesIsReadByInformationSchemaWhereTheyAgree(t *testing.T) {
	for name, c := range map[string]struct {
		columns []row.Definition
		refused bool
	}{
		"the same columns":          {[]row.Definition{storeID, storeCode}, false},
		"another type":              {[]row.Definition{storeID, {Name: "code", DataType: "int"}}, true},
		"one column more":           {[]row.Definition{storeID, storeCode, {Name: "x", DataType: "int"}}, true},
		"another order":             {[]row.Definition{storeCode, storeID}, true},
		"a table that is gone":      {nil, true},
		"a type that is not listed": {[]row.Definition{storeID, {Name: "code", DataType: "vector"}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := describing(t, c.columns...)
			err := s.mapTable(raw("a"), tableMap())
			var unreadable *UnreadableError
			if errors.As(err, &unreadable) != c.refused || err != nil && !c.refused {
				t.Fatalf("%v, want it refused: %v", err, c.refused)
			}
			if c.refused && !strings.Contains(err.Error(), "binlog_row_metadata=FULL") {
				t.Errorf("%v does not say how it is prevented", err)
			}
			if p := s.plans[9]; !c.refused && (p == nil || !p.columns[0].unsigned || p.columns[1].charset != "utf8mb4") {
				t.Errorf("the plan is %+v", p)
			}
		})
	}
}

func TestAPlanIsMadeOncePerTableMapAndForCapturedTablesAlone(t *testing.T) {
	s, asked := describing(t, storeID, storeCode), 0
	s.config.Columns = func(string) ([]row.Definition, error) { asked++; return nil, nil }
	for _, body := range []string{"a", "a", "b"} {
		if err := s.mapTable(raw(body), tableMap()); err != nil {
			t.Fatal(err)
		}
	}
	if asked != 0 {
		t.Errorf("the columns of now were asked for %d times, though those of the position are known", asked)
	}
	for name, spoil := range map[string]func(*replication.TableMapEvent){
		"another table under the same id": func(e *replication.TableMapEvent) { e.Table = []byte("log_visitor") },
		"another database":                func(e *replication.TableMapEvent) { e.Schema = []byte("blog") },
	} {
		t.Run(name, func(t *testing.T) {
			s := describing(t, storeID, storeCode)
			if err := s.mapTable(raw("a"), tableMap()); err != nil {
				t.Fatal(err)
			}
			e := tableMap()
			spoil(e)
			if err := s.mapTable(raw("c"), e); err != nil || s.plans[9] != nil {
				t.Errorf("its rows would be decoded as the captured table's (%v)", err)
			}
		})
	}
}

func TestATableThatCannotBeReadSaysWhatToType(t *testing.T) {
	for name, c := range map[string]struct {
		kind   byte
		column row.Definition
		says   string
	}{
		"a character set of its own":  {mysql.MYSQL_TYPE_VARCHAR, row.Definition{Name: "code", DataType: "varchar", Charset: "greek"}, "CONVERT TO CHARACTER SET utf8mb4"},
		"a type without a form":       {mysql.MYSQL_TYPE_VECTOR, row.Definition{Name: "code", DataType: "vector"}, "correct the table"},
		"a table without primary key": {mysql.MYSQL_TYPE_VARCHAR, row.Definition{}, "correct the table"},
	} {
		t.Run(name, func(t *testing.T) {
			first := storeID
			if c.column.Name == "" {
				first.Name, c.column = "other_id", storeCode
			}
			e := tableMap()
			e.ColumnType[1] = c.kind
			err := describing(t, first, c.column).mapTable(raw("a"), e)
			var unreadable *UnreadableError
			if !errors.As(err, &unreadable) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want it to say %q", err, c.says)
			}
		})
	}
}

func TestACharacterSetIsFoundByItsCollation(t *testing.T) {
	s := &Session{config: Config{Charsets: map[uint64]string{45: "utf8mb4"}}}
	if got := s.charset(45); got != "utf8mb4" {
		t.Errorf("collation 45 is of %q", got)
	}
	if got := s.charset(9999); knownCharset(got) {
		t.Errorf("a collation that the server does not list is of %q, and would be read", got)
	}
}

func TestRowsBehindAnAlterAreNotReadByTheColumnsOfNow(t *testing.T) {
	swapped := []row.Definition{storeID, {Name: "name", DataType: "varchar", Charset: "utf8mb4"}}
	for name, spoil := range map[string]func(*Session){
		"the columns of the position are not known": func(s *Session) { delete(s.config.Layouts, "store") },
		"an ALTER stands in the log before them": func(s *Session) {
			if err := s.query(&replication.QueryEvent{Schema: []byte("m2"), Query: []byte("ALTER TABLE store ADD COLUMN x int")}); err != nil {
				t.Fatal(err)
			}
			if e := s.batch.Events[0]; e.Step != row.Altered || e.Table != "store" {
				t.Errorf("the ALTER gave %+v", e)
			}
		},
		"an ALTER was kept out of the log": func(s *Session) { s.config.Layouts["store"] = []row.Definition{storeID} },
		"and another one has followed": func(s *Session) {
			s.config.Layouts["store"] = swapped
			s.config.Columns = func(string) ([]row.Definition, error) { return []row.Definition{storeID}, nil }
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := describing(t, storeID, storeCode)
			spoil(s)
			e := tableMap()
			if name == "and another one has followed" {
				e.ColumnType[1] = mysql.MYSQL_TYPE_LONG
			}
			var lost *LostError
			if err := s.mapTable(raw("a"), e); !errors.As(err, &lost) {
				t.Errorf("%v, want a loss", err)
			}
		})
	}
}
