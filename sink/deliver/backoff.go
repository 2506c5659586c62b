package deliver

import (
	"errors"
	"math/rand/v2"
	"time"

	"github.com/mage2sage/mage2sage/sink/sage"
)

const (
	// forbiddenWait is how long a business is left alone that refuses the user. A person
	// has to act; a call a minute notices it soon and costs nothing.
	forbiddenWait = time.Minute
	// shortWait is the first wait after a call that did not leave; it doubles.
	shortWait = 2 * time.Second
	// longestWait bounds the doubling: a server that is back is noticed that soon.
	longestWait = time.Minute
	// leastPatience is the least wait after a 429 that names none.
	leastPatience = time.Second
	// jitter keeps processes that were refused together from coming back together.
	jitter = 250 * time.Millisecond
)

// retryAfter is the one place that says how long an operation waits before it goes again.
// attempt counts from 1.
func retryAfter(outcome sage.Outcome, attempt int, doubt time.Duration, err error) time.Duration {
	switch outcome {
	case sage.Ambiguous:
		return doubled(doubt, attempt)
	case sage.NotSent, sage.Held:
		return doubled(shortWait, attempt)
	case sage.Throttled:
		asked := leastPatience
		if refusal := (*sage.Error)(nil); errors.As(err, &refusal) {
			asked = max(asked, refusal.RetryAfter)
			if !refusal.FromSage { // what a gateway asks for is not Sage's limit
				asked = min(asked, longestWait)
			}
		}
		return asked + rand.N(jitter)
	}
	return 0
}

// doubled is a wait that doubles with each attempt after the first, up to longestWait; a
// first wait that is longer stays as it is.
func doubled(first time.Duration, attempt int) time.Duration {
	return max(first, min(first<<min(max(attempt-1, 0), 16), longestWait))
}
