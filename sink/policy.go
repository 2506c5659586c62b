package sink

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/mage2sage/mage2sage/schemas/money"
)

// A Policy says how one shop's documents stand in one set of books. It is data: it
// is imported, versioned and exported with its binding.
type Policy struct {
	// SyncSince leaves out documents that were made earlier; unset, it is when the
	// binding was first imported, so that a snapshot never posts what is in the
	// books already.
	SyncSince *time.Time `yaml:"sync_since,omitempty" json:"sync_since,omitempty"`
	// SyncUnpaidInvoices false keeps an invoice waiting until it is paid.
	SyncUnpaidInvoices bool `yaml:"sync_unpaid_invoices" json:"sync_unpaid_invoices"`
	// SyncZeroValueInvoices false leaves out documents over nothing.
	SyncZeroValueInvoices bool `yaml:"sync_zero_value_invoices" json:"sync_zero_value_invoices"`
	// WebsiteFilter and StoreFilter list Magento's ids; empty takes all.
	WebsiteFilter []int `yaml:"website_filter,omitempty" json:"website_filter,omitempty"`
	StoreFilter   []int `yaml:"store_filter,omitempty" json:"store_filter,omitempty"`

	// DefaultLedgerAccountID is the sales account of lines, and of everything below
	// that has no account of its own.
	DefaultLedgerAccountID         string `yaml:"default_ledger_account_id,omitempty" json:"default_ledger_account_id,omitempty"`
	ShippingLedgerAccountID        string `yaml:"shipping_ledger_account_id,omitempty" json:"shipping_ledger_account_id,omitempty"`
	AdjustmentLedgerAccountID      string `yaml:"adjustment_ledger_account_id,omitempty" json:"adjustment_ledger_account_id,omitempty"`
	DiscountLedgerAccountID        string `yaml:"discount_ledger_account_id,omitempty" json:"discount_ledger_account_id,omitempty"`
	DefaultPurchaseLedgerAccountID string `yaml:"default_purchase_ledger_account_id,omitempty" json:"default_purchase_ledger_account_id,omitempty"`

	// TaxRateMap names Sage's tax rate for each percentage that Magento charges:
	// {"20.00": GB_STANDARD}. Nothing else chooses a rate, but DefaultTaxRateID where
	// somebody sets it.
	TaxRateMap       map[string]string `yaml:"tax_rate_map,omitempty" json:"tax_rate_map,omitempty"`
	DefaultTaxRateID string            `yaml:"default_tax_rate_id,omitempty" json:"default_tax_rate_id,omitempty"`
	// UntaxedTaxRateID is the rate of adjustments without tax; unset, that of "0.00".
	UntaxedTaxRateID string `yaml:"untaxed_tax_rate_id,omitempty" json:"untaxed_tax_rate_id,omitempty"`

	// PaymentMethodMap names the bank account of each payment method; null leaves
	// its invoices unpaid. Methods that are not here go to DefaultBankAccountID.
	PaymentMethodMap     map[string]*string `yaml:"payment_method_map,omitempty" json:"payment_method_map,omitempty"`
	DefaultBankAccountID string             `yaml:"default_bank_account_id,omitempty" json:"default_bank_account_id,omitempty"`

	// InvoiceNumberPrefix stands before Magento's numbers, ContactPrefix before its
	// customer ids. Both are unique per source in a business.
	InvoiceNumberPrefix string `yaml:"invoice_number_prefix,omitempty" json:"invoice_number_prefix,omitempty"`
	ContactPrefix       string `yaml:"contact_prefix" json:"contact_prefix"`
	// CustomerNamePriority says which name a contact has that has both: Company or Person.
	CustomerNamePriority string `yaml:"customer_name_priority" json:"customer_name_priority"`
	// Rounding says what happens to a penny that the parts lack: line or park.
	Rounding string `yaml:"rounding" json:"rounding"`
	// B2C names the contact of buyers without an e-mail address.
	B2C B2C `yaml:"b2c" json:"b2c"`

	// What this version does not do yet; switching it on is refused.
	SyncProducts              bool              `yaml:"sync_products,omitempty" json:"sync_products,omitempty"`
	SyncStock                 bool              `yaml:"sync_stock,omitempty" json:"sync_stock,omitempty"`
	DefaultEUGoodsServices    string            `yaml:"default_eu_goods_services_type,omitempty" json:"default_eu_goods_services_type,omitempty"`
	ProductTypeEUGoodsMap     map[string]string `yaml:"product_type_eu_goods_map,omitempty" json:"product_type_eu_goods_map,omitempty"`
	InitialStatus             string            `yaml:"initial_status,omitempty" json:"initial_status,omitempty"`
	DueDays                   *int              `yaml:"due_days,omitempty" json:"due_days,omitempty"`
	ShippingPanel             bool              `yaml:"shipping_panel,omitempty" json:"shipping_panel,omitempty"`
	ClosedPeriod              string            `yaml:"closed_period,omitempty" json:"closed_period,omitempty"`
	TaxRouting                []map[string]any  `yaml:"tax_routing,omitempty" json:"tax_routing,omitempty"`
	SettlementLedgerAccountID string            `yaml:"settlement_ledger_account_id,omitempty" json:"settlement_ledger_account_id,omitempty"`
}

