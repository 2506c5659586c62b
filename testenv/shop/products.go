package shop

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
)

// A Product is what an order line names by its SKU.
type Product struct {
	ID   int64
	SKU  string
	Name string
	// Type is Magento's: simple, virtual, configurable or bundle.
	Type string

	price    amount // in the base currency; gross in a tax-inclusive shop
	taxClass int
	parts    []part // of a configurable (the variant) or a bundle
	dynamic  bool   // a bundle that costs what its parts cost
	levy     amount // fixed product tax per unit, in the base currency
}

// A part is a product within a composite one.
type part struct {
	sku string
	qty int64
}

// catalogue is what every shop sells, and twenty simple products whose prices
// come from the seed.
func catalogue(seed uint64) map[string]*Product {
	products := []*Product{
		{SKU: "MUG", Name: "Stoneware mug", Type: "simple", price: 99_900, taxClass: taxStandard},
		{SKU: "TEA", Name: "Breakfast tea, 250 g", Type: "simple", price: 63_500, taxClass: taxNone},
		{SKU: "BOOK", Name: "A short history of the kettle", Type: "simple", price: 145_000, taxClass: taxNone},
		{SKU: "SEAT", Name: "Child's car seat", Type: "simple", price: 899_500, taxClass: taxReduced},
		{SKU: "LAMP", Name: "Desk lamp", Type: "simple", price: 343_300, taxClass: taxStandard, levy: 12_500},
		{SKU: "SHIRT-S", Name: "Linen shirt, small", Type: "simple", price: 290_000, taxClass: taxStandard},
		{SKU: "SHIRT-L", Name: "Linen shirt, large", Type: "simple", price: 290_000, taxClass: taxStandard},
		{SKU: "PEN", Name: "Fountain pen", Type: "simple", price: 221_700, taxClass: taxStandard},
		{SKU: "PAD", Name: "Writing pad", Type: "simple", price: 47_900, taxClass: taxStandard},
		{SKU: "ENGRAVING", Name: "Engraving", Type: "virtual", price: 33_300, taxClass: taxStandard},
		{SKU: "EBOOK", Name: "Tea for beginners, e-book", Type: "virtual", price: 74_900, taxClass: taxStandard},
		{SKU: "SHIRT", Name: "Linen shirt", Type: "configurable", price: 290_000, taxClass: taxStandard, parts: []part{{"SHIRT-L", 1}}},
		{SKU: "HAMPER", Name: "Tea hamper", Type: "bundle", dynamic: true, parts: []part{{"MUG", 2}, {"TEA", 3}}},
		{SKU: "DESKSET", Name: "Desk set", Type: "bundle", price: 249_500, taxClass: taxStandard, parts: []part{{"PEN", 1}, {"PAD", 2}}},
	}
	random := rand.New(rand.NewPCG(seed, 0x70726963))
	for i := range 20 {
		products = append(products, &Product{
			SKU: fmt.Sprintf("PART-%02d", i+1), Name: fmt.Sprintf("Spare part no. %d", i+1), Type: "simple",
			price:    amount(100+random.IntN(9_900)) * 100,
			taxClass: []int{taxStandard, taxStandard, taxStandard, taxReduced, taxNone}[random.IntN(5)],
		})
	}
	bySKU := make(map[string]*Product, len(products))
	for i, product := range products {
		product.ID = int64(i + 1)
		bySKU[product.SKU] = product
	}
	return bySKU
}

// Products lists the catalogue by id.
func (s *Shop) Products() []Product {
	products := make([]Product, len(s.catalog))
	for _, product := range s.catalog {
		products[product.ID-1] = *product
	}
	return products
}

// sellable are the products that a customer finds in the shop: all but the
// variants of a configurable one.
func (s *Shop) sellable() []Product {
	return slices.DeleteFunc(s.Products(), func(p Product) bool { return p.SKU == "SHIRT-S" || p.SKU == "SHIRT-L" })
}

