package transform

import (
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/topic"
)

// prepare writes n orders with their invoices and tax rows, and returns how many rows
// that is: 9 per order, in three transactions.
func prepare(w *world, n int) (rows int) {
	w.whole()
	w.commit(10, referenceRows("General")...)
	logs := map[topic.Coordinates][]topic.Record{}
	for id := 1; id <= n; id++ {
		for i, tx := range [][]rowChange{orderRows(id), invoiceRows(id, 2), taxRows(id)} {
			for at, records := range w.transaction(version(uint64(20+3*id+i)), tx) {
				logs[at] = append(logs[at], records...)
			}
			rows += len(tx)
		}
	}
	for at, records := range logs {
		w.produce(at.Topic, at.Partition, records...)
	}
	w.reach(version(uint64(20 + 3*n + 2)))
	return rows
}

// BenchmarkCatchUp reads a prepared raw topic with a fresh store: rows/s.
func BenchmarkCatchUp(b *testing.B) {
	const orders = 10_000
	for b.Loop() {
		b.StopTimer()
		w := newWorld(b)
		rows := prepare(w, orders)
		begin := time.Now()
		b.StartTimer()
		r := w.start(b.TempDir())
		r.settled()
		b.ReportMetric(float64(rows)/time.Since(begin).Seconds(), "rows/s")
		b.StopTimer()
		if err := r.end(); err != nil {
			b.Fatal(err)
		}
		if got := len(w.newest()); got != orders {
			b.Fatalf("%d of %d invoices", got, orders)
		}
		w.close()
		b.StartTimer()
	}
}

// BenchmarkLive measures one payment from its commit until the invoice is on the
// canonical topic, on an idle pipe.
func BenchmarkLive(b *testing.B) {
	w := newWorld(b)
	prepare(w, 10)
	r := w.start(b.TempDir())
	r.settled()
	name, p := w.place(invoiceRow(1, 1, nil))
	canonical := w.names.Canonical("invoice")
	ends, err := w.client.EndOffsets(b.Context(), canonical, partitions)
	w.must(err)
	n, state := uint64(1000), 2
	for b.Loop() {
		n, state = n+1, 3-state
		w.commit(n, invoiceRow(1, state, nil))
		batch, err := w.client.Fetch(b.Context(), canonical, p, ends[p], 10*time.Second)
		if err != nil || len(batch.Records) == 0 {
			b.Fatalf("no emission after %s changed: %v", name, err)
		}
		ends[p] = batch.Next
	}
}
