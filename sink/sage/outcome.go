package sage

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/mage2sage/mage2sage/sink/sage/auth"
)

// An Outcome is what an answer, or its absence, means for the caller.
type Outcome int

// The outcomes of a call.
const (
	Done         Outcome = iota // it was executed, and here is its result
	NotSent                     // it never left: as if it had not been tried
	Held                        // a breaker did not let it out
	Ambiguous                   // it may have been executed, now or in a moment
	Refused                     // it was understood and refused: the same again is refused again
	Throttled                   // Sage asks for patience
	Unauthorized                // the grant is gone
	NotAllowed                  // the user or the business may not
)

var outcomes = [...]string{"done", "not sent", "held", "ambiguous", "refused", "throttled", "unauthorized", "not allowed"}

// String is the outcome in words.
func (o Outcome) String() string { return outcomes[o] }

// A TransportError means that there was no answer to rely on.
type TransportError struct {
	Op   string
	Sent bool // the call may have left
	Err  error
}

// Error tells whether the call may have left.
func (e *TransportError) Error() string {
	if e.Sent {
		return fmt.Sprintf("%s: no answer: %v", e.Op, e.Err)
	}
	return fmt.Sprintf("%s: not sent: %v", e.Op, e.Err)
}

// Unwrap returns the cause.
func (e *TransportError) Unwrap() error { return e.Err }

// A HeldError is returned while a breaker is open.
type HeldError struct {
	Breaker string
	Wait    time.Duration
}

// Error names the breaker.
func (e *HeldError) Error() string {
	return fmt.Sprintf("%s does not answer: trying again in %s", e.Breaker, e.Wait.Round(time.Second))
}

// Classify tells what the error of a call means; nil is Done.
func Classify(err error) Outcome {
	var (
		refusal   *Error
		transport *TransportError
		held      *HeldError
		reauth    *auth.ReauthError
	)
	switch {
	case err == nil:
		return Done
	case errors.As(err, &held):
		return Held
	case errors.As(err, &reauth):
		return Unauthorized
	case errors.As(err, &transport):
		if transport.Sent {
			return Ambiguous
		}
		return NotSent
	case errors.As(err, &refusal):
		return classifyStatus(refusal)
	}
	return NotSent
}

func classifyStatus(e *Error) Outcome {
	switch {
	case e.Code == NoSubscription, e.Status == http.StatusForbidden:
		return NotAllowed
	case e.Status == http.StatusUnauthorized:
		return Unauthorized
	case e.Status == http.StatusTooManyRequests:
		return Throttled
	case e.Status >= 400 && e.Status < 500 && e.Status != http.StatusRequestTimeout:
		return Refused
	}
	return Ambiguous // 5xx may follow a committed write
}

// resultOf is what an error says of the host: only silence and 5xx speak against
// it.
func resultOf(err error) result {
	if errors.Is(err, context.Canceled) { // we left before it could answer
		return notCounted
	}
	switch Classify(err) {
	case Ambiguous, NotSent:
		return failed
	case Throttled, Held:
		return notCounted
	}
	return answered
}
