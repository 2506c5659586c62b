package sage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/sink/sage/auth"
)

func TestEveryErrorOfACallHasAnOutcomeAndSpeaksAgainstTheHostOrNot(t *testing.T) {
	sent, unsent := &TransportError{"op", true, io.EOF}, &TransportError{"op", false, io.EOF}
	for name, c := range map[string]struct {
		err     error
		outcome Outcome
		result  result
	}{
		"none":                        {nil, Done, answered},
		"no answer":                   {sent, Ambiguous, failed},
		"no connection":               {unsent, NotSent, failed},
		"no answer, wrapped":          {fmt.Errorf("x: %w", sent), Ambiguous, failed},
		"we left before the answer":   {&TransportError{"op", true, context.Canceled}, Ambiguous, notCounted},
		"we left before it was sent":  {&TransportError{"op", false, context.Canceled}, NotSent, notCounted},
		"our deadline":                {&TransportError{"op", true, context.DeadlineExceeded}, Ambiguous, failed},
		"an open breaker":             {&HeldError{Breaker: "sage api", Wait: time.Second}, Held, notCounted},
		"a grant that ended":          {&auth.ReauthError{Binding: "b", Cause: "c"}, Unauthorized, answered},
		"a grant that ended, wrapped": {fmt.Errorf("list: %w", &auth.ReauthError{}), Unauthorized, answered},
		"401":                         {&Error{Status: 401, FromSage: true}, Unauthorized, answered},
		"no subscription":             {&Error{Status: 401, Code: NoSubscription, FromSage: true}, NotAllowed, answered},
		"403":                         {&Error{Status: 403, FromSage: true}, NotAllowed, answered},
		"422":                         {&Error{Status: 422, FromSage: true}, Refused, answered},
		"a gateway's 401":             {&Error{Status: 401}, Ambiguous, failed},
		"a gateway's 403":             {&Error{Status: 403}, Ambiguous, failed},
		"a gateway's 404":             {&Error{Status: 404}, Ambiguous, failed},
		"408":                         {&Error{Status: 408}, Ambiguous, failed},
		"429":                         {&Error{Status: 429}, Throttled, notCounted},
		"500":                         {&Error{Status: 500}, Ambiguous, failed},
		"an error before the call":    {errors.New("no token store"), NotSent, failed},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Classify(c.err); got != c.outcome {
				t.Errorf("%v is %s, want %s", c.err, got, c.outcome)
			}
			if got := resultOf(c.err); got != c.result {
				t.Errorf("%v is counted as %d, want %d", c.err, got, c.result)
			}
		})
	}
}

func TestOutcomesAndErrorsReadAsSentences(t *testing.T) {
	for want, got := range map[string]string{
		"done": Done.String(), "not sent": NotSent.String(), "held": Held.String(), "ambiguous": Ambiguous.String(),
		"refused": Refused.String(), "throttled": Throttled.String(), "unauthorized": Unauthorized.String(), "not allowed": NotAllowed.String(),
		"read user: no answer: EOF":                               (&TransportError{"read user", true, io.EOF}).Error(),
		"read user: not sent: EOF":                                (&TransportError{"read user", false, io.EOF}).Error(),
		"sage api does not answer: trying again in 30s":           (&HeldError{Breaker: "sage api", Wait: 30*time.Second - 1}).Error(),
		"create contact: 422 RecordInvalid at tax_number: try it": (&Error{Op: "create contact", Status: 422, Code: "RecordInvalid", Source: "tax_number", Hint: "try it"}).Error(),
		"create contact: 503":                                     (&Error{Op: "create contact", Status: 503}).Error(),
	} {
		t.Run(want, func(t *testing.T) {
			if got != want {
				t.Errorf("it says %q", got)
			}
		})
	}
}

// serve returns a client of a real server: what a connection does is net/http's.
func serve(t *testing.T, handler http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return clientAt(server.URL)
}

func clientAt(base string) *Client {
	c := DefaultConfig()
	c.APIURL, c.RequestTimeout, c.CallsPerSecond, c.CallsPerSecondPerBusiness = base, time.Second, 1e6, 1e6
	return clientOn(NewNetwork(c))
}

func TestWhatNeverLeftIsNotInDoubt(t *testing.T) {
	t.Run("a connection that is refused", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		err = post(t, clientAt("http://"+l.Addr().String()))
		if Classify(err) != NotSent || strings.Contains(err.Error(), "http://") {
			t.Errorf("%v; want not sent, and no address with ids in it", err)
		}
	})
	t.Run("a connection that is cut", func(t *testing.T) {
		err := post(t, serve(t, func(w http.ResponseWriter, _ *http.Request) {
			conn, _, _ := w.(http.Hijacker).Hijack()
			conn.Close()
		}))
		if Classify(err) != Ambiguous {
			t.Errorf("%s, want ambiguous", Classify(err))
		}
	})
	t.Run("an answer that is cut", func(t *testing.T) {
		err := post(t, serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			w.WriteHeader(http.StatusCreated)
			w.Write([]byte(`{"id":"x"`))
		}))
		if Classify(err) != Ambiguous {
			t.Errorf("%s, want ambiguous", Classify(err))
		}
	})
	t.Run("our own deadline", func(t *testing.T) {
		c := serve(t, func(_ http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body); <-r.Context().Done() })
		p, err := c.Admit(t.Context(), Documents)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if _, err := p.CreateInvoice(ctx, []byte(`{}`)); Classify(err) != Ambiguous {
			t.Errorf("%s, want ambiguous", Classify(err))
		}
	})
	t.Run("an address that is none", func(t *testing.T) {
		if err := post(t, clientAt("http://%zz/v3.1")); Classify(err) != NotSent {
			t.Errorf("%s, want not sent", Classify(err))
		}
	})
}

func TestADocumentIsNotSentElsewhere(t *testing.T) {
	elsewhere := 0
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { elsewhere++; w.Write([]byte(`{"id":"x"}`)) }))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			err := post(t, serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL, status) }))
			if Classify(err) != Ambiguous || elsewhere != 0 {
				t.Errorf("%v, %d calls elsewhere; want an outcome in doubt and none", err, elsewhere)
			}
		})
	}
}
