package reference

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mage2sage/mage2sage/schemas/magento"
)

// inventoryOf is a shop whose stock 2 has two sources and three sales channels.
func inventoryOf(t *testing.T) *View {
	t.Helper()
	return view(t, []Row{
		row("inventory_source", `{"source_code":"Leeds","name":"Warehouse Leeds","enabled":1}`),
		row("inventory_source", `{"source_code":"york","name":"Shop York","enabled":0}`),
		row("inventory_stock", `{"stock_id":2,"name":"Trade"}`),
		row("inventory_source_stock_link", `{"link_id":1,"stock_id":2,"source_code":"york","priority":9}`),
		row("inventory_source_stock_link", `{"link_id":2,"stock_id":2,"source_code":"leeds","priority":1}`),
		row("inventory_source_stock_link", `{"link_id":3,"stock_id":3,"source_code":"york","priority":1}`),
		row("inventory_stock_sales_channel", `{"type":"website","code":"trade_uk","stock_id":2}`),
		row("inventory_stock_sales_channel", `{"type":"website","code":"trade_eu","stock_id":2}`),
		row("inventory_stock_sales_channel", `{"type":"market","code":"elsewhere","stock_id":2}`),
	})
}

func TestAStockHasItsSourcesByPriorityAndItsWebsites(t *testing.T) {
	v := inventoryOf(t)
	type stock struct {
		Name              string
		Known             bool
		Sources, Websites []string
	}
	for id, want := range map[int]stock{
		2: {"Trade", true, []string{"LEEDS", "YORK"}, []string{"trade_eu", "trade_uk"}},
		3: {"", false, []string{"YORK"}, nil},
		4: {},
	} {
		got := stock{Sources: v.SourcesOf(id), Websites: v.WebsitesOf(id)}
		got.Name, got.Known = v.Stock(id)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("stock %d (-want +got):\n%s", id, diff)
		}
	}
}

func TestASourceIsKnownInEverySpellingOfItsCode(t *testing.T) {
	v := inventoryOf(t)
	for code, want := range map[string]magento.InventorySource{
		"leeds": {Code: "Leeds", Name: "Warehouse Leeds", Enabled: 1}, "YORK ": {Code: "york", Name: "Shop York"}, "hull": {},
	} {
		got, ok := v.Source(code)
		if got != want || ok != (want.Code != "") {
			t.Errorf("source %q is %+v, %v; want %+v", code, got, ok, want)
		}
	}
	if diff := cmp.Diff([]int{2, 3}, v.StocksOf("York")); diff != "" {
		t.Errorf("the stocks that York serves (-want +got):\n%s", diff)
	}
	if got := v.StocksOf("hull"); got != nil {
		t.Errorf("a source that there is not serves %v", got)
	}
}
