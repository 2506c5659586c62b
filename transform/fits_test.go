package transform

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/health"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// A forgery is a record that capture would have written, and one thing of it that it
// would not.
type forgery struct {
	key, root, version, value string
	kind                      string
	partition                 int // besides its own
}

func (f forgery) record() *topic.Record {
	r := &topic.Record{Key: []byte(f.key), Value: []byte(f.value)}
	for _, h := range [][2]string{{change.HeaderPipeline, testPipeline}, {change.HeaderRoot, f.root}, {change.HeaderVersion, f.version}, {change.HeaderKind, f.kind}} {
		if h[1] != "" {
			r.Headers = append(r.Headers, topic.Header{Key: h[0], Value: []byte(h[1])})
		}
	}
	if f.value == "" {
		r.Value = nil
	}
	return r
}

// effect is what a scan of a domain does about the record.
func (f forgery) effect(d change.Domain) (recordEffect, error) {
	own, count := topic.Partition(change.Root(f.root), partitions), partitions
	if f.root == "" {
		own = 0
	}
	s := &scan{pipeline: testPipeline, place: place{d, (own + f.partition) % count, count}, reached: reachedAt(version(20))}
	e, _, err := s.effect(f.record())
	return e, err
}

func TestARawRecordHasToFitItselfAndItsPlace(t *testing.T) {
	t.Parallel()
	item := forgery{
		key: `{"table":"sales_order_item","pk":{"item_id":7}}`, root: "order/12", version: "1.9",
		value: `{"before":null,"after":{"item_id":7,"order_id":12,"sku":"a"},"source":{"table":"sales_order_item","ts_ms":5},"op":"u"}`,
	}
	child := forgery{
		key: `{"table":"sales_invoice_item","pk":{"entity_id":3}}`, root: "order/12", version: "1.9",
		value: `{"before":{"entity_id":3,"parent_id":4},"after":null,"source":{"table":"sales_invoice_item","ts_ms":5},"op":"d"}`,
	}
	group := forgery{
		key: `{"table":"customer_group","pk":{"customer_group_id":1}}`, version: "1.9",
		value: `{"after":{"customer_group_id":1,"customer_group_code":"G"},"source":{"table":"customer_group","ts_ms":5},"op":"r"}`,
	}
	stock := forgery{
		key: `{"table":"inventory_source_item","pk":{"source_item_id":4}}`, root: `stock/A,}"E: 1`, version: "1.9",
		value: `{"after":{"source_item_id":4,"source_code":"a,b","sku":"a,}\"é: 1 ","quantity":"2.0000"},"source":{"table":"inventory_source_item","ts_ms":5},"op":"u"}`,
	}
	source := forgery{
		key: `{"table":"inventory_source","pk":{"source_code":"a,}\\"}}`, version: "1.9",
		value: `{"after":{"source_code":"a,}\\","enabled":1},"source":{"table":"inventory_source","ts_ms":5},"op":"r"}`,
	}
	for name, c := range map[string]struct {
		from  forgery
		in    change.Domain
		forge func(*forgery)
		says  string // "" where it fits
	}{
		"an item as capture writes it":  {item, change.Sales, func(*forgery) {}, ""},
		"a deleted child":               {child, change.Sales, func(*forgery) {}, ""},
		"reference data":                {group, change.Reference, func(*forgery) {}, ""},
		"a SKU of any letters":          {stock, change.Catalog, func(*forgery) {}, ""},
		"a SKU that is a number":        {stock, change.Catalog, func(f *forgery) { f.root, f.value = "stock/012", strings.Replace(f.value, `a,}\"é: 1 `, "012", 1) }, ""},
		"a tombstone of a SKU":          {stock, change.Catalog, func(f *forgery) { f.value = "" }, ""},
		"another SKU's root":            {stock, change.Catalog, func(f *forgery) { f.root = "stock/B" }, "root is not that of the row"},
		"a SKU's root as it is spelled": {stock, change.Catalog, func(f *forgery) { f.root = `stock/a,}"é: 1 ` }, "root is not that of the row"},
		"a SKU that is no text":         {stock, change.Catalog, func(f *forgery) { f.value = strings.Replace(f.value, `"a,}\"é: 1 "`, "[]", 1) }, "root is not that of the row"},
		"a product's root on stock":     {stock, change.Catalog, func(f *forgery) { f.root = "product/4" }, "root is none"},
		"a SKU with a zero in it": {stock, change.Catalog, func(f *forgery) {
			f.root, f.value = "stock/A\x00B", strings.Replace(f.value, `a,}\"é: 1 `, `a\u0000b`, 1)
		}, "root is none"},
		"a key that is text":                    {source, change.Reference, func(*forgery) {}, ""},
		"another row's key that is text":        {source, change.Reference, func(f *forgery) { f.key = strings.Replace(f.key, "a,", "b,", 1) }, "key is not that"},
		"a tombstone":                           {item, change.Sales, func(f *forgery) { f.value = "" }, ""},
		"a version that is not saved yet":       {item, change.Sales, func(f *forgery) { f.version = fmt.Sprintf("1.%d", 20+change.MostUnsaved) }, ""},
		"no version":                            {item, change.Sales, func(f *forgery) { f.version = "" }, "version header"},
		"version zero":                          {item, change.Sales, func(f *forgery) { f.version = "0.0" }, "version header"},
		"a version of a later epoch":            {item, change.Sales, func(f *forgery) { f.version = "2.1" }, "above"},
		"a version far ahead":                   {item, change.Sales, func(f *forgery) { f.version = fmt.Sprintf("1.%d", 21+change.MostUnsaved) }, "above"},
		"a tombstone far ahead":                 {item, change.Sales, func(f *forgery) { f.version, f.value = "7.1", "" }, "above"},
		"another topic's table":                 {item, change.Customer, func(*forgery) {}, "another topic"},
		"another aggregate's root":              {item, change.Sales, func(f *forgery) { f.root = "customer/12" }, "root is none"},
		"a root that is no number":              {child, change.Sales, func(f *forgery) { f.root = "order/x" }, "root is none"},
		"a root with a zero before it":          {child, change.Sales, func(f *forgery) { f.root = "order/012" }, "root is none"},
		"no root":                               {item, change.Sales, func(f *forgery) { f.root = "" }, "root is none"},
		"reference data with a root":            {group, change.Reference, func(f *forgery) { f.root = "order/1" }, "root is none"},
		"another order's root":                  {item, change.Sales, func(f *forgery) { f.root = "order/13" }, "root is not that of the row"},
		"another partition":                     {item, change.Sales, func(f *forgery) { f.partition = 1 }, "another partition"},
		"a child in another partition":          {child, change.Sales, func(f *forgery) { f.partition = 1 }, "another partition"},
		"reference data in another partition":   {group, change.Reference, func(f *forgery) { f.partition = 1 }, "another partition"},
		"another row's key":                     {item, change.Sales, func(f *forgery) { f.key = `{"table":"sales_order_item","pk":{"item_id":8}}` }, "key is not that"},
		"another deleted row's key":             {child, change.Sales, func(f *forgery) { f.key = `{"table":"sales_invoice_item","pk":{"entity_id":8}}` }, "key is not that"},
		"a key with a column more":              {item, change.Sales, func(f *forgery) { f.key = `{"table":"sales_order_item","pk":{"item_id":7,"x":1}}` }, "key is not that"},
		"a key that hides in a text of the row": {item, change.Sales, func(f *forgery) { f.value = strings.Replace(f.value, `"item_id":7`, `"sku":"\"item_id\":7,"`, 1) }, "key is not that"},
		"another table's key":                   {item, change.Sales, func(f *forgery) { f.key = `{"table":"sales_order","pk":{"item_id":7}}` }, "another table"},
		"something behind its value":            {item, change.Sales, func(f *forgery) { f.value += "x" }, "value does not decode"},
		"no key":                                {item, change.Sales, func(f *forgery) { f.key = "secret" }, "key does not decode"},
		"a value of another type":               {item, change.Sales, func(f *forgery) { f.value = `{"op":77,"after":{}}` }, "field op has a value of another type"},
	} {
		t.Run(name, func(t *testing.T) {
			c.forge(&c.from)
			_, err := c.from.effect(c.in)
			refused(t, err, c.says)
		})
	}
}

