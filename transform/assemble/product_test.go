package assemble

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/money"
)

// catalog knows stores 1 and 2, and some attributes; that of 82 is one everywhere.
type catalog struct{ nowhere }

func (catalog) Store(id int) *canonical.StoreView {
	if id > 2 {
		return nil
	}
	return &canonical.StoreView{StoreID: id, Code: fmt.Sprint("store", id), WebsiteID: 4, WebsiteCode: "base"}
}

func (catalog) TaxClass(id int) (string, bool) {
	name, ok := map[int]string{2: "Taxable Goods", 5: "Books"}[id]
	return name, ok
}

func (catalog) ProductAttribute(id int) (magento.Attribute, bool) {
	a, ok := map[int]magento.Attribute{
		73: {Code: "name", BackendType: "varchar"}, 77: {Code: "price", BackendType: "decimal"}, 82: {Code: "weight", BackendType: "decimal"},
		136: {Code: "tax_class_id", BackendType: "int"}, 97: {Code: "status", BackendType: "int"}, 79: {Code: "special_from_date", BackendType: "datetime"},
		150: {Code: "gl_code", BackendType: "varchar"}, 93: {Code: "color", BackendType: "int"},
	}[id]
	return a, ok
}

func (catalog) CatalogAttribute(id int) (magento.CatalogAttribute, bool) {
	return magento.CatalogAttribute{AttributeID: id, Scope: magento.ScopeGlobal}, id == 82
}

func (catalog) OptionLabels(option uint64) (map[int]string, bool) {
	labels, ok := map[uint64]map[int]string{49: {0: "Blue", 2: "Bleu"}, 50: {0: "Red"}, 51: {2: "Vert"}}[option]
	return labels, ok
}

const productColumns = `{"entity_id":9,"type_id":"simple","sku":"MUG"}`

// valueRow is a value of product 9.
func valueRow(table string, attribute, store int, value string) Row {
	return row("catalog_product_entity_"+table, attribute*10+store, fmt.Sprintf(`{"value_id":%d,"attribute_id":%d,"store_id":%d,"entity_id":9,"value":%s}`, attribute*10+store, attribute, store, value))
}

// product assembles product 9 of its values.
func product(t *testing.T, rows ...Row) *canonical.Product {
	t.Helper()
	a, err := Assemble(Input{Root: "product/9", Rows: append(rows, row("catalog_product_entity", 9, productColumns))}, catalog{})
	if err != nil || len(a.Entities) != 1 {
		t.Fatalf("%v, %v; want one product", ids(a), err)
	}
	return a.Entities[0].(*canonical.Product)
}

func TestAStoreHasWhatDiffersAlone(t *testing.T) {
	general := []Row{valueRow("varchar", 73, 0, `"Mug"`), valueRow("decimal", 77, 0, `"12.5000"`), valueRow("int", 136, 0, "2")}
	for name, c := range map[string]struct {
		rows []Row
		want []canonical.ProductScope
	}{
		"no row of a store":                 {nil, nil},
		"the same value":                    {[]Row{valueRow("varchar", 73, 1, `"Mug"`)}, nil},
		"another value":                     {[]Row{valueRow("varchar", 73, 1, `"Cup"`)}, []canonical.ProductScope{{ProductValues: canonical.ProductValues{Name: "Cup"}}}},
		"NULL, which replaces the general":  {[]Row{valueRow("varchar", 73, 1, `null`)}, []canonical.ProductScope{{Without: []string{"name"}}}},
		"NULL where there is no general":    {[]Row{valueRow("varchar", 150, 1, `null`)}, nil},
		"a value where there is no general": {[]Row{valueRow("varchar", 150, 1, `"4000"`)}, []canonical.ProductScope{{ProductValues: canonical.ProductValues{Attributes: map[string]string{"gl_code": "4000"}}}}},
		"another tax class, with its name":  {[]Row{valueRow("int", 136, 1, "5")}, []canonical.ProductScope{{ProductValues: canonical.ProductValues{TaxClass: "5", TaxClassName: "Books"}}}},
		"what has one value everywhere":     {[]Row{valueRow("decimal", 82, 1, `"9.0000"`)}, nil},
		"several that are emptied, in order": {[]Row{
			valueRow("decimal", 77, 1, `null`), valueRow("varchar", 73, 1, `""`), valueRow("int", 136, 1, `null`),
			valueRow("varchar", 150, 0, `"4000"`), valueRow("varchar", 150, 1, `null`), valueRow("int", 93, 0, `7`), valueRow("int", 93, 1, `null`),
		}, []canonical.ProductScope{{Without: []string{"color", "gl_code", "name", "price", "tax_class_id"}}}},
		"an attribute that is not known":      {[]Row{valueRow("varchar", 999, 1, `"x"`)}, nil},
		"another table than the attribute's":  {[]Row{valueRow("text", 73, 1, `"x"`)}, nil},
		"a zero date, which is none anywhere": {[]Row{valueRow("datetime", 79, 0, `"0000-00-00T00:00:00"`)}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			for i := range c.want {
				website := 4
				c.want[i].StoreID, c.want[i].StoreCode, c.want[i].WebsiteID, c.want[i].WebsiteCode = 1, "store1", &website, "base"
			}
			e := product(t, append(slices.Clone(general), c.rows...)...)
			if diff := cmp.Diff(c.want, e.Scopes); diff != "" {
				t.Errorf("scopes (-want +got):\n%s", diff)
			}
			if e.Name != "Mug" || e.Price.String() != "12.5000" || e.TaxClassName != "Taxable Goods" || e.SpecialFromDate != "" {
				t.Errorf("for all stores it is %+v", e.ProductValues)
			}
		})
	}
}

