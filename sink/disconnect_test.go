package sink

import (
	"net/http"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/binding"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/work"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

// disconnect ends the binding's connection as a person does.
func (w *world) disconnect() {
	w.t.Helper()
	_, err := binding.Disconnect(w.t.Context(), binding.DisconnectRequest{Config: w.config.Sage, Store: w.db, Tokens: w.db, Binding: "shop-uk", By: "bea"})
	w.must(err)
}

// callsSince counts the calls that began after a moment, those of another process to end
// the grant left out.
func (w *world) callsSince(at time.Time) (n int) {
	for _, c := range w.sim.Calls().Calls {
		if c.At.After(at) && c.Path != "/revoke" {
			n++
		}
	}
	return n
}

// posted is how many documents are in Sage by what the sink knows.
func (w *world) posted() (n int) {
	rows, err := w.db.Items(w.t.Context(), postgres.ItemFilter{})
	w.must(err)
	for _, r := range rows {
		if r.State == work.ItemPosted && r.ID.Kind() != canonical.KindCustomer {
			n++
		}
	}
	return n
}

// quietWithin is how soon after the word of a person no call is begun any more.
const quietWithin = 5 * time.Second

// watched is for how long a test looks whether there is none.
const watched = 3 * time.Second

// TestADisconnectedBindingIsCalledNoMoreAndGoesOnWhereItWas disconnects a sink at work that
// has posted, is posting, has lost an answer, and has more to post.
func TestADisconnectedBindingIsCalledNoMoreAndGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{Latency: 20 * time.Millisecond})
	w.config.Sage.SettleWindow = 4 * time.Second // the look-up comes due while it is disconnected
	w.config.Sage.RequestTimeout = 3 * time.Second
	w.start()
	w.publish(paid(invoiceOf(1, ada)))
	w.paid("invoice:1")
	w.sim.Fault(simulator.Fault{Method: http.MethodPost, Path: "/v3.1/sales_invoices", Mode: "drop_after_commit"},
		simulator.Fault{Method: http.MethodPost, Path: "/v3.1/sales_invoices", Mode: "delay_after_commit", Delay: 1500})
	for n := range uint64(30) {
		w.publish(paid(invoiceOf(n+2, ada)))
	}
	w.until("one is in doubt and one is under way", func() bool { return len(w.inSage("invoice")) == 3 })
	w.disconnect()
	said := time.Now()
	w.until("the binding says so", func() bool { return len(w.health.Troubles()) > 0 })
	w.until("the call that was under way is written down", func() bool { return w.posted() == 2 }) // whichever it was
	time.Sleep(time.Until(said.Add(quietWithin)))
	quiet := time.Now()
	time.Sleep(watched)
	if n := w.callsSince(said.Add(100 * time.Millisecond)); n != 0 || w.callsSince(quiet) != 0 {
		t.Errorf("%d calls were begun for a binding that is disconnected, %d of them after %s", n, w.callsSince(quiet), quietWithin)
	}
	w.sql(`DO $$ BEGIN ASSERT (SELECT count(*) = 1 FROM operations WHERE kind = 'create_invoice' AND state = 'in_doubt'); END $$`)
	if b, err := w.db.Binding(t.Context(), "shop-uk"); err != nil || b.State != work.Disconnected {
		t.Errorf("the binding is %s, %v; want it disconnected: no other word has come", b.State, err)
	}
	if tokens, err := w.db.Tokens(t.Context(), "shop-uk"); err != nil || tokens.Version != 0 || w.sim.Calls().Tokens.Revoked != 1 {
		t.Errorf("tokens of version %d, %v, %d revocations; want none, and the grant revoked", tokens.Version, err, w.sim.Calls().Tokens.Revoked)
	}
	w.publish(paid(invoiceOf(32, ada)))
	w.connect()
	for n := range uint64(32) {
		w.paid(canonical.NewID(canonical.KindInvoice, n+1))
	}
	w.eachOnce(32)
	if calls := w.sim.Calls(); calls.Replays != 0 || len(w.health.Troubles()) != 0 {
		t.Errorf("%d calls were answered from Sage's memory, and the board has %v; want what was in doubt found by its look-up", calls.Replays, w.health.Troubles())
	}
}

func TestCallsAreDroppedForWhatAPersonHasEnded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	var dropped []string
	watch := &bindingWatch{db: w.db, board: &w.health, drop: func(name string) { dropped = append(dropped, name) }}
	for state, want := range map[string]int{"connected": 0, "forbidden": 0, "needs_reauth": 0, "disconnected": 1, "new": 1} {
		t.Run(state, func(t *testing.T) {
			dropped = nil
			w.sql("UPDATE bindings SET state = '" + state + "', hint = 'since noon'")
			if err := watch.look(t.Context()); err != nil || len(dropped) != want {
				t.Errorf("dropped %v, %v; want %d", dropped, err, want)
			}
			if all := w.health.Troubles(); state == "disconnected" && (len(all) != 1 || all[0].About != "binding shop-uk" || all[0].Hint != "since noon") {
				t.Errorf("the board has %v", all)
			}
		})
	}
}
