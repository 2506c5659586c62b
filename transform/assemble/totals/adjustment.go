package totals

import (
	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/money"
)

// memoAdjustments are a credit memo's refund and fee, which Magento never taxes.
func (t *totals) memoAdjustments() (all []canonical.Adjustment) {
	if !t.header.AdjustmentRefund.IsZero() {
		all = append(all, untaxed(canonical.AdjustmentRefund, t.header.AdjustmentRefund))
	}
	if !t.header.AdjustmentFee.IsZero() {
		all = append(all, untaxed(canonical.AdjustmentFee, t.header.AdjustmentFee.Neg()))
	}
	return all
}

func untaxed(kind canonical.AdjustmentKind, net money.Amount) canonical.Adjustment {
	return canonical.Adjustment{Kind: kind, NetAmount: net, Tax: notTaxed()}
}

// Types of taxable items that gift wrapping has.
const (
	wrappingOrder = "quote_gw"
	wrappingItems = "item_gw"
	wrappingCard  = "printed_card_gw"
)

// wrapping is gift wrapping of Adobe Commerce, one adjustment per kind.
func (t *totals) wrapping() (all []canonical.Adjustment) {
	h := t.header
	for _, w := range []struct {
		description, taxable string
		net, tax             money.Amount
	}{
		{"order", wrappingOrder, h.WrappingOrder, h.WrappingTax},
		{"items", wrappingItems, h.WrappingItems, h.WrappingItemsTax},
		{"card", wrappingCard, h.WrappingCard, h.WrappingCardTax},
	} {
		if w.net.IsZero() && w.tax.IsZero() {
			continue
		}
		tax, explained := t.rates.ofCharge(w.taxable, w.net, w.tax)
		t.explain(explained)
		all = append(all, canonical.Adjustment{
			Kind: canonical.GiftWrapping, Description: w.description, NetAmount: w.net, TaxAmount: w.tax, Tax: tax,
		})
	}
	return all
}

// unassignedTax is the header's tax that no part of the document has yet.
func (t *totals) unassignedTax() money.Amount {
	left := t.tax()
	for _, l := range t.Lines {
		left = left.Sub(l.LineTax)
	}
	if t.Shipping != nil {
		left = left.Sub(t.Shipping.TaxAmount)
	}
	for _, a := range t.Adjustments {
		left = left.Sub(a.TaxAmount)
	}
	return left
}

// tax is all tax of the document. Whether the header's tax contains that of gift
// wrapping is not documented: the grand total tells.
func (t *totals) tax() money.Amount {
	h := t.header
	wrapping := money.Sum(h.WrappingTax, h.WrappingItemsTax, h.WrappingCardTax)
	if wrapping.IsZero() {
		return h.TaxAmount
	}
	rest := money.Sum(h.GrandTotal, h.CustomerBalance, h.GiftCards, h.RewardPoints, h.AdjustmentFee).Sub(money.Sum(
		h.ShippingAmount, h.DiscountAmount, h.TaxCompensation, h.ShippingTaxCompensation, h.AdjustmentRefund, h.WrappingOrder, h.WrappingItems, h.WrappingCard))
	for _, l := range t.Lines {
		rest = rest.Sub(l.LineSubtotal)
	}
	for _, i := range h.Items {
		rest = rest.Sub(i.WeeeRowAmount)
	}
	if rest.Equal(h.TaxAmount.Add(wrapping)) {
		return rest
	}
	return h.TaxAmount
}

// productTaxes are the fixed product taxes (weee) of lines. The header's tax that no
// other part has is divided among them when it is what their breakdown or their rates make
// of them; else they were not taxed.
func (t *totals) productTaxes() (all []canonical.Adjustment) {
	var expected []money.Amount
	for _, i := range t.header.Items {
		if i.WeeeRowAmount.IsZero() {
			continue
		}
		a := untaxed(canonical.FixedProductTax, i.WeeeRowAmount)
		a.OrderItemID = i.OrderItemID
		expected = append(expected, t.rates.productTax(a, t.order.Items[i.OrderItemID]))
		all = append(all, a)
	}
	left, sum := t.unassignedTax(), money.Sum(expected...)
	if len(all) == 0 || sum.IsZero() || !near(left, sum, pennies(len(all)+len(t.Lines))) {
		return all
	}
	for n := range expected {
		expected[n] = left.Mul(expected[n]).Quo(sum, 8)
	}
	for n, tax := range money.Allocate(left, expected, 4) {
		all[n].Tax = t.rates.ofProductTax(all[n].OrderItemID, t.order.Items[all[n].OrderItemID])
		all[n].TaxAmount = tax
	}
	return all
}

// taxResidual is the header's tax that no part explains. A penny per line is rounding
// and takes the rate of the line with the largest tax.
func (t *totals) taxResidual() []canonical.Adjustment {
	left := t.unassignedTax()
	if left.IsZero() {
		return nil
	}
	a := canonical.Adjustment{Kind: canonical.TaxResidual, TaxAmount: left}
	var largest *canonical.Line
	for n := range t.Lines {
		if l := &t.Lines[n]; l.LineTax.Sign() > 0 && (largest == nil || l.LineTax.Cmp(largest.LineTax) > 0) {
			largest = l
		}
	}
	if largest != nil && largest.TaxPercent != "" && left.Abs().Cmp(pennies(len(t.Lines))) <= 0 {
		a.Tax = largest.Tax
	} else {
		t.explain(false)
	}
	return []canonical.Adjustment{a}
}

// pennies is the most by which rounding n amounts can be wrong: one penny each.
func pennies(n int) money.Amount { return money.Cents(int64(max(n, 1))) }

// near reports whether a and b differ by no more than the tolerance.
func near(a, b, tolerance money.Amount) bool { return a.Sub(b).Abs().Cmp(tolerance) <= 0 }
