package shop

import "fmt"

// A line is one row of an order: the product alone, or the parent or a part of
// a composite product.
type line struct {
	product *Product
	qty     int64
	parent  int  // index of the parent's line, -1 without one
	carries bool // has money of its own; a part of a fixed price has none
	percent amount

	price, original, priceInclTax    pair // per unit
	rowTotal, rowInclTax             pair
	tax, taxBeforeDiscount           pair
	discount, compensation           pair
	levy, levyRow                    pair
	discountPercent                  amount
	repeatedRowTotal, repeatedRowTax pair // what the parent of a dynamic bundle repeats
}

// A cart computes an order's money as Magento's totals do.
type cart struct {
	view      store
	inclusive bool
	lines     []line

	shipping, shippingInclTax                            pair
	shippingTax, shippingDiscount                        pair
	shippingCompensation                                 pair
	subtotal, subtotalInclTax, tax, discount, grandTotal pair
	compensation                                         pair
}

// couponPercent is what the shop's one coupon, KETTLE10, takes off.
const (
	coupon        = "KETTLE10"
	couponPercent = 10 * one
)

// newCart puts the lines into a cart and computes it.
func (s *Shop) newCart(view store, order Order) (*cart, error) {
	c := &cart{view: view, inclusive: s.options.TaxInclusive}
	for _, wanted := range order.Lines {
		product, found := s.catalog[wanted.SKU]
		if !found {
			return nil, fmt.Errorf("no product has the SKU %q", wanted.SKU)
		}
		if wanted.Qty < 1 {
			return nil, fmt.Errorf("the quantity of %s is %d", wanted.SKU, wanted.Qty)
		}
		s.add(c, product, wanted.Qty)
	}
	if len(c.lines) == 0 {
		return nil, fmt.Errorf("an order needs a line")
	}
	if !c.virtual() {
		c.shipping = view.inCurrency(flatRate * amount(c.itemCount()))
	}
	round := rounder{}
	for i := range c.lines {
		if c.lines[i].carries {
			c.lines[i].collect(c, order.Coupon, round)
		}
	}
	c.collectShipping(order.Coupon, round)
	c.repeat()
	c.sum()
	return c, nil
}

// flatRate is the charge for shipping one item, Magento's "Flat Rate".
const flatRate amount = 50_000

func (s *Shop) add(c *cart, product *Product, qty int64) {
	parent := len(c.lines)
	c.lines = append(c.lines, s.line(c.view, product, qty, !product.dynamic))
	for _, part := range product.parts {
		child := s.line(c.view, s.catalog[part.sku], qty*part.qty, product.dynamic)
		child.parent = parent
		c.lines = append(c.lines, child)
	}
}

func (s *Shop) line(view store, product *Product, qty int64, carries bool) line {
	l := line{product: product, qty: qty, parent: -1, carries: carries}
	if carries {
		l.original = view.inCurrency(product.price)
		l.percent = taxRate(product.taxClass)
		l.levy = view.inCurrency(product.levy)
		l.levyRow = l.levy.times(qty)
	}
	return l
}

// collect computes one line: the tax before the discount, the discount, and the
// tax after it. In a tax-inclusive shop the difference between the two taxes is
// compensated, so that the customer gets the whole discount on the gross price.
func (l *line) collect(c *cart, discounted bool, round rounder) {
	if discounted {
		l.discountPercent = couponPercent
	}
	for cur := range l.original {
		entered := l.original[cur] * amount(l.qty)
		l.discount[cur] = round.round(fmt.Sprint("discount", cur), entered.percent(l.discountPercent))
		before := round.round(fmt.Sprint("before", cur, l.percent), c.taxOn(entered, l.percent))
		after := round.round(fmt.Sprint("after", cur, l.percent), c.taxOn(entered-l.discount[cur], l.percent))
		l.tax[cur], l.taxBeforeDiscount[cur] = after, before
		if !c.inclusive {
			l.price[cur], l.rowTotal[cur] = l.original[cur], entered
			l.rowInclTax[cur] = entered + before
			l.priceInclTax[cur] = l.rowInclTax[cur].share(1, amount(l.qty)).cents()
			continue
		}
		l.rowInclTax[cur], l.rowTotal[cur] = entered, entered-before
		l.priceInclTax[cur] = l.original[cur]
		l.price[cur] = l.rowTotal[cur].share(1, amount(l.qty)).cents()
		l.compensation[cur] = before - after
	}
}

// taxOn is the exact tax on an entered amount, which may contain it.
func (c *cart) taxOn(entered, percent amount) exact {
	if c.inclusive {
		return entered.contained(percent)
	}
	return entered.percent(percent)
}

func (c *cart) collectShipping(discounted bool, round rounder) {
	percent := taxRate(taxStandard)
	for cur, entered := range c.shipping {
		if discounted {
			c.shippingDiscount[cur] = round.round(fmt.Sprint("discount", cur), entered.percent(couponPercent))
		}
		before := round.round(fmt.Sprint("shipping before", cur), c.taxOn(entered, percent))
		after := round.round(fmt.Sprint("shipping after", cur), c.taxOn(entered-c.shippingDiscount[cur], percent))
		c.shippingTax[cur] = after
		c.shippingInclTax[cur] = entered + before
		if c.inclusive {
			c.shippingInclTax[cur], c.shipping[cur] = entered, entered-before
			c.shippingCompensation[cur] = before - after
		}
	}
}

// repeat fills what the parent of a dynamic bundle repeats of its parts.
func (c *cart) repeat() {
	for _, child := range c.lines {
		if child.parent < 0 || !child.carries {
			continue
		}
		parent := &c.lines[child.parent]
		parent.repeatedRowTotal = parent.repeatedRowTotal.plus(child.rowTotal)
		parent.repeatedRowTax = parent.repeatedRowTax.plus(child.tax)
	}
}

func (c *cart) sum() {
	var levies pair
	for _, l := range c.lines {
		c.subtotal = c.subtotal.plus(l.rowTotal)
		c.subtotalInclTax = c.subtotalInclTax.plus(l.rowInclTax)
		c.tax = c.tax.plus(l.tax)
		c.discount = c.discount.minus(l.discount)
		c.compensation = c.compensation.plus(l.compensation)
		levies = levies.plus(l.levyRow)
	}
	c.tax = c.tax.plus(c.shippingTax)
	c.discount = c.discount.minus(c.shippingDiscount)
	c.grandTotal = c.subtotal.plus(levies).plus(c.discount).plus(c.shipping).plus(c.tax).plus(c.compensation).plus(c.shippingCompensation)
}

// virtual says that nothing has to be shipped.
func (c *cart) virtual() bool {
	for _, l := range c.lines {
		if l.product.Type != "virtual" {
			return false
		}
	}
	return true
}

// itemCount is the quantity of what the customer put into the cart.
func (c *cart) itemCount() int64 {
	var n int64
	for _, l := range c.lines {
		if l.parent < 0 {
			n += l.qty
		}
	}
	return n
}

// ships says that the line is a thing in a warehouse: stock is reserved for it.
func (l line) ships() bool { return len(l.product.parts) == 0 }
