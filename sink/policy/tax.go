package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mage2sage/mage2sage/schemas/money"
)

// Tax names Sage's tax rates.
type Tax struct {
	// TaxRateMap names Sage's tax rate for each percentage that Magento charges:
	// {"20.00": GB_STANDARD}. Nothing else chooses a rate, except DefaultTaxRateID where
	// it is set.
	TaxRateMap       map[string]string `yaml:"tax_rate_map,omitempty" json:"tax_rate_map,omitempty"`
	DefaultTaxRateID string            `yaml:"default_tax_rate_id,omitempty" json:"default_tax_rate_id,omitempty"`
	// UntaxedTaxRateID is the rate of adjustments without tax; unset, that of "0.00".
	UntaxedTaxRateID string `yaml:"untaxed_tax_rate_id,omitempty" json:"untaxed_tax_rate_id,omitempty"`

	// TaxRouting chooses a rate by more than the percentage: the first rule that matches
	// wins. Refused in this version.
	TaxRouting []TaxRule `yaml:"tax_routing,omitempty" json:"tax_routing,omitempty"`
}

// A TaxRule names the tax rate of lines that meet all its conditions; a condition that
// is left out is met by every line.
type TaxRule struct {
	// Percent is what Magento charged, such as "20.00".
	Percent string `yaml:"percent,omitempty" json:"percent,omitempty"`
	// Countries are those that the goods go to, ISO 3166-1 alpha-2.
	Countries []string `yaml:"countries,omitempty" json:"countries,omitempty"`
	// VATNumber says whether the buyer has given one.
	VATNumber *bool `yaml:"vat_number,omitempty" json:"vat_number,omitempty"`
	// CustomerGroups are Magento's group ids.
	CustomerGroups []int `yaml:"customer_groups,omitempty" json:"customer_groups,omitempty"`
	// TaxRateID is Sage's tax rate.
	TaxRateID string `yaml:"tax_rate_id" json:"tax_rate_id"`
}

// RateFor is Sage's tax rate for a percentage.
func (t Tax) RateFor(percent string) (id string, ok bool) {
	if key, err := percentKey(percent); err == nil && t.TaxRateMap[key] != "" {
		return t.TaxRateMap[key], true
	}
	return t.DefaultTaxRateID, t.DefaultTaxRateID != ""
}

// normalize brings the keys of the map into the form that documents have.
func (t Tax) normalize() Tax {
	rates := map[string]string{}
	for percent, id := range t.TaxRateMap {
		key, err := percentKey(percent)
		if err != nil {
			key = percent // Validate refuses it by the name that was written
		}
		rates[key] = id
	}
	t.TaxRateMap = rates
	return t
}

// percentKey is a percentage as the map has it: two decimals, more where they matter.
func percentKey(s string) (string, error) {
	a, err := money.Parse(strings.TrimSpace(s))
	if err != nil {
		return "", err
	}
	for places := 2; places < 6; places++ {
		if a.Round(places).Equal(a) {
			return a.Fixed(places), nil
		}
	}
	return a.Fixed(6), nil
}

func (t Tax) check() []fault {
	var f faults
	for _, percent := range slices.Sorted(maps.Keys(t.TaxRateMap)) {
		_, err := percentKey(percent)
		f.when(err != nil, "tax_rate_map has the key %q: write a percentage with two decimals, such as \"20.00\"", percent)
	}
	return f
}

func (t Tax) later() []knob { return []knob{{"tax_routing", len(t.TaxRouting) > 0}} }

func (t Tax) references() []Reference {
	all := []Reference{{"default_tax_rate_id", t.DefaultTaxRateID, TaxRate}, {"untaxed_tax_rate_id", t.UntaxedTaxRateID, TaxRate}}
	for _, percent := range slices.Sorted(maps.Keys(t.TaxRateMap)) {
		all = append(all, Reference{fmt.Sprintf("tax_rate_map %q", percent), t.TaxRateMap[percent], TaxRate})
	}
	return all
}
