package capture

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/testenv/shop"
)

// BenchmarkSnapshot takes the snapshot of a shop that has little but orders and their items,
// three of these for each order, as Magento itself filled the rows. BENCH_ROWS is how many
// (200,000). A first pass is not counted: a broker that has just been started takes most of the
// machine for itself until its code is compiled.
//
//	TESTENV_MARIADB=… TESTENV_KAFKA=… go test ./capture -run '^$' -bench Snapshot -benchtime 3x
func BenchmarkSnapshot(b *testing.B) {
	s := newShop(b, "")
	business := s.install(b)
	if err := business.Run(b.Context(), shop.FullPlan(100), nil); err != nil {
		b.Fatal(err)
	}
	n := benchSize("BENCH_ROWS", 200_000)
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
		forgetPeak(b)
		used, start := cpuTime(b), time.Now()
		r := run(b, stage)
		r.snapshotDone()
		took, spent := time.Since(start), cpuTime(b)-used
		if i > 0 {
			wall, cpu, peak = wall+took, cpu+spent, max(peak, peakMemory(b))
			for _, p := range r.state().Progress {
				rows += p.Rows
			}
		}
		r.halt()
	}
	b.ReportMetric(float64(rows)/wall.Seconds(), "rows/s")
	b.ReportMetric(float64(rows)/cpu.Seconds(), "rows/cpu-s")
	b.ReportMetric(float64(rows)/float64(b.N), "rows")
	b.ReportMetric(float64(peak)/1e6, "peak-MB")
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
