package contract

import (
	"errors"
	"net/http"
	"strings"
)

// Survey reads what postings need: currencies, accounts and tax rates of the business.
func (b *Business) Survey() error {
	settings, err := b.must(200, http.MethodGet, "/financial_settings", nil)
	if err != nil {
		return err
	}
	b.Base = settings.str("base_currency.id")
	if settings.get("multi_currency_enabled") == true {
		b.Foreign = map[bool]string{true: "GBP", false: "EUR"}[b.Base == "EUR"]
	}
	if b.Ledger, err = b.first("/ledger_accounts?visible_in=sales&attributes=all&items_per_page=200", func(account reply) bool {
		return account.get("is_control_account") != true && account.str("ledger_account_type.id") == "SALES"
	}); err != nil {
		return err
	}
	if b.Purchase, err = b.first("/ledger_accounts?visible_in=expenses&attributes=all&items_per_page=200", func(account reply) bool { return account.get("is_control_account") != true }); err != nil {
		return err
	}
	if b.Bank, err = b.first("/bank_accounts?attributes=all&items_per_page=200", func(bank reply) bool { return bank.str("currency.id") == b.Base }); err != nil {
		return err
	}
	if b.Tax, err = b.first("/tax_rates?attributes=percentage&items_per_page=200", b.taxed); err != nil {
		return err
	}
	b.Free, err = b.first("/tax_rates?attributes=percentage&items_per_page=200", func(rate reply) bool { return rate.str("percentage") == "0.0" || rate.str("percentage") == "0" })
	return err
}

// taxed takes a rate above 0, and notes its percentage.
func (b *Business) taxed(rate reply) bool {
	percent := rate.str("percentage")
	if percent == "" || strings.Trim(percent, "0.") == "" {
		return false
	}
	b.Percent = percent
	return true
}

// first is the id of the first item of a list that fits.
func (b *Business) first(path string, fits func(reply) bool) (string, error) {
	list, err := b.must(200, http.MethodGet, path, nil)
	if err != nil {
		return "", err
	}
	items, _ := list.get("$items").([]any)
	for _, item := range items {
		object, _ := item.(map[string]any)
		if one := (reply{object: object}); fits(one) {
			return one.str("id"), nil
		}
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "?")
	return "", errors.New("the business has nothing that fits among its " + strings.ReplaceAll(name, "_", " "))
}
