package sage

import (
	"context"
	"encoding/json"

	"github.com/mage2sage/mage2sage/sink/sage/resource"
)

var creditNotes = collection[resource.Document]{"sales credit note", "sales_credit_notes", leaveUnsent}

// CreateCreditNote posts a credit note: POST /sales_credit_notes. It changes
// nothing on the invoice.
func (p *Permit) CreateCreditNote(ctx context.Context, body json.RawMessage) (resource.Document, error) {
	return creditNotes.create(ctx, p, body)
}

// CreditNote reads one credit note: GET /sales_credit_notes/{id}.
func (c *Client) CreditNote(ctx context.Context, id string) (resource.Document, error) {
	return creditNotes.read(ctx, c, id)
}

// VoidCreditNote takes a credit note back: DELETE /sales_credit_notes/{id}, as VoidInvoice.
func (p *Permit) VoidCreditNote(ctx context.Context, id string, reason json.RawMessage) (resource.Document, error) {
	return creditNotes.void(ctx, p, id, reason)
}

// FindCreditNotes finds credit notes by their reference: GET /sales_credit_notes?search=….
func (c *Client) FindCreditNotes(ctx context.Context, reference string) ([]resource.Document, error) {
	return findDocuments(ctx, c, creditNotes, reference)
}
