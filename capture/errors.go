package capture

import (
	"fmt"
	"strings"
)

// A SetupError says that the source cannot be captured as it is set up. Preflight
// returns it; its text is one line and ends with what to type.
type SetupError struct {
	Problem string
	Hint    string
	Err     error // the server's or the network's own word, nil without
}

// Error is the problem, its cause and the hint.
func (e *SetupError) Error() string {
	text := "source: " + e.Problem
	if e.Err != nil {
		text += " (" + firstLine(e.Err.Error()) + ")"
	}
	return text + ": " + e.Hint
}

// Unwrap returns the cause.
func (e *SetupError) Unwrap() error { return e.Err }

// A LockedError says that another capture holds the source.
type LockedError struct {
	Lock string
	By   string // "connection 17 of mage2sage from 10.0.0.2:4711"
}

// Error names the other one.
func (e *LockedError) Error() string {
	return fmt.Sprintf("source: another capture holds the lock %s (%s): stop it, or give this one another prefix", e.Lock, e.By)
}

// errLockLost ends a session whose lock is no longer certain.
var errLockLost = fmt.Errorf("the lock on the source is lost")

// A lostRecordsError says that a partition ends before what was acknowledged.
type lostRecordsError struct {
	partition  string // topic/partition
	have, want int64
}

// Error names partition and offsets.
func (e *lostRecordsError) Error() string {
	return fmt.Sprintf("kafka lost records: %s ends at %d, and %d was acknowledged", e.partition, e.have, e.want)
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
