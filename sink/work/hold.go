package work

import "time"

// A Hold is a person's word that nothing is to be delivered, though it could be: for one binding,
// or with "" for all. What is planned meanwhile is kept, and goes once the hold is released.
type Hold struct {
	Binding string    `json:"binding"`
	By      string    `json:"by"`
	Note    string    `json:"note"`
	Since   time.Time `json:"since"`
}
