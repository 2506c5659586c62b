package shop

import "testing"

// TestWhatLiesInTheSourceIsForSaleOnTheWebsite follows the tables from a product's website to the
// stock that sells there, and on to what lies in its sources.
func TestWhatLiesInTheSourceIsForSaleOnTheWebsite(t *testing.T) {
	s := installed(t, Options{Seed: 5})
	var pieces, kept int
	err := s.DB().QueryRow(`select count(*), coalesce(sum(i.quantity = 100000), 0) from catalog_product_entity p
		join catalog_product_website pw on pw.product_id = p.entity_id join store_website w using (website_id)
		join inventory_stock_sales_channel c on c.type = 'website' and c.code = w.code join inventory_stock using (stock_id)
		join inventory_source_stock_link l using (stock_id) join inventory_source_item i on i.source_code = l.source_code and i.sku = p.sku`).Scan(&pieces, &kept)
	if err != nil {
		t.Fatal(err)
	}
	want := 0
	for _, p := range s.Products() {
		if p.Type == "simple" || p.Type == "virtual" {
			want++
		}
	}
	if pieces != want || kept != want {
		t.Errorf("%d products are for sale and 100,000 pieces there are of %d, want %d", pieces, kept, want)
	}
}
