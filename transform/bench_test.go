package transform

import (
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/testenv/usage"
	"github.com/mage2sage/mage2sage/transform/state"
)

// wideSlice is how many orders are written with one request to each partition.
const wideSlice = 500

// prepareWide writes the whole life of n orders into the raw topic, at real row width, and
// returns how many rows that is.
func prepareWide(w *world, n int) (rows int) {
	w.whole()
	w.commit(10, referenceRows("General")...)
	for from := 1; from <= n; from += wideSlice {
		logs := map[topic.Coordinates][]topic.Record{}
		for id := from; id <= min(n, from+wideSlice-1); id++ {
			for i, tx := range wideTransactions(id) {
				v := version(uint64(20 + 3*id + i))
				at := topic.Coordinates{Topic: w.names.Raw(change.Sales), Partition: w.partitionOf(change.Sales, orderRoot(id))}
				for number, c := range tx {
					logs[at] = append(logs[at], wideRecord(v, c, number))
				}
				logs[at] = append(logs[at], w.marker(at, v))
				rows += len(tx)
			}
		}
		for at, records := range logs {
			w.produce(at.Topic, at.Partition, records...)
		}
	}
	w.reach(version(uint64(20 + 3*n + 2)))
	return rows
}

// A phase is what one run of the stage took.
type phase struct{ wall, cpu time.Duration }

func (p *phase) add(other phase) { p.wall, p.cpu = p.wall+other.wall, p.cpu+other.cpu }

func (p *phase) report(b *testing.B, n int, unit string) {
	b.ReportMetric(float64(n*b.N)/p.wall.Seconds(), unit+"/s")
	b.ReportMetric(float64(n*b.N)/p.cpu.Seconds(), unit+"/cpu-s")
}

// runs measures a stage on a folder until everything is read and emitted, from the moment on at
// which the group has given it a partition.
func (w *world) runs(b *testing.B, s *Stage) (p phase) {
	b.Helper()
	progress := &Progress{}
	s.Progress, s.Log = progress, zerolog.Nop()
	used := usage.CPU(b)
	r := w.startWith(s)
	var begin time.Time
	r.eventually(2*time.Hour, "everything is read and emitted", func() bool {
		given, live, _, _ := progress.Now()
		if given > 0 && begin.IsZero() {
			begin = time.Now()
		}
		return given == len(domains())*partitions && live == given
	})
	p = phase{time.Since(begin), usage.CPU(b) - used}
	if err := r.end(); err != nil {
		b.Fatal(err)
	}
	return p
}

// BenchmarkCatchUp reads the raw topic of BENCH_ORDERS orders (10,000), each with three lines and
// an invoice, at the width at which capture writes rows: with a new state and empty canonical
// topics; by a rebuild, which reads the canonical topics too; and once more with the rows there
// and nothing known as emitted, which is assembly and emission alone (entities). Its CPU is that
// of the process, which has the broker too unless KAFKA=real. Memory is the most that was
// resident while the raw topic was read, and what the state has of an order is bytes in its folder.
// A million orders take an hour or more:
//
//	TESTENV_KAFKA=… KAFKA=real BENCH_ORDERS=1000000 go test ./transform -run '^$' -bench CatchUp -benchtime 1x -timeout 5h
func BenchmarkCatchUp(b *testing.B) {
	orders := usage.Size("BENCH_ORDERS", 10_000)
	var fresh, rebuild, emit phase
	var rows int
	var folder, peak int64
	for b.Loop() {
		w, dir := newWorldAnywhere(b), b.TempDir()
		rows = prepareWide(w, orders)
		usage.ForgetPeak(b)
		fresh.add(w.runs(b, &Stage{Config: Config{StateDir: dir}}))
		peak = max(peak, usage.PeakMemory(b))
		folder = usage.Folder(b, dir)
		w.mustHave(b, 1, orders)
		rebuild.add(w.runs(b, &Stage{Config: Config{StateDir: dir}, Anew: true}))
		w.mustHave(b, 1, orders)
		w.forgetEmitted(b, dir)
		emit.add(w.runs(b, &Stage{Config: Config{StateDir: dir}}))
		w.mustHave(b, 2, orders)
		w.close()
	}
	fresh.report(b, rows, "rows")
	rebuild.report(b, rows, "rebuild-rows")
	emit.report(b, len(wideKinds)*orders, "entities")
	b.ReportMetric(float64(folder)/float64(orders), "state-B/order")
	b.ReportMetric(float64(peak)/1e6, "peak-MB")
	b.ReportMetric(float64(orders), "orders")
	b.ReportMetric(0, "ns/op")
}

// wideKinds are the entities that an order comes to.
var wideKinds = []canonical.Kind{canonical.KindOrder, canonical.KindPayment, canonical.KindInvoice}

// mustHave holds how many records the canonical topics have against times × orders of each kind.
func (w *world) mustHave(b *testing.B, times, orders int) {
	b.Helper()
	for _, k := range wideKinds {
		ends, err := w.client.EndOffsets(b.Context(), w.names.Canonical(string(k)), partitions)
		w.must(err)
		if got := ends[0] + ends[1] + ends[2]; got != int64(times*orders) {
			b.Fatalf("%d records of %s, want %d", got, k, times*orders)
		}
	}
}

// forgetEmitted has everything emitted once more.
func (w *world) forgetEmitted(b *testing.B, dir string) {
	b.Helper()
	db, err := state.Open(dir)
	w.must(err)
	defer db.Close()
	for p := range partitions {
		for _, k := range wideKinds {
			w.must(db.Partition(change.Sales, p).Forget(k))
		}
	}
}

// BenchmarkLive measures one payment from its commit until the invoice is on the
// canonical topic, on an idle pipe.
func BenchmarkLive(b *testing.B) {
	w := newWorld(b)
	prepareWide(w, 10)
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