// B2C is who buys when nobody is named.
type B2C struct {
	Enabled                  bool         `yaml:"enabled,omitempty" json:"enabled,omitempty"`
	FallbackContactName      string       `yaml:"fallback_contact_name" json:"fallback_contact_name"`
	FallbackContactEmail     string       `yaml:"fallback_contact_email,omitempty" json:"fallback_contact_email,omitempty"`
	FallbackContactReference string       `yaml:"fallback_contact_reference" json:"fallback_contact_reference"`
	MinTotalForIndividual    money.Amount `yaml:"min_total_for_individual" json:"min_total_for_individual"`
	AlwaysIndividualForB2B   bool         `yaml:"always_individual_for_b2b" json:"always_individual_for_b2b"`
}

// DefaultPolicy is what a policy is where it says nothing.
func DefaultPolicy() Policy {
	return Policy{
		SyncUnpaidInvoices: true, SyncZeroValueInvoices: true, ContactPrefix: "M", CustomerNamePriority: "Company", Rounding: "line",
		B2C: B2C{FallbackContactName: "Magento Web Sales", FallbackContactReference: "WEBSALES", AlwaysIndividualForB2B: true},
	}
}

// Validate tells everything that is wrong, each with the knob to correct.
func (p Policy) Validate() error {
	var all []error
	wrong := func(bad bool, format string, args ...any) {
		if bad {
			all = append(all, fmt.Errorf("policy: "+format, args...))
		}
	}
	wrong(p.DefaultLedgerAccountID == "", "default_ledger_account_id is empty: set it to the id of a sales account in Sage")
	wrong(p.CustomerNamePriority != "Company" && p.CustomerNamePriority != "Person", "customer_name_priority is %q: write Company or Person", p.CustomerNamePriority)
	wrong(p.Rounding != "line" && p.Rounding != "park", "rounding is %q: write line or park", p.Rounding)
	wrong(len(p.ContactPrefix) > 3 || !asciiLetters(p.ContactPrefix), "contact_prefix is %q: write one to three letters", p.ContactPrefix)
	wrong(strings.HasPrefix(p.ContactPrefix, "G"), "contact_prefix is %q: G begins the references of guests", p.ContactPrefix)
	wrong(len(p.InvoiceNumberPrefix) > 12, "invoice_number_prefix is longer than 12 characters")
	ref := p.B2C.FallbackContactReference
	wrong(ref == "" || len([]rune(ref)) > contactReferenceLength, "b2c.fallback_contact_reference is %q: write 1 to 10 characters", ref)
	for percent := range p.TaxRateMap {
		_, err := percentKey(percent)
		wrong(err != nil, "tax_rate_map has the key %q: write a percentage with two decimals, such as \"20.00\"", percent)
	}
	return errors.Join(append(all, p.notYet()...)...)
}

// notYet refuses what is switched on and not in this version: a knob that is
// quietly without effect would be worse.
func (p Policy) notYet() (all []error) {
	for knob, on := range map[string]bool{
		"sync_products": p.SyncProducts, "sync_stock": p.SyncStock, "b2c.enabled": p.B2C.Enabled,
		"default_eu_goods_services_type": p.DefaultEUGoodsServices != "" && p.DefaultEUGoodsServices != "GOODS",
		"product_type_eu_goods_map":      len(p.ProductTypeEUGoodsMap) > 0, "tax_routing": len(p.TaxRouting) > 0,
		"initial_status": p.InitialStatus != "", "due_days": p.DueDays != nil, "shipping_panel": p.ShippingPanel,
		"closed_period": p.ClosedPeriod != "" && p.ClosedPeriod != "park", "settlement_ledger_account_id": p.SettlementLedgerAccountID != "",
	} {
		if on {
			all = append(all, fmt.Errorf("policy: %s is not in this version yet: leave it out", knob))
		}
	}
	return all
}

func asciiLetters(s string) bool {
	for _, c := range s {
		if c < 'A' || c > 'Z' {
			return false
		}
	}
	return s != ""
}

// percentKey is a percentage as the map has it: two decimals, more where they
// matter.
func percentKey(s string) (string, error) {
	a, err := money.Parse(strings.TrimSpace(s))
	if err != nil {
		return "", err
	}
	for places := 2; places < 6; places++ {
		if a.Round(places).Equal(a) {
			return a.Fixed(places), nil
		}
	}
	return a.Fixed(6), nil
}

// canonical brings the keys of the tax map into the form that documents have.
func (p Policy) canonical() Policy {
	rates := map[string]string{}
	for percent, id := range p.TaxRateMap {
		if key, err := percentKey(percent); err == nil {
			rates[key] = id
		}
	}
	p.TaxRateMap = rates
	return p
}

// taxRate is Sage's tax rate for a percentage.
func (p Policy) taxRate(percent string) (id string, ok bool) {
	if key, err := percentKey(percent); err == nil && p.TaxRateMap[key] != "" {
		return p.TaxRateMap[key], true
	}
	return p.DefaultTaxRateID, p.DefaultTaxRateID != ""
}

// bank is the account that receives the payments of a method; "" leaves them out.
func (p Policy) bank(method string) string {
	if id, ok := p.PaymentMethodMap[method]; ok {
		if id == nil {
			return ""
		}
		return *id
	}
	return p.DefaultBankAccountID
}

// or is the first account that is set.
func or(ids ...string) string {
	for _, id := range ids {
		if id != "" {
			return id
		}
	}
	return ""
}
