package stream

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// A fakeShop answers look-ups and notes them.
type fakeShop struct {
	roots map[string]uint64 // "sales_invoice 1" → order
	codes map[string]string // attribute_id → attribute_code
	fail  error
	asked []string
}

func (f *fakeShop) RootOfParent(_ context.Context, rule magento.RootRule, id uint64) (uint64, bool, error) {
	question := fmt.Sprintf("%s %d", rule.Parent, id)
	f.asked = append(f.asked, question)
	root, ok := f.roots[question]
	return root, ok, f.fail
}

func (f *fakeShop) AttributeCode(_ context.Context, id string) (string, bool, error) {
	f.asked = append(f.asked, "attribute "+id)
	code, ok := f.codes[id]
	return code, ok, f.fail
}

// A tally is a counter that a test reads.
type tally struct {
	prometheus.Counter
	n int
}

func (c *tally) Inc() { c.n++ }

func testRouter(t *testing.T, shop *fakeShop, attributes ...string) (*router, *tally) {
	t.Helper()
	orphans := &tally{}
	r, err := newRouter(shop, map[string][]string{change.AggregateCustomer: attributes, change.AggregateProduct: {"price"}}, newCartList(Carts{}, change.Checkpoint{}), orphans)
	if err != nil {
		t.Fatal(err)
	}
	return r, orphans
}

// A tableRow is a row by the columns that routing looks at; values are SQL's text.
type tableRow struct {
	table, pk, root, filterValue string
	staged                       bool
}

// image makes the row's image; "" stands for NULL.
func (r tableRow) image(t *testing.T) (magento.Table, *row.Image) {
	t.Helper()
	table := mustTable(t, r.table)
	if r.staged {
		table = table.InStaging()
	}
	kinds, values := map[string]row.Kind{}, map[string]string{}
	put := func(column, value string, kind row.Kind) {
		if _, ok := kinds[column]; column != "" && !ok {
			kinds[column], values[column] = kind, value
		}
	}
	put(table.PK[0], r.pk, row.Integer)
	rootKind, filterKind := row.Integer, row.Text
	if table.Root.Kind == change.AggregateStock {
		rootKind = row.Text
	}
	if table.FilterColumn == "attribute_id" || table.FilterColumn == "link_type_id" {
		filterKind = row.Integer
	}
	put(table.Root.Column, r.root, rootKind)
	put(table.FilterColumn, r.filterValue, filterKind)
	layout, err := row.NewLayout(table, kinds)
	if err != nil {
		t.Fatal(err)
	}
	var texts [][]byte
	for _, c := range layout.Columns {
		var text []byte
		if v := values[c.Name]; v != "" {
			text = []byte(v)
		}
		texts = append(texts, text)
	}
	_, img := layout.AppendSelected(nil, texts)
	return table, &img
}

