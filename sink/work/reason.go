package work

import "slices"

// A Reason is why an entity is not in Sage, or not as it should be. People filter by
// it, so its text never changes.
type Reason string

// Reasons of skipped items: the policy does not want them.
const (
	OutsideFilter    Reason = "outside_binding_filter"
	OutsideSyncSince Reason = "outside_sync_since"
	ZeroValue        Reason = "zero_value_invoice"
	IsCancelled      Reason = "cancelled"
	IsDeleted        Reason = "deleted_in_magento"
	NoContactYet     Reason = "no_contact_yet"  // a customer without documents
	SettledByHand    Reason = "settled_by_hand" // a person has left it out
)

// Reasons of waiting items.
const (
	NotConnected     Reason = "not_connected"
	WaitsForPayment  Reason = "waiting_for_payment"
	WaitsForTaxRates Reason = "waiting_for_tax_rates"
	WaitsForContact  Reason = "waiting_for_contact"
	WaitsForInvoice  Reason = "waiting_for_invoice"
	InvoiceNotInSage Reason = "invoice_not_in_sage"
	WaitsForAnAnswer Reason = "in_doubt" // a call had no answer, and is made again
)

// Reasons of open items: they are in Sage, and what is open of them stays so, or waits.
const (
	PaymentNotMapped      Reason = "payment_method_not_mapped" // no bank account for its payment method
	PaymentLeftOpen       Reason = "payment_left_open"         // the policy maps its method to null
	RefundLeftOpen        Reason = "refund_left_open"          // an offline refund, by policy
	RefundedToStoreCredit Reason = "refunded_to_store_credit"
	RefundExceedsPayments Reason = "refund_exceeds_payments" // more than Sage has of its order
	WaitsForItsPayment    Reason = "waiting_for_invoice_payment"
	PostedByHand          Reason = "posted_by_hand" // to a contact that is not known
)

// Reasons of parked items: a person must look.
const (
	PolicyIncomplete     Reason = "policy_incomplete" // no account to post to
	TotalsDoNotFoot      Reason = "totals_do_not_foot"
	NegativeTotal        Reason = "negative_total"    // Sage has no document for it
	DecimalsMismatch     Reason = "decimals_mismatch" // amounts that the currency or Sage cannot hold
	TaxRatesIncomplete   Reason = "tax_rates_incomplete"
	TaxUnmapped          Reason = "tax_unmapped"
	StoreUnknown         Reason = "store_unknown"
	DateUnreadable       Reason = "date_unreadable"
	NumberMissing        Reason = "number_missing"        // nothing to find the document by in Sage
	AddressMissing       Reason = "address_missing"       // Sage takes no invoice without one
	PersonalDataDropped  Reason = "personal_data_dropped" // nobody knows any more who bought
	BaseCurrencyMismatch Reason = "base_currency_mismatch"
	ChangedAfterPosting  Reason = "changed_after_posting"
	ChangedAfterSettling Reason = "changed_after_settling" // by a person, who has left it out
	DeletedUnseen        Reason = "deleted_unseen"         // after a database that is lost may have posted it
	IDUsedAgain          Reason = "id_used_again"          // for another sale or person than the one in Sage
	NumberUsedTwice      Reason = "number_used_twice"      // another document has the reference
	TotalMismatch        Reason = "total_mismatch"
	ContentMismatch      Reason = "content_mismatch" // what Sage has is not what was sent
	NotAsInSage          Reason = "not_as_in_sage"   // its reference stood in Sage when the lists were read, for something else
	ContactRefused       Reason = "contact_refused"
	RefusedBySage        Reason = "refused_by_sage"
	PaymentRefused       Reason = "payment_refused"
	AllocationRefused    Reason = "allocation_refused"
	RefundRefused        Reason = "refund_refused"
	VoidRefused          Reason = "void_refused"
	XrefCollision        Reason = "xref_collision"
	AmountTooLarge       Reason = "amount_too_large"
	ClashesWithAnother   Reason = "clashes_with_another"
	NotStorable          Reason = "not_storable"
)

// reasons are all reasons by the state that they explain.
var reasons = map[ItemState][]Reason{
	ItemSkipped: {OutsideFilter, OutsideSyncSince, ZeroValue, IsCancelled, IsDeleted, NoContactYet, SettledByHand},
	ItemOpen: {PaymentNotMapped, PaymentLeftOpen, RefundLeftOpen, RefundedToStoreCredit, RefundExceedsPayments, WaitsForItsPayment,
		PostedByHand},
	ItemWaiting: {NotConnected, WaitsForPayment, WaitsForTaxRates, WaitsForContact, WaitsForInvoice, InvoiceNotInSage, WaitsForAnAnswer},
	ItemParked: {
		PolicyIncomplete, TotalsDoNotFoot, NegativeTotal, DecimalsMismatch, TaxRatesIncomplete, TaxUnmapped, StoreUnknown, DateUnreadable, NumberMissing, AddressMissing, PersonalDataDropped, BaseCurrencyMismatch, ChangedAfterPosting, ChangedAfterSettling, DeletedUnseen, IDUsedAgain, NumberUsedTwice,
		TotalMismatch, ContentMismatch, NotAsInSage, ContactRefused, RefusedBySage, PaymentRefused, AllocationRefused, RefundRefused, VoidRefused, XrefCollision,
		AmountTooLarge, ClashesWithAnother, NotStorable,
	},
}

// Reasons lists the reasons of a state.
func Reasons(s ItemState) []Reason { return slices.Clone(reasons[s]) }

// AllReasons lists the reasons of all states, in the order of the states.
func AllReasons() (all []Reason) {
	for _, s := range ItemStates() {
		all = append(all, reasons[s]...)
	}
	return all
}

// A ParkReason is why an item is for a person, and what the person should do. The zero
// ParkReason is none.
type ParkReason struct {
	Reason Reason
	Hint   string
}

// Found reports whether there is a reason to park.
func (p ParkReason) Found() bool { return p.Reason != "" }

func (p ParkReason) String() string { return string(p.Reason) + ": " + p.Hint }
