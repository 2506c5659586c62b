package capture

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	// writerCount is enough that some commit while others write.
	writerCount = 4
	// rowsOfWriter is how many orders, items, invoices and invoice items one has. The first
	// hotRows of them get most of the changes, so that every snapshot has rows that are being
	// written and others that it may publish.
	rowsOfWriter, hotRows = 500, 60
	// apart is how far the ids of two writers are from each other, and moved is how far an
	// order goes that gets another id. Nobody touches the row at the end of each range, so
	// that no writer ever waits for the locks of another: who is refused was refused by capture.
	apart, moved = 100_000, 50_000
)

// Writers change rows that are theirs, and count up in each as they do.
type writers struct {
	ending  chan struct{}
	running sync.WaitGroup

	mu           sync.Mutex
	transactions int
	longest      time.Duration
	refused      []error
}

// startWriting makes the rows of the writers and has them write until stop.
func (s *magentoShop) startWriting() *writers {
	s.t.Helper()
	w := &writers{ending: make(chan struct{})}
	for n := range writerCount {
		first := (n+1)*apart + 1
		for _, ids := range [][2]int{{first, first + rowsOfWriter - 1}, {first + apart - 2, first + apart - 2}} {
			from := fmt.Sprintf(" FROM seq_%d_to_%d", ids[0], ids[1])
			s.exec("INSERT INTO m2_sales_order (entity_id, state, grand_total) SELECT seq, 'new', 0" + from)
			s.exec("INSERT INTO m2_sales_order_item (item_id, order_id, row_total) SELECT seq, seq, 0" + from)
			s.exec("INSERT INTO m2_sales_invoice (entity_id, order_id, grand_total) SELECT seq, seq, 0" + from)
			s.exec("INSERT INTO m2_sales_invoice_item (entity_id, parent_id, row_total) SELECT seq, seq, 0" + from)
		}
		own := &writer{random: rand.New(rand.NewPCG(uint64(n), 3)), first: first, away: map[int]bool{}, noItem: map[int]bool{}, noInvoice: map[int]bool{}}
		w.running.Go(func() { w.write(s.db, own) })
	}
	return w
}

// stop ends them, and fails the test when one of their transactions was refused: as the
// victim of a deadlock, or because a lock was waited for in vain.
func (w *writers) stop(t testing.TB) {
	t.Helper()
	close(w.ending)
	w.running.Wait()
	for _, err := range w.refused {
		t.Errorf("a transaction of the shop was refused: %v", err)
	}
	if w.transactions == 0 {
		t.Error("the shop has written nothing")
	}
}

// write transacts until the end, or until it is refused.
func (w *writers) write(db *sql.DB, own *writer) {
	ctx := context.Background()
	conn, err := db.Conn(ctx)
	if err == nil {
		defer conn.Close()
		_, err = conn.ExecContext(ctx, "SET SESSION innodb_lock_wait_timeout=5; SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
	}
	for err == nil {
		select {
		case <-w.ending:
			return
		case <-time.After(time.Duration(own.random.IntN(4)) * time.Millisecond): // a shop has pauses
		}
		began := time.Now()
		err = transact(ctx, conn, own.next())
		w.mu.Lock()
		w.transactions++
		w.longest = max(w.longest, time.Since(began))
		w.mu.Unlock()
	}
	w.mu.Lock()
	w.refused = append(w.refused, err)
	w.mu.Unlock()
}

func transact(ctx context.Context, conn *sql.Conn, statements []string) error {
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	for _, q := range statements {
		if _, err := tx.ExecContext(ctx, q); err != nil {
			_ = tx.Rollback()
			return err
		}
	}
	return tx.Commit()
}

// A writer has the rows from first on. Some are away: deleted, or an order under another id.
type writer struct {
	random                  *rand.Rand
	first, count            int
	away, noItem, noInvoice map[int]bool
}

// next are the statements of a transaction: updates of neighbouring rows, deletes and inserts
// of the same keys in one transaction or in several, orders that get another id, items that
// get another order, and invoices that come and go with their items.
func (w *writer) next() []string {
	w.count++
	id, n := w.some(), w.count
	switch w.random.IntN(10) {
	case 0, 1, 2:
		return []string{
			w.update("sales_order SET grand_total=%d WHERE entity_id"), w.update("sales_order_item SET row_total=%d WHERE item_id"),
			w.update("sales_invoice SET grand_total=%d WHERE entity_id"), w.update("sales_invoice_item SET row_total=%d WHERE entity_id"),
		}
	case 3, 4:
		return []string{w.update("sales_invoice_item SET row_total=%d WHERE entity_id")}
	case 5:
		if toggled(w.away, id) {
			return []string{fmt.Sprintf("UPDATE m2_sales_order SET entity_id=%d, grand_total=%d WHERE entity_id=%d", id+moved, n, id)}
		}
		return []string{fmt.Sprintf("UPDATE m2_sales_order SET entity_id=%d, grand_total=%d WHERE entity_id=%d", id, n, id+moved)}
	case 6:
		return []string{fmt.Sprintf("UPDATE m2_sales_order_item SET order_id=%d, row_total=%d WHERE item_id=%d", w.some(), n, id)}
	case 7:
		if toggled(w.noItem, id) {
			return []string{fmt.Sprintf("DELETE FROM m2_sales_order_item WHERE item_id=%d", id)}
		}
		return []string{w.item(id)}
	case 8:
		if w.noItem[id] {
			return nil
		}
		return []string{fmt.Sprintf("DELETE FROM m2_sales_order_item WHERE item_id=%d", id), w.item(id)}
	}
	if toggled(w.noInvoice, id) {
		return []string{fmt.Sprintf("DELETE FROM m2_sales_invoice_item WHERE entity_id=%d", id), fmt.Sprintf("DELETE FROM m2_sales_invoice WHERE entity_id=%d", id)}
	}
	return []string{
		fmt.Sprintf("INSERT INTO m2_sales_invoice (entity_id, order_id, grand_total) VALUES (%d, %d, %d)", id, id, n),
		fmt.Sprintf("INSERT INTO m2_sales_invoice_item (entity_id, parent_id, row_total) VALUES (%d, %d, %d)", id, id, n),
	}
}

// some is one of the writer's rows, most often a hot one.
func (w *writer) some() int {
	if w.random.IntN(5) > 0 {
		return w.first + w.random.IntN(hotRows)
	}
	return w.first + w.random.IntN(rowsOfWriter)
}

// update counts up in some neighbouring rows.
func (w *writer) update(what string) string {
	ids, from := []string{}, w.some()
	for id := from; id < min(from+6, w.first+rowsOfWriter); id++ {
		ids = append(ids, fmt.Sprint(id))
	}
	return fmt.Sprintf("UPDATE m2_"+what+" IN (%s)", w.count, strings.Join(ids, ","))
}

func (w *writer) item(id int) string {
	return fmt.Sprintf("INSERT INTO m2_sales_order_item (item_id, order_id, row_total) VALUES (%d, %d, %d)", id, id, w.count)
}

// toggled notes that a row goes, or that it comes back, and reports which.
func toggled(away map[int]bool, id int) (goes bool) {
	away[id] = !away[id]
	return away[id]
}
