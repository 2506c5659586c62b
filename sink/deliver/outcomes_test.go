package deliver

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mage2sage/mage2sage/schemas/health"
	"github.com/mage2sage/mage2sage/schemas/secret"
	"github.com/mage2sage/mage2sage/sink/work"
)

// A reply is what becomes of one call on its way.
type reply func(r *http.Request) (*http.Response, error)

// answered is an answer of some status.
func answered(status int, body string, header ...string) reply {
	return func(r *http.Request) (*http.Response, error) {
		connect(r)
		w := httptest.NewRecorder()
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
		return w.Result(), nil
	}
}

// connect tells whoever calls that there is a connection: from then on the call may have left.
func connect(r *http.Request) {
	if trace := httptrace.ContextClientTrace(r.Context()); trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
}

// The replies of the table.
var (
	made        = answered(201, `{"id":"sage-1","displayed_as":"SI-1","total_amount":"30.00","tax_amount":"5.00","contact":{"id":"contact-5"},"status":{"id":"UNPAID"}}`)
	nothing     = answered(200, `{"$total":0,"$page":1,"$items":[]}`)
	unreachable = func(*http.Request) (*http.Response, error) { return nil, errors.New("connection refused") }
	cutOff      = func(r *http.Request) (*http.Response, error) { connect(r); return nil, io.ErrUnexpectedEOF }
	silence     = func(r *http.Request) (*http.Response, error) {
		connect(r)
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
)

// sages is Sage's own answer of a status that is no success.
func sages(status int, header ...string) reply {
	return answered(status, `[{"$severity":"error","$dataCode":"SomeCode","$message":"no","$source":"line_items.tax_rate_id"}]`, header...)
}

// proxys is an answer of something that stands between.
func proxys(status int, header ...string) reply { return answered(status, "<html></html>", header...) }

// A wire answers calls, each with the next reply; the last one answers all that follow.
type wire struct {
	w       *world
	replies []reply
}

func (x *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	x.w.note(r.Method + " " + strings.TrimPrefix(r.URL.Path, "/v3.1/"))
	next := x.replies[0]
	if len(x.replies) > 1 {
		x.replies = x.replies[1:]
	}
	return next(r)
}

// renewing gives another token for one that was refused.
type renewing struct{}

func (renewing) Token(context.Context) (secret.String, error)                { return "token", nil }
func (renewing) Renew(context.Context, secret.String) (secret.String, error) { return "token2", nil }

// newWired is a world in the time of a test. Its Sage is a wire.
func newWired(t *testing.T) (*world, *wire) {
	w := &world{t: t, tokens: renewing{}}
	x := &wire{w: w}
	w.deliverTo("http://sage.test", x)
	return w, x
}

// deliver has operations delivered, with those replies.
func (x *wire) deliver(ctx context.Context, replies []reply, queue ...work.Operation) {
	x.w.t.Helper()
	x.replies, x.w.queue = replies, queue
	x.w.steps, x.w.results, x.w.pauses, x.w.putOff = nil, nil, nil, nil
	if err := x.w.d.Step(ctx); err != nil {
		x.w.t.Fatal(err)
	}
	x.w.d.Wait()
}

// What a call says of the host.
const (
	aFailure   = "failure"
	aSuccess   = "success"
	notCounted = "not counted"
)

// breakerOf finds out what a call said of the host, by the breaker that five failures in a row open:
// four come before the call, and one after it where it was none.
func breakerOf(t *testing.T, replies []reply, o work.Operation) string {
	w, x := newWired(t)
	for range 4 {
		x.deliver(t.Context(), []reply{proxys(503)}, invoice())
	}
	open := func() bool {
		return slices.ContainsFunc(w.board.Troubles(), func(one health.Trouble) bool { return one.About == "sage api" })
	}
	if open() {
		t.Fatal("open after four failures")
	}
	x.deliver(t.Context(), replies, o)
	if open() {
		return aFailure
	}
	time.Sleep(time.Minute) // for what Sage has asked for
	x.deliver(t.Context(), []reply{proxys(503)}, invoice())
	if open() {
		return notCounted
	}
	return aSuccess
}

// TestWhatBecomesOfACall is the table of outcomes: what a call says of the host, how often it is made
// now, and what becomes of the operation.
func TestWhatBecomesOfACall(t *testing.T) {
	const doubt = 3 * time.Minute // settle window and list lag
	write := []string{"POST sales_invoices"}
	type row struct {
		replies []reply
		doubted bool     // an operation whose answer was lost
		calls   []string // that are made
		breaker string
		state   work.OperationState
		reason  string
		counted bool // as an attempt
		wait    time.Duration
		pause   work.BindingState // of the binding
		putOff  time.Duration     // of the business
	}
	look := []string{"GET sales_invoices"}
	table := map[string]row{
		"made": {replies: []reply{made}, calls: write, breaker: aSuccess, state: work.Confirmed, counted: true},

		"no connection":                    {replies: []reply{unreachable}, calls: write, breaker: aFailure, state: work.Planned, reason: "not sent", counted: true, wait: shortWait},
		"cut off after it left":            {replies: []reply{cutOff}, calls: write, breaker: aFailure, state: work.InDoubt, reason: "ambiguous", counted: true, wait: doubt},
		"our own deadline":                 {replies: []reply{silence}, calls: write, breaker: aFailure, state: work.InDoubt, reason: "ambiguous", counted: true, wait: doubt},
		"an answer that cannot be read":    {replies: []reply{answered(201, "{")}, calls: write, breaker: aFailure, state: work.InDoubt, reason: "ambiguous", counted: true, wait: doubt},
		"a redirection":                    {replies: []reply{proxys(302, "Location", "http://elsewhere.test/")}, calls: write, breaker: aFailure, state: work.InDoubt, reason: "ambiguous", counted: true, wait: doubt},
		"429 with a time":                  {replies: []reply{sages(429, "Retry-After", "30")}, calls: write, breaker: notCounted, state: work.InDoubt, reason: "throttled", wait: 30 * time.Second, putOff: 30 * time.Second},
		"429 without one":                  {replies: []reply{sages(429)}, calls: write, breaker: notCounted, state: work.InDoubt, reason: "throttled", wait: time.Second, putOff: time.Second},
		"401, and the new token too":       {replies: []reply{sages(401)}, calls: []string{"POST sales_invoices", "GET user"}, breaker: aSuccess, state: work.InDoubt, reason: "unauthorized", wait: forbiddenWait, pause: work.NeedsReauth},
		"401, and the new token is good":   {replies: []reply{sages(401), answered(200, `{"id":"u"}`)}, calls: []string{"POST sales_invoices", "GET user"}, breaker: aFailure, state: work.InDoubt, reason: "ambiguous", counted: true, wait: doubt},
		"403":                              {replies: []reply{sages(403)}, calls: write, breaker: aSuccess, state: work.InDoubt, reason: "not allowed", wait: forbiddenWait, pause: work.Forbidden},
		"no subscription":                  {replies: []reply{answered(401, `[{"$severity":"error","$dataCode":"Unauthorized","$message":"no active subscription","$source":""}]`)}, calls: write, breaker: aSuccess, state: work.InDoubt, reason: "not allowed", wait: forbiddenWait, pause: work.Forbidden},
		"408":                              {replies: []reply{sages(408)}, calls: write, breaker: aFailure, state: work.InDoubt, reason: "ambiguous", counted: true, wait: doubt},
		"a look-up that is not answered":   {doubted: true, replies: []reply{cutOff}, calls: look, breaker: aFailure, state: work.InDoubt, wait: time.Minute},
		"a look-up that is answered 503":   {doubted: true, replies: []reply{proxys(503)}, calls: look, breaker: aFailure, state: work.InDoubt, wait: time.Minute},
		"a look-up with a token that ends": {doubted: true, replies: []reply{sages(401), nothing, made}, calls: []string{"GET sales_invoices", "GET sales_invoices", "POST sales_invoices"}, breaker: aSuccess, state: work.Confirmed, counted: true},
		"a look-up that is one too many":   {doubted: true, replies: []reply{sages(429, "Retry-After", "30")}, calls: look, breaker: notCounted, putOff: 30 * time.Second},
	}
	for _, status := range []int{500, 502, 503, 504} {
		table[http.StatusText(status)] = row{replies: []reply{proxys(status)}, calls: write, breaker: aFailure, state: work.InDoubt, reason: "ambiguous", counted: true, wait: doubt}
		table["Sage's own "+http.StatusText(status)] = row{replies: []reply{sages(status)}, calls: write, breaker: aFailure, state: work.InDoubt, reason: "ambiguous", counted: true, wait: doubt}
	}
	for _, status := range []int{400, 404, 405, 409, 415, 422} {
		table["Sage's own "+http.StatusText(status)] = row{replies: []reply{sages(status)}, calls: write, breaker: aSuccess, state: work.Refused, reason: "SomeCode", counted: true}
		table["a proxy's "+http.StatusText(status)] = row{replies: []reply{proxys(status)}, calls: write, breaker: aFailure, state: work.InDoubt, reason: "ambiguous", counted: true, wait: doubt}
	}
	for name, c := range table {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := invoice()
				if c.doubted {
					o = doubted(work.CreateInvoice)
					o.Attempt = 0
				}
				w, x := newWired(t)
				x.deliver(t.Context(), c.replies, o)
				if got := slices.DeleteFunc(slices.Clone(w.steps), func(s string) bool { return !strings.Contains(s, " ") || strings.HasPrefix(s, "record") }); !slices.Equal(got, c.calls) {
					t.Errorf("called %v, want %v", got, c.calls)
				}
				if c.state == "" {
					if len(w.results) != 0 || w.did("claim") {
						t.Errorf("%v: want it left as it is", w.steps)
					}
				} else {
					r := w.only()
					if r.State != c.state || r.Reason != c.reason || !r.Uncounted != c.counted || r.Wait < c.wait || r.Wait > c.wait+jitter {
						t.Errorf("it is %s (%q), counted %v, again in %s; want %s (%q), %v, %s", r.State, r.Reason, !r.Uncounted, r.Wait, c.state, c.reason, c.counted, c.wait)
					}
					if c.state == work.Refused && (r.SourceField != "line_items.tax_rate_id" || r.Hint == "") {
						t.Errorf("refused at %q with %q, want Sage's field and what to do", r.SourceField, r.Hint)
					}
				}
				w.checkBrakes(c.pause, c.putOff)
				if got := breakerOf(t, slices.Clone(c.replies), o); got != c.breaker {
					t.Errorf("of the host it says: %s, want %s", got, c.breaker)
				}
			})
		})
	}
}

// checkBrakes compares what was stopped.
func (w *world) checkBrakes(pause work.BindingState, putOff time.Duration) {
	w.t.Helper()
	if paused := len(w.pauses) > 0; paused != (pause != "") || paused && w.pauses[0].State != pause {
		w.t.Errorf("paused %+v, want %q", w.pauses, pause)
	}
	if off := len(w.putOff) > 0; off != (putOff > 0) || off && (w.putOff[0] < putOff || w.putOff[0] > putOff+jitter) {
		w.t.Errorf("put off by %v, want %s", w.putOff, putOff)
	}
}
