package wire

import (
	"github.com/mage2sage/mage2sage/testenv/sagesim/books"
	"github.com/mage2sage/mage2sage/testenv/sagesim/chart"
)

// Financial are the financial settings of a business.
func Financial(b *books.Business) Object {
	f := b.Financial
	return Object{
		"$path": "/financial_settings", "updated_at": Time(f.Updated), "base_currency": Currency(b.Base),
		"accounts_start_date": f.AccountsStart, "year_end_date": f.YearEnd, "year_end_lockdown_date": text(f.Lockdown),
		"multi_currency_enabled": f.MultiCurrency, "use_live_exchange_rates": f.LiveRates,
		"accounting_type": f.AccountingType, "tax_number": f.TaxNumber,
		"tax_scheme":            Object{"id": f.TaxScheme, "displayed_as": "VAT Standard", "$path": "/tax_schemes/" + f.TaxScheme},
		"sales_tax_calculation": "invoice", "purchase_tax_calculation": "invoice",
		"postponed_accounting": false, "destination_vat": false, "flat_rate_tax_percentage": nil, "mtd_authenticated_date": "",
	}
}

// Invoicing are the invoice settings of a business.
func Invoicing(b *books.Business) Object {
	s := b.Invoicing
	return Object{
		"$path": "/invoice_settings", "updated_at": Time(s.Updated),
		"next_invoice_number": s.NextInvoice, "next_credit_note_number": s.NextCreditNote,
		"separate_invoice_credit_note_numbering": s.SeparateNumbers,
		"sales_invoice_number_prefix":            s.InvoicePrefix, "sales_credit_note_number_prefix": s.CreditNotePrefix,
		"next_quote_number": s.NextQuote, "quote_number_prefix": s.QuotePrefix, "estimate_number_prefix": s.EstimatePrefix,
		"customer_credit_days": s.CreditDays, "customer_credit_terms": "date_from_invoice",
	}
}

// Settings are the business settings: where Sage posts by itself.
func Settings(b *books.Business) Object {
	defaults := Object{}
	for name, id := range map[string]string{
		"sales": chart.Sales, "product_sales": chart.Sales, "service_sales": chart.Account(4005),
		"sales_discount": chart.SalesDiscount, "customer_receipt_discount": chart.ReceiptDiscount,
		"carriage": chart.Carriage, "bank_charges": chart.BankCharges,
		"exchange_rate_gains": chart.ExchangeGains, "exchange_rate_losses": chart.ExchangeLosses,
		"purchase": chart.Account(5000), "product_purchase": chart.Account(5000),
	} {
		defaults[name+"_ledger_account"] = Account(id)
	}
	return Object{
		"$path": "/business_settings", "business_created_at": Time(b.Created), "updated_at": Time(b.Created),
		"country_of_registration": named("countries", chart.Countries, "GB"), "default_ledger_accounts": defaults,
	}
}

// Business is the full form of a business.
func Business(b *books.Business) Object {
	o := Ref("businesses", b.ID, b.Name)
	o["name"], o["address_line_1"], o["city"], o["postal_code"] = b.Name, "1 Test Street", "Leeds", "LS1 1AA"
	o["country"] = named("countries", chart.Countries, "GB")
	o["is_demo"], o["ni_based"] = true, false
	o["created_at"], o["updated_at"] = Time(b.Created), Time(b.Created)
	o["subscriptions"] = []Object{{"id": "ACCOUNTING", "displayed_as": "Accounting Plus", "active": true, "status": "trial", "accountant_pays": false}}
	return o
}
