package wire

// The fields of invoices, credit notes, payments and allocations. Amounts that
// Sage works out by itself may be sent, and are ignored.
var (
	lineFields = with(
		each(limited(0), "product_id", "service_id", "eu_goods_services_type_id", "eu_sales_description_id"),
		each(of(decimalKind), "net_amount", "tax_amount", "total_amount", "discount_amount", "discount_percentage",
			"base_currency_unit_price", "base_currency_net_amount", "base_currency_tax_amount",
			"base_currency_total_amount", "base_currency_discount_amount"),
		each(of(booleanKind), "trade_of_asset", "unit_price_includes_tax"),
		each(needed(limited(0)), "description", "ledger_account_id", "tax_rate_id"),
		each(needed(of(decimalKind)), "unit_price", "quantity"),
		shape{"analysis_type_categories": of(textsKind)},
	)
	analysisFields = with(
		each(of(decimalKind), "net_amount", "tax_amount", "total_amount", "goods_amount", "service_amount"),
		shape{"tax_rate_id": limited(0)},
	)
	lines          = field{kind: objectsKind, required: true, fields: lineFields, source: "line_items"}
	documentFields = with(
		each(of(booleanKind), "vat_reverse_charge", "destination_consignment", "sent"),
		each(limited(255), "contact_name", "contact_reference"),
		each(limited(0), "shipping_tax_rate_id", "currency_id", "status_id", "tax_address_region_id"),
		each(of(decimalKind), "cis_applicable_amount", "base_currency_cis_applicable_amount", "total_after_cis_deduction",
			"base_currency_total_after_cis_deduction", "shipping_net_amount", "shipping_tax_amount", "shipping_total_amount",
			"net_amount", "tax_amount", "total_amount", "exchange_rate", "inverse_exchange_rate",
			"base_currency_shipping_net_amount", "base_currency_shipping_tax_amount", "base_currency_shipping_total_amount",
			"total_quantity", "total_discount_amount", "base_currency_total_discount_amount", "base_currency_net_amount",
			"base_currency_tax_amount", "base_currency_total_amount", "withholding_tax_rate", "withholding_tax_amount",
			"base_currency_withholding_tax_amount"),
		shape{
			"contact_id":       needed(limited(0)),
			"date":             needed(of(dateKind)),
			"reference":        limited(25),
			"notes":            limited(2000),
			"main_address":     {kind: objectKind, fields: documentAddressFields},
			"delivery_address": {kind: objectKind, fields: documentAddressFields},
			"tax_analysis":     {kind: objectsKind, fields: analysisFields},
		},
	)
	invoiceFields = with(documentFields, shape{
		"invoice_number_prefix":      limited(6),
		"invoice_number":             limited(0),
		"due_date":                   of(dateKind),
		"terms_and_conditions":       limited(2000),
		"original_quote_estimate_id": limited(0),
		"delivery_performance_date":  limited(40),
		"invoice_lines":              lines,
	})
	creditNoteFields = with(documentFields, shape{
		"credit_note_number_prefix": limited(6),
		"credit_note_number":        limited(0),
		"original_invoice_date":     of(dateKind),
		"terms_and_conditions":      limited(65535),
		"credit_note_lines":         lines,
	})
	offerFields = with(documentFields, shape{
		"expiry_date":          needed(of(dateKind)),
		"terms_and_conditions": limited(2000),
		"invoice_id":           limited(0),
	})
	estimateFields = with(offerFields, shape{"estimate_number_prefix": limited(6), "estimate_number": limited(0), "estimate_lines": lines})
	quoteFields    = with(offerFields, shape{"quote_number_prefix": limited(6), "quote_number": limited(0), "quote_lines": lines})
	artefactFields = shape{"artefact_id": needed(limited(0)), "amount": needed(of(decimalKind)), "discount": of(decimalKind)}
	paymentFields  = with(
		each(needed(limited(0)), "transaction_type_id", "contact_id", "bank_account_id"),
		each(limited(0), "payment_method_id", "currency_id", "tax_rate_id"),
		each(of(decimalKind), "net_amount", "tax_amount", "exchange_rate", "base_currency_net_amount",
			"base_currency_tax_amount", "base_currency_total_amount", "base_currency_currency_charge"),
		shape{
			"date":                needed(of(dateKind)),
			"total_amount":        needed(of(decimalKind)),
			"reference":           limited(25),
			"allocated_artefacts": {kind: objectsKind, fields: artefactFields},
		},
	)
	allocationFields = shape{
		"transaction_type_id": needed(limited(0)),
		"contact_id":          needed(limited(0)),
		"date":                of(dateKind),
		"allocated_artefacts": {kind: objectsKind, required: true, fields: artefactFields},
	}
	financialFields = with(
		each(of(dateKind), "year_end_date", "year_end_lockdown_date", "accounts_start_date"),
		each(of(booleanKind), "multi_currency_enabled", "use_live_exchange_rates", "postponed_accounting", "destination_vat"),
		each(limited(0), "base_currency_id", "tax_scheme_id", "sales_tax_calculation", "purchase_tax_calculation"),
		each(limited(255), "accounting_type", "tax_number"),
	)
	invoicingFields = with(
		each(field{kind: integerKind, min: 1, max: 999999999}, "next_invoice_number", "next_credit_note_number", "next_quote_number"),
		each(limited(6), "sales_invoice_number_prefix", "sales_credit_note_number_prefix", "quote_number_prefix", "estimate_number_prefix"),
		shape{
			"separate_invoice_credit_note_numbering": of(booleanKind),
			"customer_credit_days":                   {kind: integerKind, max: 365},
		},
	)
)
