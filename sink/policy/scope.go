package policy

import "time"

// Scope says which documents go to Sage.
type Scope struct {
	// SyncSince leaves out documents that were made earlier; unset, it is when the
	// binding was first imported, so that a snapshot never posts what is in the books
	// already.
	SyncSince *time.Time `yaml:"sync_since,omitempty" json:"sync_since,omitempty"`
	// SyncUnpaidInvoices false keeps an invoice waiting until it is paid.
	SyncUnpaidInvoices bool `yaml:"sync_unpaid_invoices" json:"sync_unpaid_invoices"`
	// SyncZeroValueInvoices false leaves out documents over nothing.
	SyncZeroValueInvoices bool `yaml:"sync_zero_value_invoices" json:"sync_zero_value_invoices"`
	// WebsiteFilter and StoreFilter list Magento's ids; empty takes all.
	WebsiteFilter []int `yaml:"website_filter,omitempty" json:"website_filter,omitempty"`
	StoreFilter   []int `yaml:"store_filter,omitempty" json:"store_filter,omitempty"`
}

func defaultScope() Scope { return Scope{SyncUnpaidInvoices: true, SyncZeroValueInvoices: true} }

// Since is the instant before which documents are left out.
func (s Scope) Since(importedAt time.Time) time.Time {
	if s.SyncSince != nil {
		return *s.SyncSince
	}
	return importedAt
}

func (Scope) check() []fault          { return nil }
func (Scope) later() []knob           { return nil }
func (Scope) references() []Reference { return nil }
