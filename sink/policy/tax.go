package policy

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mage2sage/mage2sage/schemas/money"
)

// Tax names Sage's tax rates.
type Tax struct {
	// TaxCodeMap names Sage's tax rate for the codes of Magento's own rates, and for those
	// that are charged together, joined by " + " in any order: {"CA-GST + CA-BC-PST":
	// CA_GST_PST_BC}. It goes before TaxRateMap.
	TaxCodeMap map[string]string `yaml:"tax_code_map,omitempty" json:"tax_code_map,omitempty"`
	// TaxRateMap names Sage's tax rate for each percentage that Magento charges, the sum
	// where several are: {"20.00": GB_STANDARD}. Nothing else chooses a rate, except
	// DefaultTaxRateID where it is set.
	TaxRateMap map[string]string `yaml:"tax_rate_map,omitempty" json:"tax_rate_map,omitempty"`
	// TaxRateTolerance is how far, in percentage points, a percentage may be from a key of
	// TaxRateMap: shops that work percentages out of amounts write 20.9974 for 21.
	TaxRateTolerance money.Amount `yaml:"tax_rate_tolerance" json:"tax_rate_tolerance"`
	DefaultTaxRateID string       `yaml:"default_tax_rate_id,omitempty" json:"default_tax_rate_id,omitempty"`
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

func defaultTax() Tax { return Tax{TaxRateTolerance: money.MustParse("0.01")} }

// mostTolerance is less than the rates of one country differ by.
var mostTolerance = money.MustParse("0.1")

// A Charged is what Magento says of the tax of something.
type Charged struct {
	Codes   []string // of its rates
	Percent string   // their sum, or what they come to on top of each other
}

// RateFor is Sage's tax rate for what Magento charged: by its codes, else by its percentage.
func (t Tax) RateFor(c Charged) (id string, ok bool) {
	if id := t.TaxCodeMap[codeKey(c.Codes)]; id != "" {
		return id, true
	}
	if key, err := percentKey(c.Percent); err == nil {
		if id := cmp.Or(t.TaxRateMap[key], t.nearest(key)); id != "" {
			return id, true
		}
	}
	return t.DefaultTaxRateID, t.DefaultTaxRateID != ""
}

// nearest is the rate of the only percentage within the tolerance. Where there are two, it
// is for a person to say which is meant; and what is taxed is never taken for untaxed.
func (t Tax) nearest(percent string) (id string) {
	charged := money.MustParse(percent)
	for key, rate := range t.TaxRateMap {
		known, err := money.Parse(key)
		if err != nil || known.IsZero() || charged.IsZero() || known.Sub(charged).Abs().Cmp(t.TaxRateTolerance) > 0 {
			continue
		}
		if id != "" {
			return ""
		}
		id = rate
	}
	return id
}

// codeKey is a set of codes as the map has it.
func codeKey(codes []string) string {
	sorted := slices.Clone(codes)
	for i := range sorted {
		sorted[i] = strings.TrimSpace(sorted[i])
	}
	slices.Sort(sorted)
	return strings.Join(sorted, " + ")
}

// normalize brings the keys of the maps into the form that documents have.
func (t Tax) normalize() Tax {
	codes := map[string]string{}
	for key, id := range t.TaxCodeMap {
		codes[codeKey(strings.Split(key, " + "))] = id
	}
	t.TaxCodeMap = codes
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
	for _, key := range slices.Sorted(maps.Keys(t.TaxCodeMap)) {
		f.when(slices.Contains(strings.Split(codeKey(strings.Split(key, " + ")), " + "), ""), "tax_code_map has the key %q: write a code of Magento's, or several joined by \" + \"", key)
	}
	f.when(t.TaxRateTolerance.Sign() < 0 || t.TaxRateTolerance.Cmp(mostTolerance) > 0, "tax_rate_tolerance is %s: write percentage points from 0 to %s", t.TaxRateTolerance, mostTolerance)
	return f
}

func (t Tax) later() []knob { return []knob{{"tax_routing", len(t.TaxRouting) > 0}} }

func (t Tax) references() []Reference {
	all := []Reference{{"default_tax_rate_id", t.DefaultTaxRateID, TaxRate}, {"untaxed_tax_rate_id", t.UntaxedTaxRateID, TaxRate}}
	for _, percent := range slices.Sorted(maps.Keys(t.TaxRateMap)) {
		all = append(all, Reference{fmt.Sprintf("tax_rate_map %q", percent), t.TaxRateMap[percent], TaxRate})
	}
	for _, codes := range slices.Sorted(maps.Keys(t.TaxCodeMap)) {
		all = append(all, Reference{fmt.Sprintf("tax_code_map %q", codes), t.TaxCodeMap[codes], TaxRate})
	}
	return all
}
