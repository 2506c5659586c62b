package sink

import (
	"fmt"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/binding"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

// TestEveryLoopIsWokenByWhatItWaitsFor has loops that never poll: a document gets
// from its record to Sage, with contact and payment, only by being woken.
func TestEveryLoopIsWokenByWhatItWaitsFor(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	w.interval = time.Hour
	w.start()
	for n := uint64(1); n <= 5; n++ {
		w.publish(paid(invoiceOf(n, ada)))
		w.paid(canonical.NewID(canonical.KindInvoice, n))
	}
}

// BenchmarkOperations measures calls per second of a sink against a simulator that
// answers at once: contacts, invoices and payments in equal parts.
func BenchmarkOperations(b *testing.B) {
	w := newWorld(b, simulator.Options{})
	w.config.Sage.CallsPerSecond, w.config.Sage.CallsPerSecondPerBusiness = 1e6, 1e6
	for n := range uint64(b.N) {
		person := ada
		person.MagentoID = 1000 + n
		w.publish(paid(invoiceOf(n+1, person)))
	}
	b.ResetTimer()
	w.start()
	for w.sim.Calls().Writes < 3*b.N {
		time.Sleep(20 * time.Millisecond) // a benchmark, not a test: looking costs what it measures
	}
	b.StopTimer()
	b.ReportMetric(float64(3*b.N)/b.Elapsed().Seconds(), "operations/s")
}

// BenchmarkBacklog measures how much of an allowed rate the sinks use for a backlog, and how often
// they are refused: Sage lets in 40 calls a second, of all sinks together. Each document is three calls.
func BenchmarkBacklog(b *testing.B) {
	for _, sinks := range []int{1, 2} {
		b.Run(fmt.Sprintf("sinks=%d", sinks), func(b *testing.B) {
			const perSecond = 40
			limit := simulator.Limit{PerSecond: perSecond, Burst: perSecond + 2}
			w := newWorld(b, simulator.Options{AppLimit: limit, BusinessLimit: limit})
			w.config.Sage.CallsPerSecond, w.config.Sage.CallsPerSecondPerBusiness = perSecond, perSecond
			for n := range uint64(b.N) {
				person := ada
				person.MagentoID = 1000 + n
				w.publish(paid(invoiceOf(n+1, person)))
			}
			for range sinks {
				w.start()
			}
			for w.sim.Calls().Writes == 0 {
				time.Sleep(time.Millisecond) // a benchmark, not a test
			}
			b.ResetTimer()
			for w.sim.Calls().Writes < 3*b.N {
				time.Sleep(5 * time.Millisecond)
			}
			b.StopTimer()
			calls := w.sim.Calls()
			b.ReportMetric(100*float64(calls.Writes)/(perSecond*b.Elapsed().Seconds()), "%-of-allowed")
			b.ReportMetric(float64(calls.Throttled["app"]+calls.Throttled["business"]), "429s")
		})
	}
}

// The rate is that of all sinks together, and of the commands beside them.
func TestSeveralSinksKeepToOneRateSoThatSageRefusesNothing(t *testing.T) {
	t.Parallel()
	const perSecond, documents = 20, 50
	limit := simulator.Limit{PerSecond: perSecond, Burst: perSecond + 2}
	w := newWorld(t, simulator.Options{AppLimit: limit})
	w.config.Sage.CallsPerSecond, w.config.Sage.CallsPerSecondPerBusiness = perSecond, 1000
	for n := range uint64(documents) {
		person := ada
		person.MagentoID = 1000 + n
		w.publish(paid(invoiceOf(n+1, person)))
	}
	for range 2 {
		w.start()
	}
	// A command beside them makes calls of its own all the time.
	client, done, err := binding.OpenBusiness(t.Context(), w.config.Sage, w.db, w.db, "shop-uk")
	w.must(err)
	defer done()
	reads := 0
	w.until("all is sent", func() bool {
		if _, err := client.User(t.Context()); err == nil {
			reads++
		}
		return w.sim.Calls().Writes == 3*documents
	})
	if refused := w.sim.Calls().Throttled["app"]; refused != 0 || reads == 0 {
		t.Errorf("%d calls were refused as too many, beside %d of a command", refused, reads)
	}
}