func TestOfTwoValuesForOneThingTheLaterCounts(t *testing.T) {
	old := row("catalog_product_entity_varchar", 3, `{"value_id":3,"attribute_id":73,"store_id":0,"entity_id":9,"value":"Old"}`)
	late := row("catalog_product_entity_varchar", 20, `{"value_id":20,"attribute_id":73,"store_id":0,"entity_id":9,"value":"New"}`)
	for _, rows := range [][]Row{{old, late}, {late, old}} {
		if e := product(t, rows...); e.Name != "New" {
			t.Errorf("it is called %q", e.Name)
		}
	}
}

func TestNumbersThatMagentoDefinesHaveWordsAndOthersStay(t *testing.T) {
	for number, want := range map[string]string{"1": "enabled", "2": "disabled", "7": "7", "null": ""} {
		if e := product(t, valueRow("int", 97, 0, number)); e.Status != want {
			t.Errorf("status %s is %q, want %q", number, e.Status, want)
		}
	}
}

func TestAManagedStockIsTheItemsOrElseTheConfigurations(t *testing.T) {
	for columns, want := range map[string]bool{
		`"manage_stock":0,"use_config_manage_stock":1`: true,
		`"manage_stock":0,"use_config_manage_stock":0`: false,
		`"manage_stock":1,"use_config_manage_stock":0`: true,
	} {
		e := product(t, row("cataloginventory_stock_item", 3, `{"item_id":3,"product_id":9,"stock_id":1,"qty":null,"is_in_stock":1,`+columns+`}`))
		if e.ManageStock != want || e.StockQty != nil || e.InStock == nil || !*e.InStock {
			t.Errorf("%s: managed %v, want %v; %v in stock", columns, e.ManageStock, want, e.StockQty)
		}
	}
	item := func(id, stock int, qty string) Row {
		return row("cataloginventory_stock_item", id, fmt.Sprintf(`{"item_id":%d,"product_id":9,"stock_id":%d,"qty":%q}`, id, stock, qty))
	}
	if e := product(t, item(3, 2, "8"), item(4, 1, "5")); e.StockQty == nil || e.StockQty.String() != "5" {
		t.Errorf("of two stocks it has %v, want the first one's", e.StockQty)
	}
	if e := product(t); e.ManageStock || e.StockQty != nil || e.InStock != nil {
		t.Error("there is stock without a stock item")
	}
}

