package e2e

import (
	"slices"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// ordersFoot waits until each order of the shop is known as it is now, and holds it against
// Magento's tables and against its documents. Of the wrong ones the shop itself has totals that do
// not add up.
func (w *world) ordersFoot(patience time.Duration, wrong ...uint64) {
	w.t.Helper()
	var orders map[uint64]*canonical.Order
	w.eventually(patience, func() bool {
		orders = w.orders()
		return w.ordersDiffer(orders) == ""
	})
	if differs := w.ordersDiffer(orders); differs != "" {
		w.t.Fatalf("after %s %s", patience, differs)
	}
	invoiced := w.invoiced()
	for id, o := range orders {
		if right := !slices.Contains(wrong, id); o.Balance.OK != right || right && !o.Balance.Difference.IsZero() {
			w.t.Errorf("order %d foots: %t, want %t: %+v", id, o.Balance.OK, right, o.Balance)
		}
		if !o.TotalInvoiced.Round(2).Equal(invoiced[id].Round(2)) {
			w.t.Errorf("order %d says that %s are invoiced, its invoices have %s", id, o.TotalInvoiced, invoiced[id])
		}
	}
	w.t.Logf("%d orders, of which %d have wrong totals in the shop", len(orders), len(wrong))
}

// orders are the newest of every order, by its number in Magento.
func (w *world) orders() map[uint64]*canonical.Order {
	w.t.Helper()
	all := map[uint64]*canonical.Order{}
	w.eachEmission(canonical.KindOrder, func(r topic.Record) {
		e, err := canonical.Decode(canonical.KindOrder, r.Value)
		w.must(err)
		o := e.(*canonical.Order)
		if all[o.MagentoID] = o; o.Deleted {
			delete(all, o.MagentoID)
		}
	})
	return all
}

// ordersDiffer says which order is not as Magento's tables have it; "" where all are.
func (w *world) ordersDiffer(orders map[uint64]*canonical.Order) string {
	w.t.Helper()
	rows, err := w.db.QueryContext(w.t.Context(), "SELECT entity_id, state, grand_total, COALESCE(total_paid, 0) FROM "+w.pipe.Table+"sales_order")
	w.must(err)
	defer rows.Close()
	n := 0
	for ; rows.Next(); n++ {
		var id uint64
		var state, total, paid string
		w.must(rows.Scan(&id, &state, &total, &paid))
		if state == "canceled" {
			state = canonical.Cancelled
		}
		o := orders[id]
		switch {
		case o == nil:
			return "an order is missing"
		case o.State != state || !o.GrandTotal.Equal(money.MustParse(total)) || !o.TotalPaid.Equal(money.MustParse(paid)):
			return "an order is not as Magento has it"
		}
	}
	w.must(rows.Err())
	if n != len(orders) {
		return "there are more orders than in Magento"
	}
	return ""
}

// invoiced is the sum of the invoices of each order.
func (w *world) invoiced() map[uint64]money.Amount {
	w.t.Helper()
	newest := map[canonical.ID]*canonical.Invoice{}
	w.eachEmission(canonical.KindInvoice, func(r topic.Record) {
		e, err := canonical.Decode(canonical.KindInvoice, r.Value)
		w.must(err)
		newest[e.ID()] = e.(*canonical.Invoice)
	})
	all := map[uint64]money.Amount{}
	for _, i := range newest {
		if !i.Deleted && i.State != canonical.Cancelled {
			all[i.OrderID] = all[i.OrderID].Add(i.GrandTotal)
		}
	}
	return all
}
