package wire

import (
	"strings"

	"github.com/mage2sage/mage2sage/testenv/sagesim/books"
	"github.com/mage2sage/mage2sage/testenv/sagesim/chart"
	"github.com/mage2sage/mage2sage/testenv/sagesim/decimal"
)

// paths are the collections in which documents of each kind stand.
var paths = map[books.Kind]string{
	books.Invoice: "sales_invoices", books.CreditNote: "sales_credit_notes", books.Estimate: "sales_estimates", books.Quote: "sales_quotes",
}

// Path is the collection in which documents of a kind stand.
func Path(kind books.Kind) string { return paths[kind] }

// Document is the full form of a document; with allocations it
// also lists what paid it.
func Document(d *books.Document, allocations bool) Object {
	o := record(Path(d.Kind), d.Number, d.Record)
	o["transaction"] = transaction(d)
	o["transaction_type"] = named("transaction_types", chart.TransactionTypes, string(d.Kind))
	o["contact_name"], o["contact_reference"] = d.Name, text(d.ContactRef)
	o["contact"] = Ref("contacts", d.Contact, contactTitle(d))
	o["date"], o["reference"] = d.Request.Date, text(d.Request.Reference)
	o["notes"], o["terms_and_conditions"] = text(d.Request.Notes), text(d.Request.Terms)
	o["currency"] = Currency(d.Currency)
	o["exchange_rate"], o["inverse_exchange_rate"] = d.Rates()
	o["total_quantity"], o["total_discount_amount"] = d.Quantity(), d.Discount()
	o["status"] = status(d.Status())
	o["sent"], o["sent_by_email"], o["void_reason"] = d.Request.Sent, false, text(d.VoidReason)
	o["editable"], o["tax_reconciled"], o["migrated"] = d.Status() != "VOID", false, false
	addresses(o, d)
	shipping(o, d)
	amounts(o, d)
	particulars(o, d)
	if allocations {
		o["payments_allocations"] = settlements(d)
	}
	return o
}

// status is one of Sage's list, or one that a switch has named.
func status(id string) any {
	if known := named("artefact_statuses", chart.Statuses, id); known != nil {
		return known
	}
	return Ref("artefact_statuses", id, id)
}

func contactTitle(d *books.Document) string {
	if d.ContactRef == "" {
		return d.Name
	}
	return d.Name + " (" + d.ContactRef + ")"
}

func transaction(d *books.Document) any {
	return Ref("transactions", d.Transaction, d.Number)
}

// particulars are the fields that each kind of document names differently.
func particulars(o Object, d *books.Document) {
	switch d.Kind {
	case books.Invoice:
		o["invoice_number"], o["invoice_number_prefix"], o["invoice_lines"], o["due_date"] = d.Number, nil, documentLines(d), d.Due
	case books.CreditNote:
		o["credit_note_number"], o["credit_note_number_prefix"], o["credit_note_lines"] = d.Number, nil, documentLines(d)
		o["original_invoice_date"] = text(d.Request.OriginalInvoiceDate)
	case books.Estimate:
		o["estimate_number"], o["estimate_number_prefix"], o["estimate_lines"] = d.Number, nil, documentLines(d)
		offer(o, d)
	case books.Quote:
		o["quote_number"], o["quote_number_prefix"], o["quote_lines"] = d.Number, nil, documentLines(d)
		offer(o, d)
	}
}

// offer leaves out what only documents of the ledger have, and adds what only offers have.
func offer(o Object, d *books.Document) {
	for _, name := range []string{"transaction", "transaction_type", "void_reason", "outstanding_amount", "base_currency_outstanding_amount", "last_paid", "migrated", "deleted_at"} {
		delete(o, name)
	}
	o["expiry_date"], o["invoice"], o["editable"] = d.Request.Expiry, nil, d.Invoice == nil
	if d.Invoice != nil {
		o["invoice"] = Ref("sales_invoices", d.Invoice.ID, d.Invoice.Number)
	}
}

func addresses(o Object, d *books.Document) {
	for name, a := range map[string]books.Address{"main_address": d.Main, "delivery_address": d.Delivery} {
		if a.Empty() {
			o[name], o[name+"_free_form"] = nil, nil
			continue
		}
		shown := address(a)
		shown["$path"] = "/contacts/" + a.ID // so it stands in Sage's own samples
		o[name], o[name+"_free_form"] = shown, freeForm(a)
	}
}

func freeForm(a books.Address) string {
	var parts []string
	for _, part := range []string{a.Line1, a.Line2, a.City, a.Region, a.PostalCode, a.Country} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "\n")
}

