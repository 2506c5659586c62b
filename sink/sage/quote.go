package sage

import (
	"context"
	"encoding/json"
	"net/url"

	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/work"
)

var quotes = collection[resource.Offer]{singular: "sales quote", plural: "sales_quotes"}

// CreateQuote makes a sales quote, which is in no ledger: POST /sales_quotes.
func (p *Permit) CreateQuote(ctx context.Context, body json.RawMessage) (resource.Offer, error) {
	return quotes.create(ctx, p, body)
}

// ChangeQuote changes the fields that the body holds: PUT /sales_quotes/{id}.
func (p *Permit) ChangeQuote(ctx context.Context, id string, body json.RawMessage) (resource.Offer, error) {
	return quotes.change(ctx, p, id, body)
}

// DeleteQuote deletes a sales quote: DELETE /sales_quotes/{id}.
func (p *Permit) DeleteQuote(ctx context.Context, id string) error {
	return quotes.remove(ctx, p, id)
}

// Quote reads one sales quote: GET /sales_quotes/{id}.
func (c *Client) Quote(ctx context.Context, id string) (resource.Offer, error) {
	return quotes.read(ctx, c, id)
}

// FindQuotes finds sales quotes by their reference: GET /sales_quotes?search=….
func (c *Client) FindQuotes(ctx context.Context, reference string) ([]resource.Offer, error) {
	return quotes.find(ctx, c, url.Values{"search": {reference}}, func(found resource.Offer) bool { return work.SameReference(found.Reference, reference) })
}
