package sage

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
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
		for _, wait := range []time.Duration{30 * time.Second, time.Minute, time.Minute, time.Minute} {
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
	for name, err := range map[string]error{
		"refused": &Error{Status: 422, FromSage: true}, "throttled": &Error{Status: 429}, "not allowed": &Error{Status: 403, FromSage: true}, "not used": &HeldError{},
		"left by us": &TransportError{"op", true, context.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			if n := tries(newBreaker("x", time.Second), 20, err); n != 20 {
				t.Errorf("%d of 20 were let out", n)
			}
		})
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

func TestAnAnswerStartsTheCountOfFailuresAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker("x", time.Second)
		for range 20 {
			if tries(b, failuresInRow-1, silence) != failuresInRow-1 || tries(b, 1, nil) != 1 {
				t.Fatal("it opened without five failures in a row")
			}
			time.Sleep(time.Minute + slotTime) // the rate is another reason to open
		}
	})
}

func TestHalfOfAMinutesCallsOpenABreaker(t *testing.T) {
	// mixed makes n pairs of an answer and a failure and returns what was let out.
	mixed := func(b *breaker, n int, pause time.Duration) (out int) {
		for range n {
			out += tries(b, 1, nil) + tries(b, 1, silence)
			time.Sleep(pause)
		}
		return out
	}
	for name, c := range map[string]struct {
		pause time.Duration
		out   int // of 20
	}{
		"within a second":              {0, leastCalls},
		"eight of them in a minute":    {14 * time.Second, leastCalls},
		"fewer than eight in a minute": {20 * time.Second, 20},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if out := mixed(newBreaker("x", time.Hour), 10, c.pause); out != c.out {
					t.Errorf("%d calls were let out, want %d", out, c.out)
				}
			})
		})
	}
	t.Run("a failure in three", func(t *testing.T) {
		b := newBreaker("x", time.Hour)
		for range 20 {
			if tries(b, 2, nil)+tries(b, 1, silence) != 3 {
				t.Fatal("it opened though most calls are answered")
			}
		}
	})
}

func TestACallOfAnEarlierTimeDoesNotDecide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker("x", time.Second)
		slow, err := b.allow()
		if err != nil {
			t.Fatal(err)
		}
		slower, err := b.allow()
		if err != nil {
			t.Fatal(err)
		}
		tries(b, failuresInRow, silence)
		slow(answered)
		if tries(b, 1, nil) != 0 {
			t.Error("an answer to a call from before closed it")
		}
		time.Sleep(time.Second)
		probe, err := b.allow()
		if err != nil {
			t.Fatal(err)
		}
		slower(failed)
		if _, err := b.allow(); err == nil {
			t.Error("a second probe was let out while the first is under way")
		}
		probe(answered)
		if b.needsProbe() || tries(b, 3, nil) != 3 {
			t.Error("a failure from before outweighed the probe")
		}
	})
}

func TestACallIsCountedOnce(t *testing.T) {
	b := newBreaker("x", time.Hour)
	report, err := b.allow()
	if err != nil {
		t.Fatal(err)
	}
	for range 2 * failuresInRow {
		report(failed)
	}
	if tries(b, 1, nil) != 1 {
		t.Error("one call opened it")
	}
}

func TestOfManyCallersOneMakesTheProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker("x", time.Second)
		tries(b, failuresInRow, silence)
		time.Sleep(time.Second)
		var out atomic.Int32
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				var held *HeldError
				if _, err := b.allow(); err == nil {
					out.Add(1)
				} else if !errors.As(err, &held) || held.Wait != time.Second || held.Breaker != "x" {
					t.Errorf("%v; want to be held back for a second", err)
				}
			})
		}
		all.Wait()
		if out.Load() != 1 {
			t.Errorf("%d of 50 were let out, want one", out.Load())
		}
	})
}