func TestAValueThatIsNoneOfItsKindIsAnErrorOfItsRow(t *testing.T) {
	for name, bad := range map[string]Row{
		"an amount":           valueRow("decimal", 77, 0, `"1,5"`),
		"an amount's store":   valueRow("decimal", 77, 1, `"1e5"`),
		"a tax class":         valueRow("int", 136, 0, `"x"`),
		"a value":             valueRow("varchar", 73, 0, `"\ud8`),
		"an object":           row("catalog_product_entity_int", 1, `[]`),
		"a stock item":        row("cataloginventory_stock_item", 1, `{"qty":"many"}`),
		"a bundle's part":     row("catalog_product_bundle_selection", 1, `{"selection_qty":"x"}`),
		"a product's own row": row("catalog_product_entity", 1, `{"entity_id":"x"}`),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Assemble(Input{Root: "product/9", Rows: []Row{row("catalog_product_entity", 9, productColumns), bad}}, catalog{})
			var of *RowError
			if !errors.As(err, &of) || of.Row.Table != bad.Table || of.Row.PK != bad.PK {
				t.Errorf("%v, want an error of the row", err)
			}
		})
	}
}

// version is a version of product 9, which holds from and until a Unix time.
func version(row uint64, from, until int) Row {
	return Row{Table: "catalog_product_entity", PK: fmt.Sprint(row), Value: fmt.Appendf(nil, `{"entity_id":9,"sku":"V%d","row_id":%d,"created_in":%d,"updated_in":%d}`, row, row, from, until)}
}

func TestTheVersionThatHoldsIsThatOfTheTime(t *testing.T) {
	rows := []Row{version(33, 2000, 2147483647), version(31, 1, 1000), version(32, 1000, 2000)}
	for at, want := range map[int64]struct {
		sku, next    string
		since, until int64
	}{
		999:  {"V31", "1970-01-01T00:16:40Z", 1, 1000},
		1000: {"V32", "1970-01-01T00:33:20Z", 1000, 2000},
		1999: {"V32", "1970-01-01T00:33:20Z", 1000, 2000},
		2000: {"V33", "", 2000, 0},
		0:    {"V31", "1970-01-01T00:00:01Z", 0, 1},
		-5:   {"V31", "1970-01-01T00:00:01Z", 0, 1},
	} {
		a, err := Assemble(Input{Root: "product/9", Rows: rows, At: at}, catalog{})
		if err != nil || len(a.Entities) != 1 {
			t.Fatal(ids(a), err)
		}
		if e := a.Entities[0].(*canonical.Product); e.SKU != want.sku || e.NextVersionAt != want.next {
			t.Errorf("at %d it is %s until %q, want %s until %q", at, e.SKU, e.NextVersionAt, want.sku, want.next)
		}
		if a.Since != want.since || a.Until != want.until {
			t.Errorf("at %d it holds from %d until %d, want %d until %d", at, a.Since, a.Until, want.since, want.until)
		}
	}
}

// A product that is not staged has no times, and one that is staged for ever no time that comes.
func TestWhatIsStagedForNoTimeNeverTakesOver(t *testing.T) {
	never := Row{Table: "catalog_product_entity", PK: "32", Value: []byte(`{"entity_id":9,"sku":"V32","row_id":32,"created_in":18446744073709551615}`)}
	for name, c := range map[string]struct {
		rows  []Row
		until int64
	}{
		"no staging":             {[]Row{row("catalog_product_entity", 9, productColumns)}, 0},
		"a time beyond all time": {[]Row{version(31, 1, 1000), never}, math.MaxInt64},
	} {
		a, err := Assemble(Input{Root: "product/9", Rows: c.rows, At: 5}, catalog{})
		if err != nil || a.Until != c.until || len(a.Entities) != 1 {
			t.Errorf("%s: %v until %d, %v; want one until %d", name, ids(a), a.Until, err, c.until)
		}
	}
}

