package sink

import (
	"sort"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
)

// descriptionLength keeps a line readable; Sage documents no limit.
const descriptionLength = 200

var one = money.FromInt(1)

// compose makes the lines of a document: each part one line, and their sum, by
// Sage's own arithmetic, Magento's total to the penny.
func compose(d *canonical.Document, p Policy) ([]resource.NewLine, target, *problem) {
	parts := partsOf(d, p)
	t := targetOf(d, parts)
	if len(parts) == 0 {
		return nil, t, &problem{TotalsDoNotFoot, "the document has no lines: look at it in Magento"}
	}
	parts, trouble := distribute(t, parts, p)
	if trouble == nil {
		parts, trouble = rated(parts, p)
	}
	if trouble != nil {
		return nil, t, trouble
	}
	var lines []resource.NewLine
	for _, x := range fold(parts) {
		lines = append(lines, lineOf(x))
	}
	if got := predict(lines); !got.Net.Equal(t.Net) || !got.Tax.Equal(t.Tax) {
		return nil, t, doesNotFoot("total", t.total().Sub(got.total()))
	}
	return lines, t, nil
}

// fold takes what lowers the total off lines at the same tax rate, the largest
// first: there it is a discount. What finds no such lines stays a part below zero.
func fold(parts []part) []part {
	var out, below []part
	for _, x := range parts {
		if x.Net.Sign() < 0 && x.Tax.Sign() <= 0 {
			below = append(below, x)
		} else {
			out = append(out, x)
		}
	}
	for _, x := range below {
		if !takeOff(out, x) {
			out = append(out, x)
		}
	}
	return out
}

// takeOff lowers parts by one below zero, all of it or nothing.
func takeOff(parts []part, x part) bool {
	var same []int
	for i, y := range parts {
		if y.rate == x.rate && y.Net.Sign() > 0 {
			same = append(same, i)
		}
	}
	sort.SliceStable(same, func(a, b int) bool { return parts[same[a]].Net.Cmp(parts[same[b]].Net) > 0 })
	net, tax := x.Net.Neg(), x.Tax.Neg()
	lowered := append([]part(nil), parts...)
	for _, i := range same {
		n, t := least(net, lowered[i].Net), least(tax, lowered[i].Tax)
		if lowered[i].Listed.IsZero() {
			lowered[i].Listed = lowered[i].Net
		}
		lowered[i].Net, lowered[i].Tax = lowered[i].Net.Sub(n), lowered[i].Tax.Sub(t)
		net, tax = net.Sub(n), tax.Sub(t)
	}
	if !net.IsZero() || !tax.IsZero() {
		return false
	}
	copy(parts, lowered)
	return true
}

func least(a, b money.Amount) money.Amount {
	if a.Cmp(b) < 0 {
		return a
	}
	return b
}

// lineOf finds a quantity, a price of two decimals and a discount that come to the
// part's net exactly. Where quantity × price does not, the quantity goes into the
// text: "3 × Blue mug", once.
func lineOf(x part) resource.NewLine {
	l := resource.NewLine{
		Description: plain(x.Name, descriptionLength), LedgerAccountID: x.Account, TaxRateID: x.rate,
		Quantity: one, UnitPrice: x.Net, TaxAmount: x.Tax.Round(2),
	}
	qty := x.Qty
	if qty.IsZero() {
		qty = one
	}
	discount := x.discount()
	if x.Net.Sign() >= 0 && qty.Sign() > 0 && qty.IsWhole() {
		price := x.Net.Add(discount).Quo(qty, 2)
		off := price.Mul(qty).Sub(x.Net)
		if off.IsZero() || off.Sign() > 0 && discount.Sign() > 0 {
			l.Quantity, l.UnitPrice, l.DiscountAmount = qty.Round(0), price, some(off)
			return l
		}
	}
	if !qty.Equal(one) {
		l.Description = plain(trimmed(qty)+" × "+x.Name, descriptionLength)
	}
	l.UnitPrice, l.DiscountAmount = x.Net.Add(discount).Round(2), some(discount)
	return l
}

// discount is what was taken off the part, with two decimals, never below zero.
func (x part) discount() money.Amount {
	if x.Listed.IsZero() || x.Net.Sign() < 0 {
		return money.Amount{}
	}
	if off := x.Listed.Sub(x.Net).Round(2); off.Cmp(penny) >= 0 {
		return off
	}
	return money.Amount{}
}

// some is nil for nothing, so that it is not sent.
func some(a money.Amount) *money.Amount {
	if a.IsZero() {
		return nil
	}
	a = a.Round(2)
	return &a
}

// trimmed prints a quantity without trailing zeros.
func trimmed(a money.Amount) string {
	for places := 0; places < 4; places++ {
		if a.Round(places).Equal(a) {
			return a.Fixed(places)
		}
	}
	return a.String()
}

// predict is what Sage will make of lines: price rounded to two decimals, times
// quantity, less discount; tax as sent; the header is their sum.
func predict(lines []resource.NewLine) (t target) {
	for _, l := range lines {
		net := l.UnitPrice.Round(2).Mul(l.Quantity).Round(2)
		if l.DiscountAmount != nil {
			net = net.Sub(l.DiscountAmount.Round(2))
		}
		t.Net, t.Tax = t.Net.Add(net), t.Tax.Add(l.TaxAmount.Round(2))
	}
	return t
}