// Where changes of products are staged, a product's key is that of a version, and what hangs on
// it names the version and not the product.
func TestARecordOfAVersionFitsItself(t *testing.T) {
	t.Parallel()
	own := forgery{
		key: `{"table":"catalog_product_entity","pk":{"row_id":31}}`, root: "product/9", version: "1.9",
		value: `{"after":{"entity_id":9,"sku":"a","row_id":31},"source":{"table":"catalog_product_entity","ts_ms":5},"op":"u"}`,
	}
	plain := forgery{
		key: `{"table":"catalog_product_entity","pk":{"entity_id":9}}`, root: "product/9", version: "1.9",
		value: `{"after":{"entity_id":9,"sku":"a"},"source":{"table":"catalog_product_entity","ts_ms":5},"op":"u"}`,
	}
	value := forgery{
		key: `{"table":"catalog_product_entity_int","pk":{"value_id":4}}`, root: "product/9", version: "1.9",
		value: `{"after":{"value_id":4,"attribute_id":97,"store_id":0,"row_id":31,"value":1},"source":{"table":"catalog_product_entity_int","ts_ms":5},"op":"u"}`,
	}
	link := forgery{
		key: `{"table":"catalog_product_super_link","pk":{"link_id":4}}`, root: "product/9", version: "1.9",
		value: `{"after":{"link_id":4,"product_id":11,"parent_id":31},"source":{"table":"catalog_product_super_link","ts_ms":5},"op":"u"}`,
	}
	for name, c := range map[string]struct {
		from  forgery
		forge func(*forgery)
		says  string // "" where it fits
	}{
		"a version":                      {own, func(*forgery) {}, ""},
		"a product without versions":     {plain, func(*forgery) {}, ""},
		"a version's value":              {value, func(*forgery) {}, ""},
		"a version's variant":            {link, func(*forgery) {}, ""},
		"another version's key":          {own, func(f *forgery) { f.key = strings.Replace(f.key, "31", "32", 1) }, "key is not that"},
		"a key of a column that is none": {own, func(f *forgery) { f.key = strings.Replace(f.key, "row_id", "x", 1) }, "key is not that"},
		"a key without a column":         {own, func(f *forgery) { f.key = strings.Replace(f.key, `"row_id":31`, "", 1) }, "key is not that"},
		"a key that is no object":        {own, func(f *forgery) { f.key = strings.Replace(f.key, `{"row_id":31}`, "31", 1) }, "key is not that"},
		"another value's key":            {value, func(f *forgery) { f.key = strings.Replace(f.key, "4", "5", 1) }, "key is not that"},
		"another product's root":         {own, func(f *forgery) { f.root = "product/8" }, "root is not that of the row"},
		"another product's value":        {value, func(f *forgery) { f.value = strings.Replace(f.value, "row_id", "entity_id", 1) }, "root is not that of the row"},
		"an order's root":                {link, func(f *forgery) { f.root = "order/9" }, "root is none"},
	} {
		t.Run(name, func(t *testing.T) {
			c.forge(&c.from)
			_, err := c.from.effect(change.Catalog)
			refused(t, err, c.says)
		})
	}
}

