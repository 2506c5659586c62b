package sage

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/mage2sage/mage2sage/sink/sage/auth"
)

// An Outcome says what an answer, or the lack of one, means for the caller.
type Outcome int

// The outcomes of a call.
const (
	Done         Outcome = iota // it was executed; the result is at hand
	NotSent                     // it never left: nothing has changed at Sage
	Held                        // a breaker is open, or the call rate has no room: it was not made
	Ambiguous                   // it may have been executed, or may still be
	Refused                     // Sage refused the content: the same again is refused again
	Throttled                   // there were too many calls: not executed
	Unauthorized                // the grant has ended: a person has to connect again
	NotAllowed                  // the user lacks a right, or the business a subscription
)

var outcomes = [...]string{"done", "not sent", "held", "ambiguous", "refused", "throttled", "unauthorized", "not allowed"}

func (o Outcome) String() string { return outcomes[o] }

// A TransportError is returned when there was no answer, or none that can be read.
type TransportError struct {
	Op   string
	Sent bool // the call may have left
	Err  error
}

func (e *TransportError) Error() string {
	if e.Sent {
		return fmt.Sprintf("%s: no answer: %v", e.Op, e.Err)
	}
	return fmt.Sprintf("%s: not sent: %v", e.Op, e.Err)
}

func (e *TransportError) Unwrap() error { return e.Err }

// A HeldError is returned while a breaker is open, or the call rate has no room. Wait is how
// long it will be. Class is the only class that is held back; without one all calls are.
type HeldError struct {
	Breaker string
	Wait    time.Duration
	Class   Class
	// Problem is why, where it is not that Sage does not answer.
	Problem string
}

func (e *HeldError) Error() string {
	problem := " does not answer"
	if e.Problem != "" {
		problem = ": " + e.Problem
	}
	return fmt.Sprintf("%s%s: trying again in %s", e.Breaker, problem, e.Wait.Round(time.Second))
}

// Classify says what the error of a call means; nil is Done. An error that it does
// not know arose before the call was made, such as one of the token store.
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

// classifyStatus believes a refusal only where it is Sage's own document. Whatever else
// has a status below 500 is an outage of something on the way: the call may have passed
// it.
func classifyStatus(e *Error) Outcome {
	switch {
	case e.Status == http.StatusTooManyRequests:
		return Throttled
	case !e.FromSage:
		return Ambiguous
	case e.Code == NoSubscription, e.Status == http.StatusForbidden:
		return NotAllowed
	case e.Status == http.StatusUnauthorized:
		return Unauthorized
	case e.Status >= 400 && e.Status < 500 && e.Status != http.StatusRequestTimeout:
		return Refused
	}
	return Ambiguous // a 500 can follow a write that Sage has committed
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
