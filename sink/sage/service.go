package sage

import (
	"context"
	"encoding/json"
	"net/url"
	"time"

	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/work"
)

var services = collection[resource.Item]{singular: "service", plural: "services"}

// CreateService makes a service: POST /services.
func (p *Permit) CreateService(ctx context.Context, body json.RawMessage) (resource.Item, error) {
	return services.create(ctx, p, body)
}

// ChangeService changes the fields that the body holds: PUT /services/{id}.
func (p *Permit) ChangeService(ctx context.Context, id string, body json.RawMessage) (resource.Item, error) {
	return services.change(ctx, p, id, body)
}

// DeleteService deletes a service: DELETE /services/{id}.
func (p *Permit) DeleteService(ctx context.Context, id string) error {
	return services.remove(ctx, p, id)
}

// Service reads one service: GET /services/{id}.
func (c *Client) Service(ctx context.Context, id string) (resource.Item, error) {
	return services.read(ctx, c, id)
}

// FindServices finds services by their item code: GET /services?search=….
func (c *Client) FindServices(ctx context.Context, itemCode string) ([]resource.Item, error) {
	return services.find(ctx, c, url.Values{"search": {itemCode}}, func(found resource.Item) bool { return work.SameReference(found.ItemCode, itemCode) })
}

// ServiceChanges reads what happened to services since a moment: GET /services?updated_or_created_since=….
func (c *Client) ServiceChanges(ctx context.Context, since time.Time) (Changes[resource.Item], error) {
	return services.changes(ctx, c, since)
}
