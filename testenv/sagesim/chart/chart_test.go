package chart_test

import (
	"regexp"
	"testing"

	"github.com/mage2sage/mage2sage/testenv/sagesim/chart"
	"github.com/mage2sage/mage2sage/testenv/sagesim/decimal"
)

var hex = regexp.MustCompile(`^[0-9a-f]{32}$`)

func TestIDsOfOwnThingsAreStableAndUnique(t *testing.T) {
	seen := map[string]string{}
	note := func(id, name string) {
		if !hex.MatchString(id) || seen[id] != "" {
			t.Errorf("%s has the id %s, and so has %q", name, id, seen[id])
		}
		seen[id] = name
	}
	for _, a := range chart.LedgerAccounts {
		note(a.ID, a.Title())
	}
	for _, b := range chart.BankAccounts("GBP") {
		note(b.ID, b.Name)
	}
	for _, r := range chart.TaxRates[5:] {
		note(r.ID, r.Name)
	}
	if got := chart.Account(4000); got != "bce31dec041d31d2b8fa1b73709a7f02" {
		t.Errorf("account 4000 is now %s: bindings name the old id", got)
	}
}

func TestEveryPercentageButZeroIsThereOnce(t *testing.T) {
	seen := map[string]string{}
	for _, r := range chart.TaxRates {
		if other := seen[r.Percentage.String()]; other != "" && !r.Free() {
			t.Errorf("%s and %s are both %s %%", other, r.Name, r.Percentage)
		}
		seen[r.Percentage.String()] = r.Name
	}
}

func TestWhatSalesMayUse(t *testing.T) {
	for id, want := range map[string]bool{
		chart.Sales: true, chart.Carriage: true, chart.Account(2250): true, chart.Debtors: false, chart.SalesTax: false, chart.Account(1200): false,
	} {
		a, ok := chart.FindAccount(id)
		if !ok || a.VisibleIn("sales") != want {
			t.Errorf("%s is visible in sales: %v, want %v", a.Title(), a.VisibleIn("sales"), want)
		}
	}
}

func TestBanksFollowTheBaseCurrency(t *testing.T) {
	for _, base := range []string{"GBP", "EUR"} {
		for i, want := range []string{base, "EUR", "USD", base, base} {
			b := chart.BankAccounts(base)[i]
			if found, ok := chart.FindBank(base, b.ID); b.Currency != want || !ok || found != b {
				t.Errorf("with books in %s the %s is in %s, want %s", base, b.Name, b.Currency, want)
			}
			if a, ok := chart.FindAccount(b.Ledger); !ok || a.Type != "BANK" {
				t.Errorf("the %s posts to %q", b.Name, a.Title())
			}
		}
	}
}

func TestRatesAreBaseUnitsPerForeignUnit(t *testing.T) {
	for _, c := range []struct{ base, currency, want string }{
		{"GBP", "EUR", "0.85"}, {"GBP", "GBP", "1"}, {"EUR", "GBP", "1.1764705882"}, {"EUR", "USD", "0.9176470588"},
	} {
		if got := chart.Rate(c.base, c.currency); !got.Equal(decimal.Must(c.want)) {
			t.Errorf("one %s is %s %s, want %s", c.currency, got, c.base, c.want)
		}
	}
}

func TestListsAreFoundByID(t *testing.T) {
	for name, list := range map[string][]chart.Named{
		"GB": chart.Countries, "PAID": chart.Statuses, "CUSTOMER_RECEIPT": chart.TransactionTypes, "CASH": chart.PaymentMethods,
	} {
		if n, ok := chart.Find(list, name); !ok || n.Name == "" {
			t.Errorf("%s was not found", name)
		}
		if _, ok := chart.Find(list, "NONE"); ok {
			t.Error("NONE was found")
		}
	}
	for _, found := range []func() bool{
		func() bool { _, ok := chart.FindTaxRate("DE_19"); return ok },
		func() bool { _, ok := chart.FindCurrency("XXX"); return ok },
		func() bool { _, ok := chart.FindBank("GBP", "none"); return ok },
	} {
		if found() {
			t.Error("something unknown was found")
		}
	}
}
