package postgres_test

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/work"
)

// BenchmarkByDocuments is what one more invoice costs, from its plan to its recorded result, and
// what status and documents ask, by how many invoices a shop has had. BENCH_DOCUMENTS is how
// many the larger shop has (1,000,000).
func BenchmarkByDocuments(b *testing.B) {
	large, err := strconv.Atoi(os.Getenv("BENCH_DOCUMENTS"))
	if err != nil {
		large = 1_000_000
	}
	for _, invoices := range []int{10_000, large} {
		b.Run(fmt.Sprint(invoices), func(b *testing.B) {
			s, dsn := open(b)
			filled(b, dsn, invoices)
			var posting, counting, listing time.Duration
			for i := 0; b.Loop(); i++ {
				posting += took(b, func() error { return postOne(b, s, uint64(invoices+2000+i)) })
				counting += took(b, func() error {
					_, _, err := s.Counts(b.Context(), []canonical.Kind{canonical.KindCustomer})
					return err
				})
				listing += took(b, func() error {
					_, err := s.Items(b.Context(), postgres.ItemFilter{State: work.ItemParked})
					return err
				})
			}
			for name, d := range map[string]time.Duration{"ms/invoice": posting, "ms/status": counting, "ms/parked": listing} {
				b.ReportMetric(float64(d.Microseconds())/1000/float64(b.N), name)
			}
		})
	}
}

func took(b *testing.B, do func() error) time.Duration {
	began := time.Now()
	if err := do(); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}

func postOne(b *testing.B, s *postgres.DB, n uint64) error {
	id := canonical.NewID(canonical.KindInvoice, n)
	put(b, s, id)
	planDue(b, s, func(p *postgres.Planning) (work.Verdict, error) {
		v := work.Verdict{Item: p.Item}
		if p.Item.ID == id && p.Item.SageID == "" {
			for _, err := range []error{second(p.History(createOf(id).OperationKey)), second(p.Holder(work.CreateInvoice, fmt.Sprint(n))), second(p.Xrefs(work.XrefContact, "customer:1"))} {
				if err != nil {
					return v, err
				}
			}
			v.Item.State, v.Operations = work.ItemPlanned, []work.Operation{createOf(id)}
		}
		return v, nil
	})
	o := claim(b, s)
	if o.Entity != string(id) {
		return fmt.Errorf("%s was claimed, want %s", o.Entity, id)
	}
	return s.RecordResult(b.Context(), work.CallResult{Operation: o, State: work.Confirmed, SageID: fmt.Sprint("new", n), Xref: work.XrefChange{Type: work.XrefInvoice, New: true},
		Posted: &work.Posting{State: work.ItemPosted}, Payment: work.Unpaid})
}
