package work

import (
	"fmt"

	"github.com/mage2sage/mage2sage/schemas/canonical"
)

// A History is every operation that there was under one key, oldest revision first.
type History []Operation

// Last returns the newest revision; ok is false when there is none.
func (h History) Last() (o Operation, ok bool) {
	if len(h) == 0 {
		return o, false
	}
	return h[len(h)-1], true
}

// A SecondCreateError says that a plan would create an object that Sage has confirmed
// already. It means that the confirmation did not reach our books: to go on would make
// a duplicate in Sage.
type SecondCreateError struct {
	Key    OperationKey
	SageID string
}

func (e *SecondCreateError) Error() string {
	return fmt.Sprintf("%s of %s is confirmed as %s and would be made once more: its confirmation did not reach the books", e.Key.Kind, e.Key.Entity, e.SageID)
}

// An UnsettledError says that a plan would follow an operation whose outcome is open: the
// object may be in Sage, and a second call could make it twice.
type UnsettledError struct {
	Key   OperationKey
	State OperationState
}

func (e *UnsettledError) Error() string {
	return fmt.Sprintf("%s of %s is %s: nothing may follow it before its outcome is known", e.Key.Kind, e.Key.Entity, e.State)
}

// NextRevision is the revision of the operation that a plan makes under a key: the last
// one's while that was never sent, else the next. It returns an UnsettledError after one
// whose outcome is open, a SecondCreateError after
// a confirmed create, and an UnknownOperationError for a kind that is not in the table.
func (h History) NextRevision(key OperationKey) (int, error) {
	info, err := key.Kind.Info()
	if err != nil {
		return 0, err
	}
	o, ok := h.Last()
	switch {
	case !ok:
		return 1, nil
	case o.State.UnderWay() || o.State == Parked:
		return 0, &UnsettledError{key, o.State}
	case o.State == Confirmed && info.Creates():
		return 0, &SecondCreateError{key, o.SageID}
	case o.State == Planned || o.State == Cancelled:
		return o.Revision, nil
	}
	return o.Revision + 1, nil
}

// AlreadyRefused reports whether Sage has refused this very content and no policy was
// imported since. An import is how a person says "try again".
func (h History) AlreadyRefused(bodyHash string, policyVersion int) bool {
	o, ok := h.Last()
	return ok && o.State == Refused && o.BodyHash == bodyHash && o.PolicyVersion == policyVersion
}

// A Holder is who has a reference at Sage, or is about to.
type Holder struct {
	Binding    string
	Entity     string
	SageNumber string // "" until it is there
}

// A NumberedDocument is a document as far as it takes part in counting.
type NumberedDocument struct {
	Kind      canonical.Kind
	Number    string // Magento's increment id
	WebsiteID *int
	StoreID   int
	CreatedAt string // RFC 3339, UTC
}
