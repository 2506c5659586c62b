package magento

import "github.com/mage2sage/mage2sage/schemas/money"

// Values of negotiable_quote.negotiated_price_type.
const (
	NegotiatedPercentage = 1
	NegotiatedAmount     = 2
	NegotiatedTotal      = 3
)

// NegotiableQuote is a row of negotiable_quote (Adobe Commerce's B2B modules): a cart whose
// price a buyer negotiates, without its name, its authors and the copy of the cart that it
// keeps. An order that came of it has its QuoteID. Status is created, processing_by_admin,
// submitted_by_admin, processing_by_customer, submitted_by_customer, draft_by_admin, ordered,
// expired, declined or closed. The …Total columns are before taxes and shipping.
type NegotiableQuote struct {
	QuoteID             uint64       `json:"quote_id"`
	IsRegular           int          `json:"is_regular_quote"` // 1: it was sent to the seller
	Status              string       `json:"status"`
	PriceType           *int         `json:"negotiated_price_type"` // of PriceValue; nil where no price is proposed
	PriceValue          money.Amount `json:"negotiated_price_value"`
	ShippingPrice       money.Amount `json:"shipping_price"`
	ExpirationPeriod    string       `json:"expiration_period"` // the day on which it ends
	OriginalTotal       money.Amount `json:"original_total_price"`
	BaseOriginalTotal   money.Amount `json:"base_original_total_price"`
	NegotiatedTotal     money.Amount `json:"negotiated_total_price"`
	BaseNegotiatedTotal money.Amount `json:"base_negotiated_total_price"`
}

// Quote is a row of quote: a cart, of which only those leave whose price is negotiated
// (NegotiatedCarts), and without who the buyer is and what he wrote. Amounts are in
// QuoteCurrency; Base… are in BaseCurrency; base × BaseToQuoteRate = quote. Taxes and shipping
// stand in its addresses.
type Quote struct {
	EntityID                 uint64       `json:"entity_id"`
	StoreID                  int          `json:"store_id"`
	CreatedAt                string       `json:"created_at"`
	UpdatedAt                string       `json:"updated_at"`
	ReservedOrderID          string       `json:"reserved_order_id"` // the increment id of the order that comes of it
	CustomerID               *uint64      `json:"customer_id"`
	CustomerGroupID          *int         `json:"customer_group_id"`
	CustomerTaxClassID       *uint64      `json:"customer_tax_class_id"`
	ItemsCount               int          `json:"items_count"`
	ItemsQty                 money.Amount `json:"items_qty"`
	BaseCurrency             string       `json:"base_currency_code"`
	QuoteCurrency            string       `json:"quote_currency_code"`
	StoreCurrency            string       `json:"store_currency_code"`
	GlobalCurrency           string       `json:"global_currency_code"`
	BaseToQuoteRate          money.Amount `json:"base_to_quote_rate"`
	BaseToGlobalRate         money.Amount `json:"base_to_global_rate"`
	Subtotal                 money.Amount `json:"subtotal"`
	BaseSubtotal             money.Amount `json:"base_subtotal"`
	SubtotalWithDiscount     money.Amount `json:"subtotal_with_discount"`
	BaseSubtotalWithDiscount money.Amount `json:"base_subtotal_with_discount"`
	GrandTotal               money.Amount `json:"grand_total"`
	BaseGrandTotal           money.Amount `json:"base_grand_total"`
}

