package transform

import (
	"slices"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
)

var estimateRoot = change.NewRoot("estimate", 9)

func negotiableRow(status string) rowChange {
	return rowChange{"negotiable_quote", estimateRoot, `{"quote_id":9}`, columns{"quote_id": 9, "is_regular_quote": 1, "status": status}}
}

// cartRows are a cart over ten mugs at 1.00 with 20 % of tax.
func cartRows(more columns) []rowChange {
	cart := columns{
		"entity_id": 9, "store_id": 1, "created_at": "2026-01-02T03:04:05Z", "customer_id": 5, "customer_group_id": 1, "base_currency_code": "GBP",
		"quote_currency_code": "GBP", "base_to_quote_rate": "1.0000", "subtotal": "10.0000", "grand_total": "12.0000",
	}
	for k, v := range more {
		cart[k] = v
	}
	return []rowChange{
		{"quote", estimateRoot, `{"entity_id":9}`, cart},
		{"quote_item", estimateRoot, `{"item_id":1}`, columns{"item_id": 1, "quote_id": 9, "product_type": "simple", "sku": "MUG", "name": "Mug", "qty": "10.0000", "price": "1.0000", "row_total": "10.0000", "tax_percent": "20.0000", "tax_amount": "2.0000"}},
		{"quote_address", estimateRoot, `{"address_id":1}`, columns{"address_id": 1, "quote_id": 9, "address_type": "shipping", "tax_amount": "2.0000"}},
	}
}

// The cart leaves after the row that says that it is negotiated; each visit of the buyer then
// touches its updated_at, which is no news.
func TestAnEstimateIsFollowedUntilItIsOrderedAndGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.whole()
	w.commit(10, referenceRows("General")...)
	r := w.start(t.TempDir())
	w.commit(11, negotiableRow("created"))
	r.settled()
	if got := w.types("estimate:9"); len(got) != 0 {
		t.Errorf("there are the events %v of an estimate without a cart", got)
	}
	w.commit(12, cartRows(nil)...)
	r.settled()
	w.commit(13, cartRows(columns{"updated_at": "2026-01-02T04:00:00Z"})...)
	r.settled()
	w.commit(14, negotiableRow("submitted_by_admin"))
	r.settled()
	w.commit(15, append(cartRows(columns{"reserved_order_id": "000000001"}), negotiableRow("ordered"))...)
	r.settled()
	ordered := newestOf[*canonical.Estimate](w, "estimate:9")
	if ordered.OrderIncrementID != "000000001" || !ordered.Balance.OK || len(ordered.Lines) != 1 {
		t.Errorf("the order is %q, the balance %+v, with %d lines; want number 000000001, and all of it right", ordered.OrderIncrementID, ordered.Balance, len(ordered.Lines))
	}
	w.commit(16, gone(negotiableRow("ordered")))
	r.settled()
	if got, want := w.types("estimate:9"), []string{"estimate.created", "estimate.updated", "estimate.ordered", "estimate.deleted"}; !slices.Equal(got, want) {
		t.Errorf("events are %v, want %v", got, want)
	}
}

// A snapshot reads both, and does not tell since when the price is negotiated. While the log is
// followed it tells of the negotiation, and the cart of longer ago is read behind it.
func TestAnEstimateIsCreatedWhereTheLogTellsOfItsNegotiation(t *testing.T) {
	t.Parallel()
	for says, c := range map[string]struct {
		op   change.Op
		want string
		at   string
	}{
		"a snapshot has read all of it": {change.Read, "estimate.snapshot", "2026-01-02T03:04:05Z"},
		"its negotiation began":         {change.Create, "estimate.created", time14(11)},
	} {
		t.Run(says, func(t *testing.T) {
			w := newWorld(t)
			w.whole()
			r := w.start(t.TempDir())
			w.snapshot(change.KindSnapshotBegin, change.Sales, 10)
			name, p := w.place(negotiableRow("created"))
			w.produce(name, p, append(readRows(11, cartRows(nil)...), as(c.op, rawRecord(version(11), negotiableRow("created"))))...)
			w.snapshot(change.KindSnapshotEnd, change.Sales, 12)
			r.settled()
			if kind, at := w.event("estimate:9"); kind != c.want || at != c.at {
				t.Errorf("the event is %s of %s, want %s of %s", kind, at, c.want, c.at)
			}
		})
	}
}