func refused(t *testing.T, err error, says string) {
	t.Helper()
	if (err == nil) != (says == "") || err != nil && !strings.Contains(err.Error(), says) {
		t.Errorf("%v, want a reason that says %q", err, says)
	}
	if err != nil && strings.ContainsAny(err.Error(), "0123456789") || err != nil && strings.Contains(err.Error(), "secret") {
		t.Errorf("%v names what stands in the record", err)
	}
}

func ofTable(name string) string {
	return `{"domain":"sales","table":"` + name + `","version":"1.9","begin":"1.2"}`
}

func TestAControlRecordHasToFitItselfAndItsPlace(t *testing.T) {
	t.Parallel()
	commit := forgery{key: change.CommitKey, kind: change.KindCommit, version: "1.9", value: `{"version":"1.9","previous":"1.8"}`}
	end := forgery{key: "snapshot_end/sales", kind: change.KindSnapshotEnd, version: "1.9", value: `{"domain":"sales","version":"1.9","begin":"1.2"}`}
	for name, c := range map[string]struct {
		from  forgery
		in    change.Domain
		forge func(*forgery)
		says  string
	}{
		"a marker":                          {commit, change.Sales, func(*forgery) {}, ""},
		"an end":                            {end, change.Sales, func(*forgery) {}, ""},
		"a begin":                           {end, change.Sales, func(f *forgery) { f.kind, f.key = change.KindSnapshotBegin, "snapshot_begin/sales" }, ""},
		"a kind of a later version":         {end, change.Sales, func(f *forgery) { f.kind = "vacuum" }, ""},
		"a marker under another key":        {commit, change.Sales, func(f *forgery) { f.key = "x" }, "key"},
		"a marker with another version":     {commit, change.Sales, func(f *forgery) { f.version = "1.8" }, "version header"},
		"a marker without a version":        {commit, change.Sales, func(f *forgery) { f.version, f.value = "0.0", `{}` }, "version header"},
		"a marker of a later epoch":         {commit, change.Sales, func(f *forgery) { f.version, f.value = "2.9", `{"version":"2.9"}` }, "above"},
		"a marker whose value alone is far": {commit, change.Sales, func(f *forgery) { f.value = `{"version":"2.9"}` }, "version header"},
		"an end under another key":          {end, change.Sales, func(f *forgery) { f.key = "snapshot_begin/sales" }, "key"},
		"an end with another version":       {end, change.Sales, func(f *forgery) { f.version = "1.8" }, "version header"},
		"an end of a later epoch":           {end, change.Sales, func(f *forgery) { f.version, f.value = "2.9", `{"domain":"sales","version":"2.9","begin":"2.2"}` }, "above"},
		"an end that begins after itself":   {end, change.Sales, func(f *forgery) { f.value = `{"domain":"sales","version":"1.9","begin":"2.2"}` }, "begins after"},
		"an end of another domain":          {end, change.Customer, func(f *forgery) { f.key = "snapshot_end/customer" }, "another topic"},
		"an end for a table":                {end, change.Sales, func(f *forgery) { f.key, f.value = "snapshot_end/sales/sales_invoice", ofTable("sales_invoice") }, ""},
		"an end for another table":          {end, change.Sales, func(f *forgery) { f.key, f.value = "snapshot_end/sales/sales_invoice", ofTable("sales_order") }, "key"},
		"an end for a table of another domain": {end, change.Sales, func(f *forgery) {
			f.key, f.value = "snapshot_end/sales/customer_entity", ofTable("customer_entity")
		}, "table of another topic"},
		"an end for a table of a later version": {end, change.Sales, func(f *forgery) { f.key, f.value = "snapshot_end/sales/sales_gift", ofTable("sales_gift") }, ""},
		"a begin of another domain":             {end, change.Customer, func(f *forgery) { f.key, f.kind = "snapshot_begin/customer", change.KindSnapshotBegin }, "another topic"},
	} {
		t.Run(name, func(t *testing.T) {
			c.forge(&c.from)
			e, err := c.from.effect(c.in)
			refused(t, err, c.says)
			if err != nil && e != (recordEffect{}) {
				t.Errorf("it is refused and has the effect %+v", e)
			}
		})
	}
}