// QuoteItem is a row of quote_item: a line of a cart. What a bundle or a configurable product
// consists of are lines of their own, with its ParentItemID. Price is in the base currency, as
// BasePrice is: a real cart in EUR of a shop in GBP has it so. CustomPrice is the one that was
// agreed on, nil where there is none.
type QuoteItem struct {
	ItemID               uint64        `json:"item_id"`
	QuoteID              uint64        `json:"quote_id"`
	ParentItemID         *uint64       `json:"parent_item_id"`
	StoreID              *int          `json:"store_id"`
	ProductID            *uint64       `json:"product_id"`
	ProductType          string        `json:"product_type"`
	SKU                  string        `json:"sku"`
	Name                 string        `json:"name"`
	Qty                  money.Amount  `json:"qty"` // of one parent, where it has one
	Price                money.Amount  `json:"price"`
	BasePrice            money.Amount  `json:"base_price"`
	CustomPrice          *money.Amount `json:"custom_price"`
	OriginalCustomPrice  *money.Amount `json:"original_custom_price"`
	DiscountPercent      money.Amount  `json:"discount_percent"`
	DiscountAmount       money.Amount  `json:"discount_amount"`
	BaseDiscountAmount   money.Amount  `json:"base_discount_amount"`
	TaxPercent           money.Amount  `json:"tax_percent"`
	TaxAmount            money.Amount  `json:"tax_amount"`
	BaseTaxAmount        money.Amount  `json:"base_tax_amount"`
	RowTotal             money.Amount  `json:"row_total"`
	BaseRowTotal         money.Amount  `json:"base_row_total"`
	RowTotalWithDiscount money.Amount  `json:"row_total_with_discount"`
	PriceInclTax         money.Amount  `json:"price_incl_tax"`
	BasePriceInclTax     money.Amount  `json:"base_price_incl_tax"`
	RowTotalInclTax      money.Amount  `json:"row_total_incl_tax"`
	BaseRowTotalInclTax  money.Amount  `json:"base_row_total_incl_tax"`
	TaxCompensation      money.Amount  `json:"discount_tax_compensation_amount"`
	BaseTaxCompensation  money.Amount  `json:"base_discount_tax_compensation_amount"`
	WeeeRowAmount        money.Amount  `json:"weee_tax_applied_row_amount"`
	BaseWeeeRowAmount    money.Amount  `json:"base_weee_tax_applied_row_amnt"`
}

// QuoteAddress is a row of quote_address without the address: the taxes and the shipping of a
// cart. AddressType is "billing" or "shipping"; the amounts stand in the billing address where
// nothing is shipped, and are 0 in the other one.
type QuoteAddress struct {
	AddressID                   uint64       `json:"address_id"`
	QuoteID                     uint64       `json:"quote_id"`
	AddressType                 string       `json:"address_type"`
	Subtotal                    money.Amount `json:"subtotal"`
	BaseSubtotal                money.Amount `json:"base_subtotal"`
	TaxAmount                   money.Amount `json:"tax_amount"`
	BaseTaxAmount               money.Amount `json:"base_tax_amount"`
	ShippingAmount              money.Amount `json:"shipping_amount"`
	BaseShippingAmount          money.Amount `json:"base_shipping_amount"`
	ShippingTaxAmount           money.Amount `json:"shipping_tax_amount"`
	BaseShippingTaxAmount       money.Amount `json:"base_shipping_tax_amount"`
	ShippingInclTax             money.Amount `json:"shipping_incl_tax"`
	BaseShippingInclTax         money.Amount `json:"base_shipping_incl_tax"`
	DiscountAmount              money.Amount `json:"discount_amount"`
	BaseDiscountAmount          money.Amount `json:"base_discount_amount"`
	ShippingDiscountAmount      money.Amount `json:"shipping_discount_amount"`
	BaseShippingDiscountAmount  money.Amount `json:"base_shipping_discount_amount"`
	TaxCompensation             money.Amount `json:"discount_tax_compensation_amount"`
	BaseTaxCompensation         money.Amount `json:"base_discount_tax_compensation_amount"`
	ShippingTaxCompensation     money.Amount `json:"shipping_discount_tax_compensation_amount"`
	BaseShippingTaxCompensation money.Amount `json:"base_shipping_discount_tax_compensation_amnt"`
	GrandTotal                  money.Amount `json:"grand_total"`
	BaseGrandTotal              money.Amount `json:"base_grand_total"`
}
