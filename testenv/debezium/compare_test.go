package debezium_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/testenv/shop"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// company is a table of types that Magento gives to no captured column, under names that
// may leave, and with rows that are odd.
var company = []string{
	`CREATE TABLE m2_company (entity_id BIGINT UNSIGNED NOT NULL PRIMARY KEY, status INT DEFAULT 1, company_name DATETIME(6), legal_name DATETIME(3), company_email DATE,
		vat_tax_id TIME(6), reseller_id TIMESTAMP(6) NULL, street DOUBLE, city FLOAT, country_id ENUM('new','it''s'), region SET('a','b'), region_id BIGINT UNSIGNED,
		postcode DECIMAL(20,4) DEFAULT '1.5000', telephone JSON, customer_group_id TINYINT(1), super_user_id INT(8) UNSIGNED ZEROFILL, secret VARCHAR(20)) CHARACTER SET utf8mb4`,
	`INSERT INTO m2_company (entity_id, company_name, region_id) VALUES (1, '2026-01-31 12:34:56.789012', 18446744073709551615)`,
}

// oddities are statements whose records both have to make alike.
var oddities = []string{
	`INSERT INTO m2_company VALUES (2, -5, '2026-01-31 12:34:56.789012', '1960-02-29 01:02:03.004', '1969-12-31', '-100:00:00.5', '2026-01-31 12:34:56.700000', 3.0e20, 1.5, 'it''s', 'a,b', 9223372036854775808,
		'-12345.6700', '{"a": 1.5, "b": [true, null], "c": "é"}', 1, 42, 'hidden')`,
	`INSERT INTO m2_company (entity_id, status, company_name, legal_name, company_email, postcode, vat_tax_id) VALUES
		(3, NULL, '0000-00-00', '2026-00-10', '0000-00-00', NULL, '838:59:59'), (18446744073709551615, 1, '9999-12-31 23:59:59.999999', NULL, '2000-02-29', 0, '-00:00:00.000001')`,
	`UPDATE m2_company SET secret = 'hidden, too' WHERE entity_id = 2`,
	`UPDATE m2_company SET entity_id = 20, city = 1e-5 WHERE entity_id = 2`,
	`UPDATE m2_company SET status = status + 1`,
	`DELETE FROM m2_company WHERE entity_id IN (1, 3)`,
	`UPDATE m2_customer_group SET customer_group_code = 'quoted "é€😀" \\ and
		of two lines' WHERE customer_group_id = 1`,
	`UPDATE m2_core_config_data SET value = NULL WHERE path = 'general/locale/timezone'`,
	`DELETE FROM m2_sales_order_tax_item`,
}

// TestTopicsOfTablesAreDebeziums has both follow one log, and compares what they write of
// each row, record by record.
func TestTopicsOfTablesAreDebeziums(t *testing.T) {
	w := newWorld(t)
	w.exec(company...)
	if err := w.shop.Run(t.Context(), shop.Plan{Orders: 10}, nil); err != nil {
		t.Fatal(err)
	}
	w.followBoth()
	plan := shop.FullPlan(40)
	plan.CustomerDeletes = 0 // what goes with a customer is in no log
	if err := w.shop.Run(t.Context(), plan, nil); err != nil {
		t.Fatal(err)
	}
	w.exec(oddities...)
	w.bothReached()
	c := &comparison{world: w, met: map[string]int{}}
	for _, table := range w.tables() {
		c.table(table)
	}
	c.flink()
	t.Logf("%d rows of snapshots, %d records of the log and %d tombstones are the same but for these: %v", c.snapshots, c.records, c.tombstones, c.met)
	if c.snapshots < 100 || c.records < 500 || c.tombstones < 10 {
		t.Errorf("too little was compared")
	}
}

// A comparison counts what it has found.
type comparison struct {
	*world
	snapshots, records, tombstones int
	met                            map[string]int
	reported                       int
}

// history is what a topic says of each row: of its snapshot, and then of the log.
type history struct {
	snapshot map[string]topic.Record
	log      map[string][]topic.Record
}

func (w *world) history(names topic.Names, table magento.Table) history {
	h := history{map[string]topic.Record{}, map[string][]topic.Record{}}
	for _, r := range w.read(names.Table(w.config.Database, tablePrefix+table.Name)) {
		if strings.Contains(string(r.Value), `"op":"r"`) {
			h.snapshot[string(r.Key)] = r
		} else {
			h.log[string(r.Key)] = append(h.log[string(r.Key)], r)
		}
	}
	return h
}

