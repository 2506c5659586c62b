package lines

import (
	"cmp"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/sink/policy"
)

// A component is something of a document that carries money and will be a line in Sage.
type component struct {
	Name              string
	Qty               money.Amount // 0 is 1
	NetBeforeDiscount money.Amount // 0 where nothing was taken off
	Net               money.Amount // after discount
	Tax               money.Amount
	Codes             []string // of its tax rates, as the document has them
	Percent           string   // of tax, as the document has it
	Untaxed           bool     // at the rate of untaxed adjustments
	Visible           bool     // a line of its own even below zero
	Account           string   // ledger account

	rate   string // Sage's tax rate, once it is found
	places int    // decimals, once net and tax are rounded
}

// componentsOf takes a document apart. Shipping and adjustments with neither net nor
// tax are left out; a line over nothing stays, because the buyer has got it.
func componentsOf(d *canonical.Document, p policy.Policy) []component {
	var all []component
	for _, l := range d.Lines {
		all = append(all, lineComponent(l, p))
	}
	if s := d.Shipping; s != nil && !(s.NetAmount.IsZero() && s.TaxAmount.IsZero()) {
		all = append(all, component{
			Name: cmp.Or(s.Description, "Shipping"), Net: s.NetAmount, Tax: s.TaxAmount, Codes: codesOf(s.Tax), Percent: s.TaxPercent, Account: p.ForShipping(),
		})
	}
	for _, a := range d.Adjustments {
		if !(a.NetAmount.IsZero() && a.TaxAmount.IsZero()) {
			all = append(all, adjustmentComponent(a, p))
		}
	}
	return all
}

func lineComponent(l canonical.Line, p policy.Policy) component {
	name := l.Name
	if l.SKU != "" && l.SKU != l.Name {
		name += " (" + l.SKU + ")"
	}
	before := l.LineSubtotal
	if before.Sub(l.NetAmount).Cmp(penny) < 0 { // not discounted
		before = money.Amount{}
	}
	return component{
		Name: cmp.Or(name, "Item"), Qty: l.Qty, NetBeforeDiscount: before, Net: l.NetAmount, Tax: l.LineTax, Codes: codesOf(l.Tax), Percent: l.TaxPercent,
		Account: p.DefaultLedgerAccountID,
	}
}

func codesOf(t canonical.Tax) (all []string) {
	for _, r := range t.TaxRates {
		all = append(all, r.Code)
	}
	return all
}

// adjustmentNames are what an accountant reads where Magento has no text.
var adjustmentNames = map[canonical.AdjustmentKind]string{
	canonical.FixedProductTax: "Fixed product tax", canonical.AdjustmentRefund: "Adjustment refund",
	canonical.AdjustmentFee: "Adjustment fee", canonical.DiscountResidual: "Discount",
	canonical.TaxResidual: "Tax adjustment", canonical.GiftWrapping: "Gift wrapping",
}

func adjustmentComponent(a canonical.Adjustment, p policy.Policy) component {
	account := p.ForAdjustments()
	if a.Kind == canonical.DiscountResidual {
		account = p.ForDiscounts()
	}
	return component{
		Name: cmp.Or(a.Description, adjustmentNames[a.Kind], string(a.Kind)), Net: a.NetAmount, Tax: a.TaxAmount, Codes: codesOf(a.Tax), Percent: a.TaxPercent,
		Untaxed: a.TaxAmount.IsZero() && (a.TaxPercent == "" || a.TaxPercent == "0.00"), Account: account,
	}
}

// discount is what was taken off the component, rounded, never below zero.
func (c component) discount() money.Amount {
	if c.NetBeforeDiscount.IsZero() || c.Net.Sign() < 0 {
		return money.Amount{}
	}
	if off := c.NetBeforeDiscount.Sub(c.Net).Round(c.places); off.Cmp(penny) >= 0 {
		return off
	}
	return money.Amount{}
}
