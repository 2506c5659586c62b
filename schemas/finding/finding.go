// Package finding has the one shape in which a stage reports what its checks of the
// surroundings have found, such as the settings of the database server.
//
//	finding.List{
//		{Check: "log_bin"},
//		{Check: "binlog_format", Problem: "it is STATEMENT", Hint: "set binlog_format=ROW"},
//	}
//
// A stage runs all its checks and does not stop at the first fault, so that an
// operator sees the whole list at once. The package runs no check itself.
package finding

import "strings"

// A Finding is the result of one check.
type Finding struct {
	Check   string `json:"check"`             // what was looked at, such as "binlog_row_image"
	Seen    string `json:"seen,omitempty"`    // what is worth knowing where nothing is wrong, such as a version
	Problem string `json:"problem,omitempty"` // what is wrong; "" when nothing is
	Hint    string `json:"hint,omitempty"`    // what to type about it
	Warning bool   `json:"-"`                 // work may go on in spite of a problem, if there is one; State says it
}

// OK reports whether nothing is wrong.
func (f Finding) OK() bool { return f.Problem == "" }

// A State is a finding in one word.
type State string

// The states.
const (
	Pass State = "pass"
	Warn State = "warn" // work may go on in spite of the problem
	Fail State = "fail"
)

// State returns how bad it is.
func (f Finding) State() State {
	switch {
	case f.OK():
		return Pass
	case f.Warning:
		return Warn
	}
	return Fail
}

// String returns the check, its problem and the hint on one line.
func (f Finding) String() string {
	if f.OK() {
		if f.Seen != "" {
			return f.Check + ": ok (" + f.Seen + ")"
		}
		return f.Check + ": ok"
	}
	check := f.Check
	if f.Warning {
		check += ": warning"
	}
	return strings.TrimSuffix(check+": "+f.Problem+": "+f.Hint, ": ")
}

// A List holds the findings of one stage, in the order of its checks.
type List []Finding

// Faults returns the findings that keep the stage from working: the problems without
// the warnings.
func (l List) Faults() (all List) {
	for _, f := range l {
		if !f.OK() && !f.Warning {
			all = append(all, f)
		}
	}
	return all
}
