package randomshop

import (
	"pgregory.net/rapid"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/money"
)

// An estimate is a cart whose price is negotiated. Its money is that of the order that would
// come of it, in the columns of a cart.
type estimate struct {
	*order
	status string
	gone   bool
}

func drawEstimate(t *rapid.T, n *numbers, id uint64) Master {
	o := &order{
		cart: cart{drawSettings(t), map[string]money.Amount{}}, sheet: newSheet(change.NewRoot(change.AggregateEstimate, id)), t: t, n: n, id: id,
		wrapping: map[string]priced{}, settlements: map[string]pair{},
	}
	o.commerce, o.discountsShipping = false, false
	e := &estimate{order: o, status: "created"}
	e.fill()
	e.insert("quote", e.cartColumns())
	e.insert("quote_address", e.addressColumns("billing"))
	e.insert("quote_address", e.addressColumns("shipping"))
	for _, i := range e.items {
		e.insert("quote_item", e.itemColumns(i))
	}
	if rapid.Bool().Draw(t, "negotiated later") {
		e.commit()
	}
	e.insert(magento.NegotiableTable, columns{
		magento.NegotiableKey: id, "is_regular_quote": 1, "status": e.status, "negotiated_price_type": nil, "negotiated_price_value": nil, "shipping_price": nil,
		"original_total_price": e.subtotal()[inOrder], "base_original_total_price": e.subtotal()[inBase],
		"negotiated_total_price": e.subtotal()[inOrder], "base_negotiated_total_price": e.subtotal()[inBase],
	})
	e.commit()
	e.negotiate()
	return Master{e.root, e.done, e.shows()}
}

// negotiate draws what becomes of it: other quantities, other states, a deleted cart.
func (e *estimate) negotiate() {
	for range rapid.IntRange(0, 6).Draw(e.t, "steps") {
		switch rapid.IntRange(0, 6).Draw(e.t, "step") {
		case 0:
			e.reprice()
		case 1:
			e.saveAgain("quote", columns{"entity_id": e.id, "updated_at": e.now()})
		case 2:
			if rapid.IntRange(0, 3).Draw(e.t, "deleted") == 0 {
				e.deleteAll("quote", columns{"entity_id": e.id}, rapid.Bool().Draw(e.t, "the cascade is logged"))
				e.gone = true
				e.commit()
				return
			}
		default:
			e.status = rapid.SampledFrom([]string{"submitted_by_customer", "processing_by_admin", "ordered", "expired", "declined"}).Draw(e.t, "status")
			e.update(magento.NegotiableTable, columns{magento.NegotiableKey: e.id, "status": e.status})
		}
		e.commit()
	}
}

// reprice fills the cart anew: other items, other totals.
func (e *estimate) reprice() {
	for _, i := range e.items {
		e.delete("quote_item", columns{"item_id": i.id})
	}
	e.carried = map[string]money.Amount{}
	e.shipping = priced{}
	e.fill()
	e.update("quote", e.cartColumns())
	e.update("quote_address", e.addressColumns("billing"))
	e.update("quote_address", e.addressColumns("shipping"))
	for _, i := range e.items {
		e.insert("quote_item", e.itemColumns(i))
	}
}

func (e *estimate) cartColumns() columns {
	return columns{
		"entity_id": e.id, "store_id": e.store, "created_at": "2026-03-01T09:00:00Z", "updated_at": e.now(), "customer_id": 7, "customer_group_id": 1,
		"base_currency_code": e.baseCurrency, "quote_currency_code": e.currency, "base_to_quote_rate": e.toOrder,
		"subtotal": e.subtotal()[inOrder], "base_subtotal": e.subtotal()[inBase],
		"grand_total": e.grandTotal[inOrder], "base_grand_total": e.grandTotal[inBase],
	}
}

// addressColumns: the totals stand in the shipping address, or in the billing address of a
// cart of which nothing is shipped.
func (e *estimate) addressColumns(kind string) columns {
	id := e.id * 10
	if kind == "shipping" {
		id++
	}
	out := columns{"address_id": id, "quote_id": e.id, "address_type": kind}
	discount, compensation := e.discounts()
	amounts := columns{
		"tax_amount": e.tax[inOrder], "base_tax_amount": e.tax[inBase], "shipping_amount": e.shipping.net[inOrder], "shipping_tax_amount": e.shipping.tax[inOrder],
		"discount_amount": discount.add(e.shipping.discount).neg()[inOrder], "discount_tax_compensation_amount": compensation[inOrder],
		"shipping_discount_tax_compensation_amount": e.shipping.compensation[inOrder], "grand_total": e.grandTotal[inOrder],
	}
	for name, amount := range amounts {
		if out[name] = amount; (kind == "shipping") == e.virtual() {
			out[name] = zero
		}
	}
	return out
}

// itemColumns: the quantity of a part is that in one of its parent, and prices are in the base
// currency.
func (e *estimate) itemColumns(i *item) columns {
	out := columns{
		"item_id": i.id, "quote_id": e.id, "parent_item_id": nil, "store_id": e.store, "product_id": 1000 + i.id, "product_type": i.kind, "sku": i.sku,
		"name": "Product " + i.sku, "qty": i.qty, "price": i.price(), "custom_price": nil, "tax_percent": zero, "tax_amount": i.goods.tax[inOrder],
		"discount_amount": i.goods.discount[inOrder], "row_total": i.goods.net[inOrder], "discount_tax_compensation_amount": i.goods.compensation[inOrder],
		"weee_tax_applied_row_amount": i.levy.net[inOrder],
	}
	if i.carries && i.taxed {
		out["tax_percent"] = e.totalPercent()
	}
	if i.parent != nil {
		out["parent_item_id"], out["qty"] = i.parent.id, i.qty.Quo(i.parent.qty, 4)
	}
	return out
}

func (e *estimate) shows() map[string]string {
	if e.gone {
		return nil
	}
	units := zero // of what costs something
	for _, i := range e.items {
		if i.carries && !i.goods.net[inOrder].IsZero() {
			units = units.Add(i.qty)
		}
	}
	return map[string]string{
		"status": e.status, "total": e.grandTotal[inOrder].Fixed(4), "tax": e.tax[inOrder].Fixed(4), "customer": "7", "units": units.Fixed(0),
	}
}
