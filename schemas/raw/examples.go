package raw

import "strings"

// exampleOf is an invented number as it may stand in a column.
func exampleOf(name string) int64 {
	switch {
	case name == "created_in", name == "updated_in":
		return 1769860800
	case strings.HasSuffix(name, "_id"), name == "sequence_value":
		return 7
	}
	return 1
}

// textOf is an invented text as it may stand in a column.
func textOf(name string) string {
	for _, e := range examples {
		if strings.HasSuffix(name, e.end) {
			return e.text
		}
	}
	return "text"
}

// examples are texts by the end of a column's name, the first that fits.
var examples = []struct{ end, text string }{
	{"currency_code", "GBP"}, {"country_id", "GB"}, {"email", "ada@example.test"}, {"firstname", "Ada"}, {"lastname", "Example"},
	{"middlename", "B."}, {"class_name", "Taxable Goods"}, {"class_type", "PRODUCT"}, {"company_name", "Example Ltd"}, {"legal_name", "Example Limited"},
	{"company", "Example Ltd"}, {"increment_id", "000000012"}, {"reserved_order_id", "000000012"}, {"transaction_id", "ch_1"}, {"trans_id", "ch_1"}, {"txn_id", "ch_1"},
	{"txn_type", "capture"}, {"product_type", "simple"}, {"type_id", "simple"}, {"item_type", "product"}, {"address_type", "billing"}, {"backend_type", "varchar"},
	{"sku", "24-MB01"}, {"shipping_method", "flatrate_flatrate"}, {"method", "checkmo"}, {"shipping_description", "Flat Rate - Fixed"}, {"street", "1 Test Street\nFlat 3"},
	{"city", "Leeds"}, {"postcode", "LS1 1AA"}, {"region", "West Yorkshire"}, {"telephone", "0113 496 0000"}, {"taxvat", "GB123456789"}, {"vat_id", "GB123456789"},
	{"vat_tax_id", "GB123456789"}, {"prefix", "Dr"}, {"suffix", "Jr"}, {"coupon_code", "SPRING"}, {"state", "processing"}, {"status", "processing"},
	{"po_number", "PO-17"}, {"attribute_code", "taxvat"}, {"entity_type_code", "customer"}, {"customer_group_code", "Wholesale"}, {"source_code", "default"},
	{"source_model", "Magento\\Eav\\Model\\Entity\\Attribute\\Source\\Boolean"}, {"frontend_input", "text"}, {"path", "general/locale/timezone"}, {"scope", "default"},
	{"code", "default"}, {"title", "VAT 20%"}, {"name", "Blue mug"}, {"reseller_id", "R-1"}, {"comment", "damaged in transit"}, {"type", "select"}, {"value", "Europe/London"},
}
