package transform

import (
	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/money"
)

// refunds are a credit memo's adjustments, which Magento never taxes.
func (t *totals) refunds() (all []canonical.Adjustment) {
	if !t.header.refund.IsZero() {
		all = append(all, untaxed(canonical.AdjustmentRefund, t.header.refund))
	}
	if !t.header.fee.IsZero() {
		all = append(all, untaxed(canonical.AdjustmentFee, t.header.fee.Neg()))
	}
	return all
}

func untaxed(kind canonical.AdjustmentKind, net money.Amount) canonical.Adjustment {
	return canonical.Adjustment{Kind: kind, NetAmount: net, Tax: notTaxed()}
}

// wrapping is gift wrapping of Adobe Commerce, one adjustment per kind.
func (t *totals) wrapping() (all []canonical.Adjustment) {
	h := t.header
	for _, w := range []struct {
		description, taxable string
		net, tax             money.Amount
	}{
		{"order", "quote_gw", h.WrappingOrder, h.WrappingTax},
		{"items", "item_gw", h.WrappingItems, h.WrappingItemsTax},
		{"card", "printed_card_gw", h.WrappingCard, h.WrappingCardTax},
	} {
		if w.net.IsZero() && w.tax.IsZero() {
			continue
		}
		tax, ok := t.rates.ofCharge(w.taxable, w.net, w.tax)
		t.explained = t.explained && ok
		all = append(all, canonical.Adjustment{
			Kind: canonical.GiftWrapping, Description: w.description, NetAmount: w.net, TaxAmount: w.tax, Tax: tax,
		})
	}
	return all
}

// unassigned is the header's tax that no part of the document has yet.
func (t *totals) unassigned(d *canonical.Document) money.Amount {
	left := t.taxed()
	for _, l := range d.Lines {
		left = left.Sub(l.LineTax)
	}
	if d.Shipping != nil {
		left = left.Sub(d.Shipping.TaxAmount)
	}
	for _, a := range d.Adjustments {
		left = left.Sub(a.TaxAmount)
	}
	return left
}

// taxed is all tax of the document. Whether the header's tax contains that of gift
// wrapping is not documented: the grand total tells.
func (t *totals) taxed() money.Amount {
	h := t.header
	wrapping := money.Sum(h.WrappingTax, h.WrappingItemsTax, h.WrappingCardTax)
	if wrapping.IsZero() {
		return h.TaxAmount
	}
	rest := money.Sum(h.GrandTotal, h.CustomerBalance, h.GiftCards, h.RewardPoints, h.fee).Sub(money.Sum(
		h.ShippingAmount, h.DiscountAmount, h.TaxCompensation, h.ShippingTaxCompensation, h.refund, h.WrappingOrder, h.WrappingItems, h.WrappingCard))
	for _, l := range t.lines {
		rest = rest.Sub(l.LineSubtotal)
	}
	for _, i := range h.items {
		rest = rest.Sub(i.WeeeRowAmount)
	}
	if rest.Equal(h.TaxAmount.Add(wrapping)) {
		return rest
	}
	return h.TaxAmount
}

// productTaxes are the fixed product taxes (weee) of lines, each with its share of
// the header's tax that is nobody else's, when that is what their rates make of
// them. Else they were not taxed.
func (t *totals) productTaxes(d *canonical.Document) (all []canonical.Adjustment) {
	var expected []money.Amount
	for _, i := range t.header.items {
		if i.WeeeRowAmount.IsZero() {
			continue
		}
		a := untaxed(canonical.FixedProductTax, i.WeeeRowAmount)
		a.OrderItemID = i.OrderItemID
		tax := t.rates.ofProductTax(i.OrderItemID, t.order.items[i.OrderItemID])
		expected = append(expected, a.NetAmount.Mul(tax.TaxRate))
		all = append(all, a)
	}
	left, sum := t.unassigned(d), money.Sum(expected...)
	if len(all) == 0 || sum.IsZero() || !near(left, sum, pennies(len(all)+len(t.lines))) {
		return all
	}
	for n := range all {
		a := &all[n]
		a.Tax = t.rates.ofProductTax(a.OrderItemID, t.order.items[a.OrderItemID])
		a.TaxAmount = left.Mul(expected[n]).Quo(sum, 4)
	}
	// What four digits cannot share goes to the last.
	last := &all[len(all)-1]
	for _, a := range all {
		left = left.Sub(a.TaxAmount)
	}
	last.TaxAmount = last.TaxAmount.Add(left)
	return all
}

// taxLeft is the header's tax that no part explains. A penny per line is rounding
// and goes by the rate of the line with the largest tax.
func (t *totals) taxLeft(d *canonical.Document) []canonical.Adjustment {
	left := t.unassigned(d)
	if left.IsZero() {
		return nil
	}
	a := canonical.Adjustment{Kind: canonical.TaxResidual, TaxAmount: left}
	var largest *canonical.Line
	for n := range t.lines {
		if l := &t.lines[n]; l.LineTax.Sign() > 0 && (largest == nil || l.LineTax.Cmp(largest.LineTax) > 0) {
			largest = l
		}
	}
	if largest != nil && largest.TaxPercent != "" && left.Abs().Cmp(pennies(len(t.lines))) <= 0 {
		a.Tax = largest.Tax
	} else {
		t.explained = false
	}
	return []canonical.Adjustment{a}
}

// pennies is the most that rounding that many amounts makes wrong.
func pennies(n int) money.Amount { return money.Cents(int64(max(n, 1))) }

func near(a, b, tolerance money.Amount) bool { return a.Sub(b).Abs().Cmp(tolerance) <= 0 }
