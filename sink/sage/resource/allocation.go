package resource

import (
	"encoding/json"

	"github.com/mage2sage/mage2sage/schemas/money"
)

// CustomerAllocation is the type of an allocation between documents of a customer.
const CustomerAllocation = "CUSTOMER_ALLOCATION"

// NewAllocation sets a credit note against invoices of its contact: what it takes of invoices is
// positive, what it takes of the credit note is negative, and the sum is zero.
type NewAllocation struct {
	IdempotencyID      string       `json:"idempotency_id"`
	TransactionTypeID  string       `json:"transaction_type_id"`
	ContactID          string       `json:"contact_id"`
	Date               string       `json:"date"`
	AllocatedArtefacts []Allocation `json:"allocated_artefacts"`
}

// Body is the body of POST /contact_allocations.
func (n NewAllocation) Body() (json.RawMessage, error) { return wrap("contact_allocation", n) }

// SentAllocation reads a body that Body has made.
func SentAllocation(body json.RawMessage) (NewAllocation, error) {
	var sent struct {
		Allocation NewAllocation `json:"contact_allocation"`
	}
	return sent.Allocation, json.Unmarshal(body, &sent)
}

// An Artefact is a document that a payment or an allocation names.
type Artefact struct {
	Artefact Ref          `json:"artefact"`
	Amount   money.Amount `json:"amount"`
}

// ContactAllocation is Sage's answer. It has no reference: what it allocates says which it is.
type ContactAllocation struct {
	ID        string     `json:"id"`
	Contact   Ref        `json:"contact"`
	Date      string     `json:"date"`
	Artefacts []Artefact `json:"allocated_artefacts"`
	DeletedAt string     `json:"deleted_at"`
	Content   `json:"-"`
}

// UnmarshalJSON keeps the whole answer besides its fields.
func (a *ContactAllocation) UnmarshalJSON(b []byte) error {
	type fields ContactAllocation
	return keep(b, (*fields)(a), &a.Content)
}

// ResourceID is Sage's id.
func (a ContactAllocation) ResourceID() string { return a.ID }

// Names reports whether a document is among what is allocated.
func (a ContactAllocation) Names(artefactID string) bool {
	for _, one := range a.Artefacts {
		if one.Artefact.ID == artefactID {
			return true
		}
	}
	return false
}
