package sink

import (
	"context"
	"fmt"
	"strings"

	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/sage/auth"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/store"
)

// Connecting is one run of connect.
type Connecting struct {
	Config  sage.Config
	Store   *store.Store
	Binding string
	// Business is the id of the business to take; "" takes the only one.
	Business string
	// OnConsentURL is given the address at which a person gives consent.
	OnConsentURL func(url string)
}

// Connect gets consent for a binding, chooses the business, checks it and keeps
// its tokens. It waits for the person until ctx ends.
func Connect(ctx context.Context, c Connecting) (store.Binding, error) {
	binding, err := c.Store.Binding(ctx, c.Binding)
	if err != nil {
		return store.Binding{}, err
	}
	keys, err := auth.NewKeyring(c.Config.EncryptionKeys)
	if err != nil {
		return store.Binding{}, err
	}
	network := sage.NewNetwork(c.Config)
	defer network.Close()
	pair, err := consent(ctx, network, c.OnConsentURL)
	if err != nil {
		return store.Binding{}, err
	}
	found, err := c.choose(ctx, network, pair, binding)
	if err != nil {
		return store.Binding{}, err
	}
	v := vault{c.Store, keys, c.Binding, found.Business}
	if err := v.Store(ctx, pair); err != nil {
		return store.Binding{}, err
	}
	if err := c.Store.Connect(ctx, found); err != nil {
		return store.Binding{}, err
	}
	return c.Store.Binding(ctx, c.Binding)
}

func consent(ctx context.Context, n *sage.Network, show func(string)) (auth.TokenPair, error) {
	question, err := n.App().NewConsent()
	if err != nil {
		return auth.TokenPair{}, err
	}
	defer question.Close()
	show(question.URL())
	return question.Wait(ctx)
}

// choose finds the business and reads what postings depend on.
func (c Connecting) choose(ctx context.Context, n *sage.Network, pair auth.TokenPair, b store.Binding) (found store.Connection, err error) {
	businesses, err := sage.NewClient(n, auth.StaticToken(pair.Access), b.Name, "").Businesses(ctx)
	if err != nil {
		return found, err
	}
	business, err := pick(businesses, c.Business)
	if err != nil {
		return found, err
	}
	if b.Business != "" && b.Business != business.ID {
		return found, fmt.Errorf("binding %s posts to %s: its documents stand there; make a new binding for %s", b.Name, b.BusinessName, business.DisplayedAs)
	}
	if err := checkShared(ctx, c.Store, b, business.ID); err != nil {
		return found, err
	}
	client := sage.NewClient(n, auth.StaticToken(pair.Access), b.Name, business.ID)
	settings, err := client.FinancialSettings(ctx)
	if err != nil {
		return found, err
	}
	if settings.BaseCurrency.ID == "" {
		return found, fmt.Errorf("business %s has no base currency: finish its set-up in Sage, then connect again", business.DisplayedAs)
	}
	policy, err := policyOf(b)
	if err != nil {
		return found, err
	}
	if err := checkReferences(ctx, client, policy); err != nil {
		return found, err
	}
	return store.Connection{Binding: b.Name, Business: business.ID, BusinessName: business.DisplayedAs, BaseCurrency: settings.BaseCurrency.ID}, nil
}

// pick takes the business that was asked for, or the only one.
func pick(all []resource.Business, id string) (resource.Business, error) {
	var names []string
	for _, b := range all {
		if b.ID == id || id == "" && len(all) == 1 {
			return b, nil
		}
		names = append(names, b.ID+" "+b.DisplayedAs)
	}
	switch {
	case len(all) == 0:
		return resource.Business{}, fmt.Errorf("this Sage user sees no business: give consent as one who does")
	case id != "":
		return resource.Business{}, fmt.Errorf("this Sage user sees no business %s but %s", id, strings.Join(names, ", "))
	}
	return resource.Business{}, fmt.Errorf("this Sage user sees several businesses: choose one with --business: %s", strings.Join(names, ", "))
}

// checkReferences holds the ids of a policy against the business: one that is not
// there would be found only when the first document is refused.
func checkReferences(ctx context.Context, client *sage.Client, p Policy) error {
	rates, err := client.TaxRates(ctx)
	if err != nil {
		return err
	}
	accounts, err := client.LedgerAccounts(ctx)
	if err != nil {
		return err
	}
	banks, err := client.BankAccounts(ctx)
	if err != nil {
		return err
	}
	missing := func(knob, id string, have map[string]bool) error {
		if id == "" || have[id] {
			return nil
		}
		return fmt.Errorf("policy: %s names %s, which this business has not: correct it, import the binding, then connect again", knob, id)
	}
	rateIDs, accountIDs, bankIDs := map[string]bool{}, idsOf(accounts), idsOf(banks)
	for _, r := range rates {
		rateIDs[r.ID] = true
	}
	checks := []error{
		missing("default_ledger_account_id", p.DefaultLedgerAccountID, accountIDs),
		missing("shipping_ledger_account_id", p.ShippingLedgerAccountID, accountIDs),
		missing("adjustment_ledger_account_id", p.AdjustmentLedgerAccountID, accountIDs),
		missing("discount_ledger_account_id", p.DiscountLedgerAccountID, accountIDs),
		missing("default_bank_account_id", p.DefaultBankAccountID, bankIDs),
		missing("default_tax_rate_id", p.DefaultTaxRateID, rateIDs),
		missing("untaxed_tax_rate_id", p.UntaxedTaxRateID, rateIDs),
	}
	for percent, id := range p.TaxRateMap {
		checks = append(checks, missing(fmt.Sprintf("tax_rate_map %q", percent), id, rateIDs))
	}
	for method, id := range p.PaymentMethodMap {
		if id != nil {
			checks = append(checks, missing("payment_method_map "+method, *id, bankIDs))
		}
	}
	for _, err := range checks {
		if err != nil {
			return err
		}
	}
	return nil
}

func idsOf(all []resource.Ref) map[string]bool {
	ids := map[string]bool{}
	for _, r := range all {
		ids[r.ID] = true
	}
	return ids
}
