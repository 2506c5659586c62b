package randomshop

import (
	"fmt"

	"pgregory.net/rapid"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/money"
)

// An order is written step by step; each step reads what those before it have left.
type order struct {
	cart
	*sheet
	t  *rapid.T
	n  *numbers
	id uint64

	items       []*item
	shipping    priced
	wrapping    map[string]priced // by the part of its columns' name: gw_, gw_items_, gw_card_
	wrappingTax bool              // the header's tax has that of gift wrapping
	settlements map[string]pair   // by column
	tax         pair
	grandTotal  pair
	online      bool

	invoices                 []*document
	memos                    []*document
	invoiced, paid, refunded pair
	shipped                  bool // an invoice has the shipping
	closed                   bool // cancelled or deleted
}

// wrapped names the columns of gift wrapping, each with the type of its tax rows.
var wrapped = []struct{ price, tax, taxable string }{
	{"gw_price", "gw_tax_amount", "quote_gw"}, {"gw_items_price", "gw_items_tax_amount", "item_gw"}, {"gw_card_price", "gw_card_tax_amount", "printed_card_gw"},
}

var settled = []string{"customer_balance_amount", "gift_cards_amount", "reward_currency_amount"}

// drawOrder draws an order and what becomes of it.
func drawOrder(t *rapid.T, n *numbers) []Transaction {
	id := next(&n.orders)
	o := &order{
		cart: cart{drawSettings(t), map[string]money.Amount{}}, sheet: newSheet(change.NewRoot(change.AggregateOrder, id)), t: t, n: n, id: id,
		wrapping: map[string]priced{}, settlements: map[string]pair{},
	}
	o.fill()
	o.place()
	o.live()
	return o.done
}

// fill draws what is ordered and computes its totals.
func (o *order) fill() {
	o.items = o.drawItems(o.t, o.n)
	o.online = rapid.Bool().Draw(o.t, "paid online")
	if !o.virtual() {
		discount := zero
		if o.discountsShipping {
			discount = o.discountPercent
		}
		o.shipping = o.price(o.drawPrice(o.t, "shipping", 3_000), money.FromInt(1), discount, o.shippingInclusive, rapid.Bool().Draw(o.t, "shipping is taxed"))
	}
	o.grandTotal, o.tax = o.shipping.total(), o.shipping.tax
	for _, i := range o.items {
		if i.carries {
			o.grandTotal, o.tax = o.grandTotal.add(i.whole().total()), sum(o.tax, i.goods.tax, i.levy.tax)
		}
	}
	if o.commerce {
		o.wrap()
		o.settle()
	}
}

func (p priced) total() pair { return sum(p.net, p.tax, p.compensation).sub(p.discount) }

func (o *order) virtual() bool {
	for _, i := range o.items {
		if i.physical() {
			return false
		}
	}
	return true
}

// wrap adds gift wrapping, whose tax may be in the header's or beside it.
func (o *order) wrap() {
	o.wrappingTax = rapid.Bool().Draw(o.t, "the tax has that of wrapping")
	for _, w := range wrapped {
		if rapid.IntRange(0, 2).Draw(o.t, w.price) > 0 {
			continue
		}
		p := o.price(o.drawPrice(o.t, "wrapping", 800), money.FromInt(1), zero, false, rapid.Bool().Draw(o.t, "wrapping is taxed"))
		o.wrapping[w.price] = p
		o.grandTotal = o.grandTotal.add(p.total())
		if o.wrappingTax {
			o.tax = o.tax.add(p.tax)
		}
	}
}

// settle takes store credit, gift cards and reward points off the grand total.
func (o *order) settle() {
	for _, column := range settled {
		if rapid.IntRange(0, 2).Draw(o.t, column) > 0 {
			continue
		}
		of := least(o.drawPrice(o.t, "settlement", 5_000), o.grandTotal)
		o.settlements[column], o.grandTotal = of, o.grandTotal.sub(of)
	}
}

// subtotal is without tax and before the discount; it has the fixed product taxes where the
// shop is configured so.
func (o *order) subtotal() (all pair) {
	for _, i := range o.items {
		if i.carries {
			all = all.add(i.goods.net)
		}
		if i.carries && o.levySubtotal {
			all = all.add(i.levy.net)
		}
	}
	return all
}

func (o *order) discounts() (all, compensation pair) {
	for _, i := range o.items {
		if i.carries {
			all, compensation = all.add(i.goods.discount), compensation.add(i.goods.compensation)
		}
	}
	return all, compensation
}

// columns of sales_order when it is placed.
func (o *order) columns() columns {
	discount, compensation := o.discounts()
	out := columns{
		"entity_id": o.id, "state": "new", "status": "pending", "is_virtual": flag(o.virtual()), "store_id": o.store, "quote_id": 500 + o.id,
		"customer_is_guest": 1, "customer_group_id": 0, "customer_email": fmt.Sprintf("o%d@example.com", o.id),
		"increment_id": fmt.Sprintf("%d%08d", o.store, o.id), "base_currency_code": o.baseCurrency, "order_currency_code": o.currency,
		"global_currency_code": "GBP", "base_to_order_rate": o.toOrder, "base_to_global_rate": money.FromInt(1), "subtotal": o.subtotal()[inOrder],
		"tax_amount": o.tax[inOrder], "base_tax_amount": o.tax[inBase], "grand_total": o.grandTotal[inOrder], "base_grand_total": o.grandTotal[inBase],
		"discount_amount": discount.add(o.shipping.discount).neg()[inOrder], "discount_tax_compensation_amount": compensation[inOrder],
		"shipping_amount": o.shipping.net[inOrder], "shipping_tax_amount": o.shipping.tax[inOrder], "shipping_discount_amount": o.shipping.discount[inOrder],
		"shipping_discount_tax_compensation_amount": o.shipping.compensation[inOrder], "shipping_method": "flatrate_flatrate", "shipping_description": "Flat Rate",
		"total_invoiced": nil, "total_paid": nil, "total_refunded": nil, "total_canceled": nil, "total_due": o.grandTotal[inOrder],
		"billing_address_id": nil, "shipping_address_id": nil, "created_at": o.now(), "updated_at": o.now(),
	}
	if o.commerce {
		for _, w := range wrapped {
			out[w.price], out[w.tax] = o.wrapping[w.price].net[inOrder], o.wrapping[w.price].tax[inOrder]
		}
		for _, column := range settled {
			out[column] = o.settlements[column][inOrder]
		}
	}
	return out
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}
