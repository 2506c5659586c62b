package sage

import (
	"context"
	"encoding/json"
	"net/url"
)

// NewCreditNote is a sales credit note as it is sent; its amounts are positive.
type NewCreditNote struct {
	DocumentHead
	OriginalInvoiceDate string    `json:"original_invoice_date,omitempty"`
	Lines               []NewLine `json:"credit_note_lines"`
}

// Body is the body of POST /sales_credit_notes.
func (n NewCreditNote) Body() (json.RawMessage, error) { return wrap("sales_credit_note", n) }

// CreateCreditNote posts a credit note: POST /sales_credit_notes. It changes
// nothing on the invoice.
func (p *Permit) CreateCreditNote(ctx context.Context, body json.RawMessage) (Document, error) {
	return create[Document](ctx, p, "create sales credit note", "sales_credit_notes", body)
}

// CreditNote reads one credit note.
func (c *Client) CreditNote(ctx context.Context, id string) (out Document, err error) {
	return out, c.get(ctx, "read sales credit note", "sales_credit_notes/"+url.PathEscape(id)+"?mark_as_sent=false", &out)
}
