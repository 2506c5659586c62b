package sage

import (
	"context"
	"encoding/json"
	"net/url"
)

// NewInvoice is a sales invoice as it is sent. It is posted at once.
type NewInvoice struct {
	DocumentHead
	DueDate string    `json:"due_date,omitempty"`
	Lines   []NewLine `json:"invoice_lines"`
}

// Body is the body of POST /sales_invoices.
func (i NewInvoice) Body() (json.RawMessage, error) { return wrap("sales_invoice", i) }

// CreateInvoice posts a sales invoice: POST /sales_invoices.
func (p *Permit) CreateInvoice(ctx context.Context, body json.RawMessage) (Document, error) {
	return create[Document](ctx, p, "create sales invoice", "sales_invoices", body)
}

// Invoice reads one sales invoice. Without mark_as_sent=false Sage may take the
// reading for a sending.
func (c *Client) Invoice(ctx context.Context, id string) (out Document, err error) {
	return out, c.get(ctx, "read sales invoice", "sales_invoices/"+url.PathEscape(id)+"?mark_as_sent=false", &out)
}
