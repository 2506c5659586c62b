package policy

import (
	"maps"
	"slices"
)

// Payments names the bank accounts that receive payments.
type Payments struct {
	// PaymentMethodMap names the bank account of each payment method, that receives its
	// payments and gives its refunds; null leaves its documents unpaid. Methods that are not here go to DefaultBankAccountID.
	PaymentMethodMap     map[string]*string `yaml:"payment_method_map,omitempty" json:"payment_method_map,omitempty"`
	DefaultBankAccountID string             `yaml:"default_bank_account_id,omitempty" json:"default_bank_account_id,omitempty"`
	// OfflineRefunds says what happens to a refund that Magento has sent through no gateway:
	// refund, from the bank account of its payment method, or leave_open.
	OfflineRefunds string `yaml:"offline_refunds" json:"offline_refunds"`
}

const (
	refundOffline = "refund"
	leaveOpen     = "leave_open"
)

func defaultPayments() Payments { return Payments{OfflineRefunds: refundOffline} }

// LeavesOpen reports whether a refund is left open: one without a gateway's transaction,
// where the policy says so.
func (p Payments) LeavesOpen(transactionID string) bool {
	return p.OfflineRefunds == leaveOpen && transactionID == ""
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

// IsMapped reports whether the policy names a method, be it with null.
func (p Payments) IsMapped(method string) bool {
	_, ok := p.PaymentMethodMap[method]
	return ok
}

func (p Payments) check() []fault {
	var f faults
	f.when(p.OfflineRefunds != refundOffline && p.OfflineRefunds != leaveOpen, "offline_refunds is %q: write refund or leave_open", p.OfflineRefunds)
	return f
}
func (Payments) later() []knob { return nil }

func (p Payments) references() []Reference {
	all := []Reference{{"default_bank_account_id", p.DefaultBankAccountID, BankAccount}}
	for _, method := range slices.Sorted(maps.Keys(p.PaymentMethodMap)) {
		if id := p.PaymentMethodMap[method]; id != nil {
			all = append(all, Reference{"payment_method_map " + method, *id, BankAccount})
		}
	}
	return all
}
