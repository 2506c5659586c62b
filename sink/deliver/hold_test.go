package deliver

import (
	"net/http"
	"strings"
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

// A person has ended the connection: nothing is asked for it, and what was looked at goes no
// further.
func TestNothingIsCalledForABindingThatWasDropped(t *testing.T) {
	w := newWorld(t)
	ok := w.answer
	w.answers(500, "")
	for range 5 {
		w.queue = append(w.queue, invoice())
	}
	w.step()
	held := w.d.Clients.at("biz")
	for _, c := range held {
		c.RetryNow()
	}
	w.answer, w.steps = ok, nil
	w.d.Drop("shop-uk")
	w.step()
	if len(held) != 1 || len(w.steps) != 0 || len(w.d.Clients.at("biz")) != 0 {
		t.Errorf("%v, want nothing asked", w.steps)
	}
	for _, o := range []work.Operation{invoice(), {WasInDoubt: true, OperationKey: invoice().OperationKey}} {
		more, err := w.d.onNotAdmitted(t.Context(), work.Lease{Business: "biz"}, o, sage.ErrClosed)
		if more || err != nil || !w.d.take("biz") {
			t.Errorf("more %v, %v; want it left, and other bindings of the business served", more, err)
		}
		w.d.leave("biz")
	}
	more, err := w.d.onNotFoundOut(t.Context(), work.Lease{Business: "biz"}, invoice(), sage.ErrClosed)
	if more || err != nil || w.did("claim") {
		t.Errorf("more %v, %v after %v; want nothing claimed for a look-up that was not made", more, err, w.steps)
	}
	w.queue = []work.Operation{invoice()}
	w.step()
	if !w.did("POST /v3.1/sales_invoices") {
		t.Errorf("%v: want the call made once the binding is connected again", w.steps)
	}
}

// A class whose calls fail is held back alone.
func TestDocumentsGoOnWhileContactsFail(t *testing.T) {
	w := newWorld(t)
	ok := w.answer
	w.answer = func(res http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/contacts") {
			res.WriteHeader(http.StatusBadGateway)
			return
		}
		ok(res, r)
	}
	for i := range 18 { // most calls succeed, so that nothing speaks against all of Sage
		o := invoice()
		if i%3 == 0 {
			o = operation(work.CreateContact)
		}
		o.ID = int64(i)
		w.queue = append(w.queue, o)
	}
	w.step()
	if len(w.queue) != 1 || w.queue[0].Kind != work.CreateContact {
		t.Fatalf("%d left after %v, want the sixth contact alone", len(w.queue), w.steps)
	}
	w.steps = nil
	w.step()
	if w.did("claim") {
		t.Errorf("%v: a contact was sent while its class is held back", w.steps)
	}
}

// What is in doubt is looked up by a reading: where readings are held back, so is it.
func TestALookUpThatIsHeldBackHoldsTheBusiness(t *testing.T) {
	w := newWorld(t)
	o := invoice()
	o.WasInDoubt = true
	more, err := w.d.onNotAdmitted(t.Context(), work.Lease{Business: "biz"}, o, &sage.HeldError{Breaker: "sage reads", Wait: time.Hour, Class: sage.Reads})
	if more || err != nil || w.d.take("biz") {
		t.Errorf("more %v, %v, want the business left alone", more, err)
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
