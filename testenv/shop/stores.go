package shop

import (
	"context"
	"fmt"
)

// A store is a store view. Both belong to the one website, whose base currency
// is GBP; the European view sells in EUR.
type store struct {
	id       int64
	code     string
	name     string
	currency string
	rate     amount // base to order currency
	prefix   string // of document numbers
	locale   string
}

// stores by id: a shop's first view numbers without a prefix, later ones with their id.
var stores = []store{
	{id: 1, code: "default", name: "United Kingdom", currency: "GBP", rate: one, locale: "en_GB"},
	{id: 2, code: "eu", name: "Europe", currency: "EUR", rate: 11_700, prefix: "2", locale: "en_IE"},
}

const baseCurrency = "GBP"

// storeNamed finds a store view by its code; empty is the default one.
func storeNamed(code string) (store, error) {
	for _, candidate := range stores {
		if candidate.code == code || (code == "" && candidate.id == 1) {
			return candidate, nil
		}
	}
	return store{}, fmt.Errorf("no store view has the code %q", code)
}

// storeWithID finds a store view by its id.
func storeWithID(id int64) store { return stores[id-1] }

// inCurrency is a base amount in the base and the store's currency, to the cent.
func (st store) inCurrency(base amount) pair {
	return pair{base, base.share(st.rate, one).cents()}
}

// unrounded is inCurrency to four places, as the credit memo's form converts.
func (st store) unrounded(base amount) pair { return pair{base, base.share(st.rate, one)} }

func (s *Shop) seedStores(ctx context.Context) error {
	// Ids of 0 are the admin's scope and must not become auto-increments.
	connection, err := s.db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer connection.Close()
	if _, err := connection.ExecContext(ctx, "set sql_mode='NO_AUTO_VALUE_ON_ZERO'"); err != nil {
		return fmt.Errorf("set mode: %w", err)
	}
	defer connection.ExecContext(ctx, "set sql_mode=''")
	rows := []struct {
		table string
		row   row
	}{
		{"store_website", row{"website_id": 0, "code": "admin", "name": "Admin"}},
		{"store_website", row{"website_id": 1, "code": "base", "name": "Main Website", "default_group_id": 1, "is_default": 1}},
		{"store_group", row{"group_id": 0, "website_id": 0, "name": "Default", "code": "default"}},
		{"store_group", row{"group_id": 1, "website_id": 1, "name": "Main Store", "root_category_id": 2, "default_store_id": 1, "code": "main"}},
		{"store", row{"store_id": 0, "code": "admin", "website_id": 0, "group_id": 0, "name": "Admin", "is_active": 1}},
		{"customer_group", row{"customer_group_id": 0, "customer_group_code": "NOT LOGGED IN", "tax_class_id": 3}},
		{"customer_group", row{"customer_group_id": 1, "customer_group_code": "General", "tax_class_id": 3}},
		{"customer_group", row{"customer_group_id": 2, "customer_group_code": "Wholesale", "tax_class_id": 3}},
		{"directory_currency_rate", row{"currency_from": "GBP", "currency_to": "EUR", "rate": "1.170000000000"}},
		{"directory_currency_rate", row{"currency_from": "GBP", "currency_to": "GBP", "rate": "1.000000000000"}},
	}
	for _, seed := range rows {
		if _, err := s.insert(ctx, connection, seed.table, seed.row); err != nil {
			return err
		}
	}
	for _, view := range stores {
		if _, err := s.insert(ctx, connection, "store", row{
			"store_id": view.id, "code": view.code, "website_id": 1, "group_id": 1,
			"name": view.name, "sort_order": view.id, "is_active": 1,
		}); err != nil {
			return err
		}
	}
	return s.seedConfiguration(ctx)
}

func (s *Shop) seedConfiguration(ctx context.Context) error {
	inclusive := "0"
	if s.options.TaxInclusive {
		inclusive = "1"
	}
	for _, setting := range []struct {
		scope string
		id    int
		path  string
		value string
	}{
		{"default", 0, "currency/options/base", baseCurrency},
		{"default", 0, "currency/options/default", baseCurrency},
		{"default", 0, "currency/options/allow", "GBP,EUR"},
		{"stores", 2, "currency/options/default", "EUR"},
		{"default", 0, "general/locale/timezone", "Europe/London"},
		{"stores", 2, "general/locale/timezone", "Europe/Dublin"},
		{"default", 0, "general/locale/code", "en_GB"},
		{"default", 0, "general/country/default", "GB"},
		{"default", 0, "tax/calculation/price_includes_tax", inclusive},
		{"default", 0, "tax/calculation/shipping_includes_tax", inclusive},
		{"default", 0, "tax/calculation/discount_tax", inclusive},
		{"default", 0, "tax/calculation/algorithm", "TOTAL_BASE_CALCULATION"},
		{"default", 0, "tax/weee/enable", "1"},
		{"default", 0, "payment/braintree/private_key", "0:3:" + s.secret("gateway-key")},
	} {
		if _, err := s.insert(ctx, s.db, "core_config_data", row{
			"scope": setting.scope, "scope_id": setting.id, "path": setting.path, "value": setting.value, "updated_at": s.now(),
		}); err != nil {
			return err
		}
	}
	return nil
}
