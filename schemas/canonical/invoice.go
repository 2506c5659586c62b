package canonical

import "github.com/mage2sage/mage2sage/schemas/money"

// Invoice is a Magento invoice.
type Invoice struct {
	Envelope
	Document
	// Payment is absent unless the invoice is paid.
	Payment *Payment `json:"payment,omitempty"`
}

// Payment says how a paid invoice was paid, from the invoice and its order.
type Payment struct {
	Method        string `json:"method"`
	TransactionID string `json:"transaction_id,omitempty"`
	// CapturedAt is the invoice's updated_at while nothing of it is refunded, else its
	// created_at: Magento stores no time of payment, and a refund moves updated_at.
	// RFC 3339, UTC.
	CapturedAt string `json:"captured_at"`
}

// States of documents: an invoice is open, paid or cancelled, a credit memo open,
// refunded or cancelled. An order has Magento's own state, such as processing or complete, with
// Cancelled for canceled; it is Closed when all of it is refunded.
const (
	Open      = "open"
	Paid      = "paid"
	Cancelled = "cancelled"
	Refunded  = "refunded"
	Closed    = "closed"
)

func (i *Invoice) ID() ID { return NewID(KindInvoice, i.MagentoEntityID) }

func (i *Invoice) Head() *Envelope { return &i.Envelope }

// Content also leaves out the time of payment, because it follows updated_at.
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
	InvoiceID          uint64 `json:"invoice_id,omitempty"` // absent when the memo was made from the order
	InvoiceIncrementID string `json:"invoice_increment_id,omitempty"`
	InvoiceCreatedAt   string `json:"invoice_created_at,omitempty"`
	// Invoices lists every invoice of the order, oldest first: the documents that a
	// credit note may settle.
	Invoices           []uint64     `json:"invoices"`
	AdjustmentPositive money.Amount `json:"adjustment_positive"`
	AdjustmentNegative money.Amount `json:"adjustment_negative"`
	TransactionID      string       `json:"transaction_id,omitempty"`
}

func (c *CreditMemo) ID() ID { return NewID(KindCreditMemo, c.MagentoEntityID) }

func (c *CreditMemo) Head() *Envelope { return &c.Envelope }

func (c *CreditMemo) Content() Entity {
	out := *c
	out.strip()
	out.Customer.UpdatedAt = ""
	return &out
}
