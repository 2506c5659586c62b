package policy

import "cmp"

// Accounts names ledger accounts in Sage.
type Accounts struct {
	// DefaultLedgerAccountID is the sales account of lines, and of everything below that
	// has no account of its own.
	DefaultLedgerAccountID    string `yaml:"default_ledger_account_id,omitempty" json:"default_ledger_account_id,omitempty"`
	ShippingLedgerAccountID   string `yaml:"shipping_ledger_account_id,omitempty" json:"shipping_ledger_account_id,omitempty"`
	AdjustmentLedgerAccountID string `yaml:"adjustment_ledger_account_id,omitempty" json:"adjustment_ledger_account_id,omitempty"`
	DiscountLedgerAccountID   string `yaml:"discount_ledger_account_id,omitempty" json:"discount_ledger_account_id,omitempty"`

	// Refused in this version.
	DefaultPurchaseLedgerAccountID string `yaml:"default_purchase_ledger_account_id,omitempty" json:"default_purchase_ledger_account_id,omitempty"`
	SettlementLedgerAccountID      string `yaml:"settlement_ledger_account_id,omitempty" json:"settlement_ledger_account_id,omitempty"`
}

// ForShipping is the account of shipping.
func (a Accounts) ForShipping() string {
	return cmp.Or(a.ShippingLedgerAccountID, a.DefaultLedgerAccountID)
}

// ForAdjustments is the account of fees, refunds and rounding.
func (a Accounts) ForAdjustments() string {
	return cmp.Or(a.AdjustmentLedgerAccountID, a.DefaultLedgerAccountID)
}

// ForDiscounts is the account of discounts that no line explains.
func (a Accounts) ForDiscounts() string {
	return cmp.Or(a.DiscountLedgerAccountID, a.ForAdjustments())
}

// Complete reports whether documents can be posted. A binding may be imported and
// connected before: the ids come out of Sage.
func (a Accounts) Complete() bool { return a.DefaultLedgerAccountID != "" }

func (Accounts) check() []fault { return nil }

func (a Accounts) later() []knob {
	return []knob{
		{"default_purchase_ledger_account_id", a.DefaultPurchaseLedgerAccountID != ""},
		{"settlement_ledger_account_id", a.SettlementLedgerAccountID != ""},
	}
}

func (a Accounts) references() []Reference {
	return []Reference{
		{"default_ledger_account_id", a.DefaultLedgerAccountID, LedgerAccount},
		{"shipping_ledger_account_id", a.ShippingLedgerAccountID, LedgerAccount},
		{"adjustment_ledger_account_id", a.AdjustmentLedgerAccountID, LedgerAccount},
		{"discount_ledger_account_id", a.DiscountLedgerAccountID, LedgerAccount},
	}
}
