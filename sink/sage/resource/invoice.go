package resource

import (
	"encoding/json"
)

// NewInvoice is a sales invoice as it is sent. It is posted at once.
type NewInvoice struct {
	DocumentHead
	DueDate string `json:"due_date,omitempty"`
	// OriginalID is the estimate or quote that the invoice was made of.
	OriginalID string    `json:"original_quote_estimate_id,omitempty"`
	Lines      []NewLine `json:"invoice_lines"`
}

// Body is the body of POST /sales_invoices.
func (i NewInvoice) Body() (json.RawMessage, error) { return wrap("sales_invoice", i) }
