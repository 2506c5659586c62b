package transform

import (
	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/money"
)

// totals takes the money of one document apart. With the columns that Magento
// stores, and before rounding, this holds for its documents:
//
//	grand_total = Σ row_total + Σ fixed product tax + discount_amount (negative)
//	            + shipping_amount + tax_amount
//	            + discount_tax_compensation_amount + shipping_discount_tax_compensation_amount
//	            + adjustment_positive − adjustment_negative                (credit memo)
//	            + gift wrapping − store credit − gift cards − reward points (Adobe Commerce)
//
// Every term ends up in exactly one part of the document. What header and lines say
// differently of discount and tax becomes a part of its own, so it is seen.
type totals struct {
	order     *order
	header    header
	lines     []canonical.Line
	rates     rates
	explained bool // every tax so far has its rates
}

func newTotals(o *order, h header) *totals {
	return &totals{order: o, header: h, rates: newRates(o), explained: true}
}

// fill writes lines, shipping, adjustments, settlements and the balance.
func (t *totals) fill(d *canonical.Document) {
	for _, item := range t.header.items {
		if !t.dummy(item) {
			t.lines = append(t.lines, t.line(item))
		}
	}
	d.Lines = append(d.Lines, t.lines...)
	charge, discountLeft := t.shipping()
	d.Shipping = charge
	d.Adjustments = append(d.Adjustments, t.wrapping()...)
	d.Adjustments = append(d.Adjustments, t.productTaxes(d)...)
	d.Adjustments = append(d.Adjustments, t.refunds()...)
	if !discountLeft.IsZero() {
		d.Adjustments = append(d.Adjustments, untaxed(canonical.DiscountResidual, discountLeft))
	}
	d.Adjustments = append(d.Adjustments, t.taxLeft(d)...)
	d.Settlements = t.settlements()
	d.TaxRatesComplete = t.explained
	d.Balance = t.balance(d)
}

// dummy tells whether an item row stands only for structure: the child of a
// configurable or fixed bundle, or the parent of a dynamic bundle, whose money is in
// other rows. Magento leaves row_total NULL there; other writers put zeros.
func (t *totals) dummy(i *magento.DocumentItem) bool {
	if i.RowTotal == nil {
		return true
	}
	of := t.order.items[i.OrderItemID]
	return of != nil && of.ParentItemID != nil && i.RowTotal.IsZero() && i.TaxAmount.IsZero() &&
		i.DiscountAmount.IsZero() && i.WeeeRowAmount.IsZero()
}

func (t *totals) line(i *magento.DocumentItem) canonical.Line {
	l := canonical.Line{
		LineID: i.EntityID, OrderItemID: i.OrderItemID, SKU: i.SKU, Name: i.Name,
		Qty: i.Qty, UnitPrice: i.Price, LineSubtotal: *i.RowTotal,
		DiscountAmount: i.DiscountAmount, TaxCompensation: i.TaxCompensation,
		NetAmount: i.RowTotal.Sub(i.DiscountAmount).Add(i.TaxCompensation), LineTax: i.TaxAmount,
	}
	l.LineTotal = l.NetAmount.Add(l.LineTax)
	if i.ProductID != nil {
		l.ProductID = *i.ProductID
	}
	of := t.order.items[i.OrderItemID]
	if of != nil {
		l.ProductType = of.ProductType
	}
	tax, ok := t.rates.ofLine(&l, of)
	l.Tax = tax
	t.explained = t.explained && ok
	return l
}

// shipping is its amount less its discount. Invoices and credit memos have no column
// for that discount: it is what the header's discount has more than the lines'. On
// credit memos its tax compensation is folded into the header's. Where no shipping
// is charged, or the result would be absurd, the discount is nobody's: discountLeft.
func (t *totals) shipping() (charge *canonical.Charge, discountLeft money.Amount) {
	h := t.header
	discount, compensation := h.DiscountAmount.Neg(), h.ShippingTaxCompensation.Add(h.TaxCompensation)
	for _, l := range t.lines {
		discount, compensation = discount.Sub(l.DiscountAmount), compensation.Sub(l.TaxCompensation)
	}
	net := h.ShippingAmount.Sub(discount).Add(compensation)
	if h.ShippingAmount.IsZero() || net.Sign() < 0 || discount.Sign() < 0 {
		net, discountLeft = h.ShippingAmount, compensation.Sub(discount)
	}
	if net.IsZero() && h.ShippingTaxAmount.IsZero() {
		return nil, discountLeft
	}
	charge = &canonical.Charge{NetAmount: net, TaxAmount: h.ShippingTaxAmount}
	if t.order.Order != nil {
		charge.Description = t.order.ShippingDescription
	}
	tax, ok := t.rates.ofShipping(net, h.ShippingTaxAmount)
	charge.Tax = tax
	t.explained = t.explained && ok
	return charge, discountLeft
}

// settlements are what Adobe Commerce subtracts after tax: payments in kind.
func (t *totals) settlements() (all []canonical.Settlement) {
	for _, s := range []canonical.Settlement{
		{Kind: "store_credit", Amount: t.header.CustomerBalance},
		{Kind: "gift_card", Amount: t.header.GiftCards},
		{Kind: "reward_points", Amount: t.header.RewardPoints},
	} {
		if !s.Amount.IsZero() {
			all = append(all, s)
		}
	}
	return all
}

// balance compares the grand total with its parts, with all their digits: what
// rounds to nothing in the currency's pennies is none.
func (t *totals) balance(d *canonical.Document) canonical.Balance {
	b := canonical.Balance{Difference: d.GrandTotal.Sub(partsOf(d))}
	b.OK = b.Difference.Round(2).IsZero()
	switch {
	case t.order.Order == nil:
		b.OK, b.Reason = false, canonical.RowsMissing
	case b.OK:
	case len(t.header.items) == 0 && !d.Subtotal.IsZero():
		b.Reason = canonical.RowsMissing
	default:
		b.Reason = canonical.TotalsDoNotFoot
	}
	return b
}

// partsOf adds up what a document consists of, settlements taken off.
func partsOf(d *canonical.Document) money.Amount {
	var sum money.Amount
	for _, l := range d.Lines {
		sum = sum.Add(l.NetAmount).Add(l.LineTax)
	}
	if d.Shipping != nil {
		sum = sum.Add(d.Shipping.NetAmount).Add(d.Shipping.TaxAmount)
	}
	for _, a := range d.Adjustments {
		sum = sum.Add(a.NetAmount).Add(a.TaxAmount)
	}
	for _, s := range d.Settlements {
		sum = sum.Sub(s.Amount)
	}
	return sum
}
