package sage

import (
	"context"
	"encoding/json"

	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/testenv/sagesim/chart"
)

// walk has every method of the client, in an order in which a business can answer each.
var walk = []step{
	{"Client.Businesses", "GET /v3.1/businesses?items_per_page=200", all((*Client).Businesses)},
	{"Client.User", "GET /v3.1/user", all((*Client).User)},
	{"Client.FinancialSettings", "GET /v3.1/financial_settings", all((*Client).FinancialSettings)},
	{"Client.InvoiceSettings", "GET /v3.1/invoice_settings", all((*Client).InvoiceSettings)},
	{"Client.BusinessSettings", "GET /v3.1/business_settings", all((*Client).BusinessSettings)},
	{"Client.TaxRates", "GET /v3.1/tax_rates?items_per_page=200&attributes=percentage", all((*Client).TaxRates)},
	{"Client.LedgerAccounts", "GET /v3.1/ledger_accounts?items_per_page=200&visible_in=sales", all((*Client).LedgerAccounts)},
	{"Client.BankAccounts", "GET /v3.1/bank_accounts?items_per_page=200", all((*Client).BankAccounts)},
	{"Client.Currencies", "GET /v3.1/currencies?items_per_page=200", all((*Client).Currencies)},
	{"Client.ExchangeRates", "GET /v3.1/exchange_rates?items_per_page=200&attributes=all", all((*Client).ExchangeRates)},
	{"Client.BusinessExchangeRates", "GET /v3.1/business_exchange_rates?items_per_page=200&attributes=all", all((*Client).BusinessExchangeRates)},
	{"Client.AddressRegions", "GET /v3.1/address_regions?attributes=all&country_id=CA&items_per_page=200",
		func(ctx context.Context, s *scene) (any, error) { return s.client.AddressRegions(ctx, "CA") }},
	{"Client.CatalogItemTypes", "GET /v3.1/catalog_item_types?items_per_page=200", all((*Client).CatalogItemTypes)},
	{"Client.ProductPriceTypes", "GET /v3.1/product_sales_price_types?items_per_page=200&attributes=all", all((*Client).ProductPriceTypes)},
	{"Client.ServiceRateTypes", "GET /v3.1/service_rate_types?items_per_page=200&attributes=all", all((*Client).ServiceRateTypes)},

	{"Permit.CreateContact", "POST /v3.1/contacts", create("contact", Contacts, newContact, (*Permit).CreateContact)},
	{"Permit.ChangeContact", "PUT /v3.1/contacts/contact", change("contact", Contacts, newContact, (*Permit).ChangeContact)},
	{"Client.Contact", "GET /v3.1/contacts/contact", get("contact", (*Client).Contact)},
	{"Client.FindContacts", "GET /v3.1/contacts?attributes=all&items_per_page=100&search=W-1", find((*Client).FindContacts)},
	{"Client.ContactChanges", "GET /v3.1/contacts?attributes=all&items_per_page=200&updated_or_created_since=2026-03-16T09%3A00%3A00Z", since((*Client).ContactChanges)},
	{"Permit.CreateAddress", "POST /v3.1/addresses", create("address", Contacts, func(s *scene) (json.RawMessage, error) { return newAddress(s).Body() }, (*Permit).CreateAddress)},
	{"Permit.ChangeAddress", "PUT /v3.1/addresses/address", change("address", Contacts, func(s *scene) (json.RawMessage, error) {
		return newAddress(s).Change("city", "postal_code", "name")
	}, (*Permit).ChangeAddress)},
	{"Client.Address", "GET /v3.1/addresses/address", get("address", (*Client).Address)},
	{"Client.FindAddresses", "GET /v3.1/addresses?attributes=all&contact_id=contact&items_per_page=100",
		func(ctx context.Context, s *scene) (any, error) { return s.client.FindAddresses(ctx, s.at("contact")) }},
	{"Client.AddressChanges", "GET /v3.1/addresses?attributes=all&items_per_page=200&updated_or_created_since=2026-03-16T09%3A00%3A00Z", since((*Client).AddressChanges)},
	{"Permit.CreateContactPerson", "POST /v3.1/contact_persons", create("person", Contacts, func(s *scene) (json.RawMessage, error) { return newPerson(s).Body() }, (*Permit).CreateContactPerson)},
	{"Permit.ChangeContactPerson", "PUT /v3.1/contact_persons/person", change("person", Contacts, func(s *scene) (json.RawMessage, error) {
		return newPerson(s).Change("name", "email", "fax")
	}, (*Permit).ChangeContactPerson)},
	{"Client.ContactPerson", "GET /v3.1/contact_persons/person", get("person", (*Client).ContactPerson)},
	{"Client.FindContactPersons", "GET /v3.1/contact_persons?attributes=all&contact_id=contact&items_per_page=100",
		func(ctx context.Context, s *scene) (any, error) {
			return s.client.FindContactPersons(ctx, s.at("contact"))
		}},
	{"Client.ContactPersonChanges", "GET /v3.1/contact_persons?attributes=all&items_per_page=200&updated_or_created_since=2026-03-16T09%3A00%3A00Z", since((*Client).ContactPersonChanges)},
	{"Permit.DeleteContactPerson", "DELETE /v3.1/contact_persons/person", remove("person", Contacts, (*Permit).DeleteContactPerson)},
	{"Permit.DeleteAddress", "DELETE /v3.1/addresses/address", remove("address", Contacts, (*Permit).DeleteAddress)},

	{"Permit.CreateProduct", "POST /v3.1/products", create("product", Catalog, func(s *scene) (json.RawMessage, error) {
		return resource.NewProduct{ItemHead: goods(s, "product"), ItemCode: s.at(reference) + "-P", SalesPrices: salesPrices(s)}.Body()
	}, (*Permit).CreateProduct)},
	{"Permit.ChangeProduct", "PUT /v3.1/products/product", change("product", Catalog, func(s *scene) (json.RawMessage, error) {
		return resource.NewProduct{ItemHead: goods(s, "changed product"), ItemCode: s.at(reference)}.Change("item_code", "description", "notes")
	}, (*Permit).ChangeProduct)},
	{"Client.Product", "GET /v3.1/products/product", get("product", (*Client).Product)},
	{"Client.FindProducts", "GET /v3.1/products?attributes=all&items_per_page=100&search=W-1", find((*Client).FindProducts)},
	{"Client.ProductChanges", "GET /v3.1/products?attributes=all&items_per_page=200&updated_or_created_since=2026-03-16T09%3A00%3A00Z", since((*Client).ProductChanges)},
	{"Permit.DeleteProduct", "DELETE /v3.1/products/product", remove("product", Catalog, (*Permit).DeleteProduct)},
	{"Permit.CreateService", "POST /v3.1/services", create("service", Catalog, func(s *scene) (json.RawMessage, error) {
		return resource.NewService{ItemHead: goods(s, "service"), ItemCode: s.at(reference) + "-S", SalesRates: salesRates(s)}.Body()
	}, (*Permit).CreateService)},
	{"Permit.ChangeService", "PUT /v3.1/services/service", change("service", Catalog, func(s *scene) (json.RawMessage, error) {
		return resource.NewService{ItemHead: goods(s, "changed service"), ItemCode: s.at(reference)}.Change("item_code", "cost_price")
	}, (*Permit).ChangeService)},
	{"Client.Service", "GET /v3.1/services/service", get("service", (*Client).Service)},
	{"Client.FindServices", "GET /v3.1/services?attributes=all&items_per_page=100&search=W-1", find((*Client).FindServices)},
	{"Client.ServiceChanges", "GET /v3.1/services?attributes=all&items_per_page=200&updated_or_created_since=2026-03-16T09%3A00%3A00Z", since((*Client).ServiceChanges)},
	{"Permit.DeleteService", "DELETE /v3.1/services/service", remove("service", Catalog, (*Permit).DeleteService)},
	{"Permit.CreateStockItem", "POST /v3.1/stock_items", create("stock", Catalog, func(s *scene) (json.RawMessage, error) {
		return resource.NewStockItem{ItemHead: goods(s, "stock"), ItemCode: s.at(reference) + "-I", SalesPrices: salesPrices(s)}.Body()
	}, (*Permit).CreateStockItem)},
	{"Permit.ChangeStockItem", "PUT /v3.1/stock_items/stock", change("stock", Catalog, func(s *scene) (json.RawMessage, error) {
		return resource.NewStockItem{ItemHead: goods(s, "changed stock"), ItemCode: s.at(reference), SalesPrices: salesPrices(s)}.Change("item_code", "sales_prices")
	}, (*Permit).ChangeStockItem)},
	{"Client.StockItem", "GET /v3.1/stock_items/stock", get("stock", (*Client).StockItem)},
	{"Client.FindStockItems", "GET /v3.1/stock_items?attributes=all&items_per_page=100&search=W-1", find((*Client).FindStockItems)},
	{"Client.StockItemChanges", "GET /v3.1/stock_items?attributes=all&items_per_page=200&updated_or_created_since=2026-03-16T09%3A00%3A00Z", since((*Client).StockItemChanges)},
	{"Permit.CreateStockMovement", "POST /v3.1/stock_movements", create("movement", Catalog, func(s *scene) (json.RawMessage, error) { return newMovement(s).Body() }, (*Permit).CreateStockMovement)},
	{"Permit.ChangeStockMovement", "PUT /v3.1/stock_movements/movement", change("movement", Catalog, func(s *scene) (json.RawMessage, error) {
		return newMovement(s).Change("quantity", "details")
	}, (*Permit).ChangeStockMovement)},
	{"Client.StockMovement", "GET /v3.1/stock_movements/movement", get("movement", (*Client).StockMovement)},
	{"Client.FindStockMovements", "GET /v3.1/stock_movements?attributes=all&from_date=2026-03-16&items_per_page=100&stock_item_id=stock&to_date=2026-03-16",
		func(ctx context.Context, s *scene) (any, error) {
			return s.client.FindStockMovements(ctx, s.at("stock"), s.at(today), s.at(reference))
		}},
	{"Permit.DeleteStockMovement", "DELETE /v3.1/stock_movements/movement", remove("movement", Catalog, (*Permit).DeleteStockMovement)},
	{"Permit.DeleteStockItem", "DELETE /v3.1/stock_items/unused", func(ctx context.Context, s *scene) (any, error) {
		if s.ids != nil { // one that was never moved
			body, err := resource.NewStockItem{ItemHead: goods(s, "unused"), ItemCode: s.at(reference) + "-U"}.Body()
			if err != nil {
				return nil, err
			}
			made, err := s.permit(Catalog).CreateStockItem(ctx, body)
			if err != nil {
				return nil, err
			}
			s.ids["unused"] = made.ID
		}
		return nil, s.permit(Catalog).DeleteStockItem(ctx, s.at("unused"))
	}},

	{"Permit.CreateEstimate", "POST /v3.1/sales_estimates", create("estimate", Documents, func(s *scene) (json.RawMessage, error) { return newEstimate(s).Body() }, (*Permit).CreateEstimate)},
	{"Permit.ChangeEstimate", "PUT /v3.1/sales_estimates/estimate", change("estimate", Documents, func(s *scene) (json.RawMessage, error) {
		return newEstimate(s).Change("notes", "status_id")
	}, (*Permit).ChangeEstimate)},
	{"Client.Estimate", "GET /v3.1/sales_estimates/estimate", get("estimate", (*Client).Estimate)},
	{"Client.FindEstimates", "GET /v3.1/sales_estimates?attributes=all&items_per_page=100&search=W-1", find((*Client).FindEstimates)},
	{"Permit.DeleteEstimate", "DELETE /v3.1/sales_estimates/estimate", remove("estimate", Documents, (*Permit).DeleteEstimate)},
	{"Permit.CreateQuote", "POST /v3.1/sales_quotes", create("quote", Documents, func(s *scene) (json.RawMessage, error) { return newQuote(s).Body() }, (*Permit).CreateQuote)},
	{"Permit.ChangeQuote", "PUT /v3.1/sales_quotes/quote", change("quote", Documents, func(s *scene) (json.RawMessage, error) {
		return newQuote(s).Change("expiry_date", "notes")
	}, (*Permit).ChangeQuote)},
	{"Client.Quote", "GET /v3.1/sales_quotes/quote", get("quote", (*Client).Quote)},
	{"Client.FindQuotes", "GET /v3.1/sales_quotes?attributes=all&items_per_page=100&search=W-1", find((*Client).FindQuotes)},
	{"Permit.DeleteQuote", "DELETE /v3.1/sales_quotes/quote", remove("quote", Documents, (*Permit).DeleteQuote)},

	{"Permit.CreateInvoice", "POST /v3.1/sales_invoices", create("invoice", Documents, func(s *scene) (json.RawMessage, error) { return newInvoice(s, "invoice").Body() }, (*Permit).CreateInvoice)},
	{"Client.Invoice", "GET /v3.1/sales_invoices/invoice?mark_as_sent=false", get("invoice", (*Client).Invoice)},
	{"Client.FindInvoices", "GET /v3.1/sales_invoices?attributes=all&items_per_page=100&search=W-1", find((*Client).FindInvoices)},
	{"Permit.CreateCreditNote", "POST /v3.1/sales_credit_notes", create("note", Documents, func(s *scene) (json.RawMessage, error) { return newNote(s, "note").Body() }, (*Permit).CreateCreditNote)},
	{"Client.CreditNote", "GET /v3.1/sales_credit_notes/note?mark_as_sent=false", get("note", (*Client).CreditNote)},
	{"Client.FindCreditNotes", "GET /v3.1/sales_credit_notes?attributes=all&items_per_page=100&search=W-1", find((*Client).FindCreditNotes)},
	{"Permit.CreateAllocation", "POST /v3.1/contact_allocations", create("allocation", Payments, func(s *scene) (json.RawMessage, error) {
		return resource.NewAllocation{IdempotencyID: s.key("allocation"), TransactionTypeID: resource.CustomerAllocation, ContactID: s.at("contact"), Date: s.at(today),
			AllocatedArtefacts: []resource.Allocation{{ArtefactID: s.at("invoice"), Amount: money.FromInt(2)}, {ArtefactID: s.at("note"), Amount: money.FromInt(-2)}}}.Body()
	}, (*Permit).CreateAllocation)},
	{"Client.Allocation", "GET /v3.1/contact_allocations/allocation", get("allocation", (*Client).Allocation)},
	{"Client.FindAllocations", "GET /v3.1/contact_allocations?attributes=all&contact_id=contact&items_per_page=100",
		func(ctx context.Context, s *scene) (any, error) {
			return s.client.FindAllocations(ctx, s.at("contact"), s.at("note"))
		}},
	{"Permit.CreatePayment", "POST /v3.1/contact_payments", create("payment", Payments, func(s *scene) (json.RawMessage, error) {
		return resource.NewPayment{IdempotencyID: s.key("payment"), TransactionTypeID: resource.CustomerReceipt, ContactID: s.at("contact"), BankAccountID: s.at(chart.BankAccounts("GBP")[0].ID),
			Date: s.at(today), TotalAmount: money.FromInt(3), Reference: s.at(reference), CurrencyID: s.at("GBP"), AllocatedArtefacts: []resource.Allocation{{ArtefactID: s.at("invoice"), Amount: money.FromInt(3)}}}.Body()
	}, (*Permit).CreatePayment)},
	{"Client.Payment", "GET /v3.1/contact_payments/payment", get("payment", (*Client).Payment)},
	{"Client.FindPayments", "GET /v3.1/contact_payments?attributes=all&contact_id=contact&from_date=2026-03-16&items_per_page=100&to_date=2026-03-16&transaction_type_id=CUSTOMER_RECEIPT",
		func(ctx context.Context, s *scene) (any, error) {
			return s.client.FindPayments(ctx, resource.CustomerReceipt, s.at("contact"), s.at(today), s.at(reference))
		}},
	{"Permit.VoidInvoice", "DELETE /v3.1/sales_invoices/unpaid?void_reason=Taken+back", voided("unpaid", func(ctx context.Context, s *scene) (resource.Document, error) {
		return madeOf(newInvoice(s, "unpaid").Body())(ctx, s.permit(Documents).CreateInvoice)
	}, (*Permit).VoidInvoice)},
	{"Permit.VoidCreditNote", "DELETE /v3.1/sales_credit_notes/open?void_reason=Taken+back", voided("open", func(ctx context.Context, s *scene) (resource.Document, error) {
		return madeOf(newNote(s, "open").Body())(ctx, s.permit(Documents).CreateCreditNote)
	}, (*Permit).VoidCreditNote)},
	{"Permit.DeleteContact", "DELETE /v3.1/contacts/idle", func(ctx context.Context, s *scene) (any, error) {
		if s.ids != nil { // one that was never used
			body, err := contactBody(s, "idle", s.at(reference)+"I")
			if err != nil {
				return nil, err
			}
			made, err := s.permit(Contacts).CreateContact(ctx, body)
			if err != nil {
				return nil, err
			}
			s.ids["idle"] = made.ID
		}
		return nil, s.permit(Contacts).DeleteContact(ctx, s.at("idle"))
	}},
	{"Client.Lists", "GET /v3.1/contacts?attributes=all&items_per_page=200", func(ctx context.Context, s *scene) (any, error) {
		return s.client.Lists(ctx, func(string, int, int) {})
	}},
	{"Client.ChangedSince", "GET /v3.1/contacts?attributes=all&items_per_page=200&updated_or_created_since=2026-03-16T09%3A00%3A00Z", func(ctx context.Context, s *scene) (any, error) {
		return s.client.ChangedSince(ctx, moment, func(string, int, int) {})
	}},
}