func shipping(o Object, d *books.Document) {
	o["shipping_net_amount"], o["shipping_tax_amount"], o["shipping_total_amount"] = d.Shipping.Net, d.Shipping.Tax, d.Shipping.Total()
	o["shipping_tax_rate"] = Rate(d.ShipRate)
	o["base_currency_shipping_net_amount"], o["base_currency_shipping_tax_amount"] = d.ShipBase.Net, d.ShipBase.Tax
	o["base_currency_shipping_total_amount"] = d.ShipBase.Total()
}

func amounts(o Object, d *books.Document) {
	o["net_amount"], o["tax_amount"], o["total_amount"] = d.Header().Net, d.Header().Tax, d.Total.Total()
	o["base_currency_net_amount"], o["base_currency_tax_amount"] = d.BaseTotal.Net, d.BaseTotal.Tax
	o["base_currency_total_amount"] = d.BaseTotal.Total()
	o["outstanding_amount"], o["total_paid"] = d.Outstanding(), decimal.Number{}
	o["base_currency_outstanding_amount"] = decimal.Number{}
	o["payments_allocations_total_amount"], o["payments_allocations_total_discount"] = decimal.Number{}, decimal.Number{}
	o["last_paid"] = nil
	if d.Open != nil {
		paid(o, d.Open)
	}
	analysis := []Object{}
	for _, t := range d.Taxes {
		analysis = append(analysis, Object{
			"tax_rate": Rate(t.Rate), "net_amount": t.Net, "tax_amount": t.Tax, "total_amount": t.Total(),
			"goods_amount": decimal.Number{}, "service_amount": decimal.Number{},
		})
	}
	o["tax_analysis"] = analysis
}

func paid(o Object, a *books.Artefact) {
	var amount, discount decimal.Number
	for _, s := range a.Settlements {
		amount, discount = amount.Add(s.Amount), discount.Add(s.Discount)
		o["last_paid"] = s.Date
	}
	o["payments_allocations_total_amount"], o["payments_allocations_total_discount"] = amount, discount
	o["total_paid"], o["base_currency_outstanding_amount"] = amount, a.BaseOutstanding
}

func documentLines(d *books.Document) []Object {
	out := []Object{}
	for _, l := range d.Lines {
		own, base := books.Sums{Net: l.Net, Tax: l.Tax}, l.Base
		shown := Object{
			"id": l.ID, "displayed_as": l.Description, "description": l.Description, "product": nil, "service": nil,
			"ledger_account": Account(l.LineRequest.Account), "trade_of_asset": l.TradeOfAssets,
			"quantity": l.Quantity, "unit_price": l.UnitPrice, "net_amount": l.Net, "tax_rate": Rate(l.Rate),
			"tax_amount": l.Tax, "total_amount": own.Total(), "unit_price_includes_tax": l.IncludesTax,
			"tax_breakdown":            []Object{{"tax_rate": Rate(l.Rate), "percentage": l.Rate.Percentage, "amount": l.Tax}},
			"base_currency_unit_price": l.UnitPrice.Mul(d.Rate).Round(2), "base_currency_net_amount": base.Net,
			"base_currency_tax_amount": base.Tax, "base_currency_total_amount": base.Total(),
			"discount_amount": l.Discount, "discount_percentage": l.DiscountPct,
			"base_currency_discount_amount": l.Discount.Mul(d.Rate).Round(2),
			"eu_goods_services_type":        named("eu_goods_services_types", chart.GoodsTypes, l.GoodsType),
		}
		switch {
		case l.Item != nil && l.Item.Kind == books.Service:
			shown["service"] = Ref("services", l.Item.ID, l.Item.Title())
		case l.Item != nil:
			shown["product"] = Ref("products", l.Item.ID, l.Item.Title())
		}
		out = append(out, shown)
	}
	return out
}

func settlements(d *books.Document) []Object {
	out := []Object{}
	if d.Open == nil {
		return out
	}
	for _, s := range d.Open.Settlements {
		o := Object{
			"displayed_as": s.Title, "type": s.Kind, "date": s.Date, "reference": text(s.Reference), "amount": s.Amount,
			"discount": s.Discount, "links": []Object{}, "contact_payment": nil, "contact_allocation": nil,
			"artefact": artefact(s.Artefact), "negative_payment": s.Kind == books.Refund,
		}
		if s.Kind == books.CustomerAllocation {
			o["contact_allocation"] = Ref("contact_allocations", s.By, s.Title)
		} else {
			o["contact_payment"] = Ref("contact_payments", s.By, s.Title)
		}
		out = append(out, o)
	}
	return out
}
