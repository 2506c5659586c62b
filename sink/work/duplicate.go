package work

import (
	"fmt"
	"time"
)

// A Duplicate is something that stands in a business more than once and is to stand there once: live
// documents or contacts of one reference, payments of one reference, amount and day, allocations of
// one credit note, amount, day and invoices. It names nobody.
type Duplicate struct {
	Business string        `json:"business"`
	Binding  string        `json:"binding"` // whose it is
	Kind     OperationKind `json:"kind"`    // that makes such a thing
	Key      string        `json:"key"`     // what they have in common
	Objects  []Doubled     `json:"objects"`
	FoundAt  time.Time     `json:"found_at"` // when it was seen first
}

// A Doubled is one of several that are to be one.
type Doubled struct {
	Standing
	// Entity is of which entity's books it is; "" where nothing in Postgres stands for it.
	Entity string `json:"entity,omitempty"`
	// Of is what the allocation of a credit note is of, by Sage's id; "" for all others.
	Of string `json:"of,omitempty"`
}

// Hint says what a person has to do about it.
func (d Duplicate) Hint() string {
	known := 0
	for _, o := range d.Objects {
		if o.Entity != "" {
			known++
		}
	}
	switch {
	case known == 0:
		return "none of them is known here: keep one in Sage, void or delete the others there, and say which it is with mage2sage document settle --as ID; then mage2sage duplicates"
	case known > 1:
		return "each is another document's here, under one number: compare them in Sage and in Magento, and void there what is one too many; then mage2sage duplicates"
	}
	return "look at them in Sage: keep the one that is known here, and void or delete the others there, once nothing is paid or allocated of them; then mage2sage duplicates"
}

// AboutDuplicates is the trouble on the sink's board of what stands twice in the business of a binding.
func AboutDuplicates(binding string) string { return "duplicates of binding " + binding }

// TwiceInSage says how much stands in Sage more than once.
func TwiceInSage(n int) string {
	if n == 1 {
		return "1 of its documents, payments or contacts stands in Sage more than once"
	}
	return fmt.Sprintf("%d of its documents, payments or contacts stand in Sage more than once", n)
}