func salesPrices(s *scene) []resource.SalesPrice {
	return []resource.SalesPrice{{PriceTypeID: s.at(chart.PriceTypes[0].ID), Price: money.MustParse("10.00")}}
}

func salesRates(s *scene) []resource.SalesRate {
	return []resource.SalesRate{{RateTypeID: s.at(chart.RateTypes[0].ID), Rate: money.MustParse("2.50")}}
}

func contactBody(s *scene, name, ref string) (json.RawMessage, error) {
	home := address
	fields, err := resource.NewContact{Name: awful, ContactTypeIDs: []string{"CUSTOMER"}, Reference: ref, CurrencyID: s.at("GBP"), TaxNumber: awful, Notes: awful,
		MainAddress: &home, MainContactPerson: &somebody}.Fields()
	if err != nil {
		return nil, err
	}
	return fields.Body(s.key(name))
}

func newContact(s *scene) (json.RawMessage, error) {
	return contactBody(s, "contact", s.at(reference))
}

func newAddress(s *scene) resource.NewAddress {
	return resource.NewAddress{IdempotencyID: s.key("address"), ContactID: s.at("contact"), Name: awful, Address: address}
}

func newPerson(s *scene) resource.NewContactPerson {
	return resource.NewContactPerson{IdempotencyID: s.key("person"), AddressID: s.at("address"), NewPerson: somebody, JobTitle: awful, Mobile: awful, Fax: awful}
}

