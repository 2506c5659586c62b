package policy

import (
	"encoding/json"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/mage2sage/mage2sage/schemas/money"
)

// valid is a policy with nothing wrong.
func valid() Policy {
	p := Default()
	p.DefaultLedgerAccountID = "sales"
	return p
}

func TestTheDefaultLacksOnlyASalesAccount(t *testing.T) {
	if err := valid().Validate(); err != nil {
		t.Errorf("the default with a sales account: %v", err)
	}
	if err := Default().Validate(); err != nil || Default().Complete() || !valid().Complete() {
		t.Errorf("the default: %v, complete %v; want what may be imported before the ids are known", err, Default().Complete())
	}
}

// keys are those of the file; they never change, because people have files with them.
var keys = []string{
	"adjustment_ledger_account_id", "b2c", "closed_period", "contact_prefix", "customer_name_priority", "default_bank_account_id",
	"default_eu_goods_services_type", "default_ledger_account_id", "default_purchase_ledger_account_id", "default_tax_rate_id",
	"discount_ledger_account_id", "due_days", "initial_status", "invoice_number_prefix", "offline_refunds", "payment_method_map", "product_type_eu_goods_map",
	"rounding", "settlement_ledger_account_id", "shipping_ledger_account_id", "shipping_panel", "store_filter", "sync_products", "sync_since",
	"sync_stock", "sync_unpaid_invoices", "sync_zero_value_invoices", "tax_code_map", "tax_rate_map",
	"tax_rate_tolerance", "tax_routing", "untaxed_tax_rate_id", "website_filter",
}

func TestTheFileIsFlatInYAMLAndJSON(t *testing.T) {
	var yamlKeys, jsonKeys []string
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Policy]()) {
		if f.Anonymous {
			continue
		}
		y, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		j, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		yamlKeys, jsonKeys = append(yamlKeys, y), append(jsonKeys, j)
	}
	slices.Sort(yamlKeys)
	slices.Sort(jsonKeys)
	if diff := cmp.Diff(keys, yamlKeys); diff != "" {
		t.Errorf("keys of YAML (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(keys, jsonKeys); diff != "" {
		t.Errorf("keys of JSON (-want +got):\n%s", diff)
	}
}

func TestAPolicyComesBackFromYAMLAndJSONAsItWent(t *testing.T) {
	bank, since, due := "paypal", time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), 14
	p := valid()
	p.SyncSince, p.WebsiteFilter, p.SyncUnpaidInvoices = &since, []int{1, 2}, false
	p.TaxRateMap, p.TaxRouting = map[string]string{"20.00": "A"}, []TaxRule{{Countries: []string{"DE"}, TaxRateID: "B"}}
	p.PaymentMethodMap, p.InvoiceNumberPrefix, p.Rounding, p.DueDays = map[string]*string{"paypal": &bank, "checkmo": nil}, "UK-", "park", &due
	p.B2C.FallbackContactName, p.SyncStock = "Web", true

	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Read(text)
	if diff := cmp.Diff(p, got); err != nil || diff != "" {
		t.Errorf("JSON: %v (-want +got):\n%s", err, diff)
	}
	if text, err = yaml.Marshal(p); err != nil {
		t.Fatal(err)
	}
	got = Default()
	err = yaml.UnmarshalWithOptions(text, &got, yaml.Strict())
	if diff := cmp.Diff(p, got); err != nil || diff != "" {
		t.Errorf("YAML: %v (-want +got):\n%s\n%s", err, diff, text)
	}
}

func TestWhatAKeptPolicyDoesNotSayHasItsDefault(t *testing.T) {
	p, err := Read(json.RawMessage(`{"rounding":"park"}`))
	if err != nil || p.Rounding != "park" || p.ContactPrefix != "M" || !p.SyncUnpaidInvoices || p.B2C.FallbackContactReference != "WEBSALES" {
		t.Errorf("%+v, %v; want park and the defaults", p, err)
	}
	if _, err := Read(json.RawMessage(`{"rounding":1}`)); err == nil {
		t.Error("a policy that does not decode is read")
	}
}

