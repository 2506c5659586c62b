package work

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/money"
)

// An OperationState says how far an operation has come.
//
//	planned → sending → confirmed
//	   ↑         ├────→ refused (a correction is a new revision)
//	   └─────────┴────→ in_doubt → looked up at Sage: confirmed, parked,
//	                               or sending, the same body under the same id
type OperationState string

// The states of operations.
const (
	Planned   OperationState = "planned"
	Sending   OperationState = "sending"  // the call may have left
	InDoubt   OperationState = "in_doubt" // the answer was lost
	Confirmed OperationState = "confirmed"
	Refused   OperationState = "refused"
	Cancelled OperationState = "cancelled" // never sent, and not wanted any more
	Parked    OperationState = "parked"    // a person must look
)

// OperationStates lists all states.
func OperationStates() []OperationState {
	return []OperationState{Planned, Sending, InDoubt, Confirmed, Refused, Cancelled, Parked}
}

// UnderWay reports whether Sage may still be working on the operation. Until that is
// known, nothing with the same key may be created or replaced.
func (s OperationState) UnderWay() bool { return s == Sending || s == InDoubt }

// An OperationKey identifies the Sage object that an operation creates or changes: an
// invoice, or a contact in one currency. Key and revision are unique in a binding.
type OperationKey struct {
	Kind     OperationKind
	Entity   string // invoice:12, customer:5, guest:…, fallback
	Currency string // of contacts, else ""
}

// An Operation is one call to Sage.
type Operation struct {
	OperationKey
	ID            int64
	Binding       string
	Revision      int          // from 1; a refusal is answered by the next
	Item          canonical.ID // the sync item whose plan asked for it
	IdempotencyID string
	Reference     string
	Target        string // Sage's id of what is changed; "" for creates
	Body          json.RawMessage
	BodyHash      string          // of the body without its idempotency id
	SentDigests   json.RawMessage // digests of what is sent, to see later what has changed
	Total         *money.Amount   // expected of Sage, nil for contacts
	Tax           *money.Amount
	PolicyVersion int
	Priority      Priority
	State         OperationState
	WasInDoubt    bool  // an answer was lost once: the body may never change again, and only a look-up or a person ends it
	HistoryLost   bool  // its reference stood in Sage when the lists were read, and was not adopted
	Refused       bool  // Sage refused the repetition of a call in doubt: its last word if a look-up finds nothing
	Attempt       int   // how often it was sent, without what does not count
	FenceToken    int64 // grows with each claim, so that an answer to an older claim is recognised
	FirstSentAt   *time.Time
	SentAt        *time.Time
	Reason        string // a Reason where it is parked, else Sage's code or the outcome
	SourceField   string // the field that Sage's refusal names
	SageID        string
	SettledAs     string // Sage's id, as a person has found it: ends the doubt
	Hint          string
}

// ErrNotOpen is wrapped when a person settles an operation that is neither parked nor in
// doubt, or is not there.
var ErrNotOpen = errors.New("there is no such operation whose outcome is open: the hint of a parked document names its number, see mage2sage documents")

// guest begins the entity of buyers without an account; the rest is made of their e-mail
// address, and whoever guesses the address can make it too.
const guest = "guest:"

// LoggedEntity is the entity as a log may have it: of a guest only that it is one.
func (o Operation) LoggedEntity() string {
	if strings.HasPrefix(o.Entity, guest) {
		return strings.TrimSuffix(guest, ":")
	}
	return o.Entity
}
