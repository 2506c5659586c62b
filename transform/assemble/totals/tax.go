package totals

import (
	"slices"
	"strings"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/money"
)

// rates knows at which rates the parts of an order were taxed. There are two
// sources, and the first comes late: Magento commits sales_order_tax and each row of
// sales_order_tax_item after the order, one by one.
//
//	breakdown   sales_order_tax_item ⋈ sales_order_tax: rates with code and title
//	percent     sales_order_item.tax_percent: one number, there from the beginning
//
// A tax is explained when its breakdown is complete, or when a percent in hand
// reproduces it. How Magento computed a tax (on the net, before the discount, per
// unit) is not known here, so a breakdown need not reproduce it: it is complete when
// its percents add up to the item's, or its amounts to the item's tax.
type rates struct {
	order   Order
	ofItem  map[uint64][]taxShare // by order item
	weee    map[uint64][]taxShare // by order item, of its fixed product tax
	of      map[string][]taxShare // by taxable item type: shipping, quote_gw, …
	percent *money.Amount         // the only percent above zero that the order knows, if there is one
}

// A taxShare is what one rate took of something.
type taxShare struct {
	rate    canonical.Rate
	percent money.Amount
	amount  money.Amount
}

func newRates(o Order) rates {
	r := rates{order: o, ofItem: map[uint64][]taxShare{}, weee: map[uint64][]taxShare{}, of: map[string][]taxShare{}}
	for _, item := range o.TaxItems {
		tax := o.Taxes[item.TaxID]
		if tax == nil {
			continue
		}
		share := taxShare{
			rate:    canonical.Rate{Code: tax.Code, Title: tax.Title, Percent: percentText(item.TaxPercent)},
			percent: item.TaxPercent, amount: item.RealAmount,
		}
		switch {
		case item.ItemID != nil:
			r.ofItem[*item.ItemID] = append(r.ofItem[*item.ItemID], share)
		case item.TaxableItemType == "weee" && item.AssociatedItemID != nil:
			r.weee[*item.AssociatedItemID] = append(r.weee[*item.AssociatedItemID], share)
		default:
			r.of[item.TaxableItemType] = append(r.of[item.TaxableItemType], share)
		}
	}
	r.percent = onlyPercent(o)
	return r
}

// onlyPercent is the single percent above zero of all items and taxes of an order; nil
// when there are several, or none.
func onlyPercent(o Order) (only *money.Amount) {
	var all []money.Amount
	for _, i := range o.Items {
		all = append(all, i.TaxPercent)
	}
	for _, t := range o.Taxes {
		all = append(all, t.Percent)
	}
	for _, p := range all {
		switch {
		case p.Sign() <= 0:
		case only == nil:
			only = &p
		case !only.Equal(p):
			return nil
		}
	}
	return only
}

// ofLine finds the rates of a line, and whether they explain its tax; item may be nil.
// A breakdown of which rows are missing is shown only where the percent does not
// explain the tax either.
func (r rates) ofLine(l *canonical.Line, item *magento.OrderItem) (canonical.Tax, bool) {
	shares := r.ofItem[l.OrderItemID]
	var percent, taxed money.Amount
	if item != nil {
		percent, taxed = item.TaxPercent, item.TaxAmount
	}
	switch {
	case len(shares) > 0 && complete(shares, percent, taxed):
		return taxOf(shares, percent), true
	case l.LineTax.IsZero():
		return percentOnly(percent), true
	case percent.Sign() > 0 && reproduces(l, percent):
		return percentOnly(percent), true
	case len(shares) > 0:
		return taxOf(shares, percent), false
	case percent.Sign() > 0:
		return percentOnly(percent), false
	}
	return canonical.Tax{}, false
}

// reproduces reports whether a percent gives the line's tax, of its net or, in shops
// that tax before the discount, of its subtotal.
func reproduces(l *canonical.Line, percent money.Amount) bool {
	off := tolerance(l.Qty)
	return near(l.LineTax, l.NetAmount.Percent(percent), off) || near(l.LineTax, l.LineSubtotal.Percent(percent), off)
}

// ofCharge finds the rates of what is neither a line nor a fixed product tax. Those of its
// type are its rates when they add up to the order's tax of it, or reproduce the tax; else
// the order's only rate is when it does.
func (r rates) ofCharge(taxable string, net, tax money.Amount) (canonical.Tax, bool) {
	shares := r.of[taxable]
	own := taxOf(shares, r.percentOf(shares))
	switch {
	case len(shares) > 0 && r.order.Row != nil && near(sumOf(shares), r.ordered(taxable), pennies(len(shares))):
		return own, true
	case len(shares) > 0 && near(tax, net.Mul(own.TaxRate), pennies(len(shares))):
		return own, true
	case tax.IsZero():
		return notTaxed(), true
	case r.percent != nil && near(tax, net.Percent(*r.percent), pennies(1)):
		return r.onlyRate(), true
	case len(shares) > 0:
		return own, false
	}
	return canonical.Tax{}, false
}

