package canonical

import "github.com/mage2sage/mage2sage/schemas/money"

// Invoice is a Magento invoice.
type Invoice struct {
	Envelope
	Document
	// Payment is absent unless the invoice is paid.
	Payment *InvoicePayment `json:"payment,omitempty"`
}

// InvoicePayment says how a paid invoice was paid. CapturedAt is RFC 3339, UTC.
type InvoicePayment struct {
	Method           string     `json:"method"`
	TransactionID    string     `json:"transaction_id,omitempty"`
	CapturedAt       string     `json:"captured_at"`
	CapturedAtSource TimeSource `json:"captured_at_source,omitempty"`
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

// Content also leaves out a time of payment that follows the invoice's updated_at.
func (i *Invoice) Content() Entity {
	out := *i
	out.strip()
	out.Customer.UpdatedAt = ""
	if out.Payment != nil {
		p := *out.Payment
		p.CapturedAt = p.CapturedAtSource.content(p.CapturedAt)
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
	// RefundedToStoreCredit is what was given back as store credit (Adobe Commerce): the
	// settlements that were store credit, and what a person has put there instead of paying it
	// out, which is part of the grand total; absent where nothing was.
	RefundedToStoreCredit *money.Amount `json:"refunded_to_store_credit,omitempty"`
	TransactionID         string        `json:"transaction_id,omitempty"`
	// Reason is the first comment on the memo that is not empty, as a person wrote it. It is
	// absent unless the shop's operator has asked for comments.
	Reason string `json:"reason,omitempty"`
}

func (c *CreditMemo) ID() ID { return NewID(KindCreditMemo, c.MagentoEntityID) }

func (c *CreditMemo) Head() *Envelope { return &c.Envelope }

func (c *CreditMemo) Content() Entity {
	out := *c
	out.strip()
	out.Customer.UpdatedAt = ""
	return &out
}
