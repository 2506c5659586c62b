package work

import "encoding/json"

// An XrefType is the type of an object in Sage, by Sage's own name.
type XrefType string

// The types of xrefs.
const (
	XrefContact    XrefType = "contact"
	XrefInvoice    XrefType = "sales_invoice"
	XrefCreditNote XrefType = "sales_credit_note"
	XrefPayment    XrefType = "contact_payment"
	XrefAllocation XrefType = "contact_allocation"
)

// An Xref is an object that exists in Sage.
type Xref struct {
	Type        XrefType
	Entity      string
	Currency    string // of contacts, else ""
	SageID      string
	Reference   string
	SentDigests json.RawMessage // a contact's digests by field, as last sent
}
