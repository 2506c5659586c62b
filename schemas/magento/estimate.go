package magento

import "github.com/mage2sage/mage2sage/schemas/money"

// NegotiableQuote is a row of negotiable_quote (Adobe Commerce's B2B modules): a cart whose
// price a buyer negotiates, without its name, its authors and the copy of the cart that it
// keeps. An order that came of it has its QuoteID. Status is created, processing_by_admin,
// submitted_by_admin, processing_by_customer, submitted_by_customer, draft_by_admin, ordered,
// expired, declined or closed. The …Total columns are before taxes and shipping.
type NegotiableQuote struct {
	QuoteID             uint64       `json:"quote_id"`
	IsRegular           int          `json:"is_regular_quote"` // 1: it was sent to the seller
	Status              string       `json:"status"`
	PriceType           *int         `json:"negotiated_price_type"` // 1 percent, 2 amount, 3 total
	PriceValue          money.Amount `json:"negotiated_price_value"`
	ShippingPrice       money.Amount `json:"shipping_price"`
	ExpirationPeriod    string       `json:"expiration_period"` // the day on which it ends
	OriginalTotal       money.Amount `json:"original_total_price"`
	BaseOriginalTotal   money.Amount `json:"base_original_total_price"`
	NegotiatedTotal     money.Amount `json:"negotiated_total_price"`
	BaseNegotiatedTotal money.Amount `json:"base_negotiated_total_price"`
}
