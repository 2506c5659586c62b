package canonical

import "github.com/mage2sage/mage2sage/schemas/money"

// A Document holds the fields that invoices and credit memos share. Amounts are in
// Currency, with the digits that Magento stored, and positive unless their comment
// says otherwise.
//
// It foots when, with all digits that Magento stored,
//
//	  Σ lines (net + tax) + shipping (net + tax) + Σ adjustments (net + tax)
//	− Σ settlements
//	= grand_total
//
// because Magento takes store credit, gift cards and reward points off the grand total
// after tax: the parts are what was sold, the grand total is what is left to pay.
type Document struct {
	Heading
	Lines []Line `json:"lines"`
	Sums
}

// What an entity says where the shop has nothing, as of an order that an import has written.
const (
	NoCurrency   = "XXX" // ISO 4217's own code: there is no currency
	OrderUnknown = "unknown"
)

// A Heading says of which sale a document or an order is, and who bought.
type Heading struct {
	MagentoID        uint64       `json:"magento_id"`
	IncrementID      string       `json:"increment_id"`
	OrderID          uint64       `json:"order_id"`
	OrderIncrementID string       `json:"order_increment_id"`
	State            string       `json:"state"`    // see the states of each kind
	Currency         string       `json:"currency"` // order currency, ISO 4217; NoCurrency where the shop has none
	BaseCurrency     string       `json:"base_currency"`
	BaseToOrderRate  money.Amount `json:"base_to_order_rate"` // base × rate = order
	CreatedAt        string       `json:"created_at"`         // RFC 3339, UTC
	Store            *StoreView   `json:"store"`              // null where the store is not known

	Customer Buyer `json:"customer"` // from the order's own columns
	// The company that it was bought for, under its name of that time (Adobe Commerce's B2B
	// modules); absent where it was bought for none.
	CompanyID   uint64 `json:"company_id,omitempty"`
	CompanyName string `json:"company_name,omitempty"`

	BillingAddress  *Address `json:"billing_address,omitempty"`
	ShippingAddress *Address `json:"shipping_address,omitempty"` // absent for virtual orders
}

// Date is when the document was made.
func (h Heading) Date() string { return h.CreatedAt }

// Sums are what the lines come to, with all that is no line.
type Sums struct {
	Shipping    *Charge      `json:"shipping,omitempty"`    // absent where nothing was charged
	Adjustments []Adjustment `json:"adjustments,omitempty"` // what is neither a line nor shipping
	Settlements []Settlement `json:"settlements,omitempty"` // store credit and the like, already inside grand_total

	// The header as Magento stores it. discount_amount keeps Magento's sign: negative.
	Subtotal          money.Amount `json:"subtotal"`
	DiscountAmount    money.Amount `json:"discount_amount"`
	ShippingAmount    money.Amount `json:"shipping_amount"`
	ShippingTaxAmount money.Amount `json:"shipping_tax_amount"`
	TaxAmount         money.Amount `json:"tax_amount"`
	GrandTotal        money.Amount `json:"grand_total"`
	BaseTaxAmount     money.Amount `json:"base_tax_amount"`
	BaseGrandTotal    money.Amount `json:"base_grand_total"`

	// TaxRatesComplete is false until the known rates explain every tax of the document:
	// Magento commits an order's tax breakdown after the order itself.
	TaxRatesComplete bool `json:"tax_rates_complete"`

	PaymentMethod string  `json:"payment_method,omitempty"`
	PONumber      string  `json:"po_number,omitempty"`
	Balance       Balance `json:"balance"`
}

// A Line is one item that has an amount. The dummy rows of configurables and bundles
// are left out.
type Line struct {
	LineID          uint64       `json:"line_id"` // of the row in sales_invoice_item, sales_creditmemo_item or sales_order_item
	OrderItemID     uint64       `json:"order_item_id"`
	ProductID       uint64       `json:"product_id,omitempty"`
	SKU             string       `json:"sku"`
	Name            string       `json:"name"`
	ProductType     string       `json:"product_type,omitempty"` // of the order item
	Qty             money.Amount `json:"qty"`
	UnitPrice       money.Amount `json:"unit_price"`      // without tax
	LineSubtotal    money.Amount `json:"line_subtotal"`   // without tax, before discount
	DiscountAmount  money.Amount `json:"discount_amount"` // as Magento stores it: with tax in shops whose prices include tax
	TaxCompensation money.Amount `json:"discount_tax_compensation"`
	NetAmount       money.Amount `json:"net_amount"` // line_subtotal − discount_amount + discount_tax_compensation
	LineTax         money.Amount `json:"line_tax"`
	LineTotal       money.Amount `json:"line_total"` // net_amount + line_tax
	Tax
}

// Tax says at which rates something was taxed. TaxPercent is the sum of the rates
// as a two-decimal string: "20.00", or "0.00" when it was not taxed. It is absent
// while the rates are not known.
type Tax struct {
	TaxPercent string       `json:"tax_percent,omitempty"`
	TaxRate    money.Amount `json:"tax_rate"` // ratio, 0.2
	TaxRates   []Rate       `json:"tax_rates,omitempty"`
}

// A Rate is one entry of the order's tax breakdown.
type Rate struct {
	Code    string `json:"code"`
	Title   string `json:"title,omitempty"`
	Percent string `json:"percent"` // "20.0000" → "20.00"; more digits where they matter
}

// A Charge is what shipping cost, net after its discount.
type Charge struct {
	Description string       `json:"description,omitempty"`
	NetAmount   money.Amount `json:"net_amount"`
	TaxAmount   money.Amount `json:"tax_amount"`
	Tax
}

// An Adjustment is a part of the total that is neither a line nor shipping.
type Adjustment struct {
	Kind        AdjustmentKind `json:"kind"`
	OrderItemID uint64         `json:"order_item_id,omitempty"` // of a fixed product tax
	Description string         `json:"description,omitempty"`
	NetAmount   money.Amount   `json:"net_amount"` // negative where it lowers the total
	TaxAmount   money.Amount   `json:"tax_amount"`
	Tax
}

// An AdjustmentKind says where an adjustment comes from.
type AdjustmentKind string

// Kinds of adjustments.
const (
	FixedProductTax  AdjustmentKind = "fixed_product_tax" // FPT (weee) of one line
	AdjustmentRefund AdjustmentKind = "adjustment_refund" // credit memo: refunded more
	AdjustmentFee    AdjustmentKind = "adjustment_fee"    // credit memo: kept back, negative
	DiscountResidual AdjustmentKind = "discount_residual" // header discount that no line and no shipping explains
	TaxResidual      AdjustmentKind = "tax_residual"      // header tax that no line and no shipping explains, net 0
	GiftWrapping     AdjustmentKind = "gift_wrapping"     // Adobe Commerce
)

// A Settlement is store credit or the like that lowered the grand total after tax. In
// the books it is a payment.
type Settlement struct {
	Kind   string       `json:"kind"` // store_credit gift_card reward_points
	Amount money.Amount `json:"amount"`
}

// Balance says whether the document foots.
type Balance struct {
	OK         bool         `json:"ok"`
	Difference money.Amount `json:"difference"` // grand_total minus the sum of its parts
	Reason     string       `json:"reason,omitempty"`
}

// Reasons of a balance that is not ok.
const (
	TotalsDoNotFoot = "totals_do_not_foot" // the total contains a column that we do not know
	RowsMissing     = "rows_missing"       // the order or items that the document needs are missing
)
