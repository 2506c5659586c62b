package lines

import (
	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/sink/policy"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/work"
)

// A Draft is a document taken apart: its components and what they have to come to.
type Draft struct {
	Target     Target
	components []component
	places     int // decimals of its amounts in Sage
	policy     policy.Policy
}

// NewDraft takes a document apart.
func NewDraft(d *canonical.Document, p policy.Policy) Draft {
	components := componentsOf(d, p)
	return Draft{targetOf(d, components), components, min(money.Places(d.Currency), sagePlaces), p}
}

// Explains reports whether a difference between Magento's total and the sum of its parts is
// no more than rounding, and the policy lets it become a line.
func (d Draft) Explains(difference money.Amount) bool {
	return d.policy.RoundingLine() && difference.Abs().Cmp(mostOfRounding(d.components)) <= 0
}

// Empty reports whether the document has no part that carries money or was delivered.
func (d Draft) Empty() bool { return len(d.components) == 0 }

// Compose makes the lines of a document: each component one line, and their sum, by
// Sage's own arithmetic, Magento's total to the penny. Otherwise it says why a person
// has to look.
func (d Draft) Compose() ([]resource.NewLine, work.ParkReason) {
	if len(d.components) == 0 {
		return nil, work.ParkReason{Reason: work.TotalsDoNotFoot, Hint: "the document has no lines: look at it in Magento"}
	}
	components, why := distribute(d.Target, d.components, d.places, d.policy)
	if why.Found() {
		return nil, why
	}
	components, why = withRates(components, d.policy)
	if why.Found() {
		return nil, why
	}
	var lines []resource.NewLine
	for _, c := range mergeDiscounts(components) {
		lines = append(lines, lineOf(c))
	}
	if got := Predict(lines); !got.Equal(d.Target) {
		return nil, doesNotFoot("total", d.Target.Total().Sub(got.Total()))
	}
	return lines, work.ParkReason{}
}

// Predict is what Sage will make of lines: price rounded to two decimals, times
// quantity, less discount; tax as sent; the header is their sum.
func Predict(lines []resource.NewLine) (t Target) {
	for _, l := range lines {
		net := l.UnitPrice.Round(2).Mul(l.Quantity).Round(2)
		if l.DiscountAmount != nil {
			net = net.Sub(l.DiscountAmount.Round(2))
		}
		t.Net, t.Tax = t.Net.Add(net), t.Tax.Add(l.TaxAmount.Round(2))
	}
	return t
}
