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

func (e *SetupError) Error() string { return "source: " + e.What() + ": " + e.Hint }

// What is the problem with the server's or the network's own word.
func (e *SetupError) What() string {
	if e.Err == nil {
		return e.Problem
	}
	return because(e.Problem, e.Err)
}

func (e *SetupError) Unwrap() error { return e.Err }

// A DoubtError says that the tables are not as they were known to be, so that a
// snapshot would delete what may still be true. It is no fault of the set-up: waiting
// is enough when somebody is at work on the database.
type DoubtError struct {
	Problem string
	Hint    string
}

func (e *DoubtError) Error() string { return "source: " + e.Problem + ": " + e.Hint }

// Refusal is the SetupError of all faults in a list, on one line; nil without faults.
// Where nothing is wrong but tables that are not there, it is a DoubtError.
func Refusal(list finding.List) error {
	faults := list.Faults()
	if len(faults) == 0 {
		return nil
	}
	problem, hint, doubt := faults[0].Problem, faults[0].Hint, faults[0].Check == missingTables
	for _, f := range faults[1:] {
		hint += "; and " + f.Problem + ": " + f.Hint
		doubt = doubt && f.Check == missingTables
	}
	if doubt {
		return &DoubtError{problem, hint}
	}
	return &SetupError{Problem: problem, Hint: hint}
}

// A LockedError says that another capture holds the source.
type LockedError struct {
	Lock string
	By   string // "connection 17 of mage2sage from 10.0.0.2:4711"
}

func (e *LockedError) Error() string {
	return fmt.Sprintf("source: another capture of this source is at work and holds the lock %s (%s): it goes on, and this one is not needed; stop it first if this one is to take its place", e.Lock, e.By)
}

// ErrLockLost is returned by Lock.Watch when the lock is no longer certain.
var ErrLockLost = fmt.Errorf("the lock on the source is lost")

// firstLine keeps a text of several lines from breaking the one line of an error.
func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
