package work

import (
	"encoding/json"
	"errors"
	"time"
)

// A BindingState says whether calls may be made for a binding.
type BindingState string

// The states of a binding.
const (
	New         BindingState = "new"          // imported, not connected to a business
	Connected   BindingState = "connected"    // at work
	Forbidden   BindingState = "forbidden"    // Sage refuses the user: tried again from time to time
	NeedsReauth BindingState = "needs_reauth" // the grant has ended: no call until a person connects again
	// Disconnected: a person has ended it. No call is made until one connects it again, to
	// the same business.
	Disconnected BindingState = "disconnected"
	// Purged: what it knew of Sage was deleted, long after a person had disconnected it. It is
	// never at work again.
	Purged BindingState = "purged"
)

// AtWork reports whether calls are made for a binding in this state, now or after a wait.
func (s BindingState) AtWork() bool { return s == Connected || s == Forbidden }

// A Binding sends one shop into one business of Sage.
type Binding struct {
	Name           string
	Source         string
	Policy         json.RawMessage
	PolicyVersion  int
	Business       string // Sage's id; "" until it is connected
	BusinessName   string
	BaseCurrency   string // of the business, ISO 4217
	State          BindingState
	Hint           string
	NotBefore      time.Time // no call is made until then
	ImportedAt     time.Time
	Closed         Closure    // why nothing is sent whatever its state; "" where that is not so
	DisconnectedAt *time.Time // by a person, the last time; nil where it never was
	Rebuilding     string     // how far the rebuild is that ends this; "" before it begins
}

// AboutNoBinding is what a sink without any binding is about on the health board.
const AboutNoBinding = "bindings"

// AboutBinding is what a binding for which nothing can be posted is about there.
func AboutBinding(name string) string { return "binding " + name }

// ErrNoBinding is wrapped when there is no binding of that name.
var ErrNoBinding = errors.New("no such binding: import it with mage2sage binding import, see mage2sage binding list")

// ErrPairGone is wrapped where a pair of tokens was replaced or deleted by somebody else.
var ErrPairGone = errors.New("the tokens were replaced meanwhile: the next call reads them again")

// A Connection is what connecting a binding has found out.
type Connection struct {
	Binding, Business, BusinessName, BaseCurrency string
}

// A Business is one of Sage's for which there is work.
type Business struct {
	ID        string
	Bindings  string    // names of those at it, as people know it
	ResumedAt time.Time // when a person last ended what holds its calls back
}

// A Pause stops the calls of a binding.
type Pause struct {
	Binding string
	State   BindingState
	Hint    string
	Wait    time.Duration // before the next call; 0 where the state alone stops them
}

// An Ended says how a binding's tokens ended.
type Ended string

// The ways in which tokens end.
const (
	Revoked    Ended = "revoked"     // Sage has ended the grant, now or before
	NotRevoked Ended = "not revoked" // the grant runs out by itself
)

// SealedTokens is a binding's token pair as it is kept: encrypted.
type SealedTokens struct {
	Version          int64 // counts pairs; 0 when there is none
	Access, Refresh  []byte
	AccessExpiresAt  time.Time
	RefreshExpiresAt time.Time
	// RefreshInFlight says that this pair's refresh token was sent to Sage and no answer
	// was written down: it may be spent.
	RefreshInFlight bool
	// RefreshRefused says that Sage has refused this pair's refresh token.
	RefreshRefused bool
}
