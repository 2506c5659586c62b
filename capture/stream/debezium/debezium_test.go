package debezium

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/change"
)

// columns are of a table with all kinds.
var columns = []Column{
	{"id", Integer}, {"name", 0}, {"price", 0}, {"at", DateTime}, {"born", Date}, {"took", Time}, {"updated", Timestamp},
}

func testTable() *Table {
	return NewTable("customer", columns, Source{Connector: "mariadb", Name: "dbz", Database: "shop", Table: "m2_customer", ServerID: 1})
}

func TestAnEnvelopeIsDebeziumsByteForByte(t *testing.T) {
	made := time.Unix(1795780306, 312882371)
	o := Origin{TSUS: 1795780306000000, GTID: "0-1-27", File: "binlog.000001", Pos: 15151, Row: 2, Transaction: "0-1-27", TotalOrder: 6, CollectionOrder: 2, Now: made}
	for name, c := range map[string]struct {
		op            change.Op
		before, after string
		origin        func(Origin) Origin
		want          string
	}{
		"an update": {change.Update, `{"id":1,"name":"a"}`, `{"id":1,"name":"b"}`, nil,
			`{"before":{"id":1,"name":"a"},"after":{"id":1,"name":"b"},"source":{"version":"3.5.0.Final","connector":"mariadb","name":"dbz","ts_ms":1795780306000,"snapshot":"false","db":"shop","sequence":null,"ts_us":1795780306000000,"ts_ns":1795780306000000000,"table":"m2_customer","server_id":1,"gtid":"0-1-27","file":"binlog.000001","pos":15151,"row":2,"thread":null,"query":null},"transaction":{"id":"0-1-27","total_order":6,"data_collection_order":2},"op":"u","ts_ms":1795780306312,"ts_us":1795780306312882,"ts_ns":1795780306312882371}`},
		"a delete of a server without GTIDs": {change.Delete, `{"id":1}`, "", func(o Origin) Origin {
			o.GTID, o.Transaction = "", TransactionAt("binlog.000001", 14000)
			return o
		},
			`{"before":{"id":1},"after":null,"source":{"version":"3.5.0.Final","connector":"mariadb","name":"dbz","ts_ms":1795780306000,"snapshot":"false","db":"shop","sequence":null,"ts_us":1795780306000000,"ts_ns":1795780306000000000,"table":"m2_customer","server_id":1,"gtid":null,"file":"binlog.000001","pos":15151,"row":2,"thread":null,"query":null},"transaction":{"id":"file=binlog.000001,pos=14000","total_order":6,"data_collection_order":2},"op":"d","ts_ms":1795780306312,"ts_us":1795780306312882,"ts_ns":1795780306312882371}`},
		"a commit whose time is known to the microsecond": {change.Create, "", `{"id":1}`, func(o Origin) Origin { o.TSUS = 1795780306000123; return o },
			`{"before":null,"after":{"id":1},"source":{"version":"3.5.0.Final","connector":"mariadb","name":"dbz","ts_ms":1795780306000,"snapshot":"false","db":"shop","sequence":null,"ts_us":1795780306000123,"ts_ns":1795780306000123000,"table":"m2_customer","server_id":1,"gtid":"0-1-27","file":"binlog.000001","pos":15151,"row":2,"thread":null,"query":null},"transaction":{"id":"0-1-27","total_order":6,"data_collection_order":2},"op":"c","ts_ms":1795780306312,"ts_us":1795780306312882,"ts_ns":1795780306312882371}`},
		"a row of a snapshot": {change.Read, "", `{"id":1}`, func(o Origin) Origin { o.Snapshot, o.Row = true, 0; return o },
			`{"before":null,"after":{"id":1},"source":{"version":"3.5.0.Final","connector":"mariadb","name":"dbz","ts_ms":1795780306000,"snapshot":"incremental","db":"shop","sequence":null,"ts_us":1795780306000000,"ts_ns":1795780306000000000,"table":"m2_customer","server_id":1,"gtid":"0-1-27","file":"binlog.000001","pos":15151,"row":0,"thread":null,"query":null},"transaction":null,"op":"r","ts_ms":1795780306312,"ts_us":1795780306312882,"ts_ns":1795780306312882371}`},
	} {
		t.Run(name, func(t *testing.T) {
			o := o
			if c.origin != nil {
				o = c.origin(o)
			}
			got := testTable().AppendEnvelope([]byte("front"), c.op, orNil(c.before), orNil(c.after), &o)
			if string(got) != "front"+c.want {
				t.Errorf("the envelope is\n%s, want\n%s", got[5:], c.want)
			}
		})
	}
}

func orNil(s string) []byte {
	if s == "" {
		return nil
	}
	return []byte(s)
}

func TestAKeyHasThePrimaryKeysColumnsAlone(t *testing.T) {
	for key, want := range map[string]string{
		`{"table":"customer","pk":{"id":7}}`:                     `{"id":7}`,
		`{"table":"customer","pk":{"name":"a}\"b","id":7}}`:      `{"name":"a}\"b","id":7}`,
		`{"table":"customer","pk":{"id":18446744073709551615}}`:  `{"id":-1}`,
		`{"table":"customer","pk":{"at":"2026-01-31T12:00:00"}}`: `{"at":1769860800000}`,
	} {
		if got := string(testTable().AppendKey(nil, []byte(key))); got != want {
			t.Errorf("the key of %s is %s, want %s", key, got, want)
		}
	}
}

