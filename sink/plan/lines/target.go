package lines

import (
	"fmt"
	"slices"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/sink/policy"
	"github.com/mage2sage/mage2sage/sink/work"
)

// penny is the smallest amount that Sage keeps.
var penny = money.Cents(1)

// halfPenny is the most that rounding one amount to pennies changes it.
var halfPenny = money.MustParse("0.005")

// A Target is what a document has to come to in Sage, with two decimals.
type Target struct{ Net, Tax money.Amount }

// Total is net and tax.
func (t Target) Total() money.Amount { return t.Net.Add(t.Tax) }

// sagePlaces is how many decimals Sage keeps, whatever the currency.
const sagePlaces = 2

// Misfit is the first amount of a document that has more decimals than its currency, or
// than Sage keeps: rounded, it would not be what was sold. ok is false where there is none.
func Misfit(d *canonical.Document) (amount money.Amount, ok bool) {
	places := money.Places(d.Currency)
	for _, a := range []money.Amount{d.GrandTotal, d.TaxAmount} {
		if most := max(places, sagePlaces); !a.Round(most).Equal(a.Round(min(places, sagePlaces))) {
			return a.Round(most), true
		}
	}
	return amount, false
}

// Equal reports whether two targets are the same to the last decimal.
func (t Target) Equal(other Target) bool { return t.Net.Equal(other.Net) && t.Tax.Equal(other.Tax) }

// targetOf is Magento's grand total and tax, rounded. Store credit and the like settle
// an invoice and do not lower it: where the components come to the total before such
// settlements, that is the document's total.
func targetOf(d *canonical.Document, components []component) Target {
	total := d.GrandTotal
	var sum, settled money.Amount
	for _, c := range components {
		sum = sum.Add(c.Net).Add(c.Tax)
	}
	for _, s := range d.Settlements {
		settled = settled.Add(s.Amount)
	}
	if before := total.Add(settled); before.Sub(sum).Abs().Cmp(total.Sub(sum).Abs()) < 0 {
		total = before
	}
	tax := d.TaxAmount.Round(2)
	return Target{Net: total.Round(2).Sub(tax), Tax: tax}
}

// distribute rounds the components so that they add up to the target exactly, by
// largest remainder. What they lack beyond rounding becomes a component of its own, a
// visible line, where the policy allows it.
func distribute(t Target, components []component, places int, p policy.Policy) ([]component, work.ParkReason) {
	var nets, taxes []money.Amount
	for _, c := range components {
		nets, taxes = append(nets, c.Net), append(taxes, c.Tax)
	}
	if gap := t.Tax.Sub(money.Sum(taxes...)); gap.Abs().Cmp(penny) >= 0 {
		return nil, doesNotFoot("tax", gap)
	}
	out := slices.Clone(components)
	gap := t.Net.Sub(money.Sum(nets...))
	if gap.Abs().Cmp(penny) >= 0 {
		if !p.RoundingLine() || gap.Abs().Cmp(mostOfRounding(components)) > 0 {
			return nil, doesNotFoot("total", gap)
		}
		gap = gap.Round(2)
		out = append(out, component{Name: "Rounding", Net: gap, Untaxed: true, Visible: true, Account: p.ForAdjustments()})
		nets, taxes = append(nets, gap), append(taxes, money.Amount{})
	}
	netsIn, taxesIn := money.Allocate(t.Net, nets, places), money.Allocate(t.Tax, taxes, places)
	for i := range out {
		out[i].Net, out[i].Tax, out[i].places = netsIn[i], taxesIn[i], places
	}
	return out, work.ParkReason{}
}

// mostOfRounding is the largest difference that rounding explains: half a penny for each
// amount that the document shows, which are the net and the tax of every component, and
// its total.
func mostOfRounding(components []component) money.Amount {
	amounts := int64(1)
	for _, c := range components {
		for _, a := range []money.Amount{c.Net, c.Tax} {
			if !a.IsZero() {
				amounts++
			}
		}
	}
	return halfPenny.Mul(money.FromInt(amounts))
}

func doesNotFoot(what string, gap money.Amount) work.ParkReason {
	return work.ParkReason{Reason: work.TotalsDoNotFoot, Hint: fmt.Sprintf(
		"the document's %s differs from the sum of its parts by %s: look at it in Magento; an extension may add to the total", what, gap.Fixed(4))}
}
