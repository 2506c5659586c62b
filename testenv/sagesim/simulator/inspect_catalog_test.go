package simulator_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mage2sage/mage2sage/testenv/sagesim/chart"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

func TestTheCatalogIsOpenToChecks(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	price := chart.PriceTypes[0].ID
	product := w.ok(201, w.item("products", "product", "CARD", `,"active":false,"cost_price":"1.5","source_guid":"product:3","sales_prices":[{"product_sales_price_type_id":"`+price+`","price":"3"}]`)).str("id")
	mug := w.stocked("MUG", "5")
	w.ok(201, w.invoice(sale{contact: w.customer("M1", "GBP"), lines: []string{lineOf(mug, "2")}}))
	w.ok(204, w.do("DELETE", "/products/"+product, ""))
	var got []simulator.Item
	if err := json.Unmarshal([]byte(w.see("/_sim/items")), &got); err != nil {
		t.Fatal(err)
	}
	for i := range got {
		got[i].Sequence = 0
	}
	want := []simulator.Item{
		{Kind: "product", Code: "CARD", Description: "Blue mug", SourceGUID: "product:3", Deleted: true, Cost: "1.50", Prices: map[string]string{price: "3.00"}, InStock: "0.00", ID: product, Business: simulator.BusinessID(0)},
		{Kind: "stock_item", Code: "MUG", Description: "Blue mug", Active: true, Cost: "0.00", Prices: map[string]string{}, InStock: "3.00", Movements: 1, ID: mug, Business: simulator.BusinessID(0)},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the items differ (-want +got):\n%s", diff)
	}
}

func TestOffersAreAmongTheDocuments(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	contact := w.customer("M1", "GBP")
	w.ok(201, w.offer("sales_quotes", sale{contact: contact, reference: "Q-1", lines: []string{line("10", "1", "2")}}))
	w.ok(201, w.offer("sales_estimates", sale{contact: contact, reference: "E-1", lines: []string{line("10", "1", "2")}}))
	kinds := map[string]string{}
	for _, d := range w.sim.Documents() {
		kinds[d.Kind] = d.Number + " " + d.Total + " " + d.Outstanding
	}
	if kinds["quote"] != "QU-1 12.00 0.00" || kinds["estimate"] != "EST-2 12.00 0.00" {
		t.Errorf("the documents are %v", kinds)
	}
}
