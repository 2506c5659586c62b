package capture

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/testenv/shop"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
	"github.com/mage2sage/mage2sage/testenv/usage"
)

const (
	// latencyOrders is how many orders the transactions are about.
	latencyOrders = 200
	// latencyClients is how many connections write: more than are busy at any time.
	latencyClients = 8
)

// BenchmarkLatency measures from the return of a commit at the client to the arrival of its
// records at a consumer that follows the topic. Each transaction updates an order and inserts
// an item, both at the width of Magento's own tables, at a steady rate. BENCH_SECONDS is how
// long (10).
func BenchmarkLatency(b *testing.B) {
	for _, rate := range []int{500, 1000} {
		b.Run(fmt.Sprint(rate), func(b *testing.B) {
			s := newShop(b, "")
			business := s.install(b)
			if err := business.Run(b.Context(), shop.FullPlan(latencyOrders), nil); err != nil {
				b.Fatal(err)
			}
			began := s.endOfLog(b)
			topics, names := newTopics(b)
			stage := &Stage{Config: s.config, Partitions: 6, Topics: topics, Names: names}
			prepare(b, stage, began)
			run(b, stage)
			watch := newLatencies(rate * usage.Size("BENCH_SECONDS", 10))
			arrived := watch.follow(b, topics, names.Raw(change.Sales), stage.Partitions)
			watch.write(b, s, 0, 1, rate) // when it has arrived, the log is being read
			<-arrived
			used := usage.CPU(b)
			watch.write(b, s, 1, len(watch.committed), rate)
			for range watch.committed[1:] {
				<-arrived
			}
			watch.report(b, usage.CPU(b)-used)
		})
	}
}

// latencies are the times of numbered transactions.
type latencies struct{ committed, arrived []time.Time }

func newLatencies(n int) *latencies { return &latencies{make([]time.Time, n), make([]time.Time, n)} }

// write commits transactions, each when its turn has come.
func (l *latencies) write(b *testing.B, s *magentoShop, from, to, rate int) {
	b.Helper()
	db, err := sql.Open("mysql", servers.SourceForTest(b)+s.config.Database+"?multiStatements=true&interpolateParams=true")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	db.SetMaxIdleConns(latencyClients)
	turns := make(chan int, to-from)
	var clients sync.WaitGroup
	for range latencyClients {
		clients.Go(func() {
			for n := range turns {
				order := 1 + n%latencyOrders
				_, err := db.Exec("BEGIN; UPDATE sales_order SET total_paid=?, base_total_paid=?, state='processing' WHERE entity_id=?; "+
					"INSERT INTO sales_order_item (order_id, store_id, sku, name, product_type, qty_ordered, price, base_price, row_total, base_row_total) "+
					"VALUES (?, 1, ?, 'A thing with a name of usual length', 'simple', 1, 10, 10, 10, 10); COMMIT", n, n, order, order, latencySKU+strconv.Itoa(n))
				if l.committed[n] = time.Now(); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for n, began := from, time.Now(); n < to; n++ {
		time.Sleep(time.Until(began.Add(time.Duration(n-from) * time.Second / time.Duration(rate))))
		turns <- n
	}
	close(turns)
	clients.Wait()
}

// latencySKU is what the SKU of a transaction's item begins with; its number follows.
const latencySKU = "LATENCY-"

// follow reads what is appended to a topic from now on; it sends for each transaction that it
// has seen.
func (l *latencies) follow(b *testing.B, topics *topic.Client, name string, partitions int) <-chan struct{} {
	b.Helper()
	ends, err := topics.EndOffsets(b.Context(), name, partitions)
	if err != nil {
		b.Fatal(err)
	}
	arrived := make(chan struct{}, len(l.arrived))
	for p, at := range ends {
		go func() {
			for {
				batch, err := topics.Fetch(b.Context(), name, p, at, time.Second)
				if errors.Is(err, context.Canceled) || b.Context().Err() != nil {
					return
				}
				if err != nil {
					b.Error(err)
					return
				}
				now := time.Now()
				for at = batch.Next; len(batch.Records) > 0; batch.Records = batch.Records[1:] {
					if n, ok := latencyNumber(batch.Records[0].Value); ok {
						l.arrived[n] = now
						arrived <- struct{}{}
					}
				}
			}
		}()
	}
	return arrived
}

// latencyNumber finds a transaction's number in the record of its item.
func latencyNumber(value []byte) (n int, ok bool) {
	_, after, ok := bytes.Cut(value, []byte(`"`+latencySKU))
	if !ok {
		return 0, false
	}
	text, _, _ := bytes.Cut(after, []byte(`"`))
	n, err := strconv.Atoi(string(text))
	return n, err == nil
}

// report gives the delays. One that arrived before its client heard of the commit has none.
func (l *latencies) report(b *testing.B, cpu time.Duration) {
	var delays []time.Duration
	for i, at := range l.arrived[1:] {
		delays = append(delays, max(0, at.Sub(l.committed[1+i])))
	}
	slices.Sort(delays)
	for name, share := range map[string]float64{"ms-p50": 0.5, "ms-p99": 0.99, "ms-p99.9": 0.999} {
		b.ReportMetric(float64(delays[int(share*float64(len(delays)))].Microseconds())/1000, name)
	}
	took := l.arrived[len(l.arrived)-1].Sub(l.committed[1])
	b.ReportMetric(float64(len(delays))/took.Seconds(), "tx/s")
	b.ReportMetric(100*cpu.Seconds()/took.Seconds(), "cpu-%")
	b.ReportMetric(0, "ns/op")
}
