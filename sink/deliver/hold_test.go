package deliver

import (
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/work"
)

func TestAPersonEndsWhatHoldsABusiness(t *testing.T) {
	w := newWorld(t)
	w.resumedAt = time.Now().Add(-time.Hour)
	ok := w.answer
	w.answers(500, "")
	for range 5 {
		w.queue = append(w.queue, invoice())
	}
	w.step() // five failures open the breakers
	w.answer, w.queue, w.results, w.steps = ok, []work.Operation{invoice()}, nil, nil
	w.step()
	w.step()
	if w.did("POST /v3.1/sales_invoices") {
		t.Fatalf("%v: a call left while the breaker is open", w.steps)
	}
	w.resumedAt = time.Now()
	w.step()
	if r := w.only(); r.State != work.Confirmed || !w.did("GET /v3.1/user") {
		t.Errorf("%s after %v, want a probe and the call", r.State, w.steps)
	}
}

// No call is due while everything waits: something has to ask all the same.
func TestWhatHoldsCallsBackIsProbedThoughNoneIsDue(t *testing.T) {
	w := newWorld(t)
	ok := w.answer
	w.answers(500, "")
	for range 5 {
		w.queue = append(w.queue, invoice())
	}
	w.step()
	w.answer, w.steps = ok, nil
	for _, c := range w.d.Clients.at("biz") {
		c.RetryNow() // as the end of the open time does
	}
	w.step()
	if len(w.steps) != 1 || w.steps[0] != "GET /v3.1/user" {
		t.Errorf("%v, want one reading", w.steps)
	}
}

func TestAGatewayHoldsABusinessForAMinuteAtMost(t *testing.T) {
	for name, c := range map[string]struct {
		err  sage.Error
		want time.Duration
	}{
		"Sage's own limit": {sage.Error{Status: 429, FromSage: true, RetryAfter: time.Hour}, time.Hour},
		"a gateway's":      {sage.Error{Status: 429, RetryAfter: time.Hour}, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			if got := retryAfter(sage.Throttled, 1, 0, &c.err); got < c.want || got > c.want+jitter {
				t.Errorf("waits %s, want %s", got, c.want)
			}
		})
	}
	if forbiddenWait > time.Minute {
		t.Errorf("a refusal of the user holds a business for %s, want a minute at most", forbiddenWait)
	}
}
