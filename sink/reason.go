package sink

// A Reason is why a document does not stand in Sage; people filter by it, so its
// text never changes.
type Reason string

// Reasons of skipped documents: the policy does not want them.
const (
	OutsideFilter    Reason = "outside_binding_filter"
	OutsideSyncSince Reason = "outside_sync_since"
	ZeroValue        Reason = "zero_value_invoice"
	IsCancelled      Reason = "cancelled"
	IsDeleted        Reason = "deleted_in_magento"
	NoContactYet     Reason = "no_contact_yet" // a customer without documents
)

// Reasons of waiting documents.
const (
	NotConnected     Reason = "not_connected"
	WaitsForPayment  Reason = "waiting_for_payment"
	WaitsForTaxRates Reason = "waiting_for_tax_rates"
	WaitsForContact  Reason = "waiting_for_contact"
	WaitsForInvoice  Reason = "waiting_for_invoice"
	InvoiceNotInSage Reason = "invoice_not_in_sage"
	WaitsForAnAnswer Reason = "in_doubt" // a call had no answer, and is made again
)

// Reasons of parked documents: a person must look.
const (
	TotalsDoNotFoot      Reason = "totals_do_not_foot"
	TaxRatesIncomplete   Reason = "tax_rates_incomplete"
	TaxUnmapped          Reason = "tax_unmapped"
	StoreUnknown         Reason = "store_unknown"
	DateUnreadable       Reason = "date_unreadable"
	BaseCurrencyMismatch Reason = "base_currency_mismatch"
	ChangedAfterPosting  Reason = "changed_after_posting"
	TotalMismatch        Reason = "total_mismatch"
	ContactRefused       Reason = "contact_refused"
	RefusedBySage        Reason = "refused_by_sage"
	PaymentRefused       Reason = "payment_refused"
	DoubtTooOld          Reason = "in_doubt_too_long"
)

// A problem parks a document.
type problem struct {
	Reason Reason
	Hint   string
}

func (p *problem) Error() string { return string(p.Reason) + ": " + p.Hint }
