package resource

import (
	"encoding/json"

	"github.com/mage2sage/mage2sage/schemas/money"
)

// OfferHead is what estimates and quotes have besides the head of every document.
type OfferHead struct {
	DocumentHead
	ExpiryDate string `json:"expiry_date"` // YYYY-MM-DD
	StatusID   string `json:"status_id,omitempty"`
}

// Declined is the status of an estimate or quote that the customer did not take.
const Declined = "DECLINED"

// NewEstimate is a sales estimate as it is sent. It is in no ledger.
type NewEstimate struct {
	OfferHead
	Lines []NewLine `json:"estimate_lines"`
}

// Body is the body of POST /sales_estimates.
func (n NewEstimate) Body() (json.RawMessage, error) { return wrap("sales_estimate", n) }

// Change is the body of PUT /sales_estimates/{id} with some of the fields.
func (n NewEstimate) Change(fields ...string) (json.RawMessage, error) {
	return wrapOnly("sales_estimate", n, fields)
}

// NewQuote is a sales quote as it is sent. It is in no ledger.
type NewQuote struct {
	OfferHead
	Lines []NewLine `json:"quote_lines"`
}

// Body is the body of POST /sales_quotes.
func (n NewQuote) Body() (json.RawMessage, error) { return wrap("sales_quote", n) }

// Change is the body of PUT /sales_quotes/{id} with some of the fields.
func (n NewQuote) Change(fields ...string) (json.RawMessage, error) {
	return wrapOnly("sales_quote", n, fields)
}

// Offer is Sage's answer for an estimate or quote.
type Offer struct {
	ID          string       `json:"id"`
	DisplayedAs string       `json:"displayed_as"`
	Reference   string       `json:"reference"`
	Date        string       `json:"date"`
	ExpiryDate  string       `json:"expiry_date"`
	Contact     Ref          `json:"contact"`
	Currency    Ref          `json:"currency"`
	Status      Ref          `json:"status"`
	Invoice     Ref          `json:"invoice"` // what was made of it
	NetAmount   money.Amount `json:"net_amount"`
	TaxAmount   money.Amount `json:"tax_amount"`
	TotalAmount money.Amount `json:"total_amount"`
	Content     `json:"-"`
}

// UnmarshalJSON keeps the whole answer besides its fields.
func (o *Offer) UnmarshalJSON(b []byte) error {
	type fields Offer
	return keep(b, (*fields)(o), &o.Content)
}

// ResourceID is Sage's id.
func (o Offer) ResourceID() string { return o.ID }
