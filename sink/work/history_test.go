package work

import (
	"errors"
	"testing"
)

func TestTheNextRevision(t *testing.T) {
	invoice := OperationKey{Kind: CreateInvoice, Entity: "invoice:1"}
	change := OperationKey{Kind: ChangeContact, Entity: "customer:5", Currency: "GBP"}
	for name, c := range map[string]struct {
		key   OperationKey
		state OperationState // of revision 3; "" is no history
		want  int
	}{
		"the first is 1":                         {invoice, "", 1},
		"what is planned is replaced":            {invoice, Planned, 3},
		"what was cancelled comes back":          {invoice, Cancelled, 3},
		"a refusal is answered by the next":      {invoice, Refused, 4},
		"a change may be followed by a change":   {change, Confirmed, 4},
		"a change that was refused by the next":  {change, Refused, 4},
		"a change that is planned is replaced":   {change, Planned, 3},
		"the first change of a contact is 1 too": {change, "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			var h History
			if c.state != "" {
				h = History{{Revision: 2, State: Refused}, {Revision: 3, State: c.state}}
			}
			if got, err := h.NextRevision(c.key); err != nil || got != c.want {
				t.Errorf("%d, %v; want %d", got, err, c.want)
			}
		})
	}
}

// A call whose answer was lost may have made the object: a second call could make it twice.
func TestNothingFollowsAnOperationWhoseOutcomeIsOpen(t *testing.T) {
	for _, info := range Kinds() {
		for _, state := range []OperationState{Sending, InDoubt, Parked} {
			t.Run(string(info.Kind)+" "+string(state), func(t *testing.T) {
				n, err := History{{Revision: 1, State: state}}.NextRevision(OperationKey{Kind: info.Kind, Entity: "e"})
				var open *UnsettledError
				if !errors.As(err, &open) || open.State != state || n != 0 {
					t.Errorf("revision %d, %v; want an UnsettledError", n, err)
				}
			})
		}
	}
}

// A confirmed create whose effect on the books was forgotten must not be made again.
func TestNothingFollowsAConfirmedCreate(t *testing.T) {
	for _, info := range Kinds() {
		if !info.Creates() {
			continue
		}
		t.Run(string(info.Kind), func(t *testing.T) {
			h := History{{Revision: 1, State: Confirmed, SageID: "sage-1"}}
			n, err := h.NextRevision(OperationKey{Kind: info.Kind, Entity: "e"})
			var second *SecondCreateError
			if !errors.As(err, &second) || second.SageID != "sage-1" || n != 0 {
				t.Errorf("revision %d, %v; want a SecondCreateError that names sage-1", n, err)
			}
		})
	}
}

func TestOnlyANewPolicyTriesRefusedContentAgain(t *testing.T) {
	refused := Operation{State: Refused, BodyHash: "h", PolicyVersion: 2}
	confirmed := refused
	confirmed.State = Confirmed
	for name, c := range map[string]struct {
		history History
		hash    string
		version int
		want    bool
	}{
		"the same under the same policy":    {History{refused}, "h", 2, true},
		"the same under a new policy":       {History{refused}, "h", 3, false},
		"other content":                     {History{refused}, "x", 2, false},
		"a refusal that is not the newest":  {History{refused, confirmed}, "h", 2, false},
		"no history":                        {nil, "h", 2, false},
		"the same that was never refused":   {History{confirmed}, "h", 2, false},
		"the newest of several was refused": {History{confirmed, refused}, "h", 2, true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.history.AlreadyRefused(c.hash, c.version); got != c.want {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

func TestUnderWayIsWhatSageMayBeWorkingOn(t *testing.T) {
	for _, s := range OperationStates() {
		if want := s == Sending || s == InDoubt; s.UnderWay() != want {
			t.Errorf("%s under way: %v, want %v", s, s.UnderWay(), want)
		}
	}
}
