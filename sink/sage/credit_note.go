package sage

import (
	"context"
	"encoding/json"
	"net/url"

	"github.com/mage2sage/mage2sage/sink/sage/resource"
)

// CreateCreditNote posts a credit note: POST /sales_credit_notes. It changes
// nothing on the invoice.
func (p *Permit) CreateCreditNote(ctx context.Context, body json.RawMessage) (resource.Document, error) {
	return create[resource.Document](ctx, p, "create sales credit note", "sales_credit_notes", body)
}

// CreditNote reads one credit note.
func (c *Client) CreditNote(ctx context.Context, id string) (out resource.Document, err error) {
	return out, c.get(ctx, "read sales credit note", "sales_credit_notes/"+url.PathEscape(id)+"?mark_as_sent=false", &out)
}
