package capture

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/capture/snapshot"
	"github.com/mage2sage/mage2sage/capture/source"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// An oddValue is a column type with values that are easily read wrong.
type oddValue struct {
	kind   string
	values []string
}

var oddValues = []oddValue{
	{"tinyint", []string{"-128", "127", "0"}},
	{"tinyint unsigned", []string{"255", "128"}},
	{"smallint", []string{"-32768"}},
	{"smallint unsigned", []string{"65535"}},
	{"mediumint", []string{"-8388608", "8388607"}},
	{"mediumint unsigned", []string{"16777215"}},
	{"int", []string{"-2147483648"}},
	{"int unsigned", []string{"4294967295"}},
	{"int(8) zerofill", []string{"7", "0"}},
	{"bigint", []string{"-9223372036854775808"}},
	{"bigint unsigned", []string{"18446744073709551615", "9223372036854775808"}},
	{"decimal(20,4)", []string{"-1234567890123456.7891", "0", "-0.0001", "9999999999999999.9999", "12.3"}},
	{"decimal(12,4)", []string{"-99999999.9999", "1"}},
	{"decimal(20,6)", []string{"0.000001", "-12345678901234.654321"}},
	{"decimal(24,12)", []string{"123456789012.000000000001", "-0.5"}},
	{"decimal(65,30)", []string{"-12345678901234567890123456789012345.000000000000000000000000000001", "1"}},
	{"decimal(9,9)", []string{"0.999999999", "-0.000000001"}},
	{"decimal(18,0)", []string{"999999999999999999", "-1", "0"}},
	{"decimal(10,2) zerofill", []string{"1.5"}},
	{"timestamp NULL", []string{"'2026-01-31 12:00:00'", "'1970-01-01 00:00:01'", "'2038-01-19 03:14:07'", "0"}},
	{"timestamp(3) NULL", []string{"'2026-01-31 12:00:00.123'", "'2026-01-31 12:00:00.050'"}},
	{"timestamp(6) NULL", []string{"'2026-01-31 12:00:00.000001'"}},
	{"datetime", []string{"'2026-01-31 12:00:00'", "'9999-12-31 23:59:59'", "'0000-00-00 00:00:00'", "'2026-00-00 00:00:00'", "'1000-01-01 00:00:00'"}},
	{"datetime(1)", []string{"'2026-01-31 12:00:00.7'"}},
	{"datetime(5)", []string{"'2026-01-31 12:00:00.70001'"}},
	{"date", []string{"'2026-01-31'", "'0000-00-00'", "'2026-02-00'", "'9999-12-31'"}},
	{"varchar(255)", []string{"''", "'Ä€😀'", `'"\\/\b\f\n\r\t'`, "'\x01\x1f\x7f'", "'</script>'", "'trailing  '"}},
	{"varchar(300)", []string{"REPEAT('ä',300)"}},
	{"varchar(255) character set latin1", []string{"CONVERT(x'636166e980819f' USING latin1)", "'plain'"}},
	{"varchar(255) character set utf8mb3", []string{"'Žluť'"}},
	{"varchar(255) character set ascii", []string{"'abc'"}},
	{"char(10)", []string{"'ab'", "'ab   '", "''", "'ÄÖÜäöüßé'"}},
	{"char(255) character set utf8mb4", []string{"REPEAT('😀',255)"}},
	{"varbinary(20)", []string{"x'00ff41c3a9'", "x''"}},
	{"binary(6)", []string{"x'4100'", "x'410042'"}},
	{"text", []string{"REPEAT('x',70000)", "'zwei\nZeilen'"}},
	{"mediumtext", []string{"REPEAT('ü',100000)"}},
	{"tinyblob", []string{"x'80'"}},
	{"float", []string{"1.5", "-0.1", "3.4e38", "16777217", "1e-30", "1234567.9"}},
	{"double", []string{"0.1", "-1e300", "1234567.891", "1e21"}},
	{"double unsigned", []string{"0.5"}},
	{"year", []string{"2026", "0", "1901"}},
	{"bit(1)", []string{"1"}},
	{"bit(13)", []string{"b'1010101010101'"}},
	{"bit(64)", []string{"18446744073709551615", "0"}},
	{"enum('new','it''s, old','ü') character set utf8mb4", []string{"'new'", "'it''s, old'", "'ü'"}},
	{"enum('é','b') character set latin1", []string{"'é'"}},
	{"set('a','b c','ü') character set utf8mb4", []string{"'a,ü'", "''", "'b c'"}},
	{"time", []string{"'-838:59:59'", "'12:00:00'", "'00:00:00'"}},
	{"time(2)", []string{"'-00:00:00.50'", "'838:59:58.99'"}},
	{"time(6)", []string{"'-12:00:00.000001'"}},
	{"json", []string{`'{"a":[1,2.5,null,"ä",true,-7,18446744073709551615,"\\n"]}'`, "'3'", "'[]'", `'{}'`,
		`'{"<b>&amp;": "a\\\\, b: \\"c\\" \\u2028 \\\\u003c"}'`, "'[1.0, -0.5, 1e3, 123456789.125, 0.1, 1.5e-5, 1.5e-13, 1.5e-14, 1.5e-15, 1.5e-16, -1.5e-300, 12345678901234.5]'"}},
	{"point", []string{"ST_GeomFromText('POINT(1 2)')"}},
	{"geometry", []string{"ST_GeomFromText('LINESTRING(0 0,1 1,2 3)')"}},
}

