package capture

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// seed fills the shop with customers and orders.
func (s *magentoShop) seed(orders int) {
	p := s.config.TablePrefix
	s.exec("SET SESSION sql_mode='NO_AUTO_VALUE_ON_ZERO'; INSERT INTO " + p + "store_website (website_id, code, name, is_default) VALUES (0,'admin','Admin',0),(1,'base','Main',1)")
	s.exec("INSERT INTO " + p + "store (store_id, code, website_id, group_id, name, is_active) VALUES (1,'default',1,1,'Default',1)")
	s.exec("INSERT INTO " + p + "core_config_data (scope, scope_id, path, value) VALUES ('default',0,'general/locale/timezone','Europe/London'),('default',0,'payment/secret/key','0:3:abc')")
	for from := 1; from <= orders; from += 500 {
		n := min(500, orders-from+1)
		s.exec(fmt.Sprintf("INSERT INTO %ssales_order (entity_id, state, store_id, increment_id, grand_total, created_at) SELECT seq, 'new', 1, LPAD(seq,9,'0'), seq*1.01, '2026-01-31 12:00:00' FROM seq_%d_to_%d", p, from, from+n-1))
		s.exec(fmt.Sprintf("INSERT INTO %ssales_order_item (order_id, sku, name, qty_ordered, row_total) SELECT seq, CONCAT('sku-',seq), 'Thing', 2, seq*1.01 FROM seq_%d_to_%d", p, from, from+n-1))
		s.exec(fmt.Sprintf("INSERT INTO %ssales_invoice (order_id, state, increment_id, grand_total) SELECT seq, 2, LPAD(seq,9,'0'), seq*1.01 FROM seq_%d_to_%d", p, from, from+n-1))
		s.exec(fmt.Sprintf("INSERT INTO %ssales_invoice_item (parent_id, sku, qty, row_total) SELECT seq, CONCAT('sku-',seq), 2, IF(seq%%3, seq*1.01, NULL) FROM seq_%d_to_%d", p, from, from+n-1))
	}
}

// trade changes rows at random until ctx ends: orders, items, invoices with items,
// customers, deletes.
func (s *magentoShop) trade(ctx context.Context, seed uint64) {
	r, p := rand.New(rand.NewPCG(seed, seed)), s.config.TablePrefix
	for ctx.Err() == nil {
		id := 1 + r.IntN(3000)
		tx, err := s.db.Begin()
		if err != nil {
			return
		}
		do := func(q string, args ...any) { _, _ = tx.Exec(q, args...) }
		switch r.IntN(7) {
		case 0:
			do("UPDATE "+p+"sales_order SET grand_total=grand_total+1, state='processing' WHERE entity_id=?", id)
			do("UPDATE "+p+"sales_order_item SET qty_invoiced=qty_invoiced+1 WHERE order_id=?", id)
		case 1:
			do("INSERT INTO " + p + "sales_order (state, store_id, grand_total) VALUES ('new',1,10.1)")
			do("INSERT INTO " + p + "sales_order_item (order_id, sku, row_total) VALUES (LAST_INSERT_ID(),'new',10.1)")
		case 2:
			do("INSERT INTO "+p+"sales_invoice (order_id, state, grand_total) VALUES (?,2,10.1)", id)
			do("INSERT INTO " + p + "sales_invoice_item (parent_id, sku, row_total) VALUES (LAST_INSERT_ID(),'new',10.1)")
		case 3:
			do("DELETE FROM "+p+"sales_order_item WHERE item_id=?", id)
		case 4:
			do("INSERT INTO "+p+"customer_entity (email, firstname) VALUES (?,'Ä\n\"x\\')", fmt.Sprint(id, "@example.com"))
		case 5:
			do("UPDATE "+p+"sales_invoice_item SET qty=qty+1 WHERE entity_id BETWEEN ? AND ?", id, id+20)
		case 6:
			do("UPDATE "+p+"sales_order SET entity_id=entity_id+1000000 WHERE entity_id=?", id)
		}
		if err := tx.Commit(); err != nil {
			return
		}
	}
}

func TestTheTopicsEqualTheTablesAfterASnapshotWhileTheShopTrades(t *testing.T) {
	t.Parallel()
	s := newShop(t, "m2_")
	s.seed(3000)
	s.config.ChunkRows = 200
	topics, names := newTopics(t)
	ctx, stop := context.WithCancel(context.Background())
	var traders sync.WaitGroup
	for i := range uint64(3) {
		traders.Go(func() { s.trade(ctx, i) })
	}
	r := start(t, s.config, topics, names)
	r.snapshotDone()
	stop()
	traders.Wait()
	r.caughtUp(s)
	rows := r.sameAsShop(s)
	r.unbroken()
	r.neverBackwards()
	t.Logf("%d rows equal, %d transactions", rows, r.state().Checkpoint.Sequence)
}

// neverBackwards sees that an order's total, which the traders only raise, never
// falls from one record to the next.
func (r *running) neverBackwards() {
	r.t.Helper()
	last := map[string]string{}
	for _, rec := range of(r.t, r.records(change.Sales), "sales_order") {
		e, err := change.DecodeEnvelope(rec.Value)
		if err != nil {
			r.t.Fatal(err)
		}
		key := string(rec.Key)
		if e == nil || e.Op == change.Delete {
			delete(last, key)
			continue
		}
		total := decodeRow[magento.Order](r.t, e.After).GrandTotal.String()
		if before, known := last[key]; known && (len(total) < len(before) || len(total) == len(before) && total < before) {
			r.t.Errorf("%s went from %s back to %s", key, before, total)
		}
		last[key] = total
	}
}
