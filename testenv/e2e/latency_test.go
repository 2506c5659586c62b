package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/testenv/shop"
)

// A stopwatch notes when the simulator accepted each sales invoice.
type stopwatch struct {
	mutex    sync.Mutex
	accepted map[string]time.Time // by reference
}

// watch passes requests on and notes the answered invoices.
func (s *stopwatch) watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != "/v3.1/sales_invoices" {
			next.ServeHTTP(w, r)
			return
		}
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(w, r)
		var sent struct {
			Invoice struct {
				Reference string `json:"reference"`
			} `json:"sales_invoice"`
		}
		if json.Unmarshal(body, &sent) == nil {
			s.mutex.Lock()
			s.accepted[sent.Invoice.Reference] = time.Now()
			s.mutex.Unlock()
		}
	})
}

func (s *stopwatch) at(reference string) (time.Time, bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	t, ok := s.accepted[reference]
	return t, ok
}

// BenchmarkCommitToSage measures, in an idle shop, from the commit of an invoice in
// MariaDB to its acceptance by the simulator: contact, invoice and all.
func BenchmarkCommitToSage(b *testing.B) {
	watch := &stopwatch{accepted: map[string]time.Time{}}
	w := newWorld(b, options{shop: shop.Options{Seed: 51}, watch: watch.watch})
	w.start()
	w.trade(plan(5))
	w.settled(90 * time.Second)
	const samples = 100
	var took []time.Duration
	for range samples {
		number, committed := w.invoiceOne()
		if !w.eventuallyFast(10*time.Second, func() bool { _, ok := watch.at(number); return ok }) {
			b.Fatalf("invoice %s is not in Sage after 10 s", number)
		}
		at, _ := watch.at(number)
		took = append(took, at.Sub(committed))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[samples/2].Microseconds())/1000, "ms-median")
	b.ReportMetric(float64(took[samples*99/100].Microseconds())/1000, "ms-p99")
	b.ReportMetric(0, "ns/op")
}

// invoiceOne places an order and then invoices it; committed is when the
// invoice's transaction was.
func (w *world) invoiceOne() (number string, committed time.Time) {
	w.t.Helper()
	order, err := w.shop.PlaceOrder(w.t.Context(), shop.Order{Lines: []shop.Line{{SKU: "MUG", Qty: 1}}})
	w.must(err)
	id, err := w.shop.Invoice(w.t.Context(), order, shop.Invoice{})
	w.must(err)
	committed = time.Now()
	w.must(w.db.QueryRowContext(w.t.Context(), "SELECT increment_id FROM sales_invoice WHERE entity_id=?", id).Scan(&number))
	return number, committed
}

// eventuallyFast is eventually with a short interval.
func (w *world) eventuallyFast(patience time.Duration, so func() bool) bool {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if so() {
			return true
		}
		<-time.After(2 * time.Millisecond)
	}
	return false
}
