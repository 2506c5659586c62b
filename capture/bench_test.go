package capture

import (
	"fmt"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/capture/source"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/testenv/shop"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
	"github.com/mage2sage/mage2sage/testenv/usage"
)

// BenchmarkDrain reads the log of a shop's business from its beginning to its end: Magento's
// own tables at their widths, with the carts, queues and indexes that nobody wants beside
// what is captured. BENCH_ORDERS sets the size (1,000). Records are those in the topics, a
// process's CPU is that of capture alone, and its memory is the most that was resident.
//
//	TESTENV_MARIADB=… TESTENV_KAFKA=… go test ./capture -run '^$' -bench Drain -benchtime 3x
func BenchmarkDrain(b *testing.B) {
	s := newShop(b, "")
	business := s.install(b)
	began, size := s.endOfLog(b), s.logSize(b)
	if err := business.Run(b.Context(), shop.FullPlan(usage.Size("BENCH_ORDERS", 1000)), nil); err != nil {
		b.Fatal(err)
	}
	measureDrain(b, s, began, s.logSize(b)-size)
}

// BenchmarkDrainOfOneTransaction reads one transaction of many order items, at the width of
// Magento's own table: an import, or the price of a whole catalogue. BENCH_ROWS is how many
// (200,000).
func BenchmarkDrainOfOneTransaction(b *testing.B) {
	s := newShop(b, "")
	s.install(b)
	s.exec("SET GLOBAL max_binlog_size=1073741824")
	began, size := s.endOfLog(b), s.logSize(b)
	s.exec(fmt.Sprintf("SET SESSION foreign_key_checks=0; INSERT INTO %s.sales_order_item "+
		"(order_id, store_id, sku, name, product_type, qty_ordered, price, base_price, original_price, tax_percent, tax_amount, base_tax_amount, row_total, base_row_total, price_incl_tax, row_total_incl_tax) "+
		"SELECT 1+seq DIV 5, 1, CONCAT('SKU-',seq), 'A thing with a name of usual length', 'simple', 2, 10, 10, 10, 20, 4, 4, 20, 20, 12, 24 FROM seq_1_to_%d; SET SESSION foreign_key_checks=1",
		s.config.Database, usage.Size("BENCH_ROWS", 200_000)))
	measureDrain(b, s, began, s.logSize(b)-size)
}

// measureDrain drains the log behind a place as often as the benchmark asks, and once before
// that is not counted: a broker that has just been started takes most of the machine for itself
// until its code is compiled.
func measureDrain(b *testing.B, s *magentoShop, began change.Checkpoint, logBytes int64) {
	topics, names := newTopics(b)
	prefix := names.Prefix
	var wall, cpu time.Duration
	var records, peak int64
	for i := range 1 + b.N {
		names.Prefix = fmt.Sprintf("%s.%d", prefix, i)
		stage := &Stage{Config: s.config, Partitions: 6, Topics: topics, Names: names}
		prepare(b, stage, began)
		usage.ForgetPeak(b)
		used, start := usage.CPU(b), time.Now()
		r := run(b, stage)
		r.caughtUp(s)
		took, spent := time.Since(start), usage.CPU(b)-used
		r.halt()
		n := r.published()
		if n < 100 {
			b.Fatalf("%d records\n%s", n, r.log)
		}
		if i > 0 {
			wall, cpu, peak, records = wall+took, cpu+spent, max(peak, usage.PeakMemory(b)), records+n
		}
	}
	b.ReportMetric(float64(records)/wall.Seconds(), "records/s")
	b.ReportMetric(float64(records)/cpu.Seconds(), "records/cpu-s")
	b.ReportMetric(float64(logBytes)*float64(b.N)/cpu.Seconds()/1e6, "log-MB/cpu-s")
	b.ReportMetric(float64(records)/float64(b.N), "records")
	b.ReportMetric(float64(logBytes)/1e6, "log-MB")
	b.ReportMetric(float64(peak)/1e6, "peak-MB")
}

// install makes Magento's own tables in a database beside, which is captured from now on.
func (s *magentoShop) install(b *testing.B) *shop.Shop {
	b.Helper()
	s.config.Database += "_shop"
	magento, err := shop.Open(servers.SourceForTest(b), shop.Options{Database: s.config.Database, Seed: 1})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		s.exec("DROP DATABASE " + s.config.Database)
		magento.Close()
	})
	if err := magento.Install(b.Context()); err != nil {
		b.Fatal(err)
	}
	s.exec("FLUSH BINARY LOGS") // a session looks for its place from the beginning of a file
	return magento
}

// logSize is how many bytes all files of the log have.
func (s *magentoShop) logSize(b *testing.B) (sum int64) {
	b.Helper()
	files, err := s.db.Query("SHOW BINARY LOGS")
	if err != nil {
		b.Fatal(err)
	}
	defer files.Close()
	for files.Next() {
		var file string
		var size int64
		if err := files.Scan(&file, &size); err != nil {
			b.Fatal(err)
		}
		sum += size
	}
	return sum
}

func (s *magentoShop) endOfLog(b *testing.B) change.Checkpoint {
	b.Helper()
	db, err := source.Open(b.Context(), s.config.source("other"))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	end, err := db.EndOfLog(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	at := change.Checkpoint{Epoch: 1, GTID: end.GTID, File: end.At.File, Pos: end.At.Pos}
	if err := s.db.QueryRow("SELECT @@server_id").Scan(&at.ServerID); err != nil {
		b.Fatal(err)
	}
	return at
}

// prepare makes topics that say that all snapshots are done and the log was read
// up to at.
func prepare(b *testing.B, stage *Stage, at change.Checkpoint) {
	b.Helper()
	if err := stage.ensureTopics(b.Context()); err != nil {
		b.Fatal(err)
	}
	db, err := source.Open(b.Context(), stage.Config.source("test"))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	at.Partitions, at.Captured, at.Released = stage.partitions(), stage.captured(db), true
	done := map[change.Scope]change.Progress{}
	for _, d := range magento.Domains() {
		done[change.Scope{Domain: d}] = change.Progress{Epoch: at.Epoch, Begin: at.Version(), Done: true}
	}
	out, _, err := stage.own(b.Context(), stage.Topics)
	if err != nil {
		b.Fatal(err)
	}
	if err := stage.offsets(out).Save(b.Context(), at, done); err != nil {
		b.Fatal(err)
	}
}
