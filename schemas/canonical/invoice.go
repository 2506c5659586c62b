package canonical

import "github.com/mage2sage/mage2sage/schemas/money"

// Invoice is a Magento invoice.
type Invoice struct {
	Envelope
	Document
	// Payment is present when the invoice is paid.
	Payment *Payment `json:"payment,omitempty"`
}

// Payment is how a paid invoice was paid, from the invoice and its order.
type Payment struct {
	Method        string `json:"method"`
	TransactionID string `json:"transaction_id,omitempty"`
	// CapturedAt is the invoice's updated_at while nothing of it was refunded, else
	// its created_at; Magento stores no time of payment. RFC 3339, UTC.
	CapturedAt string `json:"captured_at"`
}

// States of an invoice.
const (
	Open      = "open"
	Paid      = "paid"
	Cancelled = "cancelled"
	Refunded  = "refunded"
)

// ID is invoice:<id>.
func (i *Invoice) ID() ID { return NewID(KindInvoice, i.MagentoEntityID) }

// Head returns the envelope.
func (i *Invoice) Head() *Envelope { return &i.Envelope }

// Content leaves out version and time, and the time of payment, which follows
// updated_at.
func (i *Invoice) Content() Entity {
	out := *i
	out.strip()
	out.Customer.UpdatedAt = ""
	if out.Payment != nil {
		p := *out.Payment
		p.CapturedAt = ""
		out.Payment = &p
	}
	return &out
}

// CreditMemo is a Magento credit memo.
type CreditMemo struct {
	Envelope
	Document
	InvoiceID          uint64 `json:"invoice_id,omitempty"` // absent when made from the order
	InvoiceIncrementID string `json:"invoice_increment_id,omitempty"`
	InvoiceCreatedAt   string `json:"invoice_created_at,omitempty"`
	// Invoices lists every invoice of the order, oldest first: the documents that a
	// credit note may settle.
	Invoices           []uint64     `json:"invoices"`
	AdjustmentPositive money.Amount `json:"adjustment_positive"`
	AdjustmentNegative money.Amount `json:"adjustment_negative"`
	TransactionID      string       `json:"transaction_id,omitempty"`
}

// ID is creditmemo:<id>.
func (c *CreditMemo) ID() ID { return NewID(KindCreditMemo, c.MagentoEntityID) }

// Head returns the envelope.
func (c *CreditMemo) Head() *Envelope { return &c.Envelope }

// Content leaves out version and time.
func (c *CreditMemo) Content() Entity {
	out := *c
	out.strip()
	out.Customer.UpdatedAt = ""
	return &out
}
