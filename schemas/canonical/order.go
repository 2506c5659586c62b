package canonical

import "github.com/mage2sage/mage2sage/schemas/money"

// Order is a Magento order: what was sold, and what became of it. It is no document of the
// books. It foots as a document does; order_id is its own id.
type Order struct {
	Envelope
	Heading
	// Status is the shop's own label of the state.
	Status string `json:"status"`
	// EstimateID is the negotiable quote that was ordered, or the cart: an estimate exists
	// only where its price was negotiated.
	EstimateID uint64      `json:"estimate_id,omitempty"`
	Lines      []OrderLine `json:"lines"`
	Sums
	// What became of the grand total, as Magento stores it. A cancelled order keeps what
	// was due.
	TotalInvoiced  money.Amount `json:"total_invoiced"`
	TotalPaid      money.Amount `json:"total_paid"`
	TotalRefunded  money.Amount `json:"total_refunded"`
	TotalCancelled money.Amount `json:"total_cancelled"`
	TotalDue       money.Amount `json:"total_due"`
	// Invoices and CreditMemos list the documents that exist, oldest first.
	Invoices    []uint64 `json:"invoices"`
	CreditMemos []uint64 `json:"creditmemos"`
}

// An OrderLine is an item that was ordered, and how much of it was invoiced and so on.
type OrderLine struct {
	Line
	QtyInvoiced  money.Amount `json:"qty_invoiced"`
	QtyRefunded  money.Amount `json:"qty_refunded"`
	QtyCancelled money.Amount `json:"qty_cancelled"`
}

func (o *Order) ID() ID { return NewID(KindOrder, o.MagentoEntityID) }

func (o *Order) Head() *Envelope { return &o.Envelope }

func (o *Order) Content() Entity {
	out := *o
	out.strip()
	out.Customer.UpdatedAt = ""
	return &out
}
