package work

import "github.com/mage2sage/mage2sage/schemas/money"

// A Closure says why nothing is sent for a binding until what stands in Sage was read and
// adopted; the zero Closure is none.
type Closure string

// The closures.
const (
	ClosedByRestore Closure = "restored" // the database is older than what was done with it: the sink opens it by itself
	ClosedByPerson  Closure = "asked"    // a person has asked for a rebuild that has not ended
)

// A Candidate is an operation of which Sage may have the object already: it would make one,
// and never left as far as the books know.
type Candidate struct {
	Operation
	Number string // Magento's increment id of its item; "" for contacts
}

// A Standing is something that stands in Sage, as far as it says what it is. It names nobody.
type Standing struct {
	Kind      OperationKind `json:"kind"` // that makes such a thing
	SageID    string        `json:"sage_id"`
	Number    string        `json:"sage_number,omitempty"`
	Reference string        `json:"reference,omitempty"`
	Total     *money.Amount `json:"total,omitempty"` // nil for contacts and allocations
	Currency  string        `json:"currency,omitempty"`
	Date      string        `json:"date,omitempty"`    // YYYY-MM-DD
	Contact   string        `json:"contact,omitempty"` // the reference of its contact
	Void      bool          `json:"void,omitempty"`    // taken back in Sage
}

// A KnownDocument is a document of a binding, and what became of it.
type KnownDocument struct {
	Kind   string
	Number string // Magento's increment id
	State  ItemState
	Reason Reason
}
