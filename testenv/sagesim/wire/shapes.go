package wire

import (
	"errors"
	"maps"
)

var errNoObject = errors.New("not an object")

// A Resource is what may be written to one collection.
type Resource struct {
	Root       string // the name that wraps its requests
	Fields     shape
	Idempotent bool // takes an idempotency_id
}

// Shapes are the writable resources by the name in their path.
var Shapes = map[string]Resource{
	"contacts":                  {"contact", contactFields, true},
	"addresses":                 {"address", contactAddressFields, true},
	"contact_persons":           {"contact_person", contactPersonFields, true},
	"products":                  {"product", productFields, true},
	"services":                  {"service", serviceFields, true},
	"stock_items":               {"stock_item", stockItemFields, true},
	"stock_movements":           {"stock_movement", movementFields, true},
	"product_sales_price_types": {"product_sales_price_type", priceTypeFields, true},
	"service_rate_types":        {"service_rate_type", priceTypeFields, true},
	"sales_invoices":            {"sales_invoice", invoiceFields, true},
	"sales_credit_notes":        {"sales_credit_note", creditNoteFields, true},
	"sales_estimates":           {"sales_estimate", estimateFields, true},
	"sales_quotes":              {"sales_quote", quoteFields, true},
	"contact_payments":          {"contact_payment", paymentFields, true},
	"contact_allocations":       {"contact_allocation", allocationFields, true},
	"business_exchange_rates":   {"business_exchange_rate", exchangeRateFields, true},
	"financial_settings":        {"financial_settings", financialFields, false},
	"invoice_settings":          {"invoice_settings", invoicingFields, false},
}

func limited(max int) field     { return field{kind: textKind, max: max} }
func of(k kind) field           { return field{kind: k} }
func needed(f field) field      { f.required = true; return f }
func among(ids ...string) field { return field{kind: textKind, enum: ids} }

// with is a shape with all fields of the parts.
func with(parts ...shape) shape {
	out := shape{}
	for _, part := range parts {
		maps.Copy(out, part)
	}
	return out
}

// each is a shape of fields that are all alike.
func each(f field, names ...string) shape {
	out := shape{}
	for _, name := range names {
		out[name] = f
	}
	return out
}

var (
	addressFields = with(
		each(limited(50), "address_line_1", "address_line_2", "city", "region", "name"),
		each(limited(0), "country_id", "bank_account_id", "contact_id", "address_type_id", "country_group_id"),
		shape{"postal_code": limited(10), "is_main_address": of(booleanKind)},
	)
	documentAddressFields = with(
		each(limited(50), "address_line_1", "address_line_2", "city", "region"),
		each(limited(0), "country_id", "address_type_id", "country_group_id"),
		shape{"postal_code": limited(10)},
	)
	personFields = with(
		each(limited(50), "name", "job_title", "telephone", "mobile", "fax"),
		each(of(booleanKind), "is_main_contact", "is_preferred_contact"),
		shape{"email": limited(100), "contact_person_type_ids": of(textsKind), "address_id": limited(0)},
	)
	contactAddressFields = with(addressFields, shape{
		"address_type_id": needed(limited(0)), "name": needed(limited(50)), "is_main_address": needed(of(booleanKind)),
	})
	contactPersonFields = with(personFields, shape{
		"address_id": needed(limited(0)), "name": needed(limited(50)), "contact_person_type_ids": needed(of(textsKind)),
	})
	contactFields = with(
		each(limited(0), "default_sales_ledger_account_id", "default_sales_tax_rate_id",
			"default_purchase_ledger_account_id", "product_sales_price_type_id", "currency_id", "tax_calculation"),
		each(limited(25), "registered_number", "auxiliary_account"),
		each(limited(255), "tax_number", "source_guid"),
		shape{
			"name":                        needed(limited(100)),
			"contact_type_ids":            needed(of(textsKind)),
			"reference":                   limited(10),
			"notes":                       limited(4000),
			"locale":                      limited(10),
			"credit_limit":                of(decimalKind),
			"credit_days":                 {kind: integerKind, max: 365},
			"credit_terms":                among("month_end_invoice", "date_from_invoice", "immediate_invoice", "month_end_payment", "date_from_payment", "immediate_payment"),
			"credit_terms_and_conditions": limited(2000),
			"aux_reference":               limited(4),
			"destination_vat_blocking":    of(booleanKind),
			"main_address":                {kind: objectKind, fields: addressFields},
			"delivery_address":            {kind: objectKind, fields: addressFields},
			"main_contact_person":         {kind: objectKind, fields: personFields},
			"bank_account_details":        {kind: objectKind, fields: each(limited(0), "account_name", "account_number", "sort_code", "bic", "iban")},
			"tax_treatment":               {kind: objectKind, fields: each(of(booleanKind), "home_tax", "eu_tax_registered", "eu_not_tax_registered", "rest_of_world_tax", "is_importer")},
		},
	)
	exchangeRateFields = shape{
		"currency_id": needed(limited(0)), "rate": needed(of(decimalKind)),
		"inverse_rate": of(decimalKind), "base_currency_id": limited(0),
	}
)
