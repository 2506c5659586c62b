package sage

import (
	"context"
	"encoding/json"
	"net/url"
	"time"

	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/work"
)

var stockItems = collection[resource.Item]{singular: "stock item", plural: "stock_items"}

// CreateStockItem makes a product whose stock is counted: POST /stock_items.
func (p *Permit) CreateStockItem(ctx context.Context, body json.RawMessage) (resource.Item, error) {
	return stockItems.create(ctx, p, body)
}

// ChangeStockItem changes the fields that the body holds: PUT /stock_items/{id}.
func (p *Permit) ChangeStockItem(ctx context.Context, id string, body json.RawMessage) (resource.Item, error) {
	return stockItems.change(ctx, p, id, body)
}

// DeleteStockItem deletes a stock item: DELETE /stock_items/{id}.
func (p *Permit) DeleteStockItem(ctx context.Context, id string) error {
	return stockItems.remove(ctx, p, id)
}

// StockItem reads one stock item: GET /stock_items/{id}. A product without stock is not found here.
func (c *Client) StockItem(ctx context.Context, id string) (resource.Item, error) {
	return stockItems.read(ctx, c, id)
}

// FindStockItems finds stock items by their item code: GET /stock_items?search=….
func (c *Client) FindStockItems(ctx context.Context, itemCode string) ([]resource.Item, error) {
	return stockItems.find(ctx, c, url.Values{"search": {itemCode}}, func(found resource.Item) bool { return work.SameReference(found.ItemCode, itemCode) })
}

// StockItemChanges reads what happened to stock items since a moment: GET /stock_items?updated_or_created_since=….
func (c *Client) StockItemChanges(ctx context.Context, since time.Time) (Changes[resource.Item], error) {
	return stockItems.changes(ctx, c, since)
}
