package resource

import (
	"encoding/json"

	"github.com/mage2sage/mage2sage/schemas/money"
)

// ItemHead is what products, services and stock items share on the way out.
type ItemHead struct {
	IdempotencyID           string        `json:"idempotency_id"`
	Description             string        `json:"description,omitempty" sage:"255"`
	Notes                   string        `json:"notes,omitempty" sage:"500,lines"`
	SalesLedgerAccountID    string        `json:"sales_ledger_account_id,omitempty"`
	PurchaseLedgerAccountID string        `json:"purchase_ledger_account_id,omitempty"` // wanted of goods even if they are never bought
	SalesTaxRateID          string        `json:"sales_tax_rate_id,omitempty"`
	CostPrice               *money.Amount `json:"cost_price,omitempty"`
	SourceGUID              string        `json:"source_guid,omitempty" sage:"255,exact"` // free for importers: read back, never searched
	Active                  *bool         `json:"active,omitempty"`
}

// NewProduct is a product without stock, as it is sent.
type NewProduct struct {
	ItemHead
	ItemCode    string       `json:"item_code,omitempty" sage:"255,exact"`
	SalesPrices []SalesPrice `json:"sales_prices,omitempty"`
}

// SalesPrice is what a product or stock item costs by one of the business's price types. People
// name the types, so that a price is told by its type's id.
type SalesPrice struct {
	PriceTypeID string       `json:"product_sales_price_type_id"`
	Price       money.Amount `json:"price"`
	IncludesTax bool         `json:"price_includes_tax"`
}

// Body is the body of POST /products.
func (n NewProduct) Body() (json.RawMessage, error) { return wrap("product", n) }

// Change is the body of PUT /products/{id} with some of the fields.
func (n NewProduct) Change(fields ...string) (json.RawMessage, error) {
	return wrapOnly("product", n, fields)
}

// Item is Sage's answer for a product, service or stock item.
type Item struct {
	ID          string `json:"id"`
	DisplayedAs string `json:"displayed_as"`
	ItemCode    string `json:"item_code"`
	Description string `json:"description"`
	SourceGUID  string `json:"source_guid"`
	Active      *bool  `json:"active"` // nil where Sage does not say
	Deletable   bool   `json:"deletable"`
	// Type tells products from the stock items in the list of products.
	Type            Ref          `json:"catalog_item_type"`
	CostPrice       money.Amount `json:"cost_price"`
	QuantityInStock money.Amount `json:"quantity_in_stock"` // of stock items; what moves it is a stock movement
	DeletedAt       string       `json:"deleted_at"`
	Content         `json:"-"`
}

// UnmarshalJSON keeps the whole answer besides its fields.
func (i *Item) UnmarshalJSON(b []byte) error {
	type fields Item
	return keep(b, (*fields)(i), &i.Content)
}

// ResourceID is Sage's id.
func (i Item) ResourceID() string { return i.ID }

// PriceType is a kind of price or rate that products or services have; people name them.
type PriceType struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Active bool   `json:"active"`
}
