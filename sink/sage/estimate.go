package sage

import (
	"context"
	"encoding/json"
	"net/url"

	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/work"
)

var estimates = collection[resource.Offer]{singular: "sales estimate", plural: "sales_estimates"}

// CreateEstimate makes a sales estimate, which is in no ledger: POST /sales_estimates.
func (p *Permit) CreateEstimate(ctx context.Context, body json.RawMessage) (resource.Offer, error) {
	return estimates.create(ctx, p, body)
}

// ChangeEstimate changes the fields that the body holds: PUT /sales_estimates/{id}.
func (p *Permit) ChangeEstimate(ctx context.Context, id string, body json.RawMessage) (resource.Offer, error) {
	return estimates.change(ctx, p, id, body)
}

// DeleteEstimate deletes a sales estimate: DELETE /sales_estimates/{id}.
func (p *Permit) DeleteEstimate(ctx context.Context, id string) error {
	return estimates.remove(ctx, p, id)
}

// Estimate reads one sales estimate: GET /sales_estimates/{id}.
func (c *Client) Estimate(ctx context.Context, id string) (resource.Offer, error) {
	return estimates.read(ctx, c, id)
}

// FindEstimates finds sales estimates by their reference: GET /sales_estimates?search=….
func (c *Client) FindEstimates(ctx context.Context, reference string) ([]resource.Offer, error) {
	return estimates.find(ctx, c, url.Values{"search": {reference}}, func(found resource.Offer) bool { return work.SameReference(found.Reference, reference) })
}
