package work

import (
	"fmt"
	"slices"
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
	// A credit note is settled by both: what is open of its order's invoices is set against
	// it, and what was paid is given back.
	AllocateCreditNote OperationKind = "allocate_credit_note"
	RefundCreditNote   OperationKind = "refund_credit_note"
	VoidInvoice        OperationKind = "void_invoice"
	VoidCreditNote     OperationKind = "void_credit_note"
)

// A Class groups calls that fail together: each has a breaker of its own.
type Class string

// The classes of operations.
const (
	Contacts  Class = "contacts"
	Documents Class = "documents"
	Payments  Class = "payments"
)

// A Priority orders the operations of a business: lower goes first. What is in doubt
// goes before all of them.
type Priority int

// The priorities. Payments go first because the invoices that they pay are in Sage
// already; a document and the contact that it needs share one, so that they go in the
// order in which they were planned; changes of contacts can wait.
const (
	PriorityPayment  Priority = 1
	PriorityDocument Priority = 2
	PriorityChange   Priority = 3
)

// An Effect says what the confirmation of an operation does to our books, besides the
// xref. There is no default: a kind without an effect says so.
type Effect string

// The effects.
const (
	NoEffect    Effect = "none"         // the xref is all
	PostsItem   Effect = "posts_item"   // the operation's entity is posted
	PostsUnpaid Effect = "posts_unpaid" // it is posted, and its payment is still to come
	PaysItem    Effect = "pays_item"    // the operation's entity is paid
	SettlesItem Effect = "settles_item" // its plan finds out how much of it is settled
	VoidsItem   Effect = "voids_item"   // no new object: what stood for the item at Sage is void
	UpdatesXref Effect = "updates_xref" // no new object: the xref keeps the digests of what was sent
)

// A KindInfo is what the sink has to know of a kind of operation.
type KindInfo struct {
	Kind  OperationKind
	Class Class
	// Xref is the type of the object that is created or changed.
	Xref XrefType
	// Priority orders operations within a business.
	Priority Priority
	Effect   Effect
	// CancelledWithItem says that the operation is cancelled with the plan of the item
	// that asked for it. A contact's create is not: other documents may need it.
	CancelledWithItem bool
}

// kinds is the one table of kinds of operations. A kind that is not here is an error
// everywhere.
var kinds = []KindInfo{
	{CreateContact, Contacts, XrefContact, PriorityDocument, NoEffect, false},
	{ChangeContact, Contacts, XrefContact, PriorityChange, UpdatesXref, true},
	{CreateInvoice, Documents, XrefInvoice, PriorityDocument, PostsUnpaid, true},
	{CreateCreditNote, Documents, XrefCreditNote, PriorityDocument, PostsItem, true},
	{CreatePayment, Payments, XrefPayment, PriorityPayment, PaysItem, true},
	{AllocateCreditNote, Payments, XrefAllocation, PriorityPayment, SettlesItem, true},
	{RefundCreditNote, Payments, XrefPayment, PriorityPayment, SettlesItem, true},
	{VoidInvoice, Documents, XrefInvoice, PriorityChange, VoidsItem, true},
	{VoidCreditNote, Documents, XrefCreditNote, PriorityChange, VoidsItem, true},
}

// Kinds lists all kinds of operations.
func Kinds() []KindInfo { return slices.Clone(kinds) }

// Creates reports whether the operation makes a new object in Sage. Such an operation
// is confirmed once and never followed by another of the same key.
func (i KindInfo) Creates() bool { return i.Effect != UpdatesXref && i.Effect != VoidsItem }

// Urgency is that of the operation's call: a document goes with the contact that it needs.
func (i KindInfo) Urgency() Urgency {
	if i.Priority == PriorityDocument {
		return ForDocuments
	}
	return Ordinary
}

// CancelledWithItem lists the kinds that are cancelled with the plan of an item.
func CancelledWithItem() (all []OperationKind) {
	for _, info := range kinds {
		if info.CancelledWithItem {
			all = append(all, info.Kind)
		}
	}
	return all
}

// An UnknownOperationError says that there is no such kind of operation.
type UnknownOperationError struct{ Kind OperationKind }

func (e *UnknownOperationError) Error() string {
	return fmt.Sprintf("there is no kind of operation %q", e.Kind)
}

// Info returns what is known of a kind, or an UnknownOperationError.
func (k OperationKind) Info() (KindInfo, error) {
	i := slices.IndexFunc(kinds, func(info KindInfo) bool { return info.Kind == k })
	if i < 0 {
		return KindInfo{}, &UnknownOperationError{k}
	}
	return kinds[i], nil
}