// defaultRows are what Magento's installation knows of products and stock before there is any: the
// kinds of links between products, and one stock that sells for the website what lies in one source.
var defaultRows = []struct {
	table string
	row   row
}{
	{"catalog_product_link_type", row{"link_type_id": 1, "code": "relation"}},
	{"catalog_product_link_type", row{"link_type_id": 3, "code": "super"}},
	{"catalog_product_link_type", row{"link_type_id": 4, "code": "up_sell"}},
	{"catalog_product_link_type", row{"link_type_id": 5, "code": "cross_sell"}},
	{"cataloginventory_stock", row{"stock_id": 1, "website_id": 0, "stock_name": "Default"}},
	{"inventory_source", row{"source_code": "default", "name": "Default Source", "country_id": "GB", "postcode": "00000"}},
	{"inventory_stock", row{"stock_id": 1, "name": "Default Stock"}},
	{"inventory_source_stock_link", row{"stock_id": 1, "source_code": "default", "priority": 1}},
	{"inventory_stock_sales_channel", row{"type": "website", "code": "base", "stock_id": 1}},
}

func (s *Shop) seedCatalogue(ctx context.Context) error {
	for _, r := range defaultRows {
		if _, err := s.insert(ctx, s.db, r.table, r.row); err != nil {
			return err
		}
	}
	for _, product := range s.Products() {
		if err := s.seedProduct(ctx, product); err != nil {
			return err
		}
	}
	for _, product := range s.Products() {
		if err := s.seedParts(ctx, product); err != nil {
			return err
		}
	}
	return nil
}

// seedProduct writes what the shop's form writes for one product.
func (s *Shop) seedProduct(ctx context.Context, p Product) error {
	now := s.now()
	rows := []struct {
		table string
		row   row
	}{
		{"catalog_product_entity", row{
			"entity_id": p.ID, "attribute_set_id": 4, "type_id": p.Type, "sku": p.SKU,
			"has_options": len(p.parts) > 0, "created_at": now, "updated_at": now,
		}},
		{"catalog_product_entity_varchar", value(p.ID, 73, p.Name)},
		{"catalog_product_entity_int", value(p.ID, 97, 1)},
		{"catalog_product_entity_int", value(p.ID, 99, 4)},
		{"catalog_product_entity_int", value(p.ID, 136, p.taxClass)},
		{"catalog_product_website", row{"product_id": p.ID, "website_id": 1}},
		{"cataloginventory_stock_item", row{"product_id": p.ID, "stock_id": 1, "qty": 100_000 * one, "is_in_stock": 1}},
	}
	if !p.dynamic {
		rows = append(rows, struct {
			table string
			row   row
		}{"catalog_product_entity_decimal", value(p.ID, 77, p.price)})
	}
	if p.Type == "simple" || p.Type == "virtual" {
		rows = append(rows, struct {
			table string
			row   row
		}{"inventory_source_item", row{"source_code": "default", "sku": p.SKU, "quantity": 100_000 * one, "status": 1}})
	}
	for _, r := range rows {
		if _, err := s.insert(ctx, s.db, r.table, r.row); err != nil {
			return err
		}
	}
	return nil
}

// value is an EAV value in the admin's scope.
func value(entity, attribute int64, v any) row {
	return row{"entity_id": entity, "attribute_id": attribute, "store_id": 0, "value": v}
}

func (s *Shop) seedParts(ctx context.Context, p Product) error {
	for i, part := range p.parts {
		child := s.catalog[part.sku]
		if _, err := s.insert(ctx, s.db, "catalog_product_relation", row{"parent_id": p.ID, "child_id": child.ID}); err != nil {
			return err
		}
		if p.Type == "configurable" {
			if _, err := s.insert(ctx, s.db, "catalog_product_super_link", row{"product_id": child.ID, "parent_id": p.ID}); err != nil {
				return err
			}
			continue
		}
		option, err := s.insert(ctx, s.db, "catalog_product_bundle_option", row{"parent_id": p.ID, "required": 1, "position": i + 1, "type": "select"})
		if err != nil {
			return err
		}
		if _, err := s.insert(ctx, s.db, "catalog_product_bundle_selection", row{
			"option_id": option, "parent_product_id": p.ID, "product_id": child.ID, "selection_qty": amount(part.qty) * one, "is_default": 1,
		}); err != nil {
			return err
		}
	}
	return nil
}
