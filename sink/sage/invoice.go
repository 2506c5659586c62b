package sage

import (
	"context"
	"encoding/json"
	"net/url"

	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/work"
)

var invoices = collection[resource.Document]{"sales invoice", "sales_invoices", leaveUnsent}

// leaveUnsent is asked of every reading of a document. Without it Sage may take the
// reading for a sending: mark_as_sent is true by default (Sage's OpenAPI file, GET
// /sales_invoices/{key}).
const leaveUnsent = "?mark_as_sent=false"

// CreateInvoice posts a sales invoice: POST /sales_invoices.
func (p *Permit) CreateInvoice(ctx context.Context, body json.RawMessage) (resource.Document, error) {
	return invoices.create(ctx, p, body)
}

// Invoice reads one sales invoice: GET /sales_invoices/{id}.
func (c *Client) Invoice(ctx context.Context, id string) (resource.Document, error) {
	return invoices.read(ctx, c, id)
}

// FindInvoices finds sales invoices by their reference: GET /sales_invoices?search=….
func (c *Client) FindInvoices(ctx context.Context, reference string) ([]resource.Document, error) {
	return findDocuments(ctx, c, invoices, reference)
}

// VoidInvoice takes an invoice back: DELETE /sales_invoices/{id}. Sage refuses it once
// something is paid or allocated of it.
func (p *Permit) VoidInvoice(ctx context.Context, id string, reason json.RawMessage) (resource.Document, error) {
	return invoices.void(ctx, p, id, reason)
}

func findDocuments(ctx context.Context, c *Client, in collection[resource.Document], reference string) ([]resource.Document, error) {
	return in.find(ctx, c, url.Values{"search": {reference}}, func(found resource.Document) bool { return work.SameReference(found.Reference, reference) })
}
