package books

import "fmt"

// A Refusal is Sage's no to a request: what it found wrong and where.
type Refusal struct {
	Status  int    // HTTP status
	Code    string // Sage's $dataCode
	Message string // Sage's $message
	Source  string // Sage's $source: the field, "base", or empty
}

// Error is the refusal on one line.
func (r *Refusal) Error() string {
	return fmt.Sprintf("%d %s: %s (%s)", r.Status, r.Code, r.Message, r.Source)
}

// Required is the message for a missing field, and Sage's umbrella message for
// some faults that have nothing to do with it.
const Required = "This field is required."

// NotListed is the message for a value outside an enumeration.
const NotListed = "is not included in the list"

// Invalid is the refusal of a rule of business.
func Invalid(source, format string, args ...any) *Refusal {
	return &Refusal{422, "RecordInvalid", fmt.Sprintf(format, args...), source}
}

// Missing is the refusal of an id that is not there, in a path or in a body.
func Missing(source string) *Refusal {
	return &Refusal{404, "RecordNotFound", "Couldn't find record.", source}
}
