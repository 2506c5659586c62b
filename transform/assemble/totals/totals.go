// Package totals takes the money of one document apart: of an invoice or a credit memo
// as Magento stores it, it makes lines, shipping, adjustments and settlements that add
// up to the grand total, and finds the rates at which each was taxed.
//
//	Order  (items, tax rows) ─┐
//	                          ├─► Of ─► Parts: lines, shipping, adjustments, settlements, balance
//	Header (columns, items)  ─┘
//
// With the columns that Magento stores, and before rounding, this holds for its
// documents:
//
//	grand_total = Σ row_total + Σ fixed product tax + discount_amount (negative)
//	            + shipping_amount + tax_amount
//	            + discount_tax_compensation_amount + shipping_discount_tax_compensation_amount
//	            + adjustment_positive − adjustment_negative                (credit memo)
//	            + gift wrapping − store credit − gift cards − reward points (Adobe Commerce)
//
// Every term ends up in exactly one part. Where header and lines disagree about
// discount or tax, the difference becomes a part of its own, so that it is seen. What
// does not add up all the same is said in the balance.
//
// The package does not know parties, stores or states, and it never rounds to pennies:
// the parts add up to the last digit that Magento stored.
package totals

import (
	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/money"
)

// An Order is what the money of an order's documents depends on.
type Order struct {
	Row      *magento.Order // nil while its row is not there
	Items    map[uint64]*magento.OrderItem
	Taxes    map[uint64]*magento.OrderTax
	TaxItems []*magento.OrderTaxItem // by id
}

// A Header is an invoice or a credit memo with its items.
type Header struct {
	magento.DocumentHeader
	AdjustmentRefund money.Amount // refunded on top by a credit memo, without tax
	AdjustmentFee    money.Amount // kept back by a credit memo, without tax
	Items            []*magento.DocumentItem
}

// Parts are what a document's grand total consists of.
type Parts struct {
	Lines       []canonical.Line
	Shipping    *canonical.Charge // nil where nothing was charged
	Adjustments []canonical.Adjustment
	Settlements []canonical.Settlement
	// TaxRatesComplete reports whether the rates in hand explain every tax.
	TaxRatesComplete bool
	Balance          canonical.Balance
}

// Of takes a document of an order apart.
func Of(o Order, h Header) Parts {
	t := &totals{order: o, header: h, rates: newRates(o), Parts: Parts{Lines: []canonical.Line{}, TaxRatesComplete: true}}
	for _, item := range h.Items {
		if !t.dummy(item) {
			t.Lines = append(t.Lines, t.line(item))
		}
	}
	shippingDiscount := t.shipping()
	t.adjust(t.wrapping()...)
	t.adjust(t.productTaxes()...)
	t.adjust(t.memoAdjustments()...)
	if !shippingDiscount.IsZero() {
		t.adjust(untaxed(canonical.DiscountResidual, shippingDiscount))
	}
	t.adjust(t.taxResidual()...)
	t.Settlements = t.settlements()
	t.Balance = t.balance()
	return t.Parts
}

// totals is a document while it is taken apart; each step takes what the steps before
// it have left.
type totals struct {
	order  Order
	header Header
	rates  rates
	Parts
}

func (t *totals) adjust(more ...canonical.Adjustment) { t.Adjustments = append(t.Adjustments, more...) }

// explain notes whether the rates in hand explain a tax.
func (t *totals) explain(explained bool) { t.TaxRatesComplete = t.TaxRatesComplete && explained }

// dummy reports whether an item row only shows structure: the child of a configurable
// or fixed bundle, or the parent of a dynamic bundle, whose money is in other rows.
// Magento leaves row_total NULL there; other writers put zeros.
func (t *totals) dummy(i *magento.DocumentItem) bool {
	if i.RowTotal == nil {
		return true
	}
	of := t.order.Items[i.OrderItemID]
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
	of := t.order.Items[i.OrderItemID]
	if of != nil {
		l.ProductType = of.ProductType
	}
	tax, explained := t.rates.ofLine(&l, of)
	l.Tax = tax
	t.explain(explained)
	return l
}

// shipping fills in the charge: its amount less its discount. Invoices and credit memos
// have no column for that discount: it is what the header's discount has more than the
// lines'. On credit memos its tax compensation is folded into the header's. Where no
// shipping is charged, or the result would be absurd, the discount is not shipping's,
// and shipping returns it.
func (t *totals) shipping() (unexplained money.Amount) {
	h := t.header
	discount, compensation := h.DiscountAmount.Neg(), h.ShippingTaxCompensation.Add(h.TaxCompensation)
	for _, l := range t.Lines {
		discount, compensation = discount.Sub(l.DiscountAmount), compensation.Sub(l.TaxCompensation)
	}
	net := h.ShippingAmount.Sub(discount).Add(compensation)
	if h.ShippingAmount.IsZero() || net.Sign() < 0 || discount.Sign() < 0 {
		net, unexplained = h.ShippingAmount, compensation.Sub(discount)
	}
	if net.IsZero() && h.ShippingTaxAmount.IsZero() {
		return unexplained
	}
	tax, explained := t.rates.ofCharge("shipping", net, h.ShippingTaxAmount)
	t.explain(explained)
	t.Shipping = &canonical.Charge{NetAmount: net, TaxAmount: h.ShippingTaxAmount, Tax: tax}
	if t.order.Row != nil {
		t.Shipping.Description = t.order.Row.ShippingDescription
	}
	return unexplained
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

// balance compares the grand total with its parts, with all their digits. A difference
// that rounds to no penny is none.
func (t *totals) balance() canonical.Balance {
	b := canonical.Balance{Difference: t.header.GrandTotal.Sub(t.sum())}
	b.OK = b.Difference.Round(2).IsZero()
	switch {
	case t.order.Row == nil:
		b.OK, b.Reason = false, canonical.RowsMissing
	case b.OK:
	case len(t.header.Items) == 0 && !t.header.Subtotal.IsZero():
		b.Reason = canonical.RowsMissing
	default:
		b.Reason = canonical.TotalsDoNotFoot
	}
	return b
}

// sum adds the parts up, settlements taken off.
func (p *Parts) sum() money.Amount {
	var sum money.Amount
	for _, l := range p.Lines {
		sum = sum.Add(l.NetAmount).Add(l.LineTax)
	}
	if p.Shipping != nil {
		sum = sum.Add(p.Shipping.NetAmount).Add(p.Shipping.TaxAmount)
	}
	for _, a := range p.Adjustments {
		sum = sum.Add(a.NetAmount).Add(a.TaxAmount)
	}
	for _, s := range p.Settlements {
		sum = sum.Sub(s.Amount)
	}
	return sum
}
