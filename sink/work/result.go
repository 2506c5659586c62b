package work

import (
	"errors"
	"time"

	"github.com/mage2sage/mage2sage/schemas/money"
)

// A CallResult is what came of a call: an answer, or that there was none.
type CallResult struct {
	Operation   Operation
	State       OperationState // Confirmed, Refused, InDoubt, Parked; Planned puts it back
	Wait        time.Duration  // before it may be sent again
	Uncounted   bool           // the attempt does not count: Sage was too busy, or nothing left
	Reason      string         // a Reason where it is parked, else Sage's code or the outcome
	Hint        string
	SourceField string
	Refused     bool // with InDoubt: Sage has refused the repetition

	// Of a confirmed operation.
	SageID string
	Total  *money.Amount // as Sage computed it, nil for contacts
	Xref   XrefChange
	// Posted is what the operation's item becomes; nil leaves it alone.
	Posted *Posting
	// Payment is what the payment of the operation's item becomes; "" leaves it alone.
	Payment PaymentState
	// Mismatch parks the item of a payment that is not what was sent.
	Mismatch ParkReason
	// OnCollision parks the operation when its xref is taken: by another id for the same
	// object, or by another object for the same id.
	OnCollision ParkReason
}

// An XrefChange says what a confirmation does to an xref.
type XrefChange struct {
	Type XrefType
	// New says that an object was created: the xref must not be there yet. Otherwise the
	// digests of what was sent are added to the xref that is there.
	New bool
}

// A Posting is what a confirmed create makes of its sync item.
type Posting struct {
	State         ItemState // ItemPosted, or ItemParked where Sage computed something else
	Reason        Reason
	Hint          string
	SageNumber    string
	SageContactID string
	SentDigest    string
}

// A Lease is the right to write to one business. Sage numbers documents one by one, so
// there is one lease per business, whatever the number of processes.
type Lease struct {
	Business string
	Owner    string        // unique per process
	TTL      time.Duration // longer than a call may take
}

// ErrLeaseLost is wrapped by a claim when another process has the business now.
var ErrLeaseLost = errors.New("another process has the business")