func TestEachRowIsRoutedToItsAggregateOrStays(t *testing.T) {
	shop := func() *fakeShop {
		return &fakeShop{
			roots: map[string]uint64{"sales_invoice 1": 100, "customer_address_entity 4": 40, "catalog_product_entity 31": 3},
			codes: map[string]string{"5": "vat_office", "6": "shoe_size", "8": "price"},
		}
	}
	const stays change.Root = "stays"
	for name, c := range map[string]struct {
		row   tableRow
		want  change.Root
		asked []string
	}{
		"an order is its own root":                    {tableRow{table: "sales_order", pk: "12"}, "order/12", nil},
		"an item names its order":                     {tableRow{table: "sales_order_item", pk: "7", root: "12"}, "order/12", nil},
		"an item of no order":                         {tableRow{table: "sales_order_item", pk: "7"}, stays, nil},
		"an invoice's item goes by way of it":         {tableRow{table: "sales_invoice_item", pk: "9", root: "1"}, "order/100", []string{"sales_invoice 1"}},
		"an item whose invoice is gone":               {tableRow{table: "sales_invoice_item", pk: "9", root: "2"}, stays, []string{"sales_invoice 2"}},
		"an item of no invoice":                       {tableRow{table: "sales_invoice_item", pk: "9"}, stays, nil},
		"a reference row has no root":                 {tableRow{table: "store", pk: "1"}, "", nil},
		"a path that may leave":                       {tableRow{table: "core_config_data", pk: "1", filterValue: magento.ConfigPaths[0]}, "", nil},
		"a path that may not":                         {tableRow{table: "core_config_data", pk: "1", filterValue: "payment/x/key"}, stays, nil},
		"no path":                                     {tableRow{table: "core_config_data", pk: "1"}, stays, nil},
		"a value of a configured attribute":           {tableRow{"customer_entity_varchar", "1", "3", "5", false}, "customer/3", []string{"attribute 5"}},
		"a value of another attribute":                {tableRow{"customer_entity_varchar", "1", "3", "6", false}, stays, []string{"attribute 6"}},
		"a value of an attribute that is gone":        {tableRow{"customer_entity_varchar", "1", "3", "7", false}, stays, []string{"attribute 7"}},
		"a value of an address":                       {tableRow{"customer_address_entity_varchar", "1", "4", "5", false}, "customer/40", []string{"attribute 5", "customer_address_entity 4"}},
		"a product's value":                           {tableRow{"catalog_product_entity_decimal", "1", "3", "8", false}, "product/3", []string{"attribute 8"}},
		"a product's value of a customer's attribute": {tableRow{"catalog_product_entity_int", "1", "3", "5", false}, stays, []string{"attribute 5"}},
		"a customer's value of a product's attribute": {tableRow{"customer_entity_decimal", "1", "3", "8", false}, stays, []string{"attribute 8"}},
		"a value of a product's version":              {tableRow{"catalog_product_entity_decimal", "1", "31", "8", true}, "product/3", []string{"attribute 8", "catalog_product_entity 31"}},
		"a value of a version that is gone":           {tableRow{"catalog_product_entity_decimal", "1", "32", "8", true}, stays, []string{"attribute 8", "catalog_product_entity 32"}},
		"a part of a grouped product":                 {tableRow{"catalog_product_link", "1", "3", "3", false}, "product/3", nil},
		"a product that is recommended":               {tableRow{"catalog_product_link", "1", "3", "1", false}, stays, nil},
		"stock of a SKU":                              {tableRow{table: "inventory_source_item", pk: "1", root: "Ab\"c "}, `stock/AB"C`, nil},
		"stock of a SKU of digits":                    {tableRow{table: "inventory_reservation", pk: "1", root: "0042"}, "stock/0042", nil},
		"stock of no SKU":                             {tableRow{table: "inventory_reservation", pk: "1"}, stays, nil},
		"a value that stays is not looked up further": {tableRow{"customer_address_entity_varchar", "1", "4", "6", false}, stays, []string{"attribute 6"}},
	} {
		t.Run(name, func(t *testing.T) {
			shop := shop()
			r, _ := testRouter(t, shop, "vat_office")
			table, img := c.row.image(t)
			got, err := r.route(t.Context(), table, img)
			if err != nil {
				t.Fatal(err)
			}
			if (got.img == nil) != (c.want == stays) || got.img != nil && got.root != c.want {
				t.Errorf("routed to %q (leaves: %v), want %q", got.root, got.img != nil, c.want)
			}
			if !slices.Equal(shop.asked, c.asked) {
				t.Errorf("the shop was asked %q, want %q", shop.asked, c.asked)
			}
		})
	}
}

// route routes rows one after the other.
func route(t *testing.T, r *router, rows ...tableRow) (last publishable) {
	t.Helper()
	for _, each := range rows {
		table, img := each.image(t)
		var err error
		if last, err = r.route(t.Context(), table, img); err != nil {
			t.Fatal(err)
		}
	}
	return last
}

func TestWhatTheLogHasShownIsNotLookedUp(t *testing.T) {
	shop := &fakeShop{}
	r, _ := testRouter(t, shop, "vat_office")
	if got := route(t, r, tableRow{table: "sales_invoice", pk: "1", root: "100"}, tableRow{table: "sales_invoice_item", pk: "9", root: "1"}); got.root != "order/100" {
		t.Errorf("the item is routed to %q", got.root)
	}
	if got := route(t, r, tableRow{table: "eav_attribute", pk: "5", filterValue: "vat_office"}, tableRow{"customer_entity_int", "1", "3", "5", false}); got.root != "customer/3" {
		t.Errorf("the value is routed to %q", got.root)
	}
	if got := route(t, r, tableRow{table: "eav_attribute", pk: "5", filterValue: "renamed"}, tableRow{"customer_entity_int", "1", "3", "5", false}); got.img != nil {
		t.Error("a value left whose attribute has lost its configured code")
	}
	if len(shop.asked) > 0 {
		t.Errorf("the shop was asked %q", shop.asked)
	}
}

