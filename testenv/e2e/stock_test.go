package e2e

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// stockAgrees waits until what the entities say is for sale of each SKU in each stock, and on which
// websites, is what Magento's tables come to. It wants at least so many SKUs.
func (w *world) stockAgrees(patience time.Duration, atLeast int) {
	w.t.Helper()
	want := w.salableInMagento()
	var got map[string]string
	if !w.eventually(patience, func() bool { got = w.salable(); return maps.Equal(got, want) }) {
		for key := range want {
			if got[key] != want[key] {
				w.t.Errorf("of %s %s are for sale, Magento has %s", key, got[key], want[key])
			}
		}
		w.t.Fatalf("after %s %d SKUs are known in a stock, Magento has %d", patience, len(got), len(want))
	}
	if len(want) < atLeast {
		w.t.Errorf("the shop has %d SKUs in a stock, want at least %d", len(want), atLeast)
	}
	w.t.Logf("%d SKUs in a stock", len(want))
}

// inStock names a SKU in a stock that websites sell from.
func inStock(sku string, stock int, websites string) string {
	return fmt.Sprintf("%s in %d for %s", change.Fold(sku), stock, websites)
}

// salable is what the newest entities say.
func (w *world) salable() map[string]string {
	w.t.Helper()
	newest := map[canonical.ID]*canonical.Stock{}
	w.eachEmission(canonical.KindStock, func(r topic.Record) {
		e, err := canonical.Decode(canonical.KindStock, r.Value)
		w.must(err)
		newest[e.ID()] = e.(*canonical.Stock)
	})
	all := map[string]string{}
	for _, s := range newest {
		for _, level := range s.Stocks {
			all[inStock(s.SKU, level.StockID, strings.Join(level.Websites, ","))] = level.SalableQty.Fixed(4)
		}
	}
	return all
}

// salableInMagento adds up Magento's tables.
func (w *world) salableInMagento() map[string]string {
	w.t.Helper()
	rows, err := w.db.QueryContext(w.t.Context(), `SELECT sku, stock_id, COALESCE(MAX(codes), ''), SUM(quantity) FROM (
		SELECT i.sku, l.stock_id, IF(s.enabled = 1 AND i.status = 1, i.quantity, 0) AS quantity FROM inventory_source_item i
			JOIN inventory_source s ON s.source_code = i.source_code JOIN inventory_source_stock_link l ON l.source_code = i.source_code
		UNION ALL SELECT sku, stock_id, quantity FROM inventory_reservation) q
		LEFT JOIN (SELECT stock_id, GROUP_CONCAT(code ORDER BY code) AS codes FROM inventory_stock_sales_channel WHERE type = 'website' GROUP BY stock_id) w USING (stock_id)
		GROUP BY sku, stock_id`)
	w.must(err)
	defer rows.Close()
	all := map[string]string{}
	for rows.Next() {
		var sku, websites, quantity string
		var stock int
		w.must(rows.Scan(&sku, &stock, &websites, &quantity))
		all[inStock(sku, stock, websites)] = money.MustParse(quantity).Fixed(4)
	}
	w.must(rows.Err())
	return all
}
