package capture

import (
	"fmt"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/capture/source"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// BenchmarkDrain reads a prepared log from its beginning to its end: orders with
// five items, invoiced, in transactions of Magento's shape, and as many rows again
// of a table that is not captured. Without TESTENV_KAFKA the broker runs in this
// process and its work counts. BENCH_ORDERS sets the size (2,000).
//
//	TESTENV_MARIADB=… TESTENV_KAFKA=… go test ./capture -run '^$' -bench Drain -benchtime 3x
func BenchmarkDrain(b *testing.B) {
	s := newShop(b, "")
	orders, _ := strconv.Atoi(os.Getenv("BENCH_ORDERS"))
	if orders == 0 {
		orders = 2000
	}
	began := s.endOfLog(b)
	rows := s.sell(orders)
	topics, names := newTopics(b)
	prefix := names.Prefix
	var wall, cpu time.Duration
	for i := range b.N {
		names.Prefix = fmt.Sprintf("%s.%d", prefix, i)
		stage := &Stage{Config: s.config, Partitions: 6, Topics: topics, Names: names}
		prepare(b, stage, began)
		used, start := cpuTime(b), time.Now()
		r := run(b, stage)
		r.caughtUp(s)
		wall, cpu = wall+time.Since(start), cpu+cpuTime(b)-used
		r.halt()
		if got := r.published(); got < int64(rows) {
			b.Fatalf("%d records of %d rows", got, rows)
		}
	}
	all := float64(rows) * float64(b.N)
	b.ReportMetric(all/wall.Seconds(), "rows/s")
	b.ReportMetric(all/cpu.Seconds(), "rows/cpu-s")
}

// sell writes orders and returns how many captured rows changed.
func (s *magentoShop) sell(orders int) (rows int) {
	s.exec("CREATE TABLE noise (id int AUTO_INCREMENT PRIMARY KEY, a varchar(200), b text, c decimal(20,4))")
	for i := 1; i <= orders; i++ {
		s.tx(
			fmt.Sprintf("INSERT INTO sales_order (entity_id, state, status, store_id, increment_id, customer_email, customer_firstname, customer_lastname, base_currency_code, order_currency_code, grand_total, base_grand_total, subtotal, tax_amount, shipping_method, shipping_description, created_at, updated_at) VALUES (%d,'new','pending',1,LPAD(%d,9,'0'),'someone@example.com','Some','One','GBP','GBP',120.5,120.5,100,20.5,'flatrate_flatrate','Flat Rate - Fixed','2026-01-31 12:00:00','2026-01-31 12:00:00')", i, i),
			fmt.Sprintf("INSERT INTO sales_order_item (order_id, store_id, product_id, product_type, sku, name, qty_ordered, price, original_price, tax_percent, tax_amount, row_total) SELECT %d,1,seq,'simple',CONCAT('SKU-',seq),'A thing with a name of usual length',2,10,10,20,2,20 FROM seq_1_to_5", i),
			"INSERT INTO noise (a, b, c) SELECT REPEAT('n',100), REPEAT('m',300), seq FROM seq_1_to_18",
		)
		s.tx(
			fmt.Sprintf("INSERT INTO sales_invoice (entity_id, order_id, store_id, state, increment_id, grand_total, tax_amount) VALUES (%d,%d,1,2,LPAD(%d,9,'0'),120.5,20.5)", i, i, i),
			fmt.Sprintf("INSERT INTO sales_invoice_item (parent_id, product_id, sku, name, qty, price, row_total, tax_amount) SELECT %d,seq,CONCAT('SKU-',seq),'A thing with a name of usual length',2,10,20,2 FROM seq_1_to_5", i),
			fmt.Sprintf("UPDATE sales_order_item SET qty_invoiced=qty_ordered WHERE order_id=%d", i),
			fmt.Sprintf("UPDATE sales_order SET state='processing', total_paid=grand_total WHERE entity_id=%d", i),
		)
		rows += 1 + 5 + 1 + 5 + 5 + 1
		if i == 1 {
			s.exec("ALTER TABLE sales_order_item ADD INDEX (order_id)")
		}
	}
	return rows
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
	at.Partitions = stage.partitions()
	done := map[change.Domain]change.Progress{}
	for _, d := range magento.Domains() {
		done[d] = change.Progress{Epoch: at.Epoch, Begin: at.Version(), Done: true}
	}
	if err := stage.offsets(stage.Topics).Save(b.Context(), at, done); err != nil {
		b.Fatal(err)
	}
}

func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
