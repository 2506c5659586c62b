package shop

import (
	"context"
	"fmt"
	"strings"
)

// A sale is an order as it stands in the database, for documents about it.
type sale struct {
	id     int64
	header record
	view   store
	items  []item
}

// An item is one order item.
type item struct {
	record
	id      int64
	parent  int64 // item_id of the parent, 0 without one
	carries bool  // has money of its own
	dynamic bool  // the parent of a bundle that costs what its parts cost
}

// sale reads an order and its items.
func (s *Shop) sale(ctx context.Context, w writer, order int64) (*sale, error) {
	header, err := s.one(ctx, w, key{"sales_order", "entity_id", order})
	if err != nil {
		return nil, err
	}
	rows, err := s.find(ctx, w, key{"sales_order_item", "order_id", order})
	if err != nil {
		return nil, err
	}
	sl := &sale{id: order, header: header, view: storeWithID(header.int("store_id"))}
	byID := map[int64]item{}
	for _, r := range rows {
		it := item{record: r, id: r.int("item_id"), parent: r.int("parent_item_id")}
		it.dynamic = strings.Contains(r.text("product_options"), `"product_calculations":0`)
		it.carries = !it.dynamic && (it.parent == 0 || byID[it.parent].dynamic)
		byID[it.id] = it
		sl.items = append(sl.items, it)
	}
	return sl, nil
}

func (it item) ordered() int64 { return it.int("qty_ordered") }

// quantities are how many of each item a document is about: what was asked for
// of the top-level items, or what is left of them, and so many parts as go with
// it. Items of which none is meant are left out.
func (sl *sale) quantities(asked map[int64]int64, left func(item) int64) (map[int64]int64, error) {
	chosen := map[int64]int64{}
	parents := map[int64]item{}
	for _, it := range sl.items {
		if it.parent != 0 {
			chosen[it.id] = chosen[it.parent] * it.ordered() / parents[it.parent].ordered()
			continue
		}
		parents[it.id] = it
		chosen[it.id] = left(it)
		if asked == nil {
			continue
		}
		if asked[it.id] < 0 || asked[it.id] > chosen[it.id] {
			return nil, fmt.Errorf("item %d has %d left, not %d", it.id, chosen[it.id], asked[it.id])
		}
		chosen[it.id] = asked[it.id]
	}
	return chosen, nil
}

// A portion is the money of one item on one document.
type portion struct {
	row, inclTax, tax, discount, compensation, levy pair
}

func (p portion) plus(q portion) portion {
	return portion{
		p.row.plus(q.row), p.inclTax.plus(q.inclTax), p.tax.plus(q.tax),
		p.discount.plus(q.discount), p.compensation.plus(q.compensation), p.levy.plus(q.levy),
	}
}

// A slice is qty of whole, of which done are on earlier documents already.
type slice struct{ qty, done, whole int64 }

// of is the slice's part of total: rounded to cents, and the rest for the last.
func (sl slice) of(total, earlier pair) pair {
	if sl.done+sl.qty == sl.whole {
		return total.minus(earlier)
	}
	return total.share(amount(sl.qty), amount(sl.whole))
}

// invoiced is the portion of an invoice over qty of the item.
func (it item) invoiced(qty int64) portion {
	part := slice{qty: qty, done: it.int("qty_invoiced"), whole: it.ordered()}
	return portion{
		row:          part.of(it.pair("row_total"), it.pair("row_invoiced")),
		inclTax:      it.pair("row_total_incl_tax").share(amount(qty), amount(it.ordered())),
		tax:          part.of(it.pair("tax_amount"), it.pair("tax_invoiced")),
		discount:     part.of(it.pair("discount_amount"), it.pair("discount_invoiced")),
		compensation: part.of(it.pair("discount_tax_compensation_amount"), it.pair("discount_tax_compensation_invoiced")),
		levy:         it.pair("weee_tax_applied_amount").times(qty),
	}
}

// refunded is the portion of a credit memo over qty of the item.
func (it item) refunded(qty int64) portion {
	part := slice{qty: qty, done: it.int("qty_refunded"), whole: it.int("qty_invoiced")}
	return portion{
		row:          part.of(it.pair("row_invoiced"), it.pair("amount_refunded")),
		inclTax:      it.pair("row_total_incl_tax").share(amount(qty), amount(it.ordered())),
		tax:          part.of(it.pair("tax_invoiced"), it.pair("tax_refunded")),
		discount:     part.of(it.pair("discount_invoiced"), it.pair("discount_refunded")),
		compensation: part.of(it.pair("discount_tax_compensation_invoiced"), it.pair("discount_tax_compensation_refunded")),
		levy:         it.pair("weee_tax_applied_amount").times(qty),
	}
}

// documentItem is the row of the item on an invoice or a credit memo. A row
// without money of its own has no row_total, which is how readers know it.
func (it item) documentItem(document, qty int64, p portion) row {
	r := row{
		"parent_id": document, "order_item_id": it.id, "product_id": it.int("product_id"),
		"sku": it.text("sku"), "name": it.text("name"), "qty": amount(qty) * one,
	}
	r.put("price", it.pair("price"))
	if !it.carries {
		return r
	}
	r.puts(map[string]pair{
		"row_total": p.row, "row_total_incl_tax": p.inclTax, "tax_amount": p.tax, "discount_amount": p.discount,
		"discount_tax_compensation_amount": p.compensation, "price_incl_tax": it.pair("price_incl_tax"),
	})
	if p.levy != (pair{}) {
		levy := it.pair("weee_tax_applied_amount")
		for name, v := range levyColumns(levy, p.levy) {
			r[name] = v
		}
		// Magento does not take the part here: the base column repeats the order's.
		r["base_weee_tax_applied_row_amnt"] = it.amount("base_weee_tax_applied_row_amnt")
	}
	return r
}

// shippingPart is the shipping on one document.
type shippingPart struct {
	net, tax, discount, compensation pair
}

// shipping is the whole charge of the order.
func (sl *sale) shipping() shippingPart {
	return shippingPart{
		net: sl.header.pair("shipping_amount"), tax: sl.header.pair("shipping_tax_amount"),
		discount: sl.header.pair("shipping_discount_amount"), compensation: shippingCompensation(sl.header),
	}
}

// shippingCompensation reads the pair whose base column is misspelt.
func shippingCompensation(r record) pair {
	return pair{r.amount("base_shipping_discount_tax_compensation_amnt"), r.amount("shipping_discount_tax_compensation_amount")}
}

// documentHeader are the columns that an invoice and a credit memo share.
func (sl *sale) documentHeader(increment, now string) row {
	r := row{
		"store_id": sl.view.id, "order_id": sl.id, "increment_id": increment, "created_at": now, "updated_at": now,
		"base_to_global_rate": one, "base_to_order_rate": sl.view.rate, "store_to_base_rate": 0, "store_to_order_rate": 0,
		"base_currency_code": baseCurrency, "global_currency_code": baseCurrency,
		"store_currency_code": sl.view.currency, "order_currency_code": sl.view.currency,
	}
	for _, address := range []string{"billing_address_id", "shipping_address_id"} {
		if id := sl.header.int(address); id != 0 {
			r[address] = id
		}
	}
	return r
}

// grew adds to columns of the order or of an item.
func grew(r record, by map[string]pair) row {
	changed := row{}
	for name, p := range by {
		changed.put(name, r.pair(name).plus(p))
	}
	return changed
}
