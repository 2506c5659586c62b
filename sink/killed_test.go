package sink

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/sink/deliver"
	"github.com/mage2sage/mage2sage/sink/work"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

// errDead is what everything returns to a process that was killed.
var errDead = errors.New("this process was killed")

// A dying queue is that of a process which is killed at a moment of an invoice's delivery: nothing
// of what it does afterwards reaches Postgres.
type dying struct {
	deliver.Store
	moment string
	dead   chan struct{}
}

// The moments, in order.
const (
	diesBeforeClaim  = "before the claim"
	diesAfterClaim   = "after the claim, before anything leaves"
	diesBeforeRecord = "after the answer, or its loss, before that is written down"
	diesAfterRecord  = "after the answer is written down"
)

func (d *dying) at(moment string, kind work.OperationKind) bool {
	if moment == d.moment && kind == work.CreateInvoice && !d.gone() {
		close(d.dead)
	}
	return d.gone()
}

func (d *dying) gone() bool {
	select {
	case <-d.dead:
		return true
	default:
		return false
	}
}

func (d *dying) Next(ctx context.Context, business string, held ...work.OperationKind) ([]work.Operation, error) {
	due, err := d.Store.Next(ctx, business, held...)
	for _, o := range due {
		if d.at(diesBeforeClaim, o.Kind) {
			return nil, errDead
		}
	}
	return due, err
}

func (d *dying) Claim(ctx context.Context, l work.Lease, id int64, timeout time.Duration) (work.Operation, bool, error) {
	if d.gone() {
		return work.Operation{}, false, errDead
	}
	o, ok, err := d.Store.Claim(ctx, l, id, timeout)
	if d.at(diesAfterClaim, o.Kind) {
		return o, false, errDead
	}
	return o, ok, err
}

func (d *dying) RecordResult(ctx context.Context, r work.CallResult) error {
	if d.at(diesBeforeRecord, r.Operation.Kind) {
		return errDead
	}
	err := d.Store.RecordResult(ctx, r)
	if d.at(diesAfterRecord, r.Operation.Kind) {
		return errDead
	}
	return err
}

func (d *dying) Businesses(ctx context.Context) ([]work.Business, error) {
	if d.gone() {
		return nil, errDead
	}
	return d.Store.Businesses(ctx)
}

func (d *dying) Release(ctx context.Context, l work.Lease) error {
	if d.gone() {
		return errDead
	}
	return d.Store.Release(ctx, l)
}

// TestWhateverAKilledProcessLeavesBehindStandsInSageOnce has a row for each moment at which a sink
// can be killed, and for what Sage has made of its call by then.
func TestWhateverAKilledProcessLeavesBehindStandsInSageOnce(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		moment string
		fault  string // of the call
		state  work.OperationState
		stands int  // in Sage, when the process is dead
		posts  int  // that reach Sage in all
		looks  bool // a look-up follows
	}{
		diesBeforeClaim: {diesBeforeClaim, "", work.Planned, 0, 1, false},
		diesAfterClaim:  {diesAfterClaim, "", work.Sending, 0, 1, true},
		"after the call left, Sage did not get it":       {diesBeforeRecord, "drop_before", work.Sending, 0, 2, true},
		"after the call left, Sage has done it":          {diesBeforeRecord, "drop_after_commit", work.Sending, 1, 1, true},
		"after the call left, Sage does it later":        {diesBeforeRecord, "delay", work.Sending, 0, 1, true},
		"after the answer, before that is written down":  {diesBeforeRecord, "", work.Sending, 1, 1, true},
		"after the answer is written down":               {diesAfterRecord, "", work.Confirmed, 1, 1, false},
		"after a refusal, before that is written down":   {diesBeforeRecord, "status", work.Sending, 0, 2, true},
		"after an outage's answer, Sage has done it":     {diesBeforeRecord, "500_after_commit", work.Sending, 1, 1, true},
		"after an outage's answer, Sage has not done it": {diesBeforeRecord, "500_before", work.Sending, 0, 2, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, simulator.Options{})
			if c.fault != "" {
				w.sim.Fault(simulator.Fault{Method: "POST", Path: "/v3.1/sales_invoices", Mode: c.fault, Delay: 1200})
			}
			w.publish(invoiceOf(1, ada))
			w.diesAt(c.moment)
			if got := w.value("SELECT state FROM operations WHERE kind = 'create_invoice'"); got != string(c.state) {
				t.Errorf("it is left as %s, want %s", got, c.state)
			}
			if n := len(w.inSage("invoice")); n != c.stands {
				t.Errorf("%d stand in Sage when the process is dead, want %d", n, c.stands)
			}
			w.sql("UPDATE business_leases SET until = now()") // what a dead process holds ends by itself
			before := w.looked()
			w.start()
			w.reaches("invoice:1", work.ItemPosted, "")
			w.publish(invoiceOf(1, ada)) // once more, as after a lost offset
			w.until("nothing is left to do", func() bool { idle, err := w.db.Idle(t.Context()); return err == nil && idle && w.bookmarked() })
			posts := 0
			for _, call := range w.sim.Calls().Calls {
				if call.Method == "POST" && call.Path == "/v3.1/sales_invoices" {
					posts++
				}
			}
			if n := len(w.inSage("invoice")); n != 1 || posts != c.posts || (w.looked() > before) != c.looks {
				t.Errorf("%d invoices by %d POSTs, looked up %d times; want one by %d, looked up: %v", n, posts, w.looked()-before, c.posts, c.looks)
			}
		})
	}
}

// diesAt runs a stage until it is killed.
func (w *world) diesAt(moment string) {
	w.t.Helper()
	d := &dying{moment: moment, dead: make(chan struct{})}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s := &Stage{Config: w.config, Topics: w.topics, Names: w.names, Log: zerolog.Nop(), queue: func(s deliver.Store) deliver.Store { d.Store = s; return d }}
	done := make(chan error)
	go func() { done <- s.Run(ctx) }()
	w.until("the process is killed "+moment, d.gone)
	cancel()
	<-done
}

// looked counts the look-ups of invoices.
func (w *world) looked() (n int) { return w.sim.Calls().ByPath["GET sales_invoices 200"] }
