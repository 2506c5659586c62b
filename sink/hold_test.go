package sink

import (
	"context"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/work"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

func TestAPersonsHoldStopsDeliveriesInAllProcessesAndLosesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{Latency: 5 * time.Millisecond})
	stops := []func(){w.start(), w.start()}
	const documents = 40
	for n := range uint64(documents) {
		person := ada
		person.MagentoID = 100 + n
		w.publish(paid(invoiceOf(n+1, person)))
	}
	w.until("deliveries are under way", func() bool { return w.sim.Calls().Writes > 10 })
	w.must(w.db.Hold(t.Context(), "shop-uk", "ada@desk", "stocktaking"))
	held := time.Now()
	w.until("5 seconds have passed", func() bool { return time.Since(held) > 5*time.Second })
	before := w.sim.Calls().Writes
	if before >= 3*documents {
		t.Fatalf("all %d calls were made before the hold", before)
	}
	w.publish(invoiceOf(999, ada))
	w.until("what comes is planned", func() bool { return w.item("invoice:999").State != "" && w.planned() })
	for _, stop := range stops {
		stop()
	}
	w.start() // a restart changes nothing
	restarted := time.Now()
	w.until("2 seconds have passed", func() bool { return time.Since(restarted) > 2*time.Second })
	if n := w.sim.Calls().Writes - before; n != 0 {
		t.Errorf("%d calls while deliveries are held", n)
	}
	if _, err := w.db.EndHold(t.Context(), "shop-uk", "ada@desk"); err != nil {
		t.Fatal(err)
	}
	w.reaches("invoice:999", work.ItemPosted, "")
	for n := range uint64(documents) {
		w.paid(canonical.NewID(canonical.KindInvoice, n+1))
	}
	w.until("all is done", func() bool { idle, err := w.db.Idle(t.Context()); return err == nil && idle })
	if n := len(w.inSage("invoice")); n != documents+1 {
		t.Errorf("%d invoices in Sage, want %d", n, documents+1)
	}
}

// planned reports whether nothing waits to be planned.
func (w *world) planned() bool {
	n, err := w.db.ToPlan(w.t.Context())
	w.must(err)
	return n == 0
}

func TestAStageShowsItsBreakersAmongItsMetrics(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	registry := prometheus.NewRegistry()
	s := &Stage{Config: w.config, Topics: w.topics, Names: w.names, Log: zerolog.Nop(), Metrics: registry}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- s.Run(ctx) }()
	w.publish(invoiceOf(1, ada))
	w.reaches("invoice:1", work.ItemPosted, "")
	found, err := registry.Gather()
	w.must(err)
	breakers := 0
	for _, f := range found {
		if f.GetName() == "mage2sage_sage_breaker_state" {
			breakers = len(f.GetMetric())
		}
	}
	if breakers < 6 {
		t.Errorf("%d breakers are shown, want the API's, the token endpoint's and one for each class", breakers)
	}
	cancel()
	w.must(<-done)
}
