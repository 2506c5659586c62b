package work

import (
	"errors"
	"fmt"

	"github.com/mage2sage/mage2sage/schemas/canonical"
)

// A Settlement is what a person says of a document that no plan may decide: it was put right
// in Sage or in Magento by hand.
type Settlement struct {
	Binding string
	ID      canonical.ID
	Outcome SettledOutcome
	// SageID is what stands for the document in Sage; of SettledPosted alone.
	SageID string
	// Payment says of a document that is not paid yet whether its payment, or what settles a
	// credit note, is in Sage too, or is still to be made; of SettledPosted alone.
	Payment PaymentState
	By      string // who says so, for the audit trail
	Note    string
}

// A SettledOutcome is what a person has come to.
type SettledOutcome string

// The outcomes.
const (
	SettledPosted  SettledOutcome = "posted"  // it is in Sage as it should be
	SettledSkipped SettledOutcome = "skipped" // nothing of it is to be posted
	SettledRetry   SettledOutcome = "retry"   // plan it again, and make what Sage has refused once more
)

// ErrNoItem is wrapped when a person settles a document that is not there.
var ErrNoItem = errors.New("there is no such document: see mage2sage documents")

// Check says why a settlement is not taken. Whatever its outcome, nothing that stands in
// Sage, or may stand there, is ever posted a second time because of it. creates and payments
// are the document's own operations.
func (s Settlement) Check(item SyncItem, own []Operation) error {
	for _, o := range own {
		switch o.State {
		case InDoubt, Parked:
			return fmt.Errorf("nobody knows yet whether %s is in Sage: look for reference %q there and type mage2sage operation settle %d --as its id, or --not-in-sage", s.ID, o.Reference, o.ID)
		case Sending:
			return fmt.Errorf("a call for %s is on its way to Sage: try again in a minute", s.ID)
		}
	}
	switch s.Outcome {
	case SettledPosted:
		return s.checkPosted(item)
	case SettledSkipped:
		if item.SageID != "" {
			return fmt.Errorf("%s stands in Sage as %s: say what it is with mage2sage document settle %s --as %s", s.ID, item.SageID, s.ID, item.SageID)
		}
	case SettledRetry:
		if item.SageID != "" && !refusedAfterPosting[item.Reason] {
			return fmt.Errorf("%s stands in Sage as %s and is not posted a second time: correct it there and type mage2sage document settle %s --as %s", s.ID, item.SageID, s.ID, item.SageID)
		}
	default:
		return fmt.Errorf("there is no outcome %q of a settlement", s.Outcome)
	}
	if item.State == ItemPosted || item.State == ItemPlanned {
		return fmt.Errorf("%s is %s: there is nothing to settle", s.ID, item.State)
	}
	return nil
}

// refusedAfterPosting are the reasons of documents that are in Sage, and of which Sage has
// refused something that follows: that may be tried again.
var refusedAfterPosting = map[Reason]bool{PaymentRefused: true, AllocationRefused: true, RefundRefused: true, VoidRefused: true}

func (s Settlement) checkPosted(item SyncItem) error {
	switch {
	case s.SageID == "":
		return errors.New("the id in Sage is missing: Sage shows it in the document's address")
	case item.State == ItemPosted && item.SageID == s.SageID && item.Payment == Paid:
		return fmt.Errorf("%s is posted as %s already: there is nothing to settle", s.ID, s.SageID)
	case item.Payment != Paid && s.Payment == "":
		return fmt.Errorf("say whether its %s is in Sage too: --paid, or --unpaid where none is yet", s.followedBy())
	case s.Payment == Unpaid && item.Payment == Paid:
		return fmt.Errorf("the %s of %s is in Sage already: leave --unpaid out", s.followedBy(), s.ID)
	}
	return nil
}

// followedBy is what settles a document of that kind.
func (s Settlement) followedBy() string {
	if s.ID.Kind() == canonical.KindCreditMemo {
		return "refund or allocation"
	}
	return "payment"
}