func newMovement(s *scene) resource.NewStockMovement {
	return resource.NewStockMovement{IdempotencyID: s.key("movement"), StockItemID: s.at("stock"), Date: s.at(today), Quantity: money.FromInt(2), CostPrice: money.MustParse("4.20"), Details: awful, Reference: s.at(reference)}
}

func newEstimate(s *scene) resource.NewEstimate {
	return resource.NewEstimate{OfferHead: resource.OfferHead{DocumentHead: head(s, "estimate"), ExpiryDate: s.at(later), StatusID: resource.Declined}, Lines: lines(s)}
}

func newQuote(s *scene) resource.NewQuote {
	return resource.NewQuote{OfferHead: resource.OfferHead{DocumentHead: head(s, "quote"), ExpiryDate: s.at(later)}, Lines: lines(s)}
}

func newInvoice(s *scene, name string) resource.NewInvoice {
	return resource.NewInvoice{DocumentHead: head(s, name), DueDate: s.at(later), Lines: lines(s)}
}

func newNote(s *scene, name string) resource.NewCreditNote {
	return resource.NewCreditNote{DocumentHead: head(s, name), OriginalInvoiceDate: s.at(today), Lines: lines(s)}
}

// madeOf makes a document of a body.
func madeOf(body json.RawMessage, err error) func(context.Context, func(context.Context, json.RawMessage) (resource.Document, error)) (resource.Document, error) {
	return func(ctx context.Context, post func(context.Context, json.RawMessage) (resource.Document, error)) (resource.Document, error) {
		if err != nil {
			return resource.Document{}, err
		}
		return post(ctx, body)
	}
}

// voided makes a document, where there is a business to make it in, and takes it back.
func voided(name string, made func(context.Context, *scene) (resource.Document, error), take func(*Permit, context.Context, string, json.RawMessage) (resource.Document, error)) func(context.Context, *scene) (any, error) {
	return func(ctx context.Context, s *scene) (any, error) {
		if s.ids != nil {
			d, err := made(ctx, s)
			if err != nil {
				return nil, err
			}
			s.ids[name] = d.ID
		}
		reason, err := resource.VoidReason{Text: "Taken\x00 back"}.Body()
		if err != nil {
			return nil, err
		}
		return take(s.permit(Documents), ctx, s.at(name), reason)
	}
}
