package sink

import (
	"fmt"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/money"
)

// penny is the smallest amount that Sage keeps.
var penny = money.Cents(1)

// A target is what a document has to come to in Sage, with two decimals.
type target struct{ Net, Tax money.Amount }

func (t target) total() money.Amount { return t.Net.Add(t.Tax) }

// targetOf is Magento's grand total and tax, rounded. Store credit and the like
// settle an invoice and do not lower it: where the parts come to the total before
// such settlements, that is the document's total.
func targetOf(d *canonical.Document, parts []part) target {
	total := d.GrandTotal
	var sum, settled money.Amount
	for _, p := range parts {
		sum = sum.Add(p.Net).Add(p.Tax)
	}
	for _, s := range d.Settlements {
		settled = settled.Add(s.Amount)
	}
	if before := total.Add(settled); before.Sub(sum).Abs().Cmp(total.Sub(sum).Abs()) < 0 {
		total = before
	}
	tax := d.TaxAmount.Round(2)
	return target{Net: total.Round(2).Sub(tax), Tax: tax}
}

// distribute rounds the parts so that they add up to the target exactly, by largest
// remainder. What the parts lack beyond rounding becomes a part of its own, a
// visible line, where the policy allows it.
func distribute(t target, parts []part, p Policy) ([]part, *problem) {
	var nets, taxes []money.Amount
	for _, x := range parts {
		nets, taxes = append(nets, x.Net), append(taxes, x.Tax)
	}
	if gap := t.Tax.Sub(money.Sum(taxes...)); gap.Abs().Cmp(penny) >= 0 {
		return nil, doesNotFoot("tax", gap)
	}
	gap := t.Net.Sub(money.Sum(nets...))
	if gap.Abs().Cmp(penny) >= 0 {
		if most := money.Cents(int64(len(parts)) + 1); p.Rounding != "line" || gap.Abs().Cmp(most) > 0 {
			return nil, doesNotFoot("total", gap)
		}
		gap = gap.Round(2)
		parts = append(parts, part{Name: "Rounding", Net: gap, Untaxed: true, Account: or(p.AdjustmentLedgerAccountID, p.DefaultLedgerAccountID)})
		nets, taxes = append(nets, gap), append(taxes, money.Amount{})
	}
	out := append([]part(nil), parts...)
	netsIn, taxesIn := money.Allocate(t.Net, nets, 2), money.Allocate(t.Tax, taxes, 2)
	for i := range out {
		out[i].Net, out[i].Tax = netsIn[i], taxesIn[i]
	}
	return out, nil
}

func doesNotFoot(what string, gap money.Amount) *problem {
	return &problem{TotalsDoNotFoot, fmt.Sprintf("the document's %s differs from the sum of its parts by %s: look at it in Magento; an extension may add to the total", what, gap.Fixed(4))}
}
