package sink

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
	"github.com/mage2sage/mage2sage/testenv/usage"
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
// answers at once: contacts, invoices and payments in equal parts. What a call takes of the
// processors is told beside it: of this process, which has the simulator in it, and of Postgres.
func BenchmarkOperations(b *testing.B) {
	w := newWorld(b, simulator.Options{})
	w.config.Sage.CallsPerSecond = 1e6
	for n := range uint64(b.N) {
		person := ada
		person.MagentoID = 1000 + n
		w.publish(paid(invoiceOf(n+1, person)))
	}
	own := usage.CPU(b)
	b.ResetTimer()
	w.start()
	for w.sim.Calls().Writes < 3*b.N {
		time.Sleep(20 * time.Millisecond) // a benchmark, not a test: looking costs what it measures
	}
	b.StopTimer()
	operations := float64(3 * b.N)
	b.ReportMetric(operations/b.Elapsed().Seconds(), "operations/s")
	b.ReportMetric(float64((usage.CPU(b)-own).Microseconds())/operations, "µs/operation")
	b.ReportMetric(float64(w.postgresCPU().Microseconds())/operations, "Postgres-µs/operation")
}

// postgresCPU is what Postgres's processes for this world have taken since they began.
func (w *world) postgresCPU() (sum time.Duration) {
	conn, err := pgx.Connect(w.t.Context(), w.dsn)
	w.must(err)
	defer conn.Close(w.t.Context())
	rows, err := conn.Query(w.t.Context(), `SELECT pid FROM pg_stat_activity WHERE datname = current_database()`)
	w.must(err)
	pids, err := pgx.CollectRows(rows, pgx.RowTo[int])
	w.must(err)
	for _, pid := range pids {
		sum += usage.CPUOf(w.t, pid)
	}
	return sum
}