// oddColumns are those of sales_order_item that take odd types.
var oddColumns = []string{"name", "sku", "product_type", "store_id", "product_id", "parent_item_id", "qty_ordered", "qty_invoiced",
	"price", "original_price", "tax_percent", "tax_amount", "row_total"}

func TestAnOddValueReadsTheSameFromTheLogAndFromASelect(t *testing.T) {
	t.Parallel()
	server := servers.PrivateForTest(t, servers.Options{Only: []string{"source"}}).Source
	s := newShopOn(t, server.DSN, "")
	// Columns that nobody wants stand before the others, so that what is read of them in a
	// wrong way moves all that follow.
	s.exec("ALTER TABLE sales_order_item ADD nobody point FIRST, ADD wants enum('a','ü') DEFAULT 'ü' FIRST, ADD any_of json FIRST, ADD these bit(9) DEFAULT b'101' FIRST")
	topics, names := newTopics(t)
	r := start(t, s.config, topics, names)
	r.snapshotDone()
	for _, metadata := range []string{"FULL", "NO_LOG", "MINIMAL"} {
		s.metadata(metadata)
		for i := 0; i < len(oddValues); i += len(oddColumns) {
			s.exec("DELETE FROM sales_order_item")
			r.caughtUp(s)
			s.insertOdd(r, oddValues[i:min(i+len(oddColumns), len(oddValues))])
			r.caughtUp(s)
			s.sameByKey()
			if r.sameAsShop(s); t.Failed() {
				t.Fatalf("with metadata %s", metadata)
			}
		}
	}
	for _, p := range r.records(change.Sales) {
		if !json.Valid(p.Value) && p.Value != nil {
			t.Errorf("a record is no JSON: %s", p.Value)
		}
		if strings.Contains(string(p.Value), "secret_hash") || strings.Contains(string(p.Value), "never") {
			t.Fatalf("a column that is not allowed was published: %s", p.Value)
		}
	}
}

