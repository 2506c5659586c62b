package magento

import "github.com/mage2sage/mage2sage/schemas/money"

// Order is a row of sales_order. Amounts are in OrderCurrency; Base… are in
// BaseCurrency; base × BaseToOrderRate = order. State is new, pending_payment, processing,
// complete, closed, canceled, holded or payment_review.
type Order struct {
	CommerceTotals
	EntityID                uint64       `json:"entity_id"`
	State                   string       `json:"state"`
	Status                  string       `json:"status"`
	CouponCode              string       `json:"coupon_code"`
	IsVirtual               int          `json:"is_virtual"`
	StoreID                 *int         `json:"store_id"`
	QuoteID                 *uint64      `json:"quote_id"` // of the cart, or the estimate, that was ordered
	CustomerID              *uint64      `json:"customer_id"`
	CustomerIsGuest         int          `json:"customer_is_guest"`
	CustomerGroupID         *int         `json:"customer_group_id"`
	CustomerEmail           string       `json:"customer_email"`
	CustomerPrefix          string       `json:"customer_prefix"`
	CustomerFirstName       string       `json:"customer_firstname"`
	CustomerMiddleName      string       `json:"customer_middlename"`
	CustomerLastName        string       `json:"customer_lastname"`
	CustomerSuffix          string       `json:"customer_suffix"`
	CustomerTaxVAT          string       `json:"customer_taxvat"`
	BillingAddressID        *uint64      `json:"billing_address_id"`
	ShippingAddressID       *uint64      `json:"shipping_address_id"`
	IncrementID             string       `json:"increment_id"`
	BaseCurrency            string       `json:"base_currency_code"`
	OrderCurrency           string       `json:"order_currency_code"`
	GlobalCurrency          string       `json:"global_currency_code"`
	BaseToOrderRate         money.Amount `json:"base_to_order_rate"`
	BaseToGlobalRate        money.Amount `json:"base_to_global_rate"`
	GrandTotal              money.Amount `json:"grand_total"`
	BaseGrandTotal          money.Amount `json:"base_grand_total"`
	Subtotal                money.Amount `json:"subtotal"`
	TaxAmount               money.Amount `json:"tax_amount"`
	BaseTaxAmount           money.Amount `json:"base_tax_amount"`
	DiscountAmount          money.Amount `json:"discount_amount"`
	ShippingAmount          money.Amount `json:"shipping_amount"`
	ShippingTaxAmount       money.Amount `json:"shipping_tax_amount"`
	ShippingDiscountAmount  money.Amount `json:"shipping_discount_amount"`
	ShippingTaxCompensation money.Amount `json:"shipping_discount_tax_compensation_amount"`
	TaxCompensation         money.Amount `json:"discount_tax_compensation_amount"`
	ShippingMethod          string       `json:"shipping_method"`
	ShippingDescription     string       `json:"shipping_description"`
	TotalInvoiced           money.Amount `json:"total_invoiced"`
	TotalCanceled           money.Amount `json:"total_canceled"`
	TotalDue                money.Amount `json:"total_due"`
	TotalPaid               money.Amount `json:"total_paid"`
	TotalRefunded           money.Amount `json:"total_refunded"`
	CreatedAt               string       `json:"created_at"`
	UpdatedAt               string       `json:"updated_at"`
}

// OrderItem is a row of sales_order_item. The items of invoices and credit memos have
// no tax percent and no product type of their own; they are found here.
type OrderItem struct {
	ItemID          uint64       `json:"item_id"`
	OrderID         uint64       `json:"order_id"`
	ParentItemID    *uint64      `json:"parent_item_id"`
	StoreID         *int         `json:"store_id"`
	ProductID       *uint64      `json:"product_id"`
	ProductType     string       `json:"product_type"`
	SKU             string       `json:"sku"`
	Name            string       `json:"name"`
	QtyOrdered      money.Amount `json:"qty_ordered"`
	QtyInvoiced     money.Amount `json:"qty_invoiced"`
	QtyRefunded     money.Amount `json:"qty_refunded"`
	QtyCanceled     money.Amount `json:"qty_canceled"`
	Price           money.Amount `json:"price"`
	OriginalPrice   money.Amount `json:"original_price"`
	TaxPercent      money.Amount `json:"tax_percent"`
	TaxAmount       money.Amount `json:"tax_amount"`
	DiscountAmount  money.Amount `json:"discount_amount"`
	RowTotal        money.Amount `json:"row_total"`
	TaxCompensation money.Amount `json:"discount_tax_compensation_amount"`
	WeeeRowAmount   money.Amount `json:"weee_tax_applied_row_amount"`
}

// OrderAddress is a row of sales_order_address; AddressType is "billing" or
// "shipping".
type OrderAddress struct {
	Address

	CustomerAddressID *uint64 `json:"customer_address_id"`
	AddressType       string  `json:"address_type"`
	Email             string  `json:"email"`
}

// OrderPayment is a row of sales_order_payment: one per order, without the
// columns about cards.
type OrderPayment struct {
	EntityID       uint64       `json:"entity_id"`
	ParentID       uint64       `json:"parent_id"`
	Method         string       `json:"method"`
	PONumber       string       `json:"po_number"`
	LastTransID    string       `json:"last_trans_id"`
	AmountOrdered  money.Amount `json:"amount_ordered"`
	AmountPaid     money.Amount `json:"amount_paid"`
	AmountRefunded money.Amount `json:"amount_refunded"`
}

// PaymentTransaction is a row of sales_payment_transaction, without what the gateway said.
// Only methods that pay online have them. TxnType is payment, order, authorization, capture,
// void or refund.
type PaymentTransaction struct {
	TransactionID uint64  `json:"transaction_id"`
	ParentID      *uint64 `json:"parent_id"`
	OrderID       uint64  `json:"order_id"`
	PaymentID     uint64  `json:"payment_id"`
	TxnID         string  `json:"txn_id"`
	ParentTxnID   string  `json:"parent_txn_id"`
	TxnType       string  `json:"txn_type"`
	IsClosed      int     `json:"is_closed"`
	CreatedAt     string  `json:"created_at"`
}

// OrderTax is a row of sales_order_tax: one per tax code and percent of an order,
// committed after it.
type OrderTax struct {
	TaxID      uint64       `json:"tax_id"`
	OrderID    uint64       `json:"order_id"`
	Code       string       `json:"code"`
	Title      string       `json:"title"`
	Percent    money.Amount `json:"percent"`
	Amount     money.Amount `json:"amount"`
	BaseAmount money.Amount `json:"base_amount"`
}

// OrderTaxItem is a row of sales_order_tax_item: what one rate took of one item,
// of shipping (ItemID NULL, type "shipping") or of a fixed product tax (type
// "weee", AssociatedItemID).
type OrderTaxItem struct {
	TaxItemID        uint64       `json:"tax_item_id"`
	TaxID            uint64       `json:"tax_id"`
	ItemID           *uint64      `json:"item_id"`
	AssociatedItemID *uint64      `json:"associated_item_id"`
	TaxableItemType  string       `json:"taxable_item_type"`
	TaxPercent       money.Amount `json:"tax_percent"`
	Amount           money.Amount `json:"amount"`
	RealAmount       money.Amount `json:"real_amount"`
}
