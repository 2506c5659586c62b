package randomshop_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/testenv/randomshop"
)

// some are the changes of many shops, always the same ones.
func some() (all []randomshop.Change) {
	shops := rapid.Custom(func(t *rapid.T) randomshop.History { return randomshop.Draw(t, 1, 3) })
	for seed := range 150 {
		for _, order := range shops.Example(seed).Orders {
			all = append(all, slices.Concat(order...)...)
		}
	}
	masters := rapid.Custom(func(t *rapid.T) randomshop.History { return randomshop.DrawMasters(t, 1, 3) })
	for seed := range 150 {
		h := masters.Example(seed)
		all = append(all, h.Reference...)
		for _, m := range h.Masters {
			all = append(all, slices.Concat(m.Transactions...)...)
		}
	}
	return all
}

func TestRowsHaveOnlyColumnsThatAreCaptured(t *testing.T) {
	for _, c := range some() {
		table, _ := magento.ByName(c.Table)
		for name := range c.Columns {
			if !slices.Contains(table.Columns, name) {
				t.Fatalf("a row of %s has a column %s, which is not captured", c.Table, name)
			}
		}
	}
}

// TestEverythingThatAShopMayHaveIsDrawn holds that the tests that use these shops try what
// they say that they try.
func TestEverythingThatAShopMayHaveIsDrawn(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range some() {
		seen[c.Table] = true
		seen[c.Table+" is deleted"] = seen[c.Table+" is deleted"] || c.Columns == nil
		if kind, is := c.Columns["product_type"].(string); is {
			seen[kind] = true
		}
		if kind, is := c.Columns["type_id"].(string); is {
			seen["product of the type "+kind] = true
		}
		if value, has := c.Columns["value"]; has && value == nil && c.Columns["store_id"] != 0 {
			seen["a store without a value"] = true
		}
		if code, is := c.Columns["order_currency_code"].(string); is {
			seen[code] = true
		}
		for name, value := range c.Columns {
			if text, is := value.(string); is && text != "0.0000" {
				seen[c.Table+"."+name] = true
			}
		}
	}
	for _, want := range []string{
		"simple", "virtual", "downloadable", "giftcard", "grouped", "configurable", "bundle", "GBP", "EUR", "JPY",
		"sales_payment_transaction", "sales_order is deleted", "sales_invoice is deleted", "sales_creditmemo is deleted",
		"sales_order_item.weee_tax_applied_row_amount", "sales_order_item.qty_canceled", "sales_order.shipping_discount_amount",
		"sales_order.shipping_discount_tax_compensation_amount", "sales_order.gw_items_tax_amount", "sales_order.customer_balance_amount",
		"sales_invoice.discount_tax_compensation_amount", "sales_invoice.gift_cards_amount", "sales_invoice_item.weee_tax_applied_row_amount",
		"sales_creditmemo.adjustment_positive", "sales_creditmemo.adjustment_negative", "sales_creditmemo.shipping_tax_amount",
		"sales_creditmemo.reward_currency_amount", "sales_creditmemo_item.discount_tax_compensation_amount",
		"product of the type simple", "product of the type virtual", "product of the type downloadable", "product of the type giftcard",
		"product of the type configurable", "product of the type bundle", "product of the type grouped", "a store without a value",
		"catalog_product_entity is deleted", "catalog_product_website is deleted", "catalog_product_entity_varchar is deleted",
		"catalog_product_super_link is deleted", "catalog_product_bundle_selection is deleted", "catalog_product_link is deleted",
		"inventory_source_item is deleted", "inventory_reservation is deleted", "customer_entity is deleted", "customer_address_entity is deleted",
		"company_advanced_customer_entity", "company is deleted", "negotiable_quote", "quote is deleted", "quote_item is deleted", "quote_address.shipping_tax_amount",
	} {
		if !seen[want] {
			t.Errorf("no shop has %s", want)
		}
	}
}
