package sage

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

var silence = &TransportError{"op", true, errors.New("reset")}

// tries makes n calls that end with err and counts those that were let out.
func tries(b *breaker, n int, err error) (out int) {
	for range n {
		if done, held := b.allow(); held == nil {
			out++
			done(resultOf(err))
		}
	}
	return out
}

func TestABreakerOpensAfterFiveFailuresAndStaysOpenLongerEachTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker("x", 30*time.Second)
		if n := tries(b, 20, silence); n != 5 {
			t.Errorf("%d calls were let out, want 5", n)
		}
		for _, wait := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 10 * time.Minute, 10 * time.Minute} {
			time.Sleep(wait - time.Second)
			if n := tries(b, 3, silence); n != 0 {
				t.Errorf("%d calls a second before %s are over, want none", n, wait)
			}
			time.Sleep(time.Second + time.Millisecond)
			if !b.needsProbe() {
				t.Errorf("after %s it does not try", wait)
			}
			if n := tries(b, 3, silence); n != 1 {
				t.Errorf("after %s %d calls, want one try", wait, n)
			}
		}
		time.Sleep(longestOpenFor + time.Second)
		if tries(b, 1, nil) != 1 || tries(b, 10, silence) != 5 {
			t.Error("an answer did not close it")
		}
		time.Sleep(30*time.Second + time.Millisecond)
		if tries(b, 1, nil) != 1 {
			t.Error("after an answer it does not begin at 30 s again")
		}
	})
}

func TestRefusalsAndPatienceDoNotOpenABreaker(t *testing.T) {
	b := newBreaker("x", time.Second)
	for name, err := range map[string]error{
		"refused": &Error{Status: 422}, "throttled": &Error{Status: 429}, "not allowed": &Error{Status: 403}, "not used": &HeldError{},
	} {
		if n := tries(b, 20, err); n != 20 {
			t.Errorf("%s: %d of 20 were let out", name, n)
		}
	}
}

func TestAPermitThatIsNotUsedGivesItsTryBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker("x", time.Second)
		tries(b, 5, silence)
		time.Sleep(time.Second + time.Millisecond)
		done, err := b.allow()
		if err != nil {
			t.Fatal(err)
		}
		done(resultOf(&HeldError{}))
		if tries(b, 1, nil) != 1 {
			t.Error("the try was lost")
		}
	})
}

func TestTheCallRateHalvesAndClimbsBack(t *testing.T) {
	c := DefaultConfig()
	n := NewNetwork(c)
	n.adapt(Throttled)
	n.adapt(Throttled)
	if got := n.limiter.Limit(); got != 2.5 {
		t.Errorf("after two 429 the rate is %v, want 2.5", got)
	}
	for range 100 {
		n.adapt(Done)
	}
	if got := n.limiter.Limit(); got != 10 {
		t.Errorf("after 100 answers the rate is %v, want 10", got)
	}
}
