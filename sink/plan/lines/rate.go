package lines

import (
	"fmt"
	"strings"

	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/sink/policy"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/work"
)

// withRates finds Sage's tax rate for every component. Tax is mapped, never computed,
// and never defaulted unless the policy says so.
func withRates(components []component, p policy.Policy) ([]component, work.ParkReason) {
	components = placeResidualTax(components)
	for i, c := range components {
		rate, missing := rateOf(c, p)
		if missing != "" {
			return nil, work.ParkReason{Reason: work.TaxUnmapped, Hint: missing}
		}
		components[i].rate = rate
	}
	return components, work.ParkReason{}
}

func rateOf(c component, p policy.Policy) (rate, missing string) {
	if c.Untaxed && p.UntaxedTaxRateID != "" {
		return p.UntaxedTaxRateID, ""
	}
	percent := c.Percent
	if percent == "" {
		if !c.Tax.IsZero() {
			return "", fmt.Sprintf("%q was taxed and Magento does not say at which rate", resource.Truncate(c.Name, 40))
		}
		percent = "0.00"
	}
	if rate, ok := p.RateFor(policy.Charged{Codes: c.Codes, Percent: percent}); ok {
		return rate, ""
	}
	if c.Untaxed {
		return "", `an adjustment is not taxed: set untaxed_tax_rate_id, or add "0.00" to tax_rate_map`
	}
	hint := fmt.Sprintf("Magento charged %s %%: add %q to tax_rate_map", percent, percent)
	if len(c.Codes) > 0 {
		hint += fmt.Sprintf(", or %q to tax_code_map", resource.Sanitize(strings.Join(c.Codes, " + "), 200))
	}
	return "", hint
}

// placeResidualTax adds tax that belongs to no component and has no rate to the largest
// taxed one, where all taxed ones have one rate.
func placeResidualTax(components []component) []component {
	var out []component
	var rest money.Amount
	for _, c := range components {
		if c.Net.IsZero() && c.Percent == "" && !c.Tax.IsZero() {
			rest = rest.Add(c.Tax)
			continue
		}
		out = append(out, c)
	}
	largest := largestTaxed(out)
	if rest.IsZero() || largest < 0 {
		return components
	}
	out[largest].Tax = out[largest].Tax.Add(rest)
	return out
}

// largestTaxed is the index of the largest component with tax; -1 where there is none,
// or where they have several rates.
func largestTaxed(components []component) int {
	largest := -1
	for i, c := range components {
		switch {
		case c.Tax.IsZero():
		case largest >= 0 && c.Percent != components[largest].Percent:
			return -1
		case largest < 0 || c.Net.Cmp(components[largest].Net) > 0:
			largest = i
		}
	}
	return largest
}
