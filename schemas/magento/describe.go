package magento

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	"github.com/mage2sage/mage2sage/schemas/money"
)

// Describe says what one row of the table is.
func (t Table) Describe() string { return tableWords[t.Name] }

// A ColumnType is what JSON has of a column.
type ColumnType string

// Types of columns. A decimal is a string with the column's scale, such as "12.3400".
const (
	Integer ColumnType = "integer"
	Decimal ColumnType = "decimal"
	Text    ColumnType = "text"
	Time    ColumnType = "time" // or a date, as schemas/change writes it
)

// A Column says what stands in a column of a raw record.
type Column struct {
	Name string
	Type ColumnType
	// Null says that the column may be null.
	Null bool
	// Words are for people: what it holds, and its unit.
	Words string
}

// Describes lists the columns of the table in their order.
func (t Table) Describes() (all []Column) {
	for _, f := range reflect.VisibleFields(t.Row) {
		if f.Anonymous {
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		key := slices.Contains(t.PK, name)
		c := Column{Name: name, Type: t.typeOf(name, f.Type), Null: !key || t.OwnKey, Words: t.wordsOf(name)}
		all = append(all, c)
	}
	return all
}

// typeOf is the type of a column: that of the field that it is decoded into, or of an EAV table
// the one that its name says.
func (t Table) typeOf(name string, field reflect.Type) ColumnType {
	if field.Kind() == reflect.Pointer {
		field = field.Elem()
	}
	switch {
	case field == reflect.TypeFor[json.RawMessage]():
		return valueType(t.Name)
	case field == reflect.TypeFor[money.Amount]():
		return Decimal
	case field.Kind() != reflect.String:
		return Integer
	case slices.Contains([]string{"created_at", "updated_at", "expiration_period"}, name):
		return Time
	}
	return Text
}

// valueType is what an EAV value table holds.
func valueType(table string) ColumnType {
	switch {
	case strings.HasSuffix(table, "_int"):
		return Integer
	case strings.HasSuffix(table, "_decimal"):
		return Decimal
	case strings.HasSuffix(table, "_datetime"):
		return Time
	}
	return Text
}

// wordsOf is what a column holds: in this table, or in all that have it. The only column of a
// primary key is the row's own number where nothing else is said of it.
func (t Table) wordsOf(name string) string {
	if own, ok := ownWords[t.Name+"."+name]; ok {
		return own
	}
	if len(t.PK) == 1 && t.PK[0] == name && name == "entity_id" {
		return "the row's number: of " + firstClause(t.Describe())
	}
	if words, ok := columnWords[name]; ok {
		return words
	}
	if words, ok := columnWords[strings.TrimPrefix(name, "base_")]; ok && strings.HasPrefix(name, "base_") {
		return words + ", in the base currency"
	}
	return ""
}

// firstClause is what stands before the first comma, semicolon or colon.
func firstClause(words string) string {
	if end := strings.IndexAny(words, ",;:"); end > 0 {
		return words[:end]
	}
	return words
}

// tableWords say what one row of a table is.
var tableWords = map[string]string{
	"catalog_eav_attribute":            "what the catalog adds to an attribute",
	"catalog_product_bundle_option":    "a choice that a bundle offers",
	"catalog_product_bundle_selection": "a product that a bundle offers for a choice",
	"catalog_product_entity":           "a product, or where changes are staged a version of one",
	"catalog_product_entity_datetime":  "a time of a product, of those attributes that books need or that were asked for",
	"catalog_product_entity_decimal":   "a decimal of a product, of those attributes that books need or that were asked for",
	"catalog_product_entity_int":       "a whole number of a product, of those attributes that books need or that were asked for",
	"catalog_product_entity_text":      "a long text of a product, of those attributes that books need or that were asked for",
	"catalog_product_entity_varchar":   "a short text of a product, of those attributes that books need or that were asked for",
	"catalog_product_link":             "a product that is part of a grouped one",
	"catalog_product_super_attribute":  "an attribute by which the variants of a configurable product differ",
	"catalog_product_super_link":       "a variant of a configurable product",
	"catalog_product_website":          "a website where a product is sold",
	"cataloginventory_stock_item":      "the stock of a product without Multi-Source Inventory, and with it a copy of the default source's",
	"company":                          "a company of Adobe Commerce's B2B modules",
	"company_advanced_customer_entity": "for which company a customer buys",
	"company_order_entity":             "for which company an order was placed, under its name of that time",
	"core_config_data":                 "a setting of the shop, of those paths that books need; where a path has no row, Magento's built-in default applies",
	"customer_address_entity":          "an entry of a customer's address book",
	"customer_address_entity_datetime": "a time of an address, of those attributes that were asked for",
	"customer_address_entity_decimal":  "a decimal of an address, of those attributes that were asked for",
	"customer_address_entity_int":      "a whole number of an address, of those attributes that were asked for",
	"customer_address_entity_text":     "a long text of an address, of those attributes that were asked for",
	"customer_address_entity_varchar":  "a short text of an address, of those attributes that were asked for",
	"customer_entity":                  "a registered customer, without password, birthday and gender",
	"customer_entity_datetime":         "a time of a customer, of those attributes that were asked for",
	"customer_entity_decimal":          "a decimal of a customer, of those attributes that were asked for",
	"customer_entity_int":              "a whole number of a customer, of those attributes that were asked for",
	"customer_entity_text":             "a long text of a customer, of those attributes that were asked for",
	"customer_entity_varchar":          "a short text of a customer, of those attributes that were asked for",
	"customer_group":                   "a group of customers; 0 is visitors who are not logged in",
	"eav_attribute":                    "an attribute of customers, addresses or products",
	"eav_attribute_option":             "an option of an attribute that is chosen from a list",
	"eav_attribute_option_value":       "the label of an option, for all store views or for one",
	"eav_entity_type":                  "a kind of things that have attributes, such as customers",
	"inventory_reservation":            "what was ordered and is not shipped, or the other way round; it is added and never changed",
	"inventory_source":                 "a place where goods lie, without its address",
	"inventory_source_item":            "what lies in a source of one SKU",
	"inventory_source_stock_link":      "a source that belongs to a stock",
	"inventory_stock":                  "sources that serve the same websites",
	"inventory_stock_sales_channel":    "where a stock is sold",
	"negotiable_quote":                 "a cart whose price is negotiated, of Adobe Commerce's B2B modules",
	"quote":                            "a cart whose price is negotiated, without who the buyer is",
	"quote_address":                    "the taxes and the shipping of such a cart, without the address",
	"quote_item":                       "a line of such a cart",
	"sales_creditmemo":                 "a credit memo; amounts are in the order's currency, those that begin with base_ in the base currency",
	"sales_creditmemo_comment":         "what a person wrote on a credit memo",
	"sales_creditmemo_item":            "a line of a credit memo; one without row_total has no amounts of its own",
	"sales_invoice":                    "an invoice; amounts are in the order's currency, those that begin with base_ in the base currency",
	"sales_invoice_item":               "a line of an invoice; one without row_total has no amounts of its own",
	"sales_order":                      "an order; amounts are in the order's currency, those that begin with base_ in the base currency of its website",
	"sales_order_address":              "an address of an order, as the buyer gave it",
	"sales_order_item":                 "a line of an order; what a bundle or a configurable product consists of are lines of their own",
	"sales_order_payment":              "how an order is paid, without anything of cards",
	"sales_order_tax":                  "what one tax code and percent took of an order; it is committed after the order",
	"sales_order_tax_item":             "what one rate took of one line, of shipping or of a fixed product tax",
	"sales_payment_transaction":        "a transaction with a payment gateway, without what the gateway said",
	"sequence_product":                 "the number of a product on Adobe Commerce, of which versions are kept",
	"store":                            "a store view: what a buyer sees, in one language",
	"store_group":                      "a store of a website, with the store view that it shows first",
	"store_website":                    "a website of the shop; 0 is the admin's",
	"tax_class":                        "a tax class of products or customers",
}

// ownWords say what a column holds that holds something else than in other tables.
var ownWords = map[string]string{
	"catalog_product_bundle_option.parent_id":     "the bundle, by its number, or its version's row_id where changes are staged",
	"catalog_product_bundle_option.type":          "how the buyer chooses: select, radio, checkbox or multi",
	"catalog_product_bundle_selection.product_id": "the product that is offered, by its number",
	"catalog_product_entity.entity_id":            "the product's number; versions of one product have the same",
	"catalog_product_link.product_id":             "the grouped product, by its number, or its version's row_id where changes are staged",
	"catalog_product_super_attribute.product_id":  "the configurable product, by its number, or its version's row_id where changes are staged",
	"catalog_product_super_link.parent_id":        "the configurable product, by its number, or its version's row_id where changes are staged",
	"catalog_product_super_link.product_id":       "the variant, by the product's number",
	"company.status":                              "0 pending, 1 approved, 2 rejected, 3 blocked",
	"company_advanced_customer_entity.status":     "1 where the customer may buy for the company",
	"customer_address_entity.parent_id":           "the customer, by number",
	"customer_entity.group_id":                    "the group of customers, by its number",
	"inventory_source_item.status":                "1 where it can be sold",
	"inventory_stock_sales_channel.code":          "the website, by its code",
	"inventory_stock_sales_channel.type":          "website",
	"negotiable_quote.status":                     "created, processing_by_admin, submitted_by_admin, processing_by_customer, submitted_by_customer, draft_by_admin, ordered, expired, declined or closed",
	"quote_item.price":                            "the price of one piece, in the base currency",
	"quote_item.qty":                              "how many pieces, of one parent where it has one",
	"sales_creditmemo.state":                      "1 open, 2 refunded, 3 cancelled",
	"sales_creditmemo.transaction_id":             "the gateway's id of the refund",
	"sales_creditmemo_comment.parent_id":          "the credit memo, by its number",
	"sales_creditmemo_item.parent_id":             "the credit memo, by its number",
	"sales_invoice.state":                         "1 open, 2 paid, 3 cancelled",
	"sales_invoice.transaction_id":                "the gateway's id of the capture",
	"sales_invoice_item.parent_id":                "the invoice, by its number",
	"sales_order.quote_id":                        "the cart, or the estimate, that was ordered, by its number",
	"sales_order.state":                           "new, pending_payment, processing, complete, closed, canceled, holded or payment_review",
	"sales_order.status":                          "the shop's own word for the state",
	"sales_order_address.parent_id":               "the order, by its number",
	"sales_order_payment.parent_id":               "the order, by its number",
	"sales_order_tax_item.item_id":                "the line of the order; null for shipping and fixed product taxes",
	"sales_payment_transaction.parent_id":         "the transaction that it follows, by its number",
	"store_group.group_id":                        "the store's number",
}
