package wire

import (
	"github.com/mage2sage/mage2sage/testenv/sagesim/books"
	"github.com/mage2sage/mage2sage/testenv/sagesim/chart"
	"github.com/mage2sage/mage2sage/testenv/sagesim/decimal"
)

// ItemPaths are the collections in which items of a kind stand. Stock items are among the
// products, too, under the same ids.
var ItemPaths = map[books.ItemKind]string{books.Product: "products", books.Service: "services", books.StockItem: "stock_items"}

// Item is the full form of an item of a business in one of its collections.
func Item(resource string, b *books.Business, i *books.Item) Object {
	o := record(resource, i.Title(), i.Record)
	o["item_code"], o["description"], o["notes"] = text(i.Code), i.Description, text(i.Notes)
	o["sales_ledger_account"], o["purchase_ledger_account"] = Account(i.SalesAccount), Account(i.PurchaseAccount)
	o["sales_tax_rate"], o["purchase_tax_rate"] = rate(i.SalesTaxRate), rate(i.PurchaseTaxRate)
	o["purchase_description"], o["source_guid"], o["cost_price"] = text(i.PurchaseDescription), text(i.SourceGUID), i.CostPrice
	o["usual_supplier"], o["active"] = Ref("contacts", i.Supplier, ""), i.IsActive()
	o["deletable"], o["deactivatable"], o["used_on_recurring_invoice"] = i.Deletable(), i.IsActive(), false
	if i.Kind == books.Service {
		o["sales_rates"] = prices(b.RateTypes.All(), i.Rates, "service_rate_type", "rate")
		return o
	}
	o["sales_prices"] = prices(b.PriceTypes.All(), i.Prices, "product_sales_price_type", "price")
	o["catalog_item_type"] = named("catalog_item_types", chart.ItemTypes, string(i.Kind))
	if i.Kind == books.StockItem && resource == "stock_items" {
		stock(o, i)
	}
	return o
}

func rate(id string) any {
	r, _ := chart.FindTaxRate(id)
	return Rate(r)
}

// prices shows one price for each type that the business has; 0 for one that nobody has set.
func prices(types []*books.PriceType, given []books.Price, typeName, name string) []Object {
	out := []Object{}
	for _, kind := range types {
		if kind.Gone() {
			continue
		}
		shown := Object{"id": chart.ID("price", kind.ID), "displayed_as": kind.Name, name + "_name": kind.Name, name: decimal.Number{}, name + "_includes_tax": false}
		shown[typeName] = Ref(typeName+"s", kind.ID, kind.Name)
		for _, p := range given {
			if p.PriceType == kind.ID || p.RateType == kind.ID {
				shown[name], shown[name+"_includes_tax"] = p.Price.Add(p.Rate), p.PriceIncludes || p.RateIncludes
			}
		}
		out = append(out, shown)
	}
	return out
}

func stock(o Object, i *books.Item) {
	s := i.Stock
	o["quantity_in_stock"], o["reorder_level"], o["reorder_quantity"] = s.Quantity, i.ReorderLevel, i.ReorderQuantity
	o["last_cost_price"], o["last_cost_price_stock_value"] = s.LastCost, s.LastCost.Mul(s.Quantity).Round(2)
	o["average_cost_price"], o["average_cost_price_stock_value"] = s.Average(), s.Average().Mul(s.Quantity).Round(2)
	o["cost_price_last_updated"] = nil
	if s.Updated != "" {
		o["cost_price_last_updated"] = midnight(s.Updated)
	}
	o["location"], o["barcode"], o["supplier_part_number"] = text(i.Location), text(i.Barcode), text(i.SupplierPart)
	o["weight"], o["measurement_unit"], o["weight_converted"] = i.Weight, text(i.Unit), i.Weight
}

// PriceType is the full form of a price or rate type.
func PriceType(resource string, t *books.PriceType) Object {
	o := record(resource, t.Name, t.Record)
	o["name"], o["active"] = t.Name, t.Active
	delete(o, "deleted_at")
	delete(o, "links")
	return o
}

// midnight is how Sage writes some dates.
func midnight(date string) string { return date + "T00:00:00.000Z" }

// Movement is the full form of a stock movement.
func Movement(m *books.Movement, i *books.Item) Object {
	o := record("stock_movements", m.Details, m.Record)
	delete(o, "deleted_at")
	o["stock_item"], o["date"], o["quantity"] = Ref("stock_items", i.ID, i.Title()), midnight(m.Date), m.Quantity
	o["cost_price"], o["details"], o["reference"], o["movement_number"] = m.Cost, m.Details, text(m.Reference), text(m.Number)
	return o
}
