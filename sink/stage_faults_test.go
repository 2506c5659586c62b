package sink

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/plan"
	"github.com/mage2sage/mage2sage/sink/work"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

func TestALostAnswerLeavesOneDocument(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/v3.1/contacts", "/v3.1/sales_invoices", "/v3.1/contact_payments", "/v3.1/sales_credit_notes"} {
		for _, mode := range []string{"500_after_commit", "drop_after_commit", "502_html", "drop_before"} {
			t.Run(strings.TrimPrefix(path, "/v3.1/")+" "+mode, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, simulator.Options{})
				w.sim.Fault(simulator.Fault{Method: http.MethodPost, Path: path, Mode: mode})
				w.start()
				invoice := paid(invoiceOf(1, ada))
				w.publish(invoice, creditOf(2, invoice))
				w.paid("invoice:1")
				w.settled("creditmemo:2")
				for _, kind := range []string{"contact", "invoice", "payment", "credit_note", "refund"} {
					if n := len(w.inSage(kind)); n != 1 {
						t.Errorf("%d of kind %s, want 1", n, kind)
					}
				}
			})
		}
	}
}

func TestAnAnswerThatIsTooLateIsNotMadeTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.config.Sage.RequestTimeout, w.config.Sage.SettleWindow = 300*time.Millisecond, 600*time.Millisecond
	w.sim.Fault(simulator.Fault{Method: http.MethodPost, Path: "/v3.1/sales_invoices", Mode: "delay", Delay: 600})
	w.start()
	w.publish(invoiceOf(1, ada))
	w.reaches("invoice:1", work.ItemPosted, "")
	if n := len(w.inSage("invoice")); n != 1 {
		t.Errorf("%d invoices, want 1", n)
	}
}

func TestAStageThatIsStoppedAnywhereGoesOnWithoutADuplicate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{Latency: 5 * time.Millisecond})
	stop := w.start()
	for n := range uint64(30) {
		person := ada
		person.MagentoID = 100 + n
		w.publish(paid(invoiceOf(n+1, person)))
		if n%6 == 3 {
			stop()
			stop = w.start()
		}
	}
	for n := range uint64(30) {
		w.paid(canonical.NewID(canonical.KindInvoice, n+1))
	}
	w.eachOnce(30)
}

// eachOnce checks that n invoices are in the books, each paid once.
func (w *world) eachOnce(n int) {
	w.t.Helper()
	seen := map[string]int{}
	for _, d := range w.sim.Documents() {
		seen[d.Kind]++
		if d.Kind == "invoice" && d.Status != "PAID" {
			w.t.Errorf("invoice %s is %s", d.Reference, d.Status)
		}
		seen[d.Kind+d.Reference]++
		if d.Reference != "" && seen[d.Kind+d.Reference] > 1 {
			w.t.Errorf("%s %s stands %d times", d.Kind, d.Reference, seen[d.Kind+d.Reference])
		}
	}
	if seen["invoice"] != n || seen["payment"] != n {
		w.t.Errorf("%d invoices and %d payments, want %d of each", seen["invoice"], seen["payment"], n)
	}
	if calls := w.sim.Calls(); calls.Overlaps != 0 || calls.UnknownFields != 0 {
		w.t.Errorf("%d overlapping posts and %d unknown fields, want none", calls.Overlaps, calls.UnknownFields)
	}
}

func TestReplayingEverythingWritesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	stop := w.start()
	invoice := paid(invoiceOf(1, ada))
	w.publish(invoice, creditOf(2, invoice), customerOf(ada))
	w.paid("invoice:1")
	w.reaches("creditmemo:2", work.ItemPosted, "")
	w.idle()
	stop()
	before := w.sim.Calls().Writes
	w.sql("DELETE FROM bookmarks")
	w.sql("UPDATE sync_items SET plan_due_at = now()")
	w.start()
	w.until("everything read again", w.bookmarked)
	w.idle()
	if after := w.sim.Calls().Writes; after != before {
		t.Errorf("a replay wrote %d times, want 0", after-before)
	}
}

// bookmarked reports whether every topic has been read as far as it goes.
func (w *world) bookmarked() bool {
	for _, k := range plan.Kinds() {
		name := w.names.Canonical(string(k))
		ends, err := w.topics.EndOffsets(w.t.Context(), name, 2)
		w.must(err)
		for p, end := range ends {
			if m, err := w.db.Bookmark(w.t.Context(), name, p); err != nil || m.Offset < end {
				return false
			}
		}
	}
	return true
}

// idle waits until nothing is due and nothing is under way.
func (w *world) idle() {
	w.t.Helper()
	w.until("idle", func() bool { idle, err := w.db.Idle(w.t.Context()); return err == nil && idle })
}

func TestTwoStagesNeverPostAtTheSameTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{Latency: 10 * time.Millisecond})
	w.start()
	w.start()
	for n := range uint64(40) {
		person := ada
		person.MagentoID = 100 + n%7
		w.publish(paid(invoiceOf(n+1, person)))
	}
	for n := range uint64(40) {
		w.paid(canonical.NewID(canonical.KindInvoice, n+1))
	}
	w.eachOnce(40)
}

