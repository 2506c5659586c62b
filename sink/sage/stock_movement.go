package sage

import (
	"context"
	"encoding/json"
	"net/url"

	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/work"
)

var stockMovements = collection[resource.StockMovement]{singular: "stock movement", plural: "stock_movements"}

// CreateStockMovement corrects the stock of an item: POST /stock_movements.
func (p *Permit) CreateStockMovement(ctx context.Context, body json.RawMessage) (resource.StockMovement, error) {
	return stockMovements.create(ctx, p, body)
}

// ChangeStockMovement changes the fields that the body holds: PUT /stock_movements/{id}.
func (p *Permit) ChangeStockMovement(ctx context.Context, id string, body json.RawMessage) (resource.StockMovement, error) {
	return stockMovements.change(ctx, p, id, body)
}

// DeleteStockMovement deletes a stock movement: DELETE /stock_movements/{id}.
func (p *Permit) DeleteStockMovement(ctx context.Context, id string) error {
	return stockMovements.remove(ctx, p, id)
}

// StockMovement reads one stock movement: GET /stock_movements/{id}.
func (c *Client) StockMovement(ctx context.Context, id string) (resource.StockMovement, error) {
	return stockMovements.read(ctx, c, id)
}

// FindStockMovements finds the movements of a stock item on a day by their reference. Sage searches
// their details alone: GET /stock_movements?stock_item_id=…&from_date=…&to_date=….
func (c *Client) FindStockMovements(ctx context.Context, stockItem, date, reference string) ([]resource.StockMovement, error) {
	query := url.Values{"stock_item_id": {stockItem}, "from_date": {date}, "to_date": {date}}
	return stockMovements.find(ctx, c, query, func(found resource.StockMovement) bool {
		return found.StockItem.ID == stockItem && work.SameReference(found.Reference, reference)
	})
}
