package resource

import (
	"encoding/json"
)

// NewCreditNote is a sales credit note as it is sent; its amounts are positive.
type NewCreditNote struct {
	DocumentHead
	OriginalInvoiceDate string    `json:"original_invoice_date,omitempty"`
	Lines               []NewLine `json:"credit_note_lines"`
}

// Body is the body of POST /sales_credit_notes.
func (n NewCreditNote) Body() (json.RawMessage, error) { return wrap("sales_credit_note", n) }