// A version has parts of its own, and a bundle's selections may stand under an option's number
// that another version has, too.
func TestAVersionConsistsOfItsOwnParts(t *testing.T) {
	rows := []Row{version(31, 1, 1000), version(32, 1000, 2000)}
	for i, v := range []int{31, 32} {
		rows = append(rows,
			row("catalog_product_super_link", v, fmt.Sprintf(`{"link_id":%d,"product_id":%d,"parent_id":%d}`, v, 100+v, v)),
			row("catalog_product_super_attribute", v, fmt.Sprintf(`{"product_super_attribute_id":%d,"product_id":%d,"attribute_id":%d}`, v, v, []int{93, 73}[i])),
			row("catalog_product_link", v, fmt.Sprintf(`{"link_id":%d,"product_id":%d,"linked_product_id":%d,"link_type_id":3}`, v, v, 200+v)),
			Row{Table: "catalog_product_bundle_option", PK: fmt.Sprint("5/", v), Value: fmt.Appendf(nil, `{"option_id":5,"parent_id":%d,"required":1,"type":"radio"}`, v)},
			row("catalog_product_bundle_selection", v, fmt.Sprintf(`{"selection_id":%d,"option_id":5,"parent_product_id":%d,"product_id":%d,"selection_qty":"2"}`, v, v, 300+v)),
		)
	}
	for at, v := range map[int64]uint64{10: 31, 1000: 32} {
		a, err := Assemble(Input{Root: "product/9", Rows: rows, At: at}, catalog{})
		if err != nil || len(a.Entities) != 1 {
			t.Fatal(ids(a), err)
		}
		e := a.Entities[0].(*canonical.Product)
		selection := canonical.BundleSelection{SelectionID: v, ProductID: 300 + v, PriceType: "fixed"}
		want := canonical.Product{
			VariantIDs: []uint64{100 + v}, ConfigurableAttributes: []string{map[uint64]string{31: "color", 32: "name"}[v]}, GroupedIDs: []uint64{200 + v},
			BundleOptions: []canonical.BundleOption{{OptionID: 5, Required: true, Input: "radio", Selections: []canonical.BundleSelection{selection}}},
		}
		want.BundleOptions[0].Selections[0].Qty = money.FromInt(2)
		got := canonical.Product{VariantIDs: e.VariantIDs, ConfigurableAttributes: e.ConfigurableAttributes, GroupedIDs: e.GroupedIDs, BundleOptions: e.BundleOptions}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("version %d (-want +got):\n%s", v, diff)
		}
	}
}

func TestRowsOfAProductThatIsGoneAreOrphans(t *testing.T) {
	value := valueRow("varchar", 73, 0, `"Mug"`)
	site := row("catalog_product_website", 1, `{"product_id":9,"website_id":1}`)
	own := row("catalog_product_entity", 9, productColumns)
	link := func(parent int) Row {
		return row("catalog_product_super_link", parent, fmt.Sprintf(`{"link_id":1,"product_id":11,"parent_id":%d}`, parent))
	}
	emitted := []canonical.ID{"product:9"}
	for name, c := range map[string]struct {
		in      Input
		orphans []string
		made    []string
	}{
		"its row was deleted": {Input{Rows: []Row{deletedRow("catalog_product_entity"), value, site}, Emitted: emitted},
			[]string{"catalog_product_entity_varchar/730", "catalog_product_website/1"}, []string{"product:9†"}},
		"its number was": {Input{Rows: []Row{deletedRow("sequence_product"), own, value}, Emitted: emitted},
			[]string{"catalog_product_entity/9", "catalog_product_entity_varchar/730"}, []string{"product:9†"}},
		"a version was": {Input{Rows: []Row{deletedRow("catalog_product_entity"), version(31, 1, 1000), link(31), link(32), site}, Emitted: emitted},
			[]string{"catalog_product_super_link/32"}, []string{"product:9"}},
		"its row did not come yet":            {Input{Rows: []Row{value, site}, Emitted: emitted}, nil, nil},
		"its row is not there after all":      {Input{Rows: []Row{value}, Emitted: emitted, Complete: true}, nil, []string{"product:9†"}},
		"a version that did not come yet":     {Input{Rows: []Row{version(31, 1, 1000), link(32)}}, nil, []string{"product:9"}},
		"a value of it was deleted, not it":   {Input{Rows: []Row{own, deletedRow("catalog_product_entity_int")}, Emitted: emitted}, nil, []string{"product:9"}},
		"its number is there, and its row is": {Input{Rows: []Row{own, row("sequence_product", 9, `{"sequence_value":9}`)}}, nil, []string{"product:9"}},
	} {
		t.Run(name, func(t *testing.T) {
			c.in.Root = "product/9"
			a, err := Assemble(c.in, catalog{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.orphans, keys(a.Orphans)); diff != "" {
				t.Errorf("orphans (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.made, ids(a)); diff != "" {
				t.Errorf("entities (-want +got):\n%s", diff)
			}
		})
	}
}