// Roots and keys are cut out of rows, so a table without these columns could not be checked.
func TestEveryTableSendsItsKeyAndItsRoot(t *testing.T) {
	t.Parallel()
	for _, table := range magento.Tables {
		for _, name := range append([]string{table.Root.Column}, table.PK...) {
			if row := json.RawMessage(`{"` + strings.Join(table.Columns, `":7,"`) + `":7}`); name != "" && string(column(row, name)) != "7" {
				t.Errorf("rows of %s do not have %s", table.Name, name)
			}
		}
	}
}

func TestARestoredRecordHasToFitItselfAndItsPlace(t *testing.T) {
	t.Parallel()
	e := &canonical.Customer{Envelope: canonical.Envelope{MagentoEntityID: 5, Version: version(9), Source: canonical.Source{Name: "shop", Root: "customer/5"}}}
	fit := func(at place) error {
		value, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		r := canonicalRecord(canonical.Event{ID: "customer:5", Version: version(9), Type: "customer.upserted", Source: "shop"}, value)
		p := &partition{stage: &Stage{reached: reachedAt(version(20))}, scan: &scan{place: at}}
		_, _, err = p.decodeEmitted(canonical.KindCustomer, &r)
		return err
	}
	own := place{change.Customer, topic.Partition("customer/5", partitions), partitions}
	refused(t, fit(own), "")
	refused(t, fit(place{change.Customer, (own.partition + 1) % partitions, partitions}), "another partition")
	e.MagentoEntityID = 6
	refused(t, fit(own), "key is not the id")
	e.MagentoEntityID, e.Version = 5, version(10)
	refused(t, fit(own), "version header")
}

