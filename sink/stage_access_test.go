package sink

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/sink/work"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

func TestTokensAreRefreshedAndRotated(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.start()
	w.publish(paid(invoiceOf(1, ada)))
	w.paid("invoice:1")
	w.sim.Expire()
	w.publish(paid(invoiceOf(2, ada)))
	w.paid("invoice:2")
	w.sim.Expire()
	w.publish(paid(invoiceOf(3, ada)))
	w.paid("invoice:3")
	w.eachOnce(3)
	tokens, err := w.db.Tokens(t.Context(), "shop-uk")
	if err != nil || tokens.Version != 3 {
		t.Errorf("the pair is number %d, %v; want 3: one from consent and two refreshes", tokens.Version, err)
	}
	if strings.Contains(w.logs.String(), "Bearer") || strings.Contains(w.logs.String(), "example.test") {
		t.Error("logs hold a token or an address")
	}
}

func TestARefusedTokenPausesTheBindingUntilSomebodyConnects(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.sim.Fault(simulator.Fault{Path: "/v3.1/", Mode: "status", Status: 401, Count: -1})
	w.start()
	w.publish(paid(invoiceOf(1, ada)))
	w.until("needs_reauth", func() bool {
		b, err := w.db.Binding(t.Context(), "shop-uk")
		return err == nil && b.State == work.NeedsReauth
	})
	calls := w.sim.Calls().Total
	if row := w.item("invoice:1"); row.State != "waiting" {
		t.Errorf("the invoice is %s, want waiting: an expired grant parks nothing", row.State)
	}
	if calls > 4 {
		t.Errorf("%d calls in a storm of 401, want one, one refresh and two more", calls)
	}
	w.sim.ClearFaults()
	w.connect()
	w.paid("invoice:1")
	w.eachOnce(1)
}

func TestAnEndedGrantNamesTheCommandThatHealsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.sim.Fault(simulator.Fault{Path: "/token", Mode: "status", Status: 400, Body: `{"error":"invalid_grant"}`, Count: -1})
	w.sim.Expire()
	w.start()
	w.publish(paid(invoiceOf(1, ada)))
	w.until("needs_reauth", func() bool {
		b, err := w.db.Binding(t.Context(), "shop-uk")
		return err == nil && b.State == work.NeedsReauth && strings.Contains(b.Hint, "mage2sage connect --binding shop-uk")
	})
}

func TestAForbiddenBusinessIsLeftAloneAndParksNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.sim.Fault(simulator.Fault{Method: http.MethodPost, Path: "/v3.1/", Mode: "status", Status: 403})
	w.start()
	w.publish(paid(invoiceOf(1, ada)))
	w.until("forbidden", func() bool {
		b, err := w.db.Binding(t.Context(), "shop-uk")
		return err == nil && b.State == work.Forbidden && strings.Contains(b.Hint, "Full Access") && b.NotBefore.After(time.Now().Add(30*time.Second)) && b.NotBefore.Before(time.Now().Add(61*time.Second))
	})
	_, err := w.db.Resume(t.Context(), "shop-uk")
	w.must(err)
	w.paid("invoice:1")
	if b, err := w.db.Binding(t.Context(), "shop-uk"); err != nil || b.State != work.Connected {
		t.Errorf("the binding is %s, %v; want connected again", b.State, err)
	}
}
