package resource

import (
	"encoding/json"

	"github.com/mage2sage/mage2sage/schemas/money"
)

// NewStockItem is a product whose stock Sage counts, as it is sent.
type NewStockItem struct {
	ItemHead
	ItemCode    string       `json:"item_code,omitempty" sage:"30,exact"`
	SalesPrices []SalesPrice `json:"sales_prices,omitempty"`
}

// Body is the body of POST /stock_items.
func (n NewStockItem) Body() (json.RawMessage, error) { return wrap("stock_item", n) }

// Change is the body of PUT /stock_items/{id} with some of the fields.
func (n NewStockItem) Change(fields ...string) (json.RawMessage, error) {
	return wrapOnly("stock_item", n, fields)
}

// NewStockMovement corrects the stock of an item: up where the quantity is positive, down
// where it is negative. Documents move stock by themselves.
type NewStockMovement struct {
	IdempotencyID string       `json:"idempotency_id"`
	StockItemID   string       `json:"stock_item_id"`
	Date          string       `json:"date"` // YYYY-MM-DD
	Quantity      money.Amount `json:"quantity"`
	CostPrice     money.Amount `json:"cost_price"`
	Details       string       `json:"details" sage:"50"`
	Reference     string       `json:"reference,omitempty" sage:"31,exact"`
}

// Body is the body of POST /stock_movements.
func (n NewStockMovement) Body() (json.RawMessage, error) { return wrap("stock_movement", n) }

// Change is the body of PUT /stock_movements/{id} with some of the fields.
func (n NewStockMovement) Change(fields ...string) (json.RawMessage, error) {
	return wrapOnly("stock_movement", n, fields)
}

// StockMovement is Sage's answer. Date has a time of day.
type StockMovement struct {
	ID        string       `json:"id"`
	StockItem Ref          `json:"stock_item"`
	Date      string       `json:"date"`
	Quantity  money.Amount `json:"quantity"`
	CostPrice money.Amount `json:"cost_price"`
	Details   string       `json:"details"`
	Reference string       `json:"reference"`
	Content   `json:"-"`
}

// UnmarshalJSON keeps the whole answer besides its fields.
func (m *StockMovement) UnmarshalJSON(b []byte) error {
	type fields StockMovement
	return keep(b, (*fields)(m), &m.Content)
}

// ResourceID is Sage's id.
func (m StockMovement) ResourceID() string { return m.ID }
