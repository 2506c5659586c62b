package policy

import (
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

func TestAPolicyIsRefusedInTheOperatorsWords(t *testing.T) {
	good := "binding: a\nsource: shop\npolicy:\n  default_ledger_account_id: x\n"
	for name, c := range map[string]struct{ text, want string }{
		"products are not in this version":     {good + "  sync_products: true\n", "sync_products is not in this version"},
		"consolidation is not in this version": {good + "  b2c: {enabled: true}\n", "b2c.enabled is not in this version"},
		"a percentage that is none":            {good + "  tax_rate_map: {standard: GB_STANDARD}\n", "tax_rate_map has the key \"standard\""},
		"a prefix of guests":                   {good + "  contact_prefix: G\n", "G begins the references of guests"},
		"a word that is no choice":             {good + "  rounding: up\n", "rounding is \"up\": write line or park"},
	} {
		t.Run(name, func(t *testing.T) {
			f := struct{ Policy Policy }{Default()}
			if err := yaml.Unmarshal([]byte(c.text), &f); err != nil {
				t.Fatal(err)
			}
			if err := f.Policy.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q in it", err, c.want)
			}
		})
	}
}

func TestEveryKnobOfTheFormerConnectorIsKnown(t *testing.T) {
	for _, line := range []string{
		"sync_unpaid_invoices: true", "sync_zero_value_invoices: true", "sync_since: 2026-01-01T00:00:00Z", "website_filter: []", "store_filter: []",
		"sync_products: false", "sync_stock: false", "default_tax_rate_id: x", "default_ledger_account_id: x", "default_bank_account_id: x",
		"default_purchase_ledger_account_id: x", "payment_method_map: {checkmo: null}", "tax_rate_map: {\"20.00\": x}", "invoice_number_prefix: M-",
		"customer_name_priority: Company", "default_eu_goods_services_type: GOODS", "product_type_eu_goods_map: {}",
		"b2c: {enabled: false, fallback_contact_name: x, fallback_contact_email: a@b.test, fallback_contact_reference: WEB, min_total_for_individual: \"0\", always_individual_for_b2b: true}",
	} {
		f := struct{ Policy Policy }{}
		if err := yaml.UnmarshalWithOptions([]byte("policy:\n  "+line+"\n"), &f, yaml.Strict()); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
}

func TestPercentagesAreFoundHoweverTheyAreWritten(t *testing.T) {
	p := Tax{TaxRateMap: map[string]string{" 20.0 ": "A", "5": "B", "8.875": "C"}}.normalize()
	for percent, want := range map[string]string{"20.00": "A", "5.00": "B", "8.875": "C", "17.50": ""} {
		if got, _ := p.RateFor(Charged{Percent: percent}); got != want {
			t.Errorf("%s maps to %q, want %q", percent, got, want)
		}
	}
}

func TestPaymentMethodsFindTheirBank(t *testing.T) {
	bank := "paypal"
	p := Payments{PaymentMethodMap: map[string]*string{"paypal": &bank, "checkmo": nil}, DefaultBankAccountID: "current"}
	for method, want := range map[string]string{"paypal": "paypal", "checkmo": "", "stripe": "current"} {
		if got := p.BankFor(method); got != want {
			t.Errorf("%s goes to %q, want %q", method, got, want)
		}
	}
	p.DefaultBankAccountID = ""
	if got := p.BankFor("stripe"); got != "" {
		t.Errorf("without a default, stripe goes to %q, want nowhere", got)
	}
}
