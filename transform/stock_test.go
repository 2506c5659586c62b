package transform

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

func sourceItemRow(id int, sku string, c columns) rowChange {
	all := columns{"source_item_id": id, "source_code": "default", "sku": sku, "quantity": "10.0000", "status": 1}
	for name, value := range c {
		all[name] = value
	}
	return rowChange{"inventory_source_item", change.NewStockRoot(sku), fmt.Sprintf(`{"source_item_id":%d}`, id), all}
}

func reservationRow(id int, sku, quantity string) rowChange {
	return rowChange{"inventory_reservation", change.NewStockRoot(sku), fmt.Sprintf(`{"reservation_id":%d}`, id),
		columns{"reservation_id": id, "stock_id": 1, "sku": sku, "quantity": quantity}}
}

// inventoryRows are the reference data of a shop with one source.
func inventoryRows(enabled int) []rowChange {
	return []rowChange{
		{"inventory_source", "", `{"source_code":"default"}`, columns{"source_code": "default", "name": "Default Source", "enabled": enabled}},
		{"inventory_stock", "", `{"stock_id":1}`, columns{"stock_id": 1, "name": "Default Stock"}},
		{"inventory_source_stock_link", "", `{"link_id":1}`, columns{"link_id": 1, "stock_id": 1, "source_code": "default", "priority": 1}},
		{"inventory_stock_sales_channel", "", `{"type":"website","code":"base"}`, columns{"type": "website", "code": "base", "stock_id": 1}},
	}
}

// stockOf lists what was said of stock: key, event and what there is for sale.
func (w *world) stockOf() (all []string) {
	w.t.Helper()
	for p := range partitions {
		_, err := w.client.ReadAll(w.t.Context(), w.names.Canonical("stock"), p, func(r topic.Record) error {
			e, err := canonical.Decode(canonical.KindStock, r.Value)
			if err != nil {
				return err
			}
			salable := "none"
			for _, level := range e.(*canonical.Stock).Stocks {
				salable = level.SalableQty.String()
			}
			all = append(all, fmt.Sprint(string(r.Key), " ", r.Header("ce_type"), " ", salable))
			return nil
		})
		w.must(err)
	}
	return all
}

// An order and its shipment, each step in a transaction of its own, and Magento's clean-up.
func TestStockFollowsItsRowsAndItsSources(t *testing.T) {
	t.Parallel()
	w, dir := newWorld(t), t.TempDir()
	w.whole()
	w.commit(10, append(referenceRows("General"), inventoryRows(1)...)...)
	w.commit(11, sourceItemRow(4, "Mug: blue", nil))
	r := w.start(dir)
	r.settled()
	ordered, shipped := reservationRow(1, "Mug: blue", "-2.0000"), reservationRow(2, "MUG: BLUE", "2.0000")
	w.commit(12, ordered)
	w.commit(13, shipped, sourceItemRow(4, "Mug: blue", columns{"quantity": "8.0000"}))
	w.commit(14, gone(ordered), gone(shipped))
	w.commit(15, sourceItemRow(4, "mug: blue", columns{"quantity": "8.0000"}))
	r.settled()
	w.commit(16, inventoryRows(0)...)
	r.until("the source is disabled", func() bool { return len(w.stockOf()) == 6 })
	w.commit(17, gone(sourceItemRow(4, "mug: blue", nil)))
	r.settled()
	want := []string{
		"stock:Mug: blue stock.changed 10.0000", "stock:Mug: blue stock.changed 8.0000", // the order's reservation, and its shipment changes the quantity alone
		"stock:Mug: blue stock.changed 8.0000", "stock:Mug: blue stock.deleted none",
		"stock:mug: blue stock.changed 8.0000", "stock:mug: blue stock.changed 0", "stock:mug: blue stock.deleted none",
	}
	if diff := cmp.Diff(want, w.stockOf()); diff != "" {
		t.Errorf("what was said of stock (-want +got):\n%s", diff)
	}
	r.end()
	again := w.start(t.TempDir())
	again.settled()
	if diff := cmp.Diff(want, w.stockOf()); diff != "" {
		t.Errorf("what was said when the state was made anew (-want +got):\n%s", diff)
	}
}

// A pipe that captures no products has the catalog's topic all the same, and nothing in it.
func TestACatalogThatIsNotCapturedHoldsNothingUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i, d := range []change.Domain{change.Reference, change.Sales, change.Customer} {
		w.snapshot(change.KindSnapshotBegin, d, uint64(1+2*i))
		w.snapshot(change.KindSnapshotEnd, d, uint64(2+2*i))
	}
	w.commit(10, referenceRows("General")...)
	w.commit(11, append(orderRows(1), invoiceRows(1, 1)...)...)
	r := w.start(t.TempDir())
	r.settled()
	w.commit(12, invoiceRow(1, 2, nil))
	r.settled()
	if got := w.types("invoice:1"); len(got) != 2 {
		t.Errorf("the invoice was said %v, want twice", got)
	}
	ends, err := w.client.EndOffsets(t.Context(), w.names.Canonical("stock"), partitions)
	w.must(err)
	if diff := cmp.Diff([]int64{0, 0, 0}, ends); diff != "" {
		t.Errorf("ends of the topic of stock (-want +got):\n%s", diff)
	}
}