// The values are those that Debezium made of the same rows on a server.
func TestValuesAreDebeziums(t *testing.T) {
	for name, c := range map[string]struct{ column, value, want string }{
		"a number":                                  {"id", "4000000000", "4000000000"},
		"the largest signed number":                 {"id", "9223372036854775807", "9223372036854775807"},
		"an unsigned number beyond it":              {"id", "9223372036854775808", "-9223372036854775808"},
		"the largest unsigned number":               {"id", "18446744073709551615", "-1"},
		"the smallest number":                       {"id", "-9223372036854775808", "-9223372036854775808"},
		"a text with a bracket and a quote":         {"name", `"a},\"b\":1\\"`, `"a},\"b\":1\\"`},
		"a decimal is a string":                     {"price", `"12345.6700"`, `"12345.6700"`},
		"a DATETIME in milliseconds":                {"at", `"2026-01-31T12:34:56"`, "1769862896000"},
		"one of three digits, too":                  {"at", `"2026-01-31T12:34:56.789"`, "1769862896789"},
		"one of one digit":                          {"at", `"2026-01-31T12:34:56.7"`, "1769862896700"},
		"one of six digits in microseconds":         {"at", `"2026-01-31T12:34:56.789012"`, "1769862896789012"},
		"one of four digits":                        {"at", `"2026-01-31T12:34:56.7890"`, "1769862896789000"},
		"one before 1970":                           {"at", `"1960-02-29T01:02:03"`, "-310517877000"},
		"one before 1970, with microseconds":        {"at", `"1000-01-01T00:00:00.000001"`, "-30610223999999999"},
		"the last one":                              {"at", `"9999-12-31T23:59:59.999"`, "253402300799999"},
		"a zero DATETIME":                           {"at", `"0000-00-00T00:00:00"`, "null"},
		"a DATETIME without a month":                {"at", `"2026-00-10T00:00:00"`, "null"},
		"a DATETIME without a day":                  {"at", `"2026-01-00T00:00:00.000000"`, "null"},
		"no DATETIME":                               {"at", "null", "null"},
		"a DATE":                                    {"born", `"2026-01-31"`, "20484"},
		"the day before 1970":                       {"born", `"1969-12-31"`, "-1"},
		"a leap day":                                {"born", `"2000-02-29"`, "11016"},
		"a zero DATE":                               {"born", `"0000-00-00"`, "null"},
		"no DATE":                                   {"born", "null", "null"},
		"a TIME":                                    {"took", `"12:34:56"`, "45296000000"},
		"a TIME of many hours":                      {"took", `"838:59:59"`, "3020399000000"},
		"a negative TIME":                           {"took", `"-100:00:00.500000"`, "-360000500000"},
		"the smallest negative TIME":                {"took", `"-00:00:00.000001"`, "-1"},
		"no TIME":                                   {"took", "null", "null"},
		"a TIMESTAMP":                               {"updated", `"2026-01-31T12:34:56.700Z"`, `"2026-01-31T12:34:56.700Z"`},
		"a zero TIMESTAMP":                          {"updated", `"0000-00-00T00:00:00Z"`, `"1970-01-01T00:00:00Z"`},
		"a zero TIMESTAMP with digits":              {"updated", `"0000-00-00T00:00:00.000Z"`, `"1970-01-01T00:00:00.000Z"`},
		"a value of a column that is not known":     {"other", `"2026-01-31"`, `"2026-01-31"`},
		"a text that looks like a zero TIMESTAMP":   {"name", `"0000-00-00T00:00:00Z"`, `"0000-00-00T00:00:00Z"`},
		"a decimal with as many digits as a number": {"price", `"18446744073709551615"`, `"18446744073709551615"`},
	} {
		t.Run(name, func(t *testing.T) {
			row := `{"id":1,"` + c.column + `":` + c.value + `,"name":"x"}`
			want := `{"id":1,"` + c.column + `":` + c.want + `,"name":"x"}`
			if got := string(testTable().appendRow(nil, []byte(row))); got != want {
				t.Errorf("%s\nreads %s\nwant  %s", row, got, want)
			}
		})
	}
}

func TestARowOfOtherColumnsIsReadByTheirNames(t *testing.T) {
	row := `{"born":"2026-01-31","id":1,"gone":"2026-01-31","at":null}`
	if got, want := string(testTable().appendRow(nil, []byte(row))), `{"born":20484,"id":1,"gone":"2026-01-31","at":null}`; got != want {
		t.Errorf("the row is %s, want %s", got, want)
	}
}

func TestWhatIsEscapedEndsNoText(t *testing.T) {
	row := `{"name":"a},\"b\\","price":"\\\"","born":"2026-01-31"}`
	if got, want := string(testTable().appendRow(nil, []byte(row))), `{"name":"a},\"b\\","price":"\\\"","born":20484}`; got != want {
		t.Errorf("the row is %s, want %s", got, want)
	}
}

// FuzzRow: whatever the bytes are, nothing panics, and a row of texts stays as it is.
func FuzzRow(f *testing.F) {
	f.Add([]byte(`{"id":1,"at":"2026-01-31T12:34:56","took":"-1:00:00"}`), "a")
	f.Add([]byte(`{"took":"1:2","at":"2026-01-31T`), `\",`)
	f.Fuzz(func(t *testing.T, object []byte, text string) {
		testTable().appendRow(nil, object)
		testTable().AppendKey(nil, object)
		row, err := json.Marshal(map[string]string{"name": text, "price": text, "other": text})
		if err != nil {
			t.Skip(err)
		}
		if got := testTable().appendRow(nil, row); string(got) != string(row) {
			t.Errorf("%s reads %s", row, got)
		}
	})
}