// A forged version would hide all changes that follow. What was forged is named, and the
// others pass; a new epoch is none, because capture saves it first.
func TestAForgedVersionHidesNothingAndANewEpochPasses(t *testing.T) {
	t.Parallel()
	w, board := newWorld(t), &health.Board{}
	w.whole()
	w.commit(10, referenceRows("General")...)
	r := w.startWith(&Stage{Config: Config{StateDir: t.TempDir()}, Log: zerolog.Nop(), Health: board})
	r.settled()
	name, p := w.place(customerRow(5, nil))
	far := rawRecord(change.Version{Epoch: 9, Sequence: 1}, customerRow(5, columns{"firstname": "Forged"}))
	w.produce(name, p, far, markerRecord(change.Version{Epoch: 9, Sequence: 1}, change.Version{}))
	r.until("the board names both", func() bool {
		all := board.Troubles()
		return len(all) == 1 && strings.HasPrefix(all[0].Problem, "2 set aside") && strings.Contains(all[0].Problem, errAbove.Error())
	})
	w.commit(11, customerRow(5, columns{"firstname": "Augusta"}))
	r.until("the customer is out", func() bool { return len(w.types("customer:5")) == 1 })
	if got := w.newest()["customer:5"]; strings.Contains(got, "Forged") || !strings.Contains(got, "Augusta") {
		t.Errorf("the customer is %s", got)
	}
	c, err := topic.CheckpointRecord("shop", change.Checkpoint{Epoch: 9, Partitions: map[change.Domain]int{change.Sales: partitions, change.Customer: partitions, change.Catalog: partitions, change.Reference: 1}})
	w.must(err)
	w.produce(w.names.Offsets(), 0, c)
	v := change.Version{Epoch: 9, Sequence: 2}
	w.produce(name, p, rawRecord(v, customerRow(5, columns{"firstname": "Ada"})), markerRecord(v, change.Version{}))
	r.until("the next epoch's is out", func() bool { return strings.Contains(w.newest()["customer:5"], "Ada") })
}
