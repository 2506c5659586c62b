// Package finding is what a check of the surroundings has found: the one shape in
// which each stage says what it lacks, for preflight, for doctor and for the web UI.
//
//	capture    the server, its settings, our rights, the tables
//	sink       Postgres, the business, the ids that a policy names
//
// A check never stops at the first fault: whoever asks gets the whole list.
package finding

import "strings"

// A Finding is the result of one check.
type Finding struct {
	Check   string `json:"check"`             // what was looked at, such as "binlog_row_image"
	Problem string `json:"problem,omitempty"` // what is wrong; "" when all is well
	Hint    string `json:"hint,omitempty"`    // what to type about it
	Warning bool   `json:"warning,omitempty"` // work may go on in spite of the problem
}

// OK reports whether nothing is wrong.
func (f Finding) OK() bool { return f.Problem == "" }

// String is the check, its problem and the hint on one line.
func (f Finding) String() string {
	if f.OK() {
		return f.Check + ": ok"
	}
	return strings.TrimSuffix(f.Check+": "+f.Problem+": "+f.Hint, ": ")
}

// A List is what the checks of one stage have found, in the order of the checks.
type List []Finding

// Faults are the findings that keep the stage from working; warnings are not.
func (l List) Faults() (all List) {
	for _, f := range l {
		if !f.OK() && !f.Warning {
			all = append(all, f)
		}
	}
	return all
}
