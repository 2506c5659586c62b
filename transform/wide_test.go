package transform

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// Rows at the width at which capture writes them: all columns of the allow-list, the image before
// beside the one after, and where in the log they stood. An order has three lines, is placed in
// one transaction, gets its invoice in a second, and is touched once more when the mail is sent.

// A wideChange is a row with the one before, which is nil where the row is new.
type wideChange struct {
	table         string
	root          change.Root
	pk            string
	before, after any
}

const wideLines = 3

func amount(s string) money.Amount { return money.MustParse(s) }

// wideOrder is an order of three mugs at 10.00 with shipping at 5.00, and 20 % on both.
func wideOrder(id int, state string) magento.Order {
	n, store, group := uint64(id), 1, 1
	o := magento.Order{
		EntityID: n, State: state, Status: state, StoreID: &store, QuoteID: &n, CustomerID: &n, CustomerGroupID: &group,
		CustomerEmail: fmt.Sprintf("ada.example.%d@example.test", id), CustomerFirstName: "Ada", CustomerLastName: "Example",
		IncrementID: fmt.Sprintf("%09d", id), BaseCurrency: "GBP", OrderCurrency: "GBP", GlobalCurrency: "GBP",
		BaseToOrderRate: amount("1.0000"), BaseToGlobalRate: amount("1.0000"), GrandTotal: amount("42.0000"), BaseGrandTotal: amount("42.0000"),
		Subtotal: amount("30.0000"), TaxAmount: amount("7.0000"), BaseTaxAmount: amount("7.0000"), ShippingAmount: amount("5.0000"), ShippingTaxAmount: amount("1.0000"),
		ShippingMethod: "flatrate_flatrate", ShippingDescription: "Flat Rate - Fixed", TotalDue: amount("42.0000"),
		CreatedAt: "2026-01-02T03:04:05Z", UpdatedAt: "2026-01-02T03:04:05Z",
	}
	billing, shipping := n*2, n*2+1
	o.BillingAddressID, o.ShippingAddressID = &billing, &shipping
	if state != "new" {
		o.TotalInvoiced, o.TotalPaid, o.TotalDue, o.UpdatedAt = amount("42.0000"), amount("42.0000"), amount("0.0000"), "2026-01-02T03:09:11Z"
	}
	return o
}

func wideItem(id, line int, invoiced string) magento.OrderItem {
	product, store := uint64(line+1), 1
	return magento.OrderItem{
		ItemID: uint64(id*10 + line), OrderID: uint64(id), StoreID: &store, ProductID: &product, ProductType: "simple", SKU: fmt.Sprintf("24-MUG-%02d-BLUE", line),
		Name: "A blue mug with a name of usual length", QtyOrdered: amount("1.0000"), QtyInvoiced: amount(invoiced), Price: amount("10.0000"), OriginalPrice: amount("10.0000"),
		TaxPercent: amount("20.0000"), TaxAmount: amount("2.0000"), RowTotal: amount("10.0000"),
	}
}

func wideAddress(id int, kind string, number uint64) magento.OrderAddress {
	a := magento.OrderAddress{AddressType: kind, Email: fmt.Sprintf("ada.example.%d@example.test", id)}
	a.EntityID, a.ParentID, a.FirstName, a.LastName = number, uint64(id), "Ada", "Example"
	a.Street, a.City, a.Region, a.Postcode, a.CountryID, a.Telephone = "1 Example Street\nFlat 3", "Leeds", "West Yorkshire", "LS1 1AA", "GB", "0113 496 0000"
	return a
}

func widePayment(id int, paid string) magento.OrderPayment {
	return magento.OrderPayment{EntityID: uint64(id), ParentID: uint64(id), Method: "checkmo", AmountOrdered: amount("42.0000"), AmountPaid: amount(paid)}
}

func wideInvoice(id int, updated string) magento.Invoice {
	store, billing, shipping := 1, uint64(id*2), uint64(id*2+1)
	return magento.Invoice{DocumentHeader: magento.DocumentHeader{
		EntityID: uint64(id), StoreID: &store, OrderID: uint64(id), State: magento.InvoicePaid, IncrementID: fmt.Sprintf("%09d", id),
		OrderCurrency: "GBP", BaseCurrency: "GBP", GlobalCurrency: "GBP", BaseToOrderRate: amount("1.0000"), BaseToGlobalRate: amount("1.0000"),
		GrandTotal: amount("42.0000"), BaseGrandTotal: amount("42.0000"), Subtotal: amount("30.0000"), TaxAmount: amount("7.0000"), BaseTaxAmount: amount("7.0000"),
		ShippingAmount: amount("5.0000"), ShippingTaxAmount: amount("1.0000"), BillingAddressID: &billing, ShippingAddressID: &shipping,
		CreatedAt: "2026-01-02T03:09:11Z", UpdatedAt: updated,
	}}
}

func wideInvoiceItem(id, line int) magento.DocumentItem {
	product, total := uint64(line+1), amount("10.0000")
	return magento.DocumentItem{
		EntityID: uint64(id*10 + line), ParentID: uint64(id), OrderItemID: uint64(id*10 + line), ProductID: &product, SKU: fmt.Sprintf("24-MUG-%02d-BLUE", line),
		Name: "A blue mug with a name of usual length", Qty: amount("1.0000"), Price: amount("10.0000"), RowTotal: &total, TaxAmount: amount("2.0000"),
	}
}

