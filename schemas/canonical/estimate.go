package canonical

import "github.com/mage2sage/mage2sage/schemas/money"

// Estimate is a cart of which the price is negotiated: a negotiable quote of Adobe Commerce's
// B2B modules, with what it would cost now. It foots as a document does. It says nothing of
// who the buyer is beyond the customer's number; an order that came of it has its id
// (Order.EstimateID). What Adobe Commerce adds to carts, such as gift wrapping and store
// credit, is not captured: with these an estimate does not foot.
type Estimate struct {
	Envelope
	MagentoID uint64 `json:"magento_id"` // of the cart
	// Status is Magento's word: created, processing_by_admin, submitted_by_admin,
	// processing_by_customer, submitted_by_customer, draft_by_admin, ordered, expired, declined
	// or closed.
	Status string `json:"status"`
	// IsRegularQuote says that it was sent to the seller. Magento lists no other ones.
	IsRegularQuote  bool         `json:"is_regular_quote"`
	Currency        string       `json:"currency"` // of the cart, ISO 4217
	BaseCurrency    string       `json:"base_currency"`
	BaseToQuoteRate money.Amount `json:"base_to_quote_rate"`   // base × rate = currency of the cart
	CreatedAt       string       `json:"created_at"`           // RFC 3339, UTC
	ExpiresOn       string       `json:"expires_on,omitempty"` // the last day, such as 2026-04-30
	Store           *StoreView   `json:"store"`                // null where the store is not known
	CustomerID      uint64       `json:"customer_id,omitempty"`
	GroupID         *int         `json:"group_id,omitempty"`
	GroupCode       string       `json:"group_code,omitempty"`
	// OrderIncrementID is the number of the order that came of it.
	OrderIncrementID string `json:"order_increment_id,omitempty"`
	// Negotiated is absent while no price is proposed.
	Negotiated *Negotiated `json:"negotiated,omitempty"`
	// The price of the goods, before taxes and shipping: what the catalog wants, and what was
	// agreed on.
	OriginalTotal       money.Amount   `json:"original_total"`
	BaseOriginalTotal   money.Amount   `json:"base_original_total"`
	NegotiatedTotal     money.Amount   `json:"negotiated_total"`
	BaseNegotiatedTotal money.Amount   `json:"base_negotiated_total"`
	Lines               []EstimateLine `json:"lines"`
	Sums
}

// Negotiated is what the seller proposes for the goods, and for shipping.
type Negotiated struct {
	PriceType     string       `json:"price_type,omitempty"` // percentage or amount off the goods, or their total; unknown for another number
	PriceValue    money.Amount `json:"price_value"`          // a percent, or an amount as Magento stores it
	ShippingPrice money.Amount `json:"shipping_price"`       // 0 where none is proposed
}

// What Negotiated.PriceValue is. Magento has them as the numbers 1 to 3.
const (
	PercentageOff   = "percentage"
	AmountOff       = "amount"
	ProposedTotal   = "total"
	UnknownProposal = "unknown"
)

// An EstimateLine is a line of the cart. Its order_item_id is its line_id.
type EstimateLine struct {
	Line
	// CustomPrice is the price of one that was agreed on, absent where it is the catalog's.
	CustomPrice *money.Amount `json:"custom_price,omitempty"`
}

// Statuses in which an estimate ends.
const (
	Ordered  = "ordered"
	Expired  = "expired"
	Declined = "declined"
)

func (e *Estimate) ID() ID { return NewID(KindEstimate, e.MagentoEntityID) }

func (e *Estimate) Head() *Envelope { return &e.Envelope }

// Date is when its cart was made.
func (e *Estimate) Date() string { return e.CreatedAt }

func (e *Estimate) Content() Entity {
	out := *e
	out.strip()
	return &out
}
