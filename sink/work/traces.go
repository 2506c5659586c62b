package work

import (
	"fmt"
	"strings"
)

// Traces count what a binding has left in its business, or may have.
type Traces struct {
	Objects     int // that stand for an entity there
	Confirmed   int // calls that Sage has executed
	Sending     int // calls that are under way
	InDoubt     int // calls whose answer was lost
	Parked      int // calls that wait for a person's word on what came of them
	OnceInDoubt int // calls whose answer was lost once
}

// Any reports whether there may be anything.
func (t Traces) Any() bool { return t != Traces{} }

func (t Traces) String() string {
	var all []string
	for _, part := range []struct {
		n    int
		what string
	}{
		{t.Objects, "objects in Sage"}, {t.Confirmed, "calls confirmed"}, {t.Sending, "calls under way"},
		{t.InDoubt, "calls in doubt"}, {t.Parked, "calls parked"}, {t.OnceInDoubt, "calls once in doubt"},
	} {
		if part.n > 0 {
			all = append(all, fmt.Sprintf("%d %s", part.n, part.what))
		}
	}
	return strings.Join(all, ", ")
}

// A TracesError is returned for a binding that cannot be bound to another business.
type TracesError struct {
	Binding string
	Traces
}

func (e *TracesError) Error() string {
	text := fmt.Sprintf("binding %s stays with its business, because there is, or may be, something of it: %s", e.Binding, e.Traces)
	if e.Objects > 0 || e.Confirmed > 0 {
		return text + ": import a binding of another name, with its own sync_since, for the right business"
	}
	return text + ": look for each at Sage, say what came of it with mage2sage operation settle (its number is in mage2sage documents), then try again"
}
