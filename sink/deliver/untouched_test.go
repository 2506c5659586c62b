package deliver

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mage2sage/mage2sage/schemas/secret"
	"github.com/mage2sage/mage2sage/sink/work"
)

// opened is a world whose breaker is open, for half a minute.
func opened(t *testing.T) (*world, *wire) {
	w, x := newWired(t)
	for range 5 {
		x.deliver(t.Context(), []reply{proxys(503)}, invoice())
	}
	return w, x
}

// untouched checks that nothing was made of what is due.
func (w *world) untouched() {
	w.t.Helper()
	if w.did("claim") || len(w.results) != 0 || len(w.pauses) != 0 || len(w.putOff) != 0 || len(w.queue) != 1 {
		w.t.Errorf("%v, %d results, %d left; want it untouched", w.steps, len(w.results), len(w.queue))
	}
}

func TestWhatAnOpenBreakerHoldsBackIsUntouched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, x := opened(t)
		x.deliver(t.Context(), []reply{made}, invoice())
		w.untouched()
		if w.did("POST sales_invoices") || w.did("GET user") {
			t.Errorf("%v while the breaker is open", w.steps)
		}
	})
}

func TestAHalfOpenBreakerIsProbedByAReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, x := opened(t)
		time.Sleep(30 * time.Second)
		x.deliver(t.Context(), []reply{proxys(503)}, invoice())
		w.untouched()
		if !w.did("GET user") || w.did("POST sales_invoices") {
			t.Errorf("%v; want a reading alone", w.steps)
		}
		time.Sleep(time.Minute)
		x.deliver(t.Context(), []reply{answered(200, `{"id":"u"}`), made}, invoice())
		if r := w.only(); r.State != work.Confirmed || !w.did("GET user") {
			t.Errorf("%v, %s; want a reading and then the call", w.steps, r.State)
		}
	})
}

func TestAStageThatEndsLeavesNoCallUnwritten(t *testing.T) {
	for name, c := range map[string]struct {
		end   string // the step at which it is told to
		reply reply
		state work.OperationState // "" is untouched
	}{
		"before anything is claimed":       {"admitted", made, ""},
		"while Sage is at work":            {"called", made, work.Confirmed},
		"while Sage is at work, for good":  {"called", silence, work.InDoubt},
		"while the connection breaks":      {"called", cutOff, work.InDoubt},
		"while there is no connection yet": {"called", unreachable, work.Planned},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, x := newWired(t)
				ctx, cancel := context.WithCancel(t.Context())
				if c.end == "admitted" {
					w.tokens = endingTokens{cancel}
				}
				x.deliver(ctx, []reply{func(r *http.Request) (*http.Response, error) { cancel(); return c.reply(r) }}, invoice())
				if c.state == "" {
					w.untouched()
				} else if r := w.only(); r.State != c.state {
					t.Errorf("it is %s, want %s", r.State, c.state)
				}
				if !w.did("release") {
					t.Errorf("%v: the lease is kept", w.steps)
				}
			})
		})
	}
}

// endingTokens have the stage told to end while a token is asked for.
type endingTokens struct{ end func() }

func (e endingTokens) Token(context.Context) (secret.String, error) {
	e.end()
	return "token", nil
}

func (e endingTokens) Renew(context.Context, secret.String) (secret.String, error) { return "", nil }