// insertOdd gives each type a column and inserts its values and NULL. The rows come from the
// log: the snapshot that the ALTER of captured columns brings is over before.
func (s *magentoShop) insertOdd(r *running, group []oddValue) {
	s.t.Helper()
	var alter []string
	for i, odd := range group {
		alter = append(alter, "MODIFY "+oddColumns[i]+" "+odd.kind)
	}
	s.exec("ALTER TABLE sales_order_item " + strings.Join(alter, ", "))
	r.anotherSnapshot()
	r.snapshotDone()
	for i, odd := range group {
		for _, v := range append(odd.values, "NULL") {
			s.exec("INSERT INTO sales_order_item (order_id, " + oddColumns[i] + ") VALUES (7, " + v + ")")
		}
	}
	s.exec(`UPDATE sales_order_item SET nobody=ST_GeomFromText('POINT(1 2)'), any_of='{"a":1}'`)
}

// sameByKey compares the rows of items that are read by their keys with those that a SELECT of
// them all gives.
func (s *magentoShop) sameByKey() {
	s.t.Helper()
	db, err := source.Open(s.t.Context(), s.config.source("other"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	table, _ := magento.ByName("sales_order_item")
	layout, err := db.Layout(s.t.Context(), table)
	if err != nil {
		s.t.Fatal(err)
	}
	keys, want := []snapshot.Key{}, s.selectAll(db.Qualified(table.Name), layout)
	for _, img := range want {
		id, err := strconv.ParseUint(string(img.PK), 10, 64)
		if err != nil {
			s.t.Fatal(err)
		}
		keys = append(keys, snapshot.Key{id})
	}
	end, err := db.EndOfLog(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	got, _, err := snapshot.Rows(s.t.Context(), db, layout, keys, end)
	if err != nil {
		s.t.Fatal(err)
	}
	for i, img := range want {
		if one := got[keys[i].String()]; string(one.JSON) != string(img.JSON) {
			s.t.Errorf("by its key a row reads %s, want %s", one.JSON, img.JSON)
		}
	}
}

// metadata sets binlog_row_metadata until the test ends.
func (s *magentoShop) metadata(value string) {
	s.t.Helper()
	var before string
	if err := s.db.QueryRow("SELECT @@global.binlog_row_metadata").Scan(&before); err != nil {
		s.t.Fatal(err)
	}
	s.exec("SET GLOBAL binlog_row_metadata=" + value)
	s.t.Cleanup(func() { s.exec("SET GLOBAL binlog_row_metadata=" + before) })
}

// namesColumns reports whether rows are logged with the names of their columns.
func (s *magentoShop) namesColumns() bool {
	s.t.Helper()
	var value string
	if err := s.db.QueryRow("SELECT @@global.binlog_row_metadata").Scan(&value); err != nil {
		s.t.Fatal(err)
	}
	return value == "FULL"
}

func TestEveryCapturedTableReadsTheSameFromTheLogAndFromASelect(t *testing.T) {
	t.Parallel()
	for edition, configure := range map[string]func(*magentoShop){
		"Open Source":     func(*magentoShop) {},
		"changes staged":  func(s *magentoShop) { s.stages = true },
		"without catalog": func(s *magentoShop) { s.config.AlsoCapture = nil },
	} {
		t.Run(edition, func(t *testing.T) {
			s := newShop(t, "x_", everything, configure)
			topics, names := newTopics(t)
			r := start(t, s.config, topics, names)
			r.snapshotDone()
			s.oneOfEach(5)
			r.caughtUp(s)
			rows := r.sameAsShop(s)
			r.halt()
			names.Prefix += "again"
			again := start(t, s.config, topics, names)
			again.snapshotDone()
			if n := again.sameAsShop(s); n != rows {
				t.Errorf("a snapshot gives %d rows, the log gave %d", n, rows)
			}
			if rows < 100 {
				t.Errorf("only %d rows were compared", rows)
			}
			if catalog := len(table(t, again.records(change.Catalog))); (catalog > 50) != (s.config.AlsoCapture != nil) {
				t.Errorf("%d rows of the catalog are known, with %v asked for", catalog, s.config.AlsoCapture)
			}
		})
	}
}

// everything asks for all that can be captured.
func everything(s *magentoShop) {
	s.config.AlsoCapture, s.config.CustomerAttributes = magento.Groups(), []string{"vat_office"}
}
