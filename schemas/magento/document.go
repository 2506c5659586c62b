package magento

import "github.com/mage2sage/mage2sage/schemas/money"

// States of sales_invoice and sales_creditmemo.
const (
	InvoiceOpen         = 1
	InvoicePaid         = 2
	InvoiceCancelled    = 3
	CreditMemoOpen      = 1
	CreditMemoRefunded  = 2
	CreditMemoCancelled = 3
)

// Types of sales_payment_transaction that move money, or say that none will be.
const (
	TxnCapture = "capture"
	TxnRefund  = "refund"
	TxnVoid    = "void"
)

// OrderCanceled is the state of sales_order that others spell with two l.
const OrderCanceled = "canceled"

// CommerceTotals are columns that Adobe Commerce adds to orders, invoices and
// credit memos. Store credit, gift cards and reward points were subtracted from
// the grand total after tax; gift wrapping was added to it.
type CommerceTotals struct {
	CustomerBalance  money.Amount `json:"customer_balance_amount"`
	GiftCards        money.Amount `json:"gift_cards_amount"`
	RewardPoints     money.Amount `json:"reward_currency_amount"`
	WrappingOrder    money.Amount `json:"gw_price"`
	WrappingItems    money.Amount `json:"gw_items_price"`
	WrappingCard     money.Amount `json:"gw_card_price"`
	WrappingTax      money.Amount `json:"gw_tax_amount"`
	WrappingItemsTax money.Amount `json:"gw_items_tax_amount"`
	WrappingCardTax  money.Amount `json:"gw_card_tax_amount"`
}

// DocumentHeader holds the columns that sales_invoice and sales_creditmemo share. Amounts
// are in OrderCurrency, Base… in BaseCurrency.
type DocumentHeader struct {
	CommerceTotals

	EntityID                uint64       `json:"entity_id"`
	StoreID                 *int         `json:"store_id"`
	OrderID                 uint64       `json:"order_id"`
	State                   int          `json:"state"`
	IncrementID             string       `json:"increment_id"`
	TransactionID           string       `json:"transaction_id"`
	OrderCurrency           string       `json:"order_currency_code"`
	BaseCurrency            string       `json:"base_currency_code"`
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
	TaxCompensation         money.Amount `json:"discount_tax_compensation_amount"`
	ShippingTaxCompensation money.Amount `json:"shipping_discount_tax_compensation_amount"`
	BillingAddressID        *uint64      `json:"billing_address_id"`
	ShippingAddressID       *uint64      `json:"shipping_address_id"`
	CreatedAt               string       `json:"created_at"`
	UpdatedAt               string       `json:"updated_at"`
}

// Invoice is a row of sales_invoice.
type Invoice struct {
	DocumentHeader

	BaseTotalRefunded *money.Amount `json:"base_total_refunded"`
}

// DocumentItem is a row of sales_invoice_item. RowTotal NULL marks the child of a
// configurable, or the parent of a dynamic bundle: such a row has no amounts.
type DocumentItem struct {
	EntityID        uint64        `json:"entity_id"`
	ParentID        uint64        `json:"parent_id"`
	OrderItemID     uint64        `json:"order_item_id"`
	ProductID       *uint64       `json:"product_id"`
	SKU             string        `json:"sku"`
	Name            string        `json:"name"`
	Qty             money.Amount  `json:"qty"`
	Price           money.Amount  `json:"price"`
	RowTotal        *money.Amount `json:"row_total"`
	TaxAmount       money.Amount  `json:"tax_amount"`
	DiscountAmount  money.Amount  `json:"discount_amount"`
	TaxCompensation money.Amount  `json:"discount_tax_compensation_amount"`
	WeeeRowAmount   money.Amount  `json:"weee_tax_applied_row_amount"`
}

// CreditMemo is a row of sales_creditmemo. Adjustment is AdjustmentPositive minus
// AdjustmentNegative and is not taxed.
type CreditMemo struct {
	DocumentHeader

	InvoiceID          *uint64      `json:"invoice_id"`
	Adjustment         money.Amount `json:"adjustment"`
	AdjustmentPositive money.Amount `json:"adjustment_positive"`
	AdjustmentNegative money.Amount `json:"adjustment_negative"`
	// BalanceRefunded is what Adobe Commerce gave back as store credit: what was paid with it, and
	// what a person has put onto it instead of paying it out.
	BalanceRefunded money.Amount `json:"customer_bal_total_refunded"`
}

// CreditMemoItem is a row of sales_creditmemo_item, with the same columns and
// meaning as an invoice's.
type CreditMemoItem DocumentItem

// CreditMemoComment is a row of sales_creditmemo_comment: what a person wrote on a credit
// memo, without who it was. The first one is why it was made.
type CreditMemoComment struct {
	EntityID  uint64 `json:"entity_id"`
	ParentID  uint64 `json:"parent_id"`
	Comment   string `json:"comment"`
	CreatedAt string `json:"created_at"`
}
