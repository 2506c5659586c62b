package source

import (
	"fmt"
	"strings"

	"github.com/mage2sage/mage2sage/schemas/finding"
)

// A SetupError says that the source cannot be captured as it is set up. Its text is
// one line and ends with what to type.
type SetupError struct {
	Problem string
	Hint    string
	Err     error // the server's or the network's own word, nil without
}

func (e *SetupError) Error() string {
	text := "source: " + e.Problem
	if e.Err != nil {
		text = because(text, e.Err)
	}
	return text + ": " + e.Hint
}

func (e *SetupError) Unwrap() error { return e.Err }

// Refusal is the SetupError of all faults in a list, on one line; nil without faults.
func Refusal(list finding.List) error {
	faults := list.Faults()
	if len(faults) == 0 {
		return nil
	}
	refusal := &SetupError{Problem: faults[0].Problem, Hint: faults[0].Hint}
	for _, f := range faults[1:] {
		refusal.Hint += "; and " + f.Problem + ": " + f.Hint
	}
	return refusal
}

// A LockedError says that another capture holds the source.
type LockedError struct {
	Lock string
	By   string // "connection 17 of mage2sage from 10.0.0.2:4711"
}

func (e *LockedError) Error() string {
	return fmt.Sprintf("source: another capture holds the lock %s (%s): stop it, or give this one another prefix", e.Lock, e.By)
}

// ErrLockLost is returned by Lock.Watch when the lock is no longer certain.
var ErrLockLost = fmt.Errorf("the lock on the source is lost")

// firstLine keeps a text of several lines from breaking the one line of an error.
func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