func (c *comparison) table(table magento.Table) {
	c.t.Helper()
	ours, theirs, defaults := c.history(c.ours, table), c.history(c.theirs, table), c.defaults(tablePrefix+table.Name)
	for key, r := range theirs.snapshot {
		mine, ok := ours.snapshot[key]
		if !ok {
			if table.Filter == magento.EveryRow {
				c.report("%s %s is in no snapshot of ours", table.Name, key)
			}
			continue
		}
		c.snapshots++
		c.rows(table.Name, defaults, mine, r)
	}
	for _, key := range slices.Sorted(maps.Keys(theirs.log)) {
		mine := ours.log[key]
		if len(mine) != len(theirs.log[key]) {
			c.report("%s %s: %d records of ours, %d of theirs", table.Name, key, len(mine), len(theirs.log[key]))
			continue
		}
		for i, r := range theirs.log[key] {
			c.record(table.Name, defaults, mine[i], r)
		}
	}
	for key := range ours.log {
		if theirs.log[key] == nil {
			c.report("%s %s: Debezium has no record of it", table.Name, key)
		}
	}
}

// report fails the test, with a word of the first faults alone.
func (c *comparison) report(format string, args ...any) {
	c.t.Helper()
	if c.reported++; c.reported <= 30 {
		c.t.Errorf(format, args...)
	} else {
		c.t.Fail()
	}
}

// rows compares what two snapshots say of a row.
func (c *comparison) rows(table string, defaults map[string]string, ours, theirs topic.Record) {
	c.t.Helper()
	mine, other := c.fields(ours), c.fields(theirs)
	for path := range other {
		if strings.HasPrefix(path, "after.") || path == "before" {
			c.field(place{path: path, table: table, ours: mine[path], theirs: other[path], byDefault: defaults[strings.TrimPrefix(path, "after.")]})
		}
	}
	if string(mine["source.snapshot"]) != `"incremental"` || string(mine["transaction"]) != "null" || len(mine) != len(other) {
		c.report("%s: a row of a snapshot reads %s", table, ours.Value)
	}
}

// record compares two records of the log, field by field.
func (c *comparison) record(table string, defaults map[string]string, ours, theirs topic.Record) {
	c.t.Helper()
	for _, name := range []string{"__debezium.newkey", "__debezium.oldkey"} {
		if ours.Header(name) != theirs.Header(name) {
			c.report("%s %s: the header %s is %q, and %q of theirs", table, ours.Key, name, ours.Header(name), theirs.Header(name))
		}
	}
	if ours.Value == nil || theirs.Value == nil {
		if ours.Value != nil || theirs.Value != nil {
			c.report("%s %s: %s of ours, %s of theirs", table, ours.Key, ours.Value, theirs.Value)
		}
		c.tombstones++
		return
	}
	c.records++
	mine, other := c.fields(ours), c.fields(theirs)
	for path := range maps.Keys(other) {
		_, column, _ := strings.Cut(path, ".")
		c.field(place{path: path, table: table, ours: mine[path], theirs: other[path], byDefault: defaults[column], mysql: servers.MySQLForTest(c.t)})
	}
	for path := range mine {
		if _, ok := other[path]; !ok {
			c.report("%s %s: only ours has %s", table, ours.Key, path)
		}
	}
	if have, want := order(c.t, ours.Value), order(c.t, theirs.Value); !slices.Equal(have, want) {
		c.report("%s: the fields are %q, Debezium's %q", table, have, want)
	}
}

func (c *comparison) field(p place) {
	c.t.Helper()
	if string(p.ours) == string(p.theirs) || sameText(p.ours, p.theirs) || processing[p.path] && p.ours != nil {
		return
	}
	for _, d := range differences {
		if p.ours != nil && d.is(p) {
			c.met[d.what]++
			return
		}
	}
	c.report("%s %s is %s, Debezium has %s", p.table, p.path, p.ours, p.theirs)
}

// fields takes a record apart: "after.sku" → its JSON.
func (c *comparison) fields(r topic.Record) map[string]json.RawMessage {
	c.t.Helper()
	all := map[string]json.RawMessage{}
	if err := json.Unmarshal(r.Value, &all); err != nil {
		c.t.Fatalf("%s: %v", r.Value, err)
	}
	for _, of := range []string{"before", "after", "source", "transaction"} {
		if string(all[of]) == "null" {
			continue
		}
		inner := map[string]json.RawMessage{}
		if err := json.Unmarshal(all[of], &inner); err != nil {
			c.t.Fatalf("%s of %s: %v", of, r.Value, err)
		}
		delete(all, of)
		for name, value := range inner {
			all[of+"."+name] = value
		}
	}
	return all
}

// order lists the fields of a record and of its source and transaction as they stand in it.
func order(t *testing.T, value []byte) (names []string) {
	t.Helper()
	dec, depth, inRow := json.NewDecoder(strings.NewReader(string(value))), 0, false
	for key := false; dec.More() || depth > 0; {
		token, err := dec.Token()
		if err != nil {
			t.Fatal(err)
		}
		switch token {
		case json.Delim('{'):
			depth, key = depth+1, true
			continue
		case json.Delim('}'):
			if depth, key = depth-1, true; depth == 1 {
				inRow = false
			}
			continue
		}
		if key && !inRow {
			names = append(names, fmt.Sprint(token))
			inRow = depth == 1 && (token == "before" || token == "after")
		} else if !key && depth == 1 {
			inRow = false
		}
		key = !key
	}
	return names
}
