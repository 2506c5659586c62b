package randomshop

import (
	"pgregory.net/rapid"

	"github.com/mage2sage/mage2sage/schemas/money"
)

// A document is an invoice or a credit memo while it is written.
type document struct {
	id       uint64
	lines    []documentLine
	shipping *part // nil where it has none: row is the charge
	wrapping map[string]priced
	settled  map[string]pair
	grand    pair
	paid     bool
	txn      string
}

// A documentLine is what a document has of one item; money is nil in rows that only show
// structure.
type documentLine struct {
	item  *item
	qty   money.Amount
	money *part
}

// drawLines draws how much of each item a document takes: of what is available all, or some
// units of some. Children go with their parents.
func (o *order) drawLines(available func(*item) money.Amount, take func(i *item, qty money.Amount) part) (lines []documentLine) {
	all, taken := rapid.Bool().Draw(o.t, "all that is left"), map[*item]money.Amount{}
	for _, i := range o.items {
		left := available(i)
		switch {
		case left.Sign() <= 0:
			continue
		case i.parent != nil:
			taken[i] = taken[i.parent].Mul(i.qty).Quo(i.parent.qty, 4)
		case all:
			taken[i] = left
		default:
			taken[i] = money.FromInt(int64(rapid.IntRange(0, whole(left)).Draw(o.t, "units")))
		}
		if taken[i].IsZero() {
			continue
		}
		line := documentLine{item: i, qty: taken[i]}
		if i.carries {
			p := take(i, taken[i])
			line.money = &p
		}
		lines = append(lines, line)
	}
	return lines
}

// whole is a quantity of whole units.
func whole(qty money.Amount) int {
	n, _ := qty.Minor()
	return int(n / 100)
}

// sums are the lines' money.
func (d *document) sums() (all part) {
	for _, l := range d.lines {
		if l.money != nil {
			all = all.with(pair.add, *l.money)
		}
	}
	return all
}

// tax is what the document's header says of tax.
func (d *document) tax(withWrapping bool) pair {
	lines := d.sums()
	tax := lines.tax.add(lines.levyTax)
	if d.shipping != nil {
		tax = tax.add(d.shipping.tax)
	}
	for _, w := range wrapped {
		if withWrapping {
			tax = tax.add(d.wrapping[w.price].tax)
		}
	}
	return tax
}

// total is the grand total before what settles it.
func (d *document) total() pair {
	total := d.sums().total()
	if d.shipping != nil {
		total = total.add(d.shipping.total())
	}
	for _, w := range wrapped {
		total = total.add(d.wrapping[w.price].total())
	}
	return total
}

// settle takes what is left of store credit and the like off the grand total.
func (d *document) settle(left map[string]pair) {
	for _, column := range settled {
		of := least(left[column], d.grand)
		if of[inOrder].Sign() <= 0 || of[inBase].Sign() <= 0 {
			continue
		}
		d.settled[column], d.grand = of, d.grand.sub(of)
		left[column] = left[column].sub(of)
	}
}

// header are the columns that invoices and credit memos share.
func (o *order) header(d *document) columns {
	lines, shipping := d.sums(), part{}
	out := columns{
		"entity_id": d.id, "store_id": o.store, "order_id": o.id, "base_currency_code": o.baseCurrency, "order_currency_code": o.currency,
		"global_currency_code": "GBP", "base_to_order_rate": o.toOrder, "base_to_global_rate": money.FromInt(1),
		"shipping_amount": nil, "shipping_tax_amount": nil, "shipping_discount_tax_compensation_amount": nil,
		"billing_address_id": o.id * 10, "shipping_address_id": nil, "transaction_id": nil, "created_at": o.now(), "updated_at": o.now(),
	}
	if d.shipping != nil {
		shipping = *d.shipping
		out["shipping_amount"], out["shipping_tax_amount"] = shipping.row[inOrder], shipping.tax[inOrder]
		out["shipping_discount_tax_compensation_amount"] = shipping.compensation[inOrder]
	}
	if !o.virtual() {
		out["shipping_address_id"] = o.id*10 + 1
	}
	subtotal := lines.row
	if o.levySubtotal {
		subtotal = subtotal.add(lines.levy)
	}
	tax := d.tax(o.wrappingTax)
	out["subtotal"], out["tax_amount"], out["base_tax_amount"] = subtotal[inOrder], tax[inOrder], tax[inBase]
	out["discount_amount"] = lines.discount.add(shipping.discount).neg()[inOrder]
	out["discount_tax_compensation_amount"] = lines.compensation[inOrder]
	out["grand_total"], out["base_grand_total"] = d.grand[inOrder], d.grand[inBase]
	if o.commerce {
		for _, w := range wrapped {
			out[w.price], out[w.tax] = d.wrapping[w.price].net[inOrder], d.wrapping[w.price].tax[inOrder]
		}
		for _, column := range settled {
			out[column] = d.settled[column][inOrder]
		}
	}
	return out
}

// columns of a document's item. Rows that only show structure have NULL where
// others have money.
func (l documentLine) columns(id, document uint64) columns {
	out := columns{
		"entity_id": id, "parent_id": document, "order_item_id": l.item.id, "product_id": 1000 + l.item.id, "sku": l.item.sku, "name": "Product " + l.item.sku,
		"qty": l.qty, "price": l.item.price(), "row_total": nil, "tax_amount": nil, "discount_amount": nil, "discount_tax_compensation_amount": nil,
		"weee_tax_applied_row_amount": nil,
	}
	if m := l.money; m != nil {
		out["row_total"], out["tax_amount"], out["discount_amount"] = m.row[inOrder], m.tax[inOrder], m.discount[inOrder]
		out["discount_tax_compensation_amount"], out["weee_tax_applied_row_amount"] = m.compensation[inOrder], m.levy[inOrder]
	}
	return out
}