func TestAnAnswerIsRememberedAndThatThereIsNoParentIsNot(t *testing.T) {
	shop := &fakeShop{roots: map[string]uint64{"sales_invoice 1": 100}, codes: map[string]string{"6": "shoe_size"}}
	r, orphans := testRouter(t, shop, "vat_office")
	item, orphan, value := tableRow{table: "sales_invoice_item", pk: "9", root: "1"}, tableRow{table: "sales_invoice_item", pk: "8", root: "2"}, tableRow{"customer_entity_int", "1", "3", "6", false}
	route(t, r, item, item, value, value, orphan)
	shop.roots["sales_invoice 2"] = 200
	if got := route(t, r, orphan); got.root != "order/200" {
		t.Errorf("once its parent is there, the item is routed to %q", got.root)
	}
	if want := []string{"sales_invoice 1", "attribute 6", "sales_invoice 2", "sales_invoice 2"}; !slices.Equal(shop.asked, want) {
		t.Errorf("the shop was asked %q, want %q", shop.asked, want)
	}
	if orphans.n != 1 {
		t.Errorf("%d orphans are counted, want the one", orphans.n)
	}
}

func TestAChunkShowsTheRootsOfItsParents(t *testing.T) {
	shop := &fakeShop{}
	r, _ := testRouter(t, shop)
	table, img := tableRow{table: "sales_invoice_item", pk: "9", root: "1"}.image(t)
	r.aggregates.learnParent(table, &row.SnapshotRow{Image: *img, ParentRoot: []byte("100")})
	if got, err := r.route(t.Context(), table, img); err != nil || got.root != "order/100" || len(shop.asked) > 0 {
		t.Errorf("routed to %q, %v, and the shop was asked %q", got.root, err, shop.asked)
	}
}

func TestALookupThatFailsEndsTheRouting(t *testing.T) {
	boom := errors.New("boom")
	for name, each := range map[string]tableRow{
		"of a parent":     {table: "sales_invoice_item", pk: "9", root: "1"},
		"of an attribute": {"customer_entity_int", "1", "3", "6", false},
	} {
		t.Run(name, func(t *testing.T) {
			shop := &fakeShop{fail: boom}
			r, _ := testRouter(t, shop, "vat_office")
			table, img := each.image(t)
			for range 2 { // and nothing is remembered of it
				if _, err := r.route(t.Context(), table, img); !errors.Is(err, boom) {
					t.Errorf("routing returned %v", err)
				}
			}
			if len(shop.asked) != 2 {
				t.Errorf("the shop was asked %q, want twice", shop.asked)
			}
		})
	}
}

// A parent that the log has shown may be deleted by the time that a snapshot reads its children:
// what is remembered of it must not give them a root.
func TestAParentThatASnapshotDoesNotFindIsLookedUpAgain(t *testing.T) {
	a, err := newAggregates(&fakeShop{})
	if err != nil {
		t.Fatal(err)
	}
	item := mustTable(t, "sales_invoice_item")
	a.parents["sales_invoice"].Add(5, 50)
	for _, c := range []struct {
		parentRoot []byte
		want       string
	}{{[]byte("60"), "order/60"}, {nil, ""}} {
		r := row.SnapshotRow{Image: row.Image{PK: []byte("9"), Root: []byte("5")}, ParentRoot: c.parentRoot}
		a.learnParent(item, &r)
		if root, ok, err := a.rootOf(t.Context(), item, &r.Image); err != nil || string(root) != c.want || ok != (c.want != "") {
			t.Errorf("with the parent's root %q the root is %q, %v, %v", c.parentRoot, root, ok, err)
		}
	}
}
