package capture

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/testenv/shop"
	"github.com/mage2sage/mage2sage/testenv/usage"
)

// BenchmarkSnapshot takes the snapshot of a shop that has little but orders and their items,
// three of these for each order, as Magento itself filled the rows. BENCH_ROWS is how many
// (200,000). A first pass is not counted: a broker that has just been started takes most of the
// machine for itself until its code is compiled. bare-rows/s is how fast as many connections
// read the same columns and do nothing with them: on a machine that has shop and broker too, it
// is what the server gives.
//
//	TESTENV_MARIADB=… TESTENV_KAFKA=… go test ./capture -run '^$' -bench Snapshot -benchtime 3x
func BenchmarkSnapshot(b *testing.B) {
	s := newShop(b, "")
	business := s.install(b)
	if err := business.Run(b.Context(), shop.FullPlan(100), nil); err != nil {
		b.Fatal(err)
	}
	n := usage.Size("BENCH_ROWS", 200_000)
	s.multiply("sales_order", "entity_id", "increment_id", n/4)
	s.multiply("sales_order_item", "item_id", "", n*3/4)
	topics, names := newTopics(b)
	prefix := names.Prefix
	var wall, cpu time.Duration
	var rows, peak int64
	for i := range 1 + b.N {
		names.Prefix = fmt.Sprintf("%s.%d", prefix, i)
		stage := &Stage{Config: s.config, Partitions: 6, Topics: topics, Names: names}
		if err := stage.ensureTopics(b.Context()); err != nil {
			b.Fatal(err)
		}
		usage.ForgetPeak(b)
		used, start := usage.CPU(b), time.Now()
		r := run(b, stage)
		r.snapshotDone()
		took, spent := time.Since(start), usage.CPU(b)-used
		if i > 0 {
			wall, cpu, peak = wall+took, cpu+spent, max(peak, usage.PeakMemory(b))
			for _, p := range r.state().Progress {
				rows += p.Rows
			}
		}
		r.halt()
	}
	b.ReportMetric(s.bareRate(b), "bare-rows/s")
	b.ReportMetric(float64(rows)/wall.Seconds(), "rows/s")
	b.ReportMetric(float64(rows)/cpu.Seconds(), "rows/cpu-s")
	b.ReportMetric(float64(rows)/float64(b.N), "rows")
	b.ReportMetric(float64(peak)/1e6, "peak-MB")
}

// bareRate reads the allowed columns of orders and their items over four connections, a part of
// the keys each, and returns rows per second.
func (s *magentoShop) bareRate(b *testing.B) float64 {
	b.Helper()
	const connections = 4
	var g errgroup.Group
	var rows atomic.Int64
	begun := time.Now()
	for part := range connections {
		g.Go(func() error {
			for _, name := range []string{"sales_order", "sales_order_item"} {
				t, _ := magento.ByName(name)
				of := s.config.Database + "." + name
				last := fmt.Sprintf("(SELECT MAX(%s) FROM %s)", t.PK[0], of)
				n, err := s.bareRead(b.Context(), fmt.Sprintf("SELECT %s FROM %s WHERE %s > %s DIV %d * %d AND %s <= CEIL(%s / %d) * %d",
					strings.Join(s.has(name, t.Columns), ", "), of, t.PK[0], last, connections, part, t.PK[0], last, connections, part+1))
				if rows.Add(n); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		b.Fatal(err)
	}
	return float64(rows.Load()) / time.Since(begun).Seconds()
}

// has are those of some columns that a table has here.
func (s *magentoShop) has(table string, columns []string) (all []string) {
	s.t.Helper()
	rows, err := s.db.Query("SELECT column_name FROM information_schema.columns WHERE table_schema = ? AND table_name = ?", s.config.Database, table)
	if err != nil {
		s.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			s.t.Fatal(err)
		}
		if slices.Contains(columns, name) {
			all = append(all, name)
		}
	}
	return all
}

// bareRead reads all rows of a query and returns their number.
func (s *magentoShop) bareRead(ctx context.Context, query string) (n int64, err error) {
	rows, err := s.db.QueryContext(ctx, query)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		n++
	}
	return n, rows.Err()
}

// multiply repeats a table's rows, under other primary keys and values of a unique column,
// until there are so many more.
func (s *magentoShop) multiply(table, pk, unique string, n int) {
	s.t.Helper()
	table = s.config.Database + "." + table
	var columns []string
	rows, err := s.db.Query("SELECT column_name FROM information_schema.columns WHERE CONCAT(table_schema, '.', table_name)=? AND column_name NOT IN (?, ?)", table, pk, unique)
	if err != nil {
		s.t.Fatal(err)
	}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			s.t.Fatal(err)
		}
		columns = append(columns, name)
	}
	into, from := strings.Join(columns, ", "), strings.Join(columns, ", ")
	if unique != "" {
		into, from = into+", "+unique, from+fmt.Sprintf(", CONCAT(%s, '-', seq)", unique)
	}
	s.exec(fmt.Sprintf("SET SESSION foreign_key_checks=0; INSERT INTO %s (%s) SELECT %s FROM %s JOIN seq_1_to_%d LIMIT %d; SET SESSION foreign_key_checks=1", table, into, from, table, n, n))
}
