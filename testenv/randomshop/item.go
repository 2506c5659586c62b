package randomshop

import (
	"fmt"

	"pgregory.net/rapid"

	"github.com/mage2sage/mage2sage/schemas/money"
)

// An item is a row of sales_order_item. What a row carries depends on the type of product:
//
//	simple, virtual, downloadable, gift card, grouped   the row itself
//	configurable, bundle at a fixed price               the parent; its children have zeros
//	bundle at a dynamic price                           the children; the parent repeats their sums
type item struct {
	id       uint64
	kind     string // product_type
	sku      string
	parent   *item
	children []*item
	carries  bool // its amounts are its own
	dynamic  bool // it is the parent of a bundle at a dynamic price
	taxed    bool

	qty, invoiced, refunded money.Amount
	unit                    pair
	goods, levy             priced
	sold, credited          part // what was invoiced and refunded of it
}

// whole is all that was ordered of an item.
func (i *item) whole() part {
	return part{i.goods.net, i.goods.tax, i.goods.discount, i.goods.compensation, i.levy.net, i.levy.tax}
}

// physical reports whether an item is sent.
func (i *item) physical() bool {
	return i.kind != "virtual" && i.kind != "downloadable" && i.kind != "giftcard"
}

// drawItems draws what is in the cart, parents before their children.
func (c *cart) drawItems(t *rapid.T, n *numbers) (all []*item) {
	kinds := []string{"simple", "simple", "virtual", "downloadable", "giftcard", "grouped", "configurable", "fixed bundle", "dynamic bundle"}
	for range rapid.IntRange(1, 3).Draw(t, "products") {
		kind, qty := rapid.SampledFrom(kinds).Draw(t, "product"), money.FromInt(int64(rapid.IntRange(1, 4).Draw(t, "qty")))
		switch kind {
		case "configurable":
			all = append(all, withChildren(c.drawItem(t, n, kind, qty), []*item{c.drawChild(t, n, qty)})...)
		case "fixed bundle":
			all = append(all, withChildren(c.drawItem(t, n, "bundle", qty), []*item{c.drawChild(t, n, qty), c.drawChild(t, n, qty.Add(qty))})...)
		case "dynamic bundle":
			all = append(all, c.drawDynamicBundle(t, n, qty)...)
		default:
			all = append(all, c.drawItem(t, n, kind, qty))
		}
	}
	return all
}

func withChildren(parent *item, children []*item) []*item {
	parent.children = children
	for _, child := range children {
		child.parent = parent
	}
	return append([]*item{parent}, children...)
}

func newItem(n *numbers, kind string, qty money.Amount) *item {
	id := next(&n.items)
	return &item{id: id, kind: kind, sku: fmt.Sprintf("SKU-%d", id), qty: qty}
}

// drawItem draws an item that carries its own money. Now and then it is free.
func (c *cart) drawItem(t *rapid.T, n *numbers, kind string, qty money.Amount) *item {
	i := newItem(n, kind, qty)
	i.carries, i.taxed = true, rapid.IntRange(0, 4).Draw(t, "is taxed") > 0
	i.unit = c.drawPrice(t, "price", 20_000)
	if rapid.IntRange(0, 9).Draw(t, "is free") == 0 {
		i.unit = pair{}
	}
	i.goods = c.price(i.unit, qty, c.discountPercent, c.inclusive, i.taxed)
	if i.physical() && rapid.IntRange(0, 3).Draw(t, "has FPT") == 0 {
		i.levy = c.price(c.drawPrice(t, "FPT", 500), qty, zero, c.inclusive, i.taxed && c.levyTaxed)
		i.levy.compensation = pair{}
	}
	return i
}

// drawChild is a row that only shows structure.
func (c *cart) drawChild(_ *rapid.T, n *numbers, qty money.Amount) *item {
	return newItem(n, "simple", qty)
}

func (c *cart) drawDynamicBundle(t *rapid.T, n *numbers, qty money.Amount) []*item {
	parent := newItem(n, "bundle", qty)
	parent.dynamic = true
	var children []*item
	for range rapid.IntRange(1, 3).Draw(t, "bundled") {
		child := c.drawItem(t, n, "simple", qty.Mul(money.FromInt(int64(rapid.IntRange(1, 3).Draw(t, "per bundle")))))
		children = append(children, child)
		parent.unit = parent.unit.add(child.unit)
		parent.goods.net, parent.goods.tax = parent.goods.net.add(child.goods.net), parent.goods.tax.add(child.goods.tax)
	}
	return withChildren(parent, children)
}

// columns of an item as the order's transaction inserts it.
func (i *item) columns(o *order) columns {
	out := columns{
		"item_id": i.id, "order_id": o.id, "parent_item_id": nil, "store_id": o.store, "product_id": 1000 + i.id, "product_type": i.kind, "sku": i.sku,
		"name": "Product " + i.sku, "qty_ordered": i.qty, "qty_invoiced": zero, "qty_refunded": zero, "qty_canceled": zero,
		"price": i.price(), "original_price": i.unit[inOrder], "tax_percent": zero, "tax_amount": i.goods.tax[inOrder],
		"discount_amount": i.goods.discount[inOrder], "row_total": i.goods.net[inOrder], "discount_tax_compensation_amount": i.goods.compensation[inOrder],
		"weee_tax_applied_row_amount": i.levy.net[inOrder],
	}
	switch {
	case i.parent != nil:
		out["parent_item_id"] = i.parent.id
		if !i.carries {
			out["tax_amount"], out["discount_tax_compensation_amount"], out["weee_tax_applied_row_amount"] = nil, nil, nil
		}
	case i.dynamic:
		out["tax_percent"] = nil
	}
	if i.carries && i.taxed {
		out["tax_percent"] = o.totalPercent()
	}
	return out
}

// price is the unit's without tax.
func (i *item) price() money.Amount {
	if i.dynamic || !i.carries {
		return i.unit[inOrder]
	}
	return i.goods.net[inOrder].Quo(i.qty, 4)
}
