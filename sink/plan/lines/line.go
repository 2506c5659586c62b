package lines

import (
	"slices"

	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
)

// descriptionLength keeps a line readable on Sage's printed invoice; Sage's reference
// names no limit.
const descriptionLength = 200

var one = money.FromInt(1)

// mergeDiscounts takes what lowers the total off lines at the same tax rate, the
// largest first: there it is a discount. What finds no such lines stays a component
// below zero.
func mergeDiscounts(components []component) []component {
	var out, below []component
	for _, c := range components {
		if c.Net.Sign() < 0 && c.Tax.Sign() <= 0 && !c.Visible {
			below = append(below, c)
		} else {
			out = append(out, c)
		}
	}
	for _, c := range below {
		if !deduct(out, c) {
			out = append(out, c)
		}
	}
	return out
}

// deduct lowers components by one below zero, all of it or nothing. It reports whether
// it did.
func deduct(components []component, below component) bool {
	var same []int
	for i, c := range components {
		if c.rate == below.rate && c.Net.Sign() > 0 {
			same = append(same, i)
		}
	}
	slices.SortStableFunc(same, func(a, b int) int { return components[b].Net.Cmp(components[a].Net) })
	net, tax := below.Net.Neg(), below.Tax.Neg()
	lowered := slices.Clone(components)
	for _, i := range same {
		c := &lowered[i]
		n, t := minAmount(net, c.Net), minAmount(tax, c.Tax)
		if c.NetBeforeDiscount.IsZero() {
			c.NetBeforeDiscount = c.Net
		}
		c.Net, c.Tax = c.Net.Sub(n), c.Tax.Sub(t)
		net, tax = net.Sub(n), tax.Sub(t)
	}
	if !net.IsZero() || !tax.IsZero() {
		return false
	}
	copy(components, lowered)
	return true
}

func minAmount(a, b money.Amount) money.Amount {
	if a.Cmp(b) < 0 {
		return a
	}
	return b
}

// lineOf finds a quantity, a price of as many decimals as its net, and a discount that come to the
// component's net exactly. Where quantity × price does not, the quantity goes into the
// text: "3 × Blue mug", once.
func lineOf(c component) resource.NewLine {
	l := resource.NewLine{
		Description: resource.Sanitize(c.Name, descriptionLength), LedgerAccountID: c.Account, TaxRateID: c.rate,
		Quantity: one, UnitPrice: c.Net, TaxAmount: c.Tax.Round(2),
	}
	qty := c.Qty
	if qty.IsZero() {
		qty = one
	}
	discount := c.discount()
	if c.Net.Sign() >= 0 && qty.Sign() > 0 && qty.IsWhole() {
		price := c.Net.Add(discount).Quo(qty, c.places)
		off := price.Mul(qty).Sub(c.Net)
		if off.IsZero() || off.Sign() > 0 && discount.Sign() > 0 {
			l.Quantity, l.UnitPrice, l.DiscountAmount = qty.Round(0), price, nonZero(off)
			return l
		}
	}
	if !qty.Equal(one) {
		l.Description = resource.Sanitize(formatQty(qty)+" × "+c.Name, descriptionLength)
	}
	l.UnitPrice, l.DiscountAmount = c.Net.Add(discount).Round(2), nonZero(discount)
	return l
}

// nonZero is nil for zero, so that it is not sent.
func nonZero(a money.Amount) *money.Amount {
	if a.IsZero() {
		return nil
	}
	a = a.Round(2)
	return &a
}

// formatQty prints a quantity without trailing zeros.
func formatQty(a money.Amount) string {
	for places := 0; places < 4; places++ {
		if a.Round(places).Equal(a) {
			return a.Fixed(places)
		}
	}
	return a.String()
}
