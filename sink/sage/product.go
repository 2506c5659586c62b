package sage

import (
	"context"
	"encoding/json"
	"net/url"
	"time"

	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/work"
)

var products = collection[resource.Item]{singular: "product", plural: "products"}

// CreateProduct makes a product without stock: POST /products.
func (p *Permit) CreateProduct(ctx context.Context, body json.RawMessage) (resource.Item, error) {
	return products.create(ctx, p, body)
}

// ChangeProduct changes the fields that the body holds: PUT /products/{id}.
func (p *Permit) ChangeProduct(ctx context.Context, id string, body json.RawMessage) (resource.Item, error) {
	return products.change(ctx, p, id, body)
}

// DeleteProduct deletes a product: DELETE /products/{id}. Sage refuses it once the product was used.
func (p *Permit) DeleteProduct(ctx context.Context, id string) error {
	return products.remove(ctx, p, id)
}

// Product reads one product: GET /products/{id}. A stock item is a product, too.
func (c *Client) Product(ctx context.Context, id string) (resource.Item, error) {
	return products.read(ctx, c, id)
}

// FindProducts finds products by their item code: GET /products?search=…. Stock items are among them.
func (c *Client) FindProducts(ctx context.Context, itemCode string) ([]resource.Item, error) {
	return products.find(ctx, c, url.Values{"search": {itemCode}}, func(found resource.Item) bool { return work.SameReference(found.ItemCode, itemCode) })
}

// ProductChanges reads what happened to products since a moment: GET /products?updated_or_created_since=….
func (c *Client) ProductChanges(ctx context.Context, since time.Time) (Changes[resource.Item], error) {
	return products.changes(ctx, c, since)
}