// ordered is the order's own tax of a type of charge.
func (r rates) ordered(taxable string) money.Amount {
	switch row := r.order.Row; taxable {
	case "shipping":
		return row.ShippingTaxAmount
	case wrappingOrder:
		return row.WrappingTax
	case wrappingItems:
		return row.WrappingItemsTax
	case wrappingCard:
		return row.WrappingCardTax
	}
	return money.Amount{}
}

// percentOf is what the rates of a breakdown come to together, where an item of the order has
// the same ones and says so; zero where none does. For rates on top of each other it is more
// than their sum.
func (r rates) percentOf(shares []taxShare) money.Amount {
	same := func(a, b taxShare) bool { return a.rate.Code == b.rate.Code && a.percent.Equal(b.percent) }
	for _, t := range r.order.TaxItems {
		if t.ItemID == nil {
			continue
		}
		item, own := r.order.Items[*t.ItemID], r.ofItem[*t.ItemID]
		if item != nil && slices.EqualFunc(own, shares, same) && complete(own, item.TaxPercent, item.TaxAmount) {
			return item.TaxPercent
		}
	}
	return money.Amount{}
}

// onlyRate is the order's only percent, with code and title when there is one rate.
func (r rates) onlyRate() canonical.Tax {
	t := percentOnly(*r.percent)
	for _, known := range r.order.Taxes {
		if len(r.order.Taxes) == 1 && known.Percent.Equal(*r.percent) {
			t.TaxRates = []canonical.Rate{{Code: known.Code, Title: known.Title, Percent: percentText(known.Percent)}}
		}
	}
	return t
}

// ofProductTax is at which rates a fixed product tax is taxed, if it is: its own
// breakdown, else its line's.
func (r rates) ofProductTax(orderItem uint64, item *magento.OrderItem) canonical.Tax {
	shares := r.weee[orderItem]
	if len(shares) == 0 {
		shares = r.ofItem[orderItem]
	}
	if len(shares) > 0 {
		return taxOf(shares, r.percentOf(shares))
	}
	if item != nil && item.TaxPercent.Sign() > 0 {
		return percentOnly(item.TaxPercent)
	}
	return notTaxed()
}

// productTax is how much tax a fixed product tax should have: of what its breakdown has for
// all that was ordered its share, because Magento may have rounded it per unit, and without
// a breakdown what its rate makes of it.
func (r rates) productTax(a canonical.Adjustment, item *magento.OrderItem) money.Amount {
	if shares := r.weee[a.OrderItemID]; len(shares) > 0 && item != nil && !item.WeeeRowAmount.IsZero() {
		return sumOf(shares).Mul(a.NetAmount).Quo(item.WeeeRowAmount, 8)
	}
	return a.NetAmount.Mul(r.ofProductTax(a.OrderItemID, item).TaxRate)
}

// complete reports whether all rows of a breakdown are there.
func complete(shares []taxShare, percent, taxed money.Amount) bool {
	var sum money.Amount
	for _, p := range shares {
		sum = sum.Add(p.percent)
	}
	return percent.Sign() > 0 && near(sum, percent, percentTolerance) || near(sumOf(shares), taxed, pennies(len(shares)))
}

func sumOf(shares []taxShare) (sum money.Amount) {
	for _, p := range shares {
		sum = sum.Add(p.amount)
	}
	return sum
}

// taxOf lists a breakdown. percent is the item's own, which for rates on top of
// each other is not their sum; zero when it has none.
func taxOf(shares []taxShare, percent money.Amount) canonical.Tax {
	var sum money.Amount
	var list []canonical.Rate
	for _, p := range shares {
		sum = sum.Add(p.percent)
		list = append(list, p.rate)
	}
	if percent.IsZero() {
		percent = sum
	}
	t := percentOnly(percent)
	t.TaxRates = list
	return t
}

func percentOnly(percent money.Amount) canonical.Tax {
	return canonical.Tax{TaxPercent: percentText(percent), TaxRate: ratio(percent)}
}

func notTaxed() canonical.Tax { return percentOnly(money.Amount{}) }

var (
	// percentTolerance is how far the sum of a breakdown's percents may be from the
	// item's percent: more than rounding makes of rates, less than two real rates differ.
	percentTolerance = money.MustParse("0.01")
	// halfPenny is the most that rounding one amount to pennies changes it.
	halfPenny = money.MustParse("0.005")
)

// tolerance is how far a tax may be from what its rate makes of the line: half a
// penny per unit where Magento rounds per unit, and one penny where a partial document
// took the remainder.
func tolerance(qty money.Amount) money.Amount {
	return money.Cents(1).Add(halfPenny.Mul(qty.Abs()))
}

// percentText prints two places, and more where they matter: "20.00", "8.875".
func percentText(percent money.Amount) string {
	if percent.Round(2).Equal(percent) {
		return percent.Fixed(2)
	}
	return strings.TrimRight(percent.String(), "0")
}

// ratio is a percent as a factor, without zeros at its end: 20.0000 → 0.2.
func ratio(percent money.Amount) money.Amount {
	text := money.FromInt(1).Percent(percent).String()
	if strings.Contains(text, ".") {
		text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	}
	return money.MustParse(text)
}