// wideTransactions are all changes of one order, a list for each transaction.
func wideTransactions(id int) [][]wideChange {
	return [][]wideChange{widePlaced(id), wideInvoiced(id), wideMailed(id)}
}

func widePlaced(id int) []wideChange {
	root := orderRoot(id)
	all := []wideChange{{"sales_order", root, key("entity_id", id), nil, wideOrder(id, "new")}}
	for line := range wideLines {
		all = append(all, wideChange{"sales_order_item", root, key("item_id", id*10+line), nil, wideItem(id, line, "0.0000")})
	}
	all = append(all,
		wideChange{"sales_order_address", root, key("entity_id", id*2), nil, wideAddress(id, "billing", uint64(id*2))},
		wideChange{"sales_order_address", root, key("entity_id", id*2+1), nil, wideAddress(id, "shipping", uint64(id*2+1))},
		wideChange{"sales_order_payment", root, key("entity_id", id), nil, widePayment(id, "0.0000")},
		wideChange{"sales_order", root, key("entity_id", id), wideOrder(id, "new"), wideOrder(id, "new")},
		wideChange{"sales_order_tax", root, key("tax_id", id), nil, magento.OrderTax{TaxID: uint64(id), OrderID: uint64(id), Code: "GB-STANDARD", Title: "VAT 20%", Percent: amount("20.0000"), Amount: amount("7.0000"), BaseAmount: amount("7.0000")}},
		wideTax(id, wideLines, "shipping", "1.0000"))
	for line := range wideLines {
		all = append(all, wideTax(id, line, "product", "2.0000"))
	}
	return all
}

func wideTax(id, line int, kind, taken string) wideChange {
	t := magento.OrderTaxItem{TaxItemID: uint64(id*10 + line), TaxID: uint64(id), TaxableItemType: kind, TaxPercent: amount("20.0000"), Amount: amount(taken), RealAmount: amount(taken)}
	if item := uint64(id*10 + line); kind == "product" {
		t.ItemID = &item
	}
	return wideChange{"sales_order_tax_item", orderRoot(id), key("tax_item_id", id*10+line), nil, t}
}

func wideInvoiced(id int) []wideChange {
	root := orderRoot(id)
	all := []wideChange{{"sales_invoice", root, key("entity_id", id), nil, wideInvoice(id, "2026-01-02T03:09:11Z")}}
	for line := range wideLines {
		all = append(all,
			wideChange{"sales_invoice_item", root, key("entity_id", id*10+line), nil, wideInvoiceItem(id, line)},
			wideChange{"sales_order_item", root, key("item_id", id*10+line), wideItem(id, line, "0.0000"), wideItem(id, line, "1.0000")})
	}
	return append(all,
		wideChange{"sales_order_payment", root, key("entity_id", id), widePayment(id, "0.0000"), widePayment(id, "42.0000")},
		wideChange{"sales_order", root, key("entity_id", id), wideOrder(id, "new"), wideOrder(id, "processing")})
}

func wideMailed(id int) []wideChange {
	root := orderRoot(id)
	return []wideChange{
		{"sales_invoice", root, key("entity_id", id), wideInvoice(id, "2026-01-02T03:09:11Z"), wideInvoice(id, "2026-01-02T03:09:12Z")},
		{"sales_order", root, key("entity_id", id), wideOrder(id, "processing"), wideOrder(id, "processing")},
	}
}

func key(column string, id int) string { return fmt.Sprintf(`{%q:%d}`, column, id) }

// wideRecord is a change as capture writes it; place is where it stands in its transaction.
func wideRecord(v change.Version, c wideChange, place int) topic.Record {
	op := change.Create
	if c.before != nil {
		op = change.Update
	}
	value, _ := json.Marshal(change.Envelope{
		Before: wideImage(c.before), After: wideImage(c.after), Op: op, TSMS: 1_700_000_000_321 + int64(v.Sequence)*1000,
		Source: change.Source{Name: "shop", DB: "magento", Table: c.table, ServerID: 1, GTID: "0-1-" + fmt.Sprint(v.Sequence), File: "binlog.000042",
			Pos: 1_234_567 + v.Sequence, Row: place, TSMS: 1_700_000_000_000 + int64(v.Sequence)*1000, Snapshot: "false"},
		Transaction: &change.Transaction{ID: "0-1-" + fmt.Sprint(v.Sequence), TotalOrder: place + 1},
	})
	return topic.Record{Key: fmt.Appendf(nil, `{"table":%q,"pk":%s}`, c.table, c.pk), Value: value,
		Headers: []topic.Header{{Key: change.HeaderVersion, Value: []byte(v.String())}, {Key: change.HeaderRoot, Value: []byte(c.root)}}}
}

// wideImage is a row's JSON, with nothing where a column has none, and four digits in each amount.
func wideImage(row any) json.RawMessage {
	image, _ := json.Marshal(row)
	image = bytes.ReplaceAll(image, []byte(`:""`), []byte(`:null`))
	return bytes.ReplaceAll(image, []byte(`:"0"`), []byte(`:"0.0000"`))
}
