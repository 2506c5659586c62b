package wire

import (
	"github.com/mage2sage/mage2sage/testenv/sagesim/books"
	"github.com/mage2sage/mage2sage/testenv/sagesim/chart"
	"github.com/mage2sage/mage2sage/testenv/sagesim/decimal"
)

// artefactPaths say where the things that can be settled are read.
var artefactPaths = map[string]string{
	string(books.Invoice): "sales_invoices", string(books.CreditNote): "sales_credit_notes",
	"PAYMENT_ON_ACCOUNT": "contact_payments_on_account",
}

func artefact(a *books.Artefact) Object {
	o := Ref(artefactPaths[a.Kind], a.ID, a.Title)
	o["links"] = []Object{}
	return o
}

// Unallocated is an open credit in its full form.
func Unallocated(a *books.Artefact) Object {
	o := artefact(a)
	o["contact"] = Ref("contacts", a.Contact, "")
	o["outstanding_amount"], o["total_amount"], o["currency"] = a.Outstanding, a.Total, Currency(a.Currency)
	return o
}

// Payment is the full form of a contact payment.
func Payment(p *books.Payment, contact *books.Contact, base string) Object {
	o := record("contact_payments", p.Title(), p.Record)
	bank, _ := chart.FindBank(base, p.Bank)
	method := p.Method
	if method == "" {
		method = "CREDIT_DEBIT"
	}
	o["transaction"] = Ref("transactions", p.Transaction, p.Title())
	o["transaction_type"] = named("transaction_types", chart.TransactionTypes, p.Type)
	o["payment_method"] = named("payment_methods", chart.PaymentMethods, method)
	o["contact"] = Ref("contacts", contact.ID, contact.Title())
	o["bank_account"] = Ref("bank_accounts", bank.ID, bank.Name)
	o["date"], o["reference"] = p.Date, text(p.Reference)
	o["net_amount"], o["tax_amount"], o["total_amount"] = p.Total, decimal.Number{}, p.Total
	o["currency"], o["exchange_rate"] = Currency(p.Currency), p.Rate
	o["base_currency_net_amount"], o["base_currency_tax_amount"] = p.BaseTotal, decimal.Number{}
	o["base_currency_total_amount"], o["base_currency_currency_charge"] = p.BaseTotal, p.Charge
	o["tax_rate"], o["editable"] = nil, true
	o["allocated_artefacts"] = settled(p.Settled, false)
	o["payment_on_account"] = onAccount(p, contact)
	return o
}

// settled lists what a payment or an allocation took; signed shows credits
// negative.
func settled(list []*books.Settlement, signed bool) []Object {
	out := []Object{}
	for _, s := range list {
		amount := s.Amount
		if signed && s.Artefact.Side == books.Credit {
			amount = amount.Neg()
		}
		out = append(out, Object{"id": s.ID, "artefact": artefact(s.Artefact), "amount": amount, "discount": s.Discount})
	}
	return out
}

func onAccount(p *books.Payment, contact *books.Contact) any {
	a := p.OnAccount
	if a == nil {
		return nil
	}
	o := artefact(a)
	o["created_at"], o["updated_at"] = Time(p.Created), Time(p.Updated)
	o["contact"], o["contact_name"], o["contact_reference"] = Ref("contacts", contact.ID, contact.Title()), contact.Name, text(contact.Reference)
	o["date"], o["reference"], o["currency"], o["exchange_rate"] = p.Date, text(p.Reference), Currency(a.Currency), a.Rate
	o["net_amount"], o["tax_amount"], o["total_amount"] = a.Total, decimal.Number{}, a.Total
	o["outstanding_amount"], o["base_currency_outstanding_amount"] = a.Outstanding, a.BaseOutstanding
	o["base_currency_total_amount"] = a.Total.Mul(a.Rate).Round(2)
	o["status"] = named("artefact_statuses", chart.Statuses, a.Status())
	return o
}

// Allocation is the full form of a contact allocation.
func Allocation(a *books.Allocation, contact *books.Contact) Object {
	o := record("contact_allocations", "Customer Allocation", a.Record)
	o["transaction"] = Ref("transactions", a.Transaction, "Customer Allocation")
	o["transaction_type"] = named("transaction_types", chart.TransactionTypes, a.Type)
	o["contact"], o["date"] = Ref("contacts", contact.ID, contact.Title()), a.Date
	o["allocated_artefacts"] = settled(a.Settled, true)
	return o
}
