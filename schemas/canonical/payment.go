package canonical

import "github.com/mage2sage/mage2sage/schemas/money"

// Payment says how an order is paid: by which method, and what was taken and given back. Its
// id is that of the row in sales_order_payment, of which each order has one. Nothing of what
// a gateway keeps beside its ids is here.
type Payment struct {
	Envelope
	MagentoID        uint64     `json:"magento_id"`
	OrderID          uint64     `json:"order_id"`
	OrderIncrementID string     `json:"order_increment_id"`
	Store            *StoreView `json:"store"` // null where the store is not known
	Method           string     `json:"method"`
	// Offline says that the money does not pass through a gateway that Magento speaks with:
	// one of its offline methods, or no transaction is known.
	Offline  bool   `json:"offline"`
	PONumber string `json:"po_number,omitempty"`
	Currency string `json:"currency"` // order currency, ISO 4217
	// The amounts are of the whole order, as Magento stores them, in Currency.
	AmountOrdered  money.Amount `json:"amount_ordered"`
	AmountPaid     money.Amount `json:"amount_paid"`
	AmountRefunded money.Amount `json:"amount_refunded"`
	// All lists are in the order of their ids.
	Transactions []Transaction `json:"transactions"`
	Captures     []Capture     `json:"captures"`
	Refunds      []Refund      `json:"refunds"`
}

// A Transaction is what a gateway was asked and has done. Type is payment, order,
// authorization, capture, void or refund.
type Transaction struct {
	ID          uint64 `json:"id"`
	TxnID       string `json:"txn_id"`
	ParentTxnID string `json:"parent_txn_id,omitempty"`
	Type        string `json:"type"`
	Closed      bool   `json:"closed"`
	CreatedAt   string `json:"created_at"` // RFC 3339, UTC
}

// A Capture is an invoice that is paid. MagentoID repeats InvoiceID; Amount is the invoice's
// grand total, in Currency, and of an order in several invoices a part.
type Capture struct {
	MagentoID          uint64       `json:"magento_id"`
	InvoiceID          uint64       `json:"invoice_id"`
	InvoiceIncrementID string       `json:"invoice_increment_id"`
	Method             string       `json:"method"`
	Currency           string       `json:"currency"`
	Amount             money.Amount `json:"amount"`
	CapturedAt         string       `json:"captured_at"` // RFC 3339, UTC
	CapturedAtSource   TimeSource   `json:"captured_at_source"`
	GatewayTxnID       string       `json:"gateway_txn_id,omitempty"`
}

// A Refund is a credit memo whose money was given back. Amount is its grand total, positive.
type Refund struct {
	MagentoID             uint64       `json:"magento_id"`
	CreditMemoID          uint64       `json:"creditmemo_id"`
	CreditMemoIncrementID string       `json:"creditmemo_increment_id"`
	Currency              string       `json:"currency"`
	Amount                money.Amount `json:"amount"`
	// RefundedAt is the time of the refund's transaction, else that of the credit memo, which is
	// when Magento refunds. RFC 3339, UTC.
	RefundedAt   string `json:"refunded_at"`
	GatewayTxnID string `json:"gateway_txn_id,omitempty"`
}

// A TimeSource says how good the time of a capture is.
type TimeSource string

const (
	// FromTransaction: the gateway's transaction was written then. It is a fact.
	FromTransaction TimeSource = "transaction"
	// FromInvoice: the invoice's updated_at while nothing of it is refunded, else its
	// created_at: an invoice has no time of payment, and a refund moves updated_at. It is no
	// content.
	FromInvoice TimeSource = "invoice"
)

func (p *Payment) ID() ID { return NewID(KindPayment, p.MagentoEntityID) }

func (p *Payment) Head() *Envelope { return &p.Envelope }

// Content also leaves out the times of captures that follow an invoice's updated_at.
func (p *Payment) Content() Entity {
	out := *p
	out.strip()
	out.Captures = append([]Capture{}, p.Captures...)
	for i := range out.Captures {
		out.Captures[i].CapturedAt = out.Captures[i].CapturedAtSource.content(out.Captures[i].CapturedAt)
	}
	return &out
}

// content is what of a time counts as content.
func (s TimeSource) content(capturedAt string) string {
	if s == FromTransaction {
		return capturedAt
	}
	return ""
}
