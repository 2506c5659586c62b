package policy

import (
	"maps"
	"slices"
)

// Payments names the bank accounts that receive payments.
type Payments struct {
	// PaymentMethodMap names the bank account of each payment method; null leaves its
	// invoices unpaid. Methods that are not here go to DefaultBankAccountID.
	PaymentMethodMap     map[string]*string `yaml:"payment_method_map,omitempty" json:"payment_method_map,omitempty"`
	DefaultBankAccountID string             `yaml:"default_bank_account_id,omitempty" json:"default_bank_account_id,omitempty"`
}

// BankFor is the account that receives the payments of a method; "" leaves its invoices
// unpaid.
func (p Payments) BankFor(method string) string {
	if id, ok := p.PaymentMethodMap[method]; ok {
		if id == nil {
			return ""
		}
		return *id
	}
	return p.DefaultBankAccountID
}

func (Payments) check() []fault { return nil }
func (Payments) later() []knob  { return nil }

func (p Payments) references() []Reference {
	all := []Reference{{"default_bank_account_id", p.DefaultBankAccountID, BankAccount}}
	for _, method := range slices.Sorted(maps.Keys(p.PaymentMethodMap)) {
		if id := p.PaymentMethodMap[method]; id != nil {
			all = append(all, Reference{"payment_method_map " + method, *id, BankAccount})
		}
	}
	return all
}
