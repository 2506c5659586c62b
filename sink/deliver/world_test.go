package deliver

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/schemas/health"
	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/sage/auth"
	"github.com/mage2sage/mage2sage/sink/work"
)

// A world is a fake Sage, a store in memory and a deliverer between them. It notes what
// happens, in order.
type world struct {
	t  *testing.T
	d  *Deliverer
	mu sync.Mutex

	steps     []string // "acquire", "next", "claim", "POST /sales_invoices", "record confirmed", …
	queue     []work.Operation
	results   []work.CallResult
	pauses    []work.Pause
	putOff    []time.Duration
	ended     []error
	recorded  int
	lookAgain int

	leaseTaken, leaseLost, claimGone bool
	recordErr                        error
	answer                           func(w http.ResponseWriter, r *http.Request)
	tokens                           sage.Tokens
	board                            health.Board
	resumedAt                        time.Time
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, tokens: auth.StaticToken("token")}
	server := httptest.NewServer(http.HandlerFunc(func(res http.ResponseWriter, r *http.Request) {
		w.note(r.Method + " " + r.URL.Path)
		io.Copy(io.Discard, r.Body)
		w.answer(res, r)
	}))
	t.Cleanup(server.Close)
	w.deliverTo(server.URL, nil)
	w.answers(http.StatusCreated, `{"id":"sage-1","displayed_as":"SI-1","total_amount":"30.00","tax_amount":"5.00","contact":{"id":"contact-5"},"status":{"id":"UNPAID"}}`)
	return w
}

// deliverTo makes the deliverer, for a Sage at an address, or through a transport that stands for one.
func (w *world) deliverTo(url string, through http.RoundTripper) {
	config := sage.DefaultConfig()
	config.APIURL, config.RequestTimeout, config.SettleWindow = url+"/v3.1", 5*time.Second, 2*time.Minute
	config.CallsPerSecond, config.CallsPerSecondPerBusiness = 1e6, 1e6
	network := sage.NewNetwork(config)
	if through != nil {
		network.Through(through)
	}
	w.t.Cleanup(network.Close)
	network.ReportTo(&w.board)
	w.d = &Deliverer{
		Config: config, Store: w, Owner: "me", Log: zerolog.Nop(),
		Clients:    &Clients{Network: network, Tokens: func(string, string) sage.Tokens { return w.tokens }},
		Observe:    func(work.OperationKind, sage.Outcome, time.Duration) {},
		Recorded:   func() { w.count(&w.recorded) },
		LookAgain:  func() { w.count(&w.lookAgain) },
		DrainEnded: func(_ work.Business, err error) { w.mu.Lock(); defer w.mu.Unlock(); w.ended = append(w.ended, err) },
	}
}

func (w *world) count(n *int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	*n++
}

func (w *world) note(step string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.steps = append(w.steps, step)
}

// answers has Sage answer everything alike.
func (w *world) answers(status int, body string, header ...string) {
	w.answer = func(res http.ResponseWriter, _ *http.Request) {
		if len(header) == 2 {
			res.Header().Set(header[0], header[1])
		}
		res.WriteHeader(status)
		io.WriteString(res, body)
	}
}

// step lets the deliverer work until nothing is due.
func (w *world) step() {
	w.t.Helper()
	if err := w.d.Step(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	w.d.Wait()
}

// only is the one result that was recorded.
func (w *world) only() work.CallResult {
	w.t.Helper()
	if len(w.results) != 1 {
		w.t.Fatalf("%d results after %v, want one", len(w.results), w.steps)
	}
	return w.results[0]
}

func (w *world) Businesses(context.Context) ([]work.Business, error) {
	if len(w.queue) == 0 {
		return nil, nil
	}
	return []work.Business{{ID: "biz", ResumedAt: w.resumedAt}}, nil
}

func (w *world) Next(_ context.Context, _ string, held ...work.OperationKind) (due []work.Operation, err error) {
	for _, o := range w.queue {
		if !slices.Contains(held, o.Kind) {
			due = append(due, o)
		}
	}
	return due, nil
}

func (w *world) Claim(_ context.Context, _ work.Lease, id int64, _ time.Duration) (o work.Operation, ok bool, err error) {
	w.note("claim")
	if w.leaseLost {
		return o, false, work.ErrLeaseLost
	}
	i := slices.IndexFunc(w.queue, func(o work.Operation) bool { return o.ID == id })
	if i < 0 {
		return o, false, nil
	}
	o = w.queue[i]
	w.queue = slices.Delete(w.queue, i, i+1)
	if w.claimGone {
		return o, false, nil
	}
	o.Attempt, o.FenceToken, o.State = o.Attempt+1, o.FenceToken+1, work.Sending
	return o, true, nil
}

func (w *world) RecordResult(ctx context.Context, r work.CallResult) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w.note("record " + string(r.State))
	if w.recordErr != nil {
		return w.recordErr
	}
	w.results = append(w.results, r)
	return nil
}

func (w *world) Acquire(_ context.Context, l work.Lease) (bool, error) {
	w.note("acquire")
	return !w.leaseTaken, nil
}

func (w *world) Release(context.Context, work.Lease) error {
	w.note("release")
	return nil
}

func (w *world) Recover(context.Context, string, time.Duration) (int, error) {
	w.note("recover")
	return 0, nil
}

func (w *world) Pause(_ context.Context, p work.Pause) error {
	w.pauses = append(w.pauses, p)
	return nil
}

func (w *world) PutOff(_ context.Context, _ string, wait time.Duration) error {
	w.putOff = append(w.putOff, wait)
	return nil
}

// invoice is a create that is due.
func invoice() work.Operation {
	total, tax := money.MustParse("30"), money.MustParse("5")
	return work.Operation{
		OperationKey: work.OperationKey{Kind: work.CreateInvoice, Entity: "invoice:1"}, ID: 1, Binding: "shop-uk", Revision: 1,
		Body: json.RawMessage(`{"sales_invoice":{"contact_id":"contact-5","reference":"000000001"}}`), Total: &total, Tax: &tax, Reference: "000000001", SentDigests: work.MoneyDigest("digest"),
	}
}

func operation(kind work.OperationKind) work.Operation {
	o := invoice()
	o.Kind, o.Target = kind, "contact-5"
	return o
}

func (w *world) did(step string) bool { return slices.Contains(w.steps, step) }
