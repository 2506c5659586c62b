package sink

import (
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
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
		time.Sleep(5 * time.Millisecond) // a benchmark, not a test: looking costs what it measures
	}
	b.StopTimer()
	b.ReportMetric(float64(3*b.N)/b.Elapsed().Seconds(), "operations/s")
}
