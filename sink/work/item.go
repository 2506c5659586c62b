package work

import (
	"encoding/json"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/money"
)

// An ItemState says what became of an entity in a binding.
type ItemState string

// The states of sync items, as they are shown to people.
const (
	ItemPlanned ItemState = "planned" // to be planned, or its call is on the way
	ItemWaiting ItemState = "waiting" // for a contact, an invoice, tax rows or payment
	ItemSkipped ItemState = "skipped" // by policy
	ItemParked  ItemState = "parked"  // a person must look
	ItemPosted  ItemState = "posted"
	ItemOpen    ItemState = "open" // in Sage, and not settled there as Magento has settled it
)

// ItemStates lists all states.
func ItemStates() []ItemState {
	return []ItemState{ItemPlanned, ItemWaiting, ItemSkipped, ItemParked, ItemPosted, ItemOpen}
}

// A PaymentState says whether an item that is in Sage is paid there, in Sage's words: an
// invoice by receipts, a credit note by refunds, and both by what is set against them. It
// is "" where that is no question.
type PaymentState string

// The states of payment.
const (
	Paid   PaymentState = "paid"
	Unpaid PaymentState = "unpaid"
	Void   PaymentState = "void" // taken back at Sage, because Magento has cancelled it
)

// A SyncItem is one entity in one binding and what became of it.
type SyncItem struct {
	Binding        string
	ID             canonical.ID
	State          ItemState
	Payment        PaymentState
	Reason         Reason
	Hint           string
	WaitsFor       string // the entity that it waits for
	WaitingSince   *time.Time
	Number         string // Magento's increment id
	Currency       string
	MagentoTotal   *money.Amount
	SageTotal      *money.Amount
	SageID         string
	SageNumber     string
	SageContactID  string // of the contact that it was posted to
	AccountingDate string // YYYY-MM-DD, frozen when first planned
	SentDigest     string // of the sale that was sent, or that a person has settled
}

// A Due is a sync item that is due for planning, with what belongs to it.
type Due struct {
	Binding Binding
	Item    SyncItem
	Body    json.RawMessage // the entity's newest version
	// ReadBefore says that a database that is lost had read this version, as before a restore
	// from a backup: what it made of the entity is not known.
	ReadBefore bool
	// WithoutPerson says that names, addresses and the like were taken out of the body.
	WithoutPerson bool
}

// A Verdict is what a plan comes to; the zero Verdict is none.
type Verdict struct {
	// Item replaces state, payment, reason, hint, what is waited for, and what people
	// look for.
	Item SyncItem
	// Operations are to be made. One that is there already under the same revision is
	// replaced unless it was sent.
	Operations []Operation
	// PlanAgainIn plans the item once more after that long; 0 leaves it until something
	// happens.
	PlanAgainIn time.Duration
	// Cancel lists kinds of operations that are cancelled where they were planned for
	// the item and never sent.
	Cancel []OperationKind
	// WakeWaiting plans those again who wait for this entity, even if its own state
	// stays as it is.
	WakeWaiting bool
	// PlanToo is another item that is planned once more; "" is none.
	PlanToo canonical.ID
}

// Decided reports whether the verdict says anything.
func (v Verdict) Decided() bool { return v.Item.State != "" }
