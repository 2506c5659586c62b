package simulator

import (
	"net/http"
	"slices"

	"github.com/mage2sage/mage2sage/testenv/sagesim/books"
	"github.com/mage2sage/mage2sage/testenv/sagesim/chart"
	"github.com/mage2sage/mage2sage/testenv/sagesim/wire"
)

// resources is the API: what stands under /v3.1.
var resources = map[string]resource{
	"businesses": {list: listBusinesses, get: getBusiness},
	"user":       {list: getUser},
	"contacts": contactThings.resource(append(changes, "contact_type_id", "exclude_system", "show_balance", "context_date", "search", "email",
		"show_unfinished_recurring_invoices_status", "filter_inactive_contacts")...),
	"addresses":          addresses.resource(append(changes, "contact_id", "bank_account_id")...),
	"contact_persons":    persons.resource(append(changes, "contact_id", "address_id")...),
	"products":           itemResource(books.Product),
	"services":           itemResource(books.Service),
	"stock_items":        itemResource(books.StockItem),
	"stock_movements":    movements.resource("search", "stock_item_id", "from_date", "to_date"),
	"sales_invoices":     documentResource(books.Invoice),
	"sales_credit_notes": documentResource(books.CreditNote),
	"sales_estimates":    offerResource(books.Estimate),
	"sales_quotes":       offerResource(books.Quote),
	"contact_payments": {
		list: payments.list, create: createPayment, get: getPayment, change: changePayment, remove: deletePayment,
		queries: append(changes, "contact_id", "bank_account_id", "transaction_type_id", "from_date", "to_date", "sort"),
	},
	"contact_allocations": {
		list: allocations.list, create: createAllocation, get: getAllocation, remove: deleteAllocation,
		queries: append(changes, "contact_id", "transaction_type_id", "sort"),
	},
	"unallocated_artefacts":     {list: listUnallocated, queries: []string{"contact_id", "search"}},
	"ledger_entries":            {list: listEntries, queries: []string{"from_date", "to_date", "transaction_id", "transaction_type_id", "ledger_account_id", "updated_or_created_since"}},
	"tax_rates":                 fixed(taxRates, "updated_or_created_since", "usage", "address_region_id", "date", "include_historical_data"),
	"ledger_accounts":           fixed(ledgerAccounts, "visible_in", "search", "ledger_account_type_id", "show_control_accounts", "updated_or_created_since"),
	"bank_accounts":             fixed(bankAccounts, changes...),
	"exchange_rates":            fixed(exchangeRates),
	"business_exchange_rates":   businessRates(),
	"currencies":                named(currencies()),
	"countries":                 named(chart.Countries),
	"payment_methods":           named(chart.PaymentMethods),
	"artefact_statuses":         named(chart.Statuses),
	"transaction_types":         named(chart.TransactionTypes),
	"contact_types":             named(chart.ContactTypes),
	"address_types":             named(chart.AddressTypes),
	"contact_person_types":      named(chart.AddressTypes),
	"address_regions":           fixed(addressRegions, "country_id"),
	"catalog_item_types":        named(chart.ItemTypes),
	"product_sales_price_types": priceTypeResource(func(b *books.Business) *books.Shelf[*books.PriceType] { return b.PriceTypes }),
	"service_rate_types":        priceTypeResource(func(b *books.Business) *books.Shelf[*books.PriceType] { return b.RateTypes }, "updated_or_created_since"),
	"live_exchange_rates":       fixed(exchangeRates),
	"financial_settings":        {list: getFinancial, change: changeFinancial},
	"invoice_settings":          {list: getInvoicing, change: changeInvoicing},
	"business_settings":         {list: getSettings},
}

// changes are the parameters for following a list's changes.
var changes = slices.Clip([]string{"updated_or_created_since", "deleted_since"})

// fixed is a read-only collection of prepared objects.
func fixed(items func(*call) []wire.Object, queries ...string) resource {
	return resource{
		queries: queries,
		list: func(c *call) (int, any, error) {
			all := items(c)
			return page(c, len(all), func(i int) wire.Object { return all[i] })
		},
		get: func(c *call) (int, any, error) {
			for _, o := range items(c) {
				if o["id"] == c.id {
					return http.StatusOK, o, nil
				}
			}
			return 0, nil, books.Missing("")
		},
	}
}

// named is one of Sage's fixed lists.
func named(list []chart.Named) resource {
	return fixed(func(c *call) []wire.Object {
		var out []wire.Object
		for _, n := range list {
			out = append(out, wire.Named(c.resource, n, c.books.Created))
		}
		return out
	}, "updated_or_created_since", "valid_for_business")
}