func TestPatienceIsAskedForAndGiven(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	w.sim.Fault(simulator.Fault{Path: "/v3.1/", Mode: "status", Status: 429, RetryAfter: 1, Count: 2}, simulator.Fault{Path: "/v3.1/", Mode: "status", Status: 429, Skip: 3})
	for n := range uint64(3) {
		person := ada
		person.MagentoID += n
		w.publish(paid(invoiceOf(n+1, person)))
	}
	w.start()
	for n := range uint64(3) {
		w.paid(canonical.NewID(canonical.KindInvoice, n+1))
	}
	w.eachOnce(3)
	calls := w.sim.Calls().Calls
	var refused time.Time
	for _, c := range calls {
		if !refused.IsZero() && strings.HasPrefix(c.Path, "/v3.1/") && c.At.Sub(refused) < 900*time.Millisecond {
			t.Errorf("called again %s after Sage asked for 1 s", c.At.Sub(refused))
		}
		if refused = (time.Time{}); c.Status == 429 && c.Fault != "" {
			refused = c.At
		}
	}
}

func TestAnOpenBreakerParksNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.sim.Fault(simulator.Fault{Method: http.MethodPost, Path: "/v3.1/", Mode: "500_before", Count: -1})
	w.start()
	for n := range uint64(12) {
		person := ada
		person.MagentoID = 100 + n
		w.publish(invoiceOf(n+1, person))
	}
	w.until("the breaker opens", func() bool { return w.sim.Calls().ByPath["POST contacts 500"] >= 5 })
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	<-ctx.Done() // long enough for some 20 more calls without a breaker
	if n := w.sim.Calls().ByPath["POST contacts 500"]; n > 6 {
		t.Errorf("%d calls to a host that does not answer, want 5", n)
	}
	if all := w.health.Troubles(); len(all) == 0 || !strings.HasPrefix(all[0].About, "sage ") {
		t.Errorf("troubles %+v, want the breaker among them", all)
	}
	counts, _, err := w.db.Counts(t.Context(), plan.QuietKinds())
	if err != nil || len(counts) != 1 || counts[0].State != work.ItemWaiting || counts[0].N != 12 {
		t.Errorf("documents %+v, %v; want 12 waiting and none parked", counts, err)
	}
	w.sim.ClearFaults()
	_, err = w.db.Resume(t.Context(), "shop-uk")
	w.must(err)
	for n := range uint64(12) {
		w.reaches(canonical.NewID(canonical.KindInvoice, n+1), work.ItemPosted, "")
	}
	w.until("the board is empty", func() bool { return len(w.health.Troubles()) == 0 })
}

func TestWhatCannotBeReachedIsNotInDoubt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.config.Sage.APIURL = "http://127.0.0.1:1/v3.1"
	w.start()
	w.publish(invoiceOf(1, ada))
	w.until("a call that did not leave", func() bool { return strings.Contains(w.logs.String(), "not sent") })
	_, inDoubt, err := w.db.Counts(t.Context(), plan.QuietKinds())
	if err != nil || inDoubt != 0 {
		t.Errorf("%d in doubt, %v; want 0: no connection was made", inDoubt, err)
	}
}

func TestACallThatItsSenderLeftBehindIsRecovered(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	stop := w.start()
	w.publish(invoiceOf(1, ada))
	w.reaches("invoice:1", work.ItemPosted, "")
	w.idle()
	stop()
	// As a kill -9 leaves it between the call and its record.
	w.sql(`UPDATE operations SET state = 'sending', deadline = now() - interval '1 s', sage_id = '', ended_at = NULL WHERE kind = 'create_invoice'`)
	w.sql(`DELETE FROM xrefs WHERE type = 'sales_invoice'`)
	w.sql(`UPDATE sync_items SET state = 'planned', sage_id = '', payment = '' WHERE id = 'invoice:1'`)
	w.start()
	w.reaches("invoice:1", work.ItemPosted, "")
	if n := len(w.inSage("invoice")); n != 1 || w.sim.Calls().ByPath["POST sales_invoices 201"] != 1 {
		t.Errorf("%d invoices, called %v; want the one that is there found and adopted", n, w.sim.Calls().ByPath)
	}
}

// TestAGatewaysPageParksNothing has something between us and Sage answer each kind of
// call with a page of its own for a while, whatever its status says.
func TestAGatewaysPageParksNothing(t *testing.T) {
	t.Parallel()
	for _, status := range []int{401, 403, 404, 409, 422} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, simulator.Options{})
			for _, path := range []string{"/v3.1/contacts", "/v3.1/sales_invoices", "/v3.1/contact_payments"} {
				w.sim.Fault(simulator.Fault{Method: http.MethodPost, Path: path, Mode: "status", Status: status, Body: "<html>no route</html>"})
			}
			w.start()
			w.publish(paid(invoiceOf(1, ada)))
			w.paid("invoice:1")
			w.eachOnce(1)
			b, err := w.db.Binding(t.Context(), "shop-uk")
			if logs := w.logs.String(); err != nil || b.State != work.Connected || strings.Contains(logs, "parked") || strings.Contains(logs, "not in this business") {
				t.Errorf("the binding is %s, %v; want it connected and nothing parked:\n%s", b.State, err, w.logs.tail())
			}
		})
	}
}
