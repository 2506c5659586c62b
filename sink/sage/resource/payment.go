package resource

import (
	"encoding/json"

	"github.com/mage2sage/mage2sage/schemas/money"
)

// Types of payments: what a customer pays, and what is given back.
const (
	CustomerReceipt = "CUSTOMER_RECEIPT"
	CustomerRefund  = "CUSTOMER_REFUND"
)

// NewPayment is a receipt or a refund and its allocation in one call. A receipt may be more
// than it is allocated to, and the rest is on account; a refund may not.
type NewPayment struct {
	IdempotencyID      string        `json:"idempotency_id"`
	TransactionTypeID  string        `json:"transaction_type_id"`
	ContactID          string        `json:"contact_id"`
	BankAccountID      string        `json:"bank_account_id"`
	Date               string        `json:"date"`
	TotalAmount        money.Amount  `json:"total_amount"`
	Reference          string        `json:"reference,omitempty" sage:"25,exact"`
	CurrencyID         string        `json:"currency_id"`
	ExchangeRate       *money.Amount `json:"exchange_rate,omitempty"` // Sage takes 1 when it is left out
	AllocatedArtefacts []Allocation  `json:"allocated_artefacts"`
}

// Allocation is how much of a payment settles one document.
type Allocation struct {
	ArtefactID string       `json:"artefact_id"`
	Amount     money.Amount `json:"amount"`
}

// Body is the body of POST /contact_payments.
func (n NewPayment) Body() (json.RawMessage, error) { return wrap("contact_payment", n) }

// SentPayment reads a body that Body has made.
func SentPayment(body json.RawMessage) (NewPayment, error) {
	var sent struct {
		Payment NewPayment `json:"contact_payment"`
	}
	return sent.Payment, json.Unmarshal(body, &sent)
}

// Payment is Sage's answer.
type Payment struct {
	ID          string       `json:"id"`
	DisplayedAs string       `json:"displayed_as"`
	Reference   string       `json:"reference"`
	Date        string       `json:"date"`
	Contact     Ref          `json:"contact"`
	TotalAmount money.Amount `json:"total_amount"`
	// TransactionType says whether it is a receipt or a refund.
	TransactionType Ref        `json:"transaction_type"`
	Artefacts       []Artefact `json:"allocated_artefacts"`
	Content         `json:"-"`
}

// UnmarshalJSON keeps the whole answer besides its fields.
func (p *Payment) UnmarshalJSON(b []byte) error {
	type fields Payment
	return keep(b, (*fields)(p), &p.Content)
}

// ResourceID is Sage's id.
func (p Payment) ResourceID() string { return p.ID }
