package wire

import (
	"slices"
	"time"

	"github.com/mage2sage/mage2sage/testenv/sagesim/books"
	"github.com/mage2sage/mage2sage/testenv/sagesim/chart"
	"github.com/mage2sage/mage2sage/testenv/sagesim/decimal"
	"github.com/mage2sage/mage2sage/testenv/sagesim/ledger"
)

// Named is an entry of one of Sage's fixed lists.
func Named(resource string, n chart.Named, made time.Time) Object {
	o := Ref(resource, n.ID, n.Name)
	o["name"], o["created_at"], o["updated_at"] = n.Name, Time(made), Time(made)
	return o
}

// TaxRate is the full form of a tax rate.
func TaxRate(r chart.TaxRate, made time.Time) Object {
	o := Named("tax_rates", chart.Named{ID: r.ID, Name: r.Name}, made)
	o["percentage"] = r.Percentage
	o["percentages"] = []Object{{"percentage": r.Percentage, "from_date": "2000-01-01", "to_date": nil}}
	o["is_visible"], o["retailer"], o["is_combined_rate"], o["component_tax_rates"] = true, false, false, []Object{}
	o["editable"], o["deletable"] = false, false
	return o
}

// LedgerAccount is the full form of a ledger account.
func LedgerAccount(a chart.LedgerAccount, made time.Time) Object {
	o := Named("ledger_accounts", chart.Named{ID: a.ID, Name: a.Title()}, made)
	o["name"], o["display_name"], o["nominal_code"] = a.Name, a.Name, a.Nominal
	o["ledger_account_type"] = Object{"id": a.Type, "displayed_as": a.Type, "$path": "/ledger_account_types/" + a.Type}
	o["included_in_chart"], o["visible_scopes"] = true, a.Visible
	for _, scope := range []string{"sales", "banking", "expenses", "other_payments", "other_receipts", "journals", "reporting"} {
		o["visible_in_"+scope] = slices.Contains(a.Visible, scope)
	}
	o["is_control_account"], o["control_name"] = a.Control != "", text(a.Control)
	return o
}

// BankAccount is the full form of a bank account; its balance is that of its
// ledger account, in base currency.
func BankAccount(b *books.Business, a chart.BankAccount) Object {
	o := Named("bank_accounts", chart.Named{ID: a.ID, Name: a.Name}, b.Created)
	o["ledger_account"], o["currency"] = Account(a.Ledger), Currency(a.Currency)
	o["bank_account_type"] = Object{"id": a.Type, "displayed_as": a.Type, "$path": "/bank_account_types/" + a.Type}
	o["nominal_code"], o["balance"] = a.Nominal, b.Ledger.Net(a.Ledger)
	o["default_payment_method"] = named("payment_methods", chart.PaymentMethods, "CREDIT_DEBIT")
	o["is_active"], o["editable"], o["deletable"] = true, true, false
	return o
}

// AddressRegion is a province or state.
func AddressRegion(r chart.Region, made time.Time) Object {
	o := Named("address_regions", chart.Named{ID: r.ID, Name: r.Name}, made)
	o["country"] = named("countries", chart.Countries, r.Country)
	return o
}

// ExchangeRate is what one unit of currency is worth in the base currency.
func ExchangeRate(resource, base, currency string, rate decimal.Number, at time.Time) Object {
	o := Ref(resource, currency, currency)
	o["rate"], o["inverse_rate"] = rate, decimal.Int(1).Quo(rate, 10)
	o["currency"], o["base_currency"] = Currency(currency), Currency(base)
	o["created_at"], o["updated_at"] = Time(at), Time(at)
	return o
}

// LedgerEntry is the full form of one line of the journal.
func LedgerEntry(e ledger.Entry) Object {
	debit, credit := e.Amount, decimal.Number{}
	if e.Amount.Sign() < 0 {
		debit, credit = credit, e.Amount.Neg()
	}
	t := e.Transaction
	o := Ref("ledger_entries", e.ID, e.Description)
	o["created_at"], o["updated_at"] = Time(t.Created), Time(t.Created)
	o["date"], o["debit"], o["credit"], o["deleted"] = t.Date, debit, credit, t.Deleted
	o["ledger_account"], o["contact"] = Account(e.Account), Ref("contacts", t.Contact, "")
	o["description"] = e.Description
	rate, _ := chart.FindTaxRate(e.TaxRate)
	o["tax_rate"] = Rate(rate)
	o["transaction"] = Object{
		"id": t.ID, "displayed_as": t.Reference, "$path": "/transactions/" + t.ID,
		"transaction_type": named("transaction_types", chart.TransactionTypes, t.Type), "reference": t.Reference,
	}
	return o
}
