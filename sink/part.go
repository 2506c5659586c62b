package sink

import (
	"fmt"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/money"
)

// A part is something of a document that carries money and will be a line in Sage.
type part struct {
	Name    string
	Qty     money.Amount // 0 is 1
	Listed  money.Amount // net before discount; 0 where nothing was taken off
	Net     money.Amount // after discount
	Tax     money.Amount
	Percent string // of tax, as the document has it
	Untaxed bool   // at the rate of untaxed adjustments
	Account string // ledger account

	rate string // Sage's tax rate, once it is found
}

// partsOf takes a document apart. What has neither net nor tax and is no line is
// left out.
func partsOf(d *canonical.Document, p Policy) []part {
	var all []part
	for _, l := range d.Lines {
		all = append(all, linePart(l, p))
	}
	if s := d.Shipping; s != nil && !(s.NetAmount.IsZero() && s.TaxAmount.IsZero()) {
		all = append(all, part{
			Name: or(s.Description, "Shipping"), Net: s.NetAmount, Tax: s.TaxAmount, Percent: s.TaxPercent,
			Account: or(p.ShippingLedgerAccountID, p.DefaultLedgerAccountID),
		})
	}
	for _, a := range d.Adjustments {
		if !(a.NetAmount.IsZero() && a.TaxAmount.IsZero()) {
			all = append(all, adjustmentPart(a, p))
		}
	}
	return all
}

func linePart(l canonical.Line, p Policy) part {
	name := l.Name
	if l.SKU != "" && l.SKU != l.Name {
		name += " (" + l.SKU + ")"
	}
	listed := l.LineSubtotal
	if listed.Sub(l.NetAmount).Cmp(penny) < 0 { // not discounted
		listed = money.Amount{}
	}
	return part{
		Name: or(name, "Item"), Qty: l.Qty, Listed: listed, Net: l.NetAmount, Tax: l.LineTax, Percent: l.TaxPercent,
		Account: p.DefaultLedgerAccountID,
	}
}

// adjustmentNames are what an accountant reads where Magento has no text.
var adjustmentNames = map[canonical.AdjustmentKind]string{
	canonical.FixedProductTax: "Fixed product tax", canonical.AdjustmentRefund: "Adjustment refund",
	canonical.AdjustmentFee: "Adjustment fee", canonical.DiscountResidual: "Discount",
	canonical.TaxResidual: "Tax adjustment", canonical.GiftWrapping: "Gift wrapping",
}

func adjustmentPart(a canonical.Adjustment, p Policy) part {
	account := or(p.AdjustmentLedgerAccountID, p.DefaultLedgerAccountID)
	if a.Kind == canonical.DiscountResidual {
		account = or(p.DiscountLedgerAccountID, account)
	}
	return part{
		Name: or(a.Description, adjustmentNames[a.Kind], string(a.Kind)), Net: a.NetAmount, Tax: a.TaxAmount, Percent: a.TaxPercent,
		Untaxed: a.TaxAmount.IsZero() && (a.TaxPercent == "" || a.TaxPercent == "0.00"), Account: account,
	}
}

// rated finds Sage's tax rate for every part. Tax is mapped, never computed, and
// never defaulted unless the policy says so.
func rated(parts []part, p Policy) ([]part, *problem) {
	parts = placeResidualTax(parts)
	for i, x := range parts {
		rate, missing := rateOf(x, p)
		if missing != "" {
			return nil, &problem{TaxUnmapped, missing}
		}
		parts[i].rate = rate
	}
	return parts, nil
}

func rateOf(x part, p Policy) (rate, missing string) {
	if x.Untaxed && p.UntaxedTaxRateID != "" {
		return p.UntaxedTaxRateID, ""
	}
	percent := x.Percent
	if percent == "" {
		if !x.Tax.IsZero() {
			return "", fmt.Sprintf("%q was taxed and Magento does not say at which rate", cut(x.Name, 40))
		}
		percent = "0.00"
	}
	if rate, ok := p.taxRate(percent); ok {
		return rate, ""
	}
	if x.Untaxed {
		return "", `an adjustment is not taxed: set untaxed_tax_rate_id, or add "0.00" to tax_rate_map`
	}
	return "", fmt.Sprintf("Magento charged %s %%: add %q to tax_rate_map", percent, percent)
}

// placeResidualTax adds tax that belongs to no line and has no rate to the largest
// taxed part, where all of them have one rate.
func placeResidualTax(parts []part) []part {
	var out []part
	var rest money.Amount
	for _, x := range parts {
		if x.Net.IsZero() && x.Percent == "" && !x.Tax.IsZero() {
			rest = rest.Add(x.Tax)
			continue
		}
		out = append(out, x)
	}
	if rest.IsZero() {
		return parts
	}
	largest := -1
	for i, x := range out {
		if x.Tax.IsZero() {
			continue
		}
		if largest >= 0 && x.Percent != out[largest].Percent {
			return parts
		}
		if largest < 0 || x.Net.Cmp(out[largest].Net) > 0 {
			largest = i
		}
	}
	if largest < 0 {
		return parts
	}
	out[largest].Tax = out[largest].Tax.Add(rest)
	return out
}
