package sage

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"

	"github.com/mage2sage/mage2sage/sink/sage/auth"
)

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

func TestTheCallRateNeverStandsStillNorGoesAboveTheConfiguredOne(t *testing.T) {
	for name, c := range map[string]struct {
		full, slowest rate.Limit
	}{
		"an ordinary rate":         {10, 0.5},
		"a rate below the slowest": {0.2, 0.2},
	} {
		t.Run(name, func(t *testing.T) {
			config := DefaultConfig()
			config.CallsPerSecond = float64(c.full)
			n := NewNetwork(config)
			for range 50 {
				n.adapt(Throttled)
			}
			if got := n.limiter.Limit(); got != c.slowest {
				t.Errorf("after 50 429 the rate is %v, want %v", got, c.slowest)
			}
			for range 1000 {
				n.adapt(Refused)
			}
			if got := n.limiter.Limit(); got != c.full {
				t.Errorf("after 1000 answers the rate is %v, want %v", got, c.full)
			}
		})
	}
}

func TestCallsKeepToTheRateAndAfterA429ToHalfOfIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{answer: always(201, `{"id":"x"}`)}
		n := f.network()
		n.config.CallsPerSecond = 10
		n.limiter = rate.NewLimiter(10, 1)
		c := clientOn(n)
		timed := func(calls int) time.Duration {
			began := time.Now()
			for range calls {
				if err := post(t, c); err != nil && Classify(err) != Throttled {
					t.Fatal(err)
				}
			}
			return time.Since(began).Round(10 * time.Millisecond)
		}
		timed(1)
		if took := timed(10); took != time.Second {
			t.Errorf("ten calls at 10/s took %s, want 1s", took)
		}
		f.answer = always(429, "")
		timed(1)
		f.answer = always(201, `{"id":"x"}`)
		// 5/s, and faster by 0.2/s with each call that is answered.
		if took := timed(10); took < 1500*time.Millisecond || took > 2*time.Second {
			t.Errorf("ten calls after a 429 took %s, want about 1.7s", took)
		}
	})
}

func TestAGrantThatEndedDoesNotSpeakAgainstTheTokenEndpoint(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		held bool
	}{
		"answered":        {nil, false},
		"not asked":       {auth.ErrNotCounted, false},
		"no answer":       {errors.New("connection reset"), true},
		"a server's 5xx":  {&auth.EndpointError{Op: "exchange token", Status: 503}, true},
		"an odd answer":   {errors.New("exchange token: the answer holds no pair of tokens"), true},
		"our own timeout": {http.ErrHandlerTimeout, true},
	} {
		t.Run(name, func(t *testing.T) {
			breaker := NewNetwork(DefaultConfig()).App().Breaker
			for range failuresInRow {
				report, err := breaker.Allow()
				if err != nil {
					t.Fatal(err)
				}
				report(c.err)
			}
			var held *HeldError
			if _, err := breaker.Allow(); errors.As(err, &held) != c.held || held != nil && held.Breaker != "sage token endpoint" {
				t.Errorf("%v; want it held back: %v", err, c.held)
			}
		})
	}
}

func TestTheAppIsTheOneThatIsConfigured(t *testing.T) {
	c := DefaultConfig()
	c.ClientID, c.ClientSecret = "id", "secret"
	n := NewNetwork(c)
	defer n.Close()
	app, again := n.App(), n.App()
	got := *app
	got.HTTP, got.Breaker = nil, nil
	want := auth.App{
		ClientID: "id", ClientSecret: "secret", Callback: "127.0.0.1:8765",
		AuthorizeURL: "https://www.sageone.com/oauth2/auth/central",
		TokenURL:     "https://oauth.accounting.sage.com/token", RevokeURL: "https://oauth.accounting.sage.com/revoke",
	}
	if got != want || app != again {
		t.Errorf("the app is %+v, want %+v", got, want)
	}
}
