package sink

import (
	"slices"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/store"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

func TestADocumentIsInSageWellBelowASecondAfterItsRecord(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	w.start()
	w.publish(invoiceOf(1, ada))
	w.reaches("invoice:1", store.DocumentPosted, "")
	w.idle()
	var all []time.Duration
	for n := uint64(2); n <= 10; n++ {
		began := time.Now()
		w.publish(invoiceOf(n, ada))
		w.reaches(canonical.NewID(canonical.KindInvoice, n), store.DocumentPosted, "")
		all = append(all, time.Since(began))
	}
	slices.Sort(all)
	if median := all[len(all)/2]; median > poll/2 {
		t.Errorf("half of the documents took longer than %s: a loop is not woken but polls", median)
	}
}

// BenchmarkOperations measures calls per second of a sink against a simulator that
// answers at once: contacts, invoices and payments in equal parts.
func BenchmarkOperations(b *testing.B) {
	w := newWorld(b, simulator.Options{})
	w.config.CallsPerSecond = 1e6
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
