package store

import (
	"encoding/json"
	"time"

	"github.com/mage2sage/mage2sage/schemas/money"
)

// An OperationKind names a call.
type OperationKind string

// The kinds of operations.
const (
	CreateContact    OperationKind = "create_contact"
	ChangeContact    OperationKind = "change_contact"
	CreateInvoice    OperationKind = "create_invoice"
	CreateCreditNote OperationKind = "create_credit_note"
	CreatePayment    OperationKind = "create_payment"
)

// An OperationState is where an operation stands.
//
//	planned → sending → confirmed
//	   ↑         ├────→ refused (a correction is a new revision)
//	   └─────────┴────→ in_doubt → sending, the same body under the same id
type OperationState string

// The states of operations.
const (
	Planned   OperationState = "planned"
	Sending   OperationState = "sending" // the call may have left
	InDoubt   OperationState = "in_doubt"
	Confirmed OperationState = "confirmed"
	Refused   OperationState = "refused"
	Cancelled OperationState = "cancelled" // never sent, not wanted any more
	Parked    OperationState = "parked"    // a person must look
)

// UnderWay tells whether an operation has an open end at Sage, so that nothing of
// its thing may be created or replaced.
func (s OperationState) UnderWay() bool { return s == Sending || s == InDoubt }

// A Thing is what an operation makes or changes: an invoice, or a contact in one
// currency.
type Thing struct {
	Kind     OperationKind
	Entity   string // invoice:12, customer:5, guest:…, fallback
	Currency string // of contacts, else ""
}

// An Operation is one call to Sage.
type Operation struct {
	Thing
	ID            int64
	Binding       string
	Revision      int    // from 1; counts refusals
	Document      string // whose plan asked for it
	IdempotencyID string
	Reference     string
	Target        string // Sage's id of what is changed; "" for creates
	Body          json.RawMessage
	BodyHash      string
	Facts         json.RawMessage // a contact's digests by field, kept with its xref
	Total         *money.Amount   // expected of Sage, nil for contacts
	Tax           *money.Amount
	PolicyVersion int
	Priority      int
	State         OperationState
	Doubted       bool  // an answer was lost once
	Attempt       int   // how often it was sent, without what does not count
	Claims        int64 // how often it was claimed: the fence of its answers
	FirstSentAt   *time.Time
	Reason        string
	SourceField   string // Sage's $source of the refusal
	SageID        string
	Hint          string
	SentAt        *time.Time
}

const operationColumns = `o.id, o.binding, o.kind, o.entity, o.currency, o.revision, o.document, o.idempotency_id, o.reference, o.target,
	o.body, o.body_hash, o.facts, o.total::text, o.tax::text, o.policy_version, o.priority, o.state, o.doubted, o.attempt, o.claims,
	o.first_sent_at, o.reason, o.source_field, o.sage_id, o.hint, o.sent_at`

// scanOperation reads operationColumns.
func scanOperation(row interface{ Scan(...any) error }) (o Operation, err error) {
	var total, tax *string
	err = row.Scan(&o.ID, &o.Binding, &o.Kind, &o.Entity, &o.Currency, &o.Revision, &o.Document, &o.IdempotencyID, &o.Reference, &o.Target,
		&o.Body, &o.BodyHash, &o.Facts, &total, &tax, &o.PolicyVersion, &o.Priority, &o.State, &o.Doubted, &o.Attempt, &o.Claims,
		&o.FirstSentAt, &o.Reason, &o.SourceField, &o.SageID, &o.Hint, &o.SentAt)
	if err != nil {
		return o, err
	}
	if o.Total, err = amount(total); err != nil {
		return o, err
	}
	o.Tax, err = amount(tax)
	return o, err
}

// amount reads a numeric that may be null.
func amount(s *string) (*money.Amount, error) {
	if s == nil {
		return nil, nil
	}
	a, err := money.Parse(*s)
	return &a, err
}

// text is amount's inverse.
func text(a *money.Amount) *string {
	if a == nil {
		return nil
	}
	s := a.String()
	return &s
}