// refusedKnobs sets each knob that this version does not act on.
var refusedKnobs = []struct {
	name string
	set  func(*Policy)
}{
	{"default_purchase_ledger_account_id", func(p *Policy) { p.DefaultPurchaseLedgerAccountID = "x" }},
	{"settlement_ledger_account_id", func(p *Policy) { p.SettlementLedgerAccountID = "x" }},
	{"tax_routing", func(p *Policy) { p.TaxRouting = []TaxRule{{TaxRateID: "x"}} }},
	{"b2c.enabled", func(p *Policy) { p.B2C.Enabled = true }},
	{"b2c.min_total_for_individual", func(p *Policy) { p.B2C.MinTotalForIndividual = money.FromInt(100) }},
	{"b2c.always_individual_for_b2b", func(p *Policy) { p.B2C.AlwaysIndividualForB2B = false }},
	{"initial_status", func(p *Policy) { p.InitialStatus = "DRAFT" }},
	{"due_days", func(p *Policy) { n := 14; p.DueDays = &n }},
	{"shipping_panel", func(p *Policy) { p.ShippingPanel = true }},
	{"closed_period", func(p *Policy) { p.ClosedPeriod = "shift" }},
	{"sync_products", func(p *Policy) { p.SyncProducts = true }},
	{"sync_stock", func(p *Policy) { p.SyncStock = true }},
	{"default_eu_goods_services_type", func(p *Policy) { p.DefaultEUGoodsServices = "SERVICES" }},
	{"product_type_eu_goods_map", func(p *Policy) { p.ProductTypeEUGoodsMap = map[string]string{"simple": "GOODS"} }},
}

func TestAKnobWithoutEffectIsRefused(t *testing.T) {
	for _, k := range refusedKnobs {
		t.Run(k.name, func(t *testing.T) {
			p := valid()
			k.set(&p)
			if err := p.Validate(); err == nil || err.Error() != "policy: "+k.name+" is not in this version yet: leave it out" {
				t.Errorf("%v, want that it is not in this version", err)
			}
		})
	}
}

func TestAKnobThatSaysWhatIsDoneAnywayIsAccepted(t *testing.T) {
	p := valid()
	p.ClosedPeriod, p.DefaultEUGoodsServices = "park", "GOODS"
	if err := p.Validate(); err != nil {
		t.Error(err)
	}
}

func TestRefusalsComeInOneOrder(t *testing.T) {
	p := valid()
	var want []string
	for _, k := range refusedKnobs {
		k.set(&p)
		want = append(want, k.name)
	}
	p.TaxRateMap = map[string]string{"b": "x", "a": "x", "c": "x"}
	for range 20 {
		text := p.Validate().Error()
		var got []string
		for _, m := range regexp.MustCompile(`policy: (\S+) is not in`).FindAllStringSubmatch(text, -1) {
			got = append(got, m[1])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
		if a, b, c := strings.Index(text, `"a"`), strings.Index(text, `"b"`), strings.Index(text, `"c"`); a < 0 || a > b || b > c {
			t.Fatalf("keys of tax_rate_map out of order: %s", text)
		}
	}
}

func TestWhatIsWrongInAGroup(t *testing.T) {
	for name, c := range map[string]struct {
		set  func(*Policy)
		want string
	}{
		"a contact prefix in lower case":      {func(p *Policy) { p.ContactPrefix = "m" }, "contact_prefix is \"m\": write one to three letters"},
		"a contact prefix that is too long":   {func(p *Policy) { p.ContactPrefix = "MAGE" }, "contact_prefix is \"MAGE\""},
		"no contact prefix":                   {func(p *Policy) { p.ContactPrefix = "" }, "contact_prefix is \"\""},
		"an invoice prefix that is too long":  {func(p *Policy) { p.InvoiceNumberPrefix = "MAGENTO-SHOP-" }, "invoice_number_prefix is longer than 12"},
		"a name priority that is none":        {func(p *Policy) { p.CustomerNamePriority = "company" }, "customer_name_priority is \"company\": write Company or Person"},
		"no fallback reference":               {func(p *Policy) { p.B2C.FallbackContactReference = "" }, "b2c.fallback_contact_reference is \"\""},
		"a fallback reference that is longer": {func(p *Policy) { p.B2C.FallbackContactReference = "WEBSALES-UK" }, "write 1 to 10 characters"},
	} {
		t.Run(name, func(t *testing.T) {
			p := valid()
			c.set(&p)
			if err := p.Validate(); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v, want %q and nothing else", err, c.want)
			}
		})
	}
}

