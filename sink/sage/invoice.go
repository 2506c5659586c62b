package sage

import (
	"context"
	"encoding/json"
	"net/url"

	"github.com/mage2sage/mage2sage/sink/sage/resource"
)

// CreateInvoice posts a sales invoice: POST /sales_invoices.
func (p *Permit) CreateInvoice(ctx context.Context, body json.RawMessage) (resource.Document, error) {
	return create[resource.Document](ctx, p, "create sales invoice", "sales_invoices", body)
}

// Invoice reads one sales invoice. Without mark_as_sent=false Sage may take the
// reading for a sending.
func (c *Client) Invoice(ctx context.Context, id string) (out resource.Document, err error) {
	return out, c.get(ctx, "read sales invoice", "sales_invoices/"+url.PathEscape(id)+"?mark_as_sent=false", &out)
}
