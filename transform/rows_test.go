package transform

import (
	"fmt"

	"github.com/mage2sage/mage2sage/schemas/change"
)

// Rows of a small shop: an order of one line with shipping, at 20 % VAT.

func orderRoot(id int) change.Root    { return change.NewRoot("order", uint64(id)) }
func customerRoot(id int) change.Root { return change.NewRoot("customer", uint64(id)) }

func orderRow(id int, more columns) rowChange {
	c := columns{
		"entity_id": id, "state": "processing", "store_id": 1, "customer_is_guest": 1, "customer_email": fmt.Sprintf("o%d@example.com", id),
		"increment_id": fmt.Sprintf("%09d", id), "base_currency_code": "GBP", "order_currency_code": "GBP", "base_to_order_rate": "1.0000",
		"grand_total": "18.0000", "base_grand_total": "18.0000", "subtotal": "10.0000", "tax_amount": "3.0000", "base_tax_amount": "3.0000",
		"shipping_description": "Flat Rate", "shipping_amount": "5.0000", "shipping_tax_amount": "1.0000",
		"created_at": "2026-01-02T03:04:05Z", "updated_at": "2026-01-02T03:04:05Z",
	}
	for k, v := range more {
		c[k] = v
	}
	return rowChange{"sales_order", orderRoot(id), fmt.Sprintf(`{"entity_id":%d}`, id), c}
}

func orderItemRow(id int) rowChange {
	return rowChange{"sales_order_item", orderRoot(id), fmt.Sprintf(`{"item_id":%d}`, id*10), columns{
		"item_id": id * 10, "order_id": id, "product_id": 5, "product_type": "simple", "sku": "TEE", "name": "Tee", "tax_percent": "20.0000",
		"tax_amount": "2.0000", "row_total": "10.0000", "qty_ordered": "1.0000",
	}}
}

func billingRow(id int) rowChange {
	return rowChange{"sales_order_address", orderRoot(id), fmt.Sprintf(`{"entity_id":%d}`, id*10), columns{
		"entity_id": id * 10, "parent_id": id, "address_type": "billing", "firstname": "Ada", "lastname": "Byron", "street": "1 High St\n",
		"city": "Leeds", "postcode": "LS1", "country_id": "GB", "telephone": "0113", "company": "Engines Ltd",
	}}
}

func paymentRow(id int) rowChange {
	return rowChange{"sales_order_payment", orderRoot(id), fmt.Sprintf(`{"entity_id":%d}`, id), columns{"entity_id": id, "parent_id": id, "method": "checkmo"}}
}

func transactionRow(id int, capture string) rowChange {
	return rowChange{"sales_payment_transaction", orderRoot(id), fmt.Sprintf(`{"transaction_id":%d}`, id), columns{
		"transaction_id": id, "order_id": id, "payment_id": id, "txn_id": capture, "txn_type": "capture", "is_closed": 0, "created_at": "2026-01-02T03:04:07Z",
	}}
}

func orderRows(id int) []rowChange {
	return []rowChange{orderRow(id, nil), orderItemRow(id), billingRow(id), paymentRow(id)}
}

func invoiceRow(id, state int, more columns) rowChange {
	c := columns{
		"entity_id": id, "order_id": id, "store_id": 1, "state": state, "increment_id": fmt.Sprintf("%09d", id),
		"order_currency_code": "GBP", "base_currency_code": "GBP", "base_to_order_rate": "1.0000",
		"grand_total": "18.0000", "base_grand_total": "18.0000", "subtotal": "10.0000", "tax_amount": "3.0000", "base_tax_amount": "3.0000",
		"discount_amount": "0.0000", "shipping_amount": "5.0000", "shipping_tax_amount": "1.0000",
		"created_at": "2026-01-02T03:04:05Z", "updated_at": "2026-01-02T03:04:05Z",
	}
	for k, v := range more {
		c[k] = v
	}
	return rowChange{"sales_invoice", orderRoot(id), fmt.Sprintf(`{"entity_id":%d}`, id), c}
}