func TestReferencesNameEveryIdWithItsKnob(t *testing.T) {
	bank := "paypal"
	p := Policy{
		Accounts: Accounts{DefaultLedgerAccountID: "a1", ShippingLedgerAccountID: "a2", AdjustmentLedgerAccountID: "a3", DiscountLedgerAccountID: "a4"},
		Tax:      Tax{TaxRateMap: map[string]string{"5.00": "t2", "20.00": "t1"}, TaxCodeMap: map[string]string{"GST": "t5"}, DefaultTaxRateID: "t3", UntaxedTaxRateID: "t4"},
		Payments: Payments{PaymentMethodMap: map[string]*string{"paypal": &bank, "checkmo": nil}, DefaultBankAccountID: "b1"},
	}
	want := []Reference{
		{"default_ledger_account_id", "a1", LedgerAccount}, {"shipping_ledger_account_id", "a2", LedgerAccount},
		{"adjustment_ledger_account_id", "a3", LedgerAccount}, {"discount_ledger_account_id", "a4", LedgerAccount},
		{"default_tax_rate_id", "t3", TaxRate}, {"untaxed_tax_rate_id", "t4", TaxRate},
		{`tax_rate_map "20.00"`, "t1", TaxRate}, {`tax_rate_map "5.00"`, "t2", TaxRate}, {`tax_code_map "GST"`, "t5", TaxRate},
		{"default_bank_account_id", "b1", BankAccount}, {"payment_method_map paypal", "paypal", BankAccount},
	}
	if diff := cmp.Diff(want, p.References()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := Default().References(); len(got) != 0 {
		t.Errorf("the default names %v, want nothing", got)
	}
}

func TestAPercentageThatIsNoneSurvivesNormalizing(t *testing.T) {
	p := valid()
	p.TaxRateMap = map[string]string{"standard": "x", "20": "y"}
	n := p.Normalize()
	if err := n.Validate(); err == nil || !strings.Contains(err.Error(), `"standard"`) {
		t.Errorf("%v: an import would drop the key in silence", err)
	}
	if n.TaxRateMap["20.00"] != "y" {
		t.Errorf("%v, want the key 20.00", n.TaxRateMap)
	}
}

func TestAccountsFallBackToTheNextOne(t *testing.T) {
	for name, c := range map[string]struct {
		a    Accounts
		want [3]string // shipping, adjustments, discounts
	}{
		"the sales account alone":       {Accounts{DefaultLedgerAccountID: "s"}, [3]string{"s", "s", "s"}},
		"discounts go with adjustments": {Accounts{DefaultLedgerAccountID: "s", AdjustmentLedgerAccountID: "a"}, [3]string{"s", "a", "a"}},
		"each its own":                  {Accounts{DefaultLedgerAccountID: "s", ShippingLedgerAccountID: "c", AdjustmentLedgerAccountID: "a", DiscountLedgerAccountID: "d"}, [3]string{"c", "a", "d"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := [3]string{c.a.ForShipping(), c.a.ForAdjustments(), c.a.ForDiscounts()}; got != c.want {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

func TestADefaultRateIsTakenOnlyWhereThePolicySetsOne(t *testing.T) {
	tax := Tax{TaxRateMap: map[string]string{"20.00": "A"}}
	if id, ok := tax.RateFor(Charged{Percent: "17.50"}); ok || id != "" {
		t.Errorf("17.50 has the rate %q without a default", id)
	}
	tax.DefaultTaxRateID = "D"
	if id, ok := tax.RateFor(Charged{Percent: "17.50"}); !ok || id != "D" {
		t.Errorf("17.50 has the rate %q, want the default", id)
	}
	if id, _ := tax.RateFor(Charged{Percent: "20"}); id != "A" {
		t.Errorf("20 has the rate %q, want its own", id)
	}
}

func TestSinceIsTheFirstImportUnlessThePolicySaysOtherwise(t *testing.T) {
	imported, earlier := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC), time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	if got := (Scope{}).Since(imported); !got.Equal(imported) {
		t.Errorf("since %s, want the import", got)
	}
	if got := (Scope{SyncSince: &earlier}).Since(imported); !got.Equal(earlier) {
		t.Errorf("since %s, want what the policy says", got)
	}
}
