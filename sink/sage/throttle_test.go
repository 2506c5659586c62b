package sage

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// throttledBy is a process whose call for a business was answered by a 429.
func throttledBy(t *testing.T, rates RateStore, header ...string) *Network {
	t.Helper()
	f := &fake{answer: always(429, `[{"$severity":"error","$dataCode":"TooManyRequests","$message":"","$source":""}]`, header...)}
	n := (&counter{}).process(rates, 10, 100)
	calledFor(t, n, "a", 10) // further places are booked
	n.http.Transport = f
	if err := post(t, NewClient(n, steady{}, "b", "a")); Classify(err) != Throttled {
		t.Fatalf("%v; want a 429", err)
	}
	return n
}

func TestA429FreezesTheBusinessInAllProcesses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rates, sage := &localRates{}, &counter{}
		other := NewClient(sage.process(rates, 10, 10), steady{}, "b", "a")
		here, told := throttledBy(t, rates, "Retry-After", "30"), time.Now()
		for name, c := range map[string]*Client{"the one that was told": NewClient(here, steady{}, "b", "a"), "another": other} {
			var held *HeldError
			_, err := c.HoldsLease().Admit(t.Context(), Documents)
			if !errors.As(err, &held) || held.Wait != 30*time.Second || held.Class != "" {
				t.Errorf("%s: %v; want all calls held for 30s", name, err)
			}
		}
		if err := post(t, NewClient(sage.process(rates, 10, 10), steady{}, "b", "elsewhere")); err != nil {
			t.Errorf("a call for another business: %v", err)
		}
		patient := NewClient(sage.process(rates, 10, 10), steady{}, "b", "a")
		if err := post(t, patient); err != nil || time.Since(told) != 30*time.Second {
			t.Errorf("who holds no lease was answered %v after %s, want a wait of 30s", err, time.Since(told))
		}
	})
}

func TestA429IsToldWithTheNextBookingWhereTheStoreIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rates := &countedRates{}
		n := (&counter{}).process(rates, 10, 10)
		c := NewClient(n, steady{}, "b", "a").HoldsLease()
		n.http.Transport = &fake{answer: func(w http.ResponseWriter, _ call) {
			rates.err = errors.New("postgres is away")
			always(429, "", "Retry-After", "30")(w, call{})
		}}
		if err := post(t, c); Classify(err) != Throttled {
			t.Fatalf("%v; want a 429", err)
		}
		rates.err = nil
		var held *HeldError
		if err := post(t, c); !errors.As(err, &held) || held.Wait < 29*time.Second {
			t.Errorf("%v; want the 30s that Sage asked for", err)
		}
	})
}

func TestAGatewayCannotFreezeForLong(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want time.Duration
	}{
		"Sage names a time": {&Error{Status: 429, FromSage: true, RetryAfter: time.Hour}, time.Hour},
		"Sage names none":   {&Error{Status: 429, FromSage: true}, time.Second},
		"a gateway":         {&Error{Status: 429, RetryAfter: time.Hour}, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			if got := freezeOf(c.err); got != c.want {
				t.Errorf("frozen for %s, want %s", got, c.want)
			}
		})
	}
}