func invoiceItemRow(id int) rowChange {
	return rowChange{"sales_invoice_item", orderRoot(id), fmt.Sprintf(`{"entity_id":%d}`, id), columns{
		"entity_id": id, "parent_id": id, "order_item_id": id * 10, "product_id": 5, "sku": "TEE", "name": "Tee", "qty": "1.0000", "price": "10.0000",
		"row_total": "10.0000", "tax_amount": "2.0000", "discount_amount": nil,
	}}
}

func invoiceRows(id, state int) []rowChange {
	return []rowChange{invoiceRow(id, state, nil), invoiceItemRow(id)}
}

func memoRows(id int) []rowChange {
	root := orderRoot(id)
	return []rowChange{
		{"sales_creditmemo", root, fmt.Sprintf(`{"entity_id":%d}`, id), columns{
			"entity_id": id, "order_id": id, "invoice_id": id, "store_id": 1, "state": 2, "increment_id": fmt.Sprintf("%09d", id),
			"order_currency_code": "GBP", "base_currency_code": "GBP", "base_to_order_rate": "1.0000",
			"grand_total": "12.0000", "subtotal": "10.0000", "tax_amount": "2.0000", "created_at": "2026-01-03T03:04:05Z",
		}},
		{"sales_creditmemo_item", root, fmt.Sprintf(`{"entity_id":%d}`, id), columns{
			"entity_id": id, "parent_id": id, "order_item_id": id * 10, "sku": "TEE", "name": "Tee", "qty": "1.0000", "price": "10.0000",
			"row_total": "10.0000", "tax_amount": "2.0000",
		}},
	}
}

func taxRows(id int) []rowChange {
	root := orderRoot(id)
	return []rowChange{
		{"sales_order_tax", root, fmt.Sprintf(`{"tax_id":%d}`, id), columns{"tax_id": id, "order_id": id, "code": "VAT", "title": "VAT", "percent": "20.0000"}},
		{"sales_order_tax_item", root, fmt.Sprintf(`{"tax_item_id":%d}`, id*2), columns{
			"tax_item_id": id * 2, "tax_id": id, "item_id": id * 10, "tax_percent": "20.0000", "real_amount": "2.0000", "taxable_item_type": "product"}},
		{"sales_order_tax_item", root, fmt.Sprintf(`{"tax_item_id":%d}`, id*2+1), columns{
			"tax_item_id": id*2 + 1, "tax_id": id, "item_id": nil, "tax_percent": "20.0000", "real_amount": "1.0000", "taxable_item_type": "shipping"}},
	}
}

func customerRow(id int, more columns) rowChange {
	c := columns{
		"entity_id": id, "website_id": 1, "email": fmt.Sprintf("c%d@example.com", id), "group_id": 1, "store_id": 1, "is_active": 1,
		"firstname": "Ada", "lastname": "Byron", "default_billing": id, "default_shipping": id, "created_at": "2026-01-02T03:04:05Z",
	}
	for k, v := range more {
		c[k] = v
	}
	return rowChange{"customer_entity", customerRoot(id), fmt.Sprintf(`{"entity_id":%d}`, id), c}
}

func customerAddressRow(id int) rowChange {
	return rowChange{"customer_address_entity", customerRoot(id), fmt.Sprintf(`{"entity_id":%d}`, id), columns{
		"entity_id": id, "parent_id": id, "street": "1 High St", "city": "Leeds", "country_id": "GB", "company": "Engines Ltd", "vat_id": "GB1", "telephone": "0113",
	}}
}

func referenceRows(groupCode string) []rowChange {
	return []rowChange{
		{"store_website", "", `{"website_id":1}`, columns{"website_id": 1, "code": "base", "name": "Main"}},
		{"store", "", `{"store_id":1}`, columns{"store_id": 1, "code": "en", "website_id": 1, "group_id": 1, "name": "English"}},
		{"customer_group", "", `{"customer_group_id":1}`, columns{"customer_group_id": 1, "customer_group_code": groupCode}},
		{"core_config_data", "", `{"config_id":1}`, columns{"config_id": 1, "scope": "websites", "scope_id": 1, "path": "general/locale/timezone", "value": "Europe/London"}},
	}
}

// gone deletes a row.
func gone(c rowChange) rowChange {
	c.columns = nil
	return c
}
