package policy

import (
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/money"
)

func TestTaxIsMappedByItsCodesBeforeItsPercentage(t *testing.T) {
	p := defaultTax()
	p.TaxCodeMap = map[string]string{" PST  + GST": "BOTH", "GST": "FEDERAL", "QC + ": "X"}
	p.TaxRateMap = map[string]string{"12": "TWELVE", "5": "FIVE", "15.5": "ON_TOP"}
	p = p.normalize()
	for name, c := range map[string]struct {
		charged Charged
		want    string
	}{
		"two codes in any order":            {Charged{[]string{"GST", "PST"}, "12.00"}, "BOTH"},
		"two codes in the other order":      {Charged{[]string{"PST", "GST"}, "12.00"}, "BOTH"},
		"one of the codes alone":            {Charged{[]string{"GST"}, "5.00"}, "FEDERAL"},
		"codes that are not there: the sum": {Charged{[]string{"GST", "HST"}, "12.00"}, "TWELVE"},
		"rates on top of each other":        {Charged{[]string{"A", "B"}, "15.5000"}, "ON_TOP"},
		"no codes: the percentage":          {Charged{nil, "5.00"}, "FIVE"},
		"neither":                           {Charged{[]string{"PST"}, "7.00"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got, ok := p.RateFor(c.charged); got != c.want || ok != (c.want != "") {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
	if (Tax{}).normalize().TaxCodeMap[""] != "" {
		t.Error("no codes are mapped to something")
	}
}

func TestARecomputedPercentageIsMatchedWithinTheToleranceAndNeverPastAnotherRate(t *testing.T) {
	for name, c := range map[string]struct {
		percent, tolerance, want string
	}{
		"a little below a rate":            {"20.9974", "0.01", "A"},
		"a little above a rate":            {"21.0100", "0.01", "A"},
		"beyond the tolerance":             {"20.98", "0.01", ""},
		"beyond none at all":               {"20.9974", "0", ""},
		"the rate itself needs no closest": {"21.00", "0", "A"},
		"between two rates":                {"8.8725", "0.01", ""},
		"one of two close rates, exactly":  {"8.875", "0.01", "C"},
		"only one of two close rates":      {"8.8740", "0.002", "C"},
		"taxed, and nearly nothing":        {"0.0040", "0.01", ""},
		"not taxed":                        {"0.00", "0.01", "Z"},
		"a percentage that is none":        {"", "0.01", ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := Tax{TaxRateMap: map[string]string{"21": "A", "8.87": "B", "8.875": "C", "0": "Z"}, TaxRateTolerance: money.MustParse(c.tolerance)}.normalize()
			if got, _ := p.RateFor(Charged{Percent: c.percent}); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestWhatIsNotTaxedIsNeverTakenForTaxed(t *testing.T) {
	p := Tax{TaxRateMap: map[string]string{"0.01": "A"}, TaxRateTolerance: money.MustParse("0.01")}.normalize()
	if got, ok := p.RateFor(Charged{Percent: "0.00"}); ok {
		t.Errorf("mapped to %q", got)
	}
}

func TestTaxKnobsThatMeanNothingAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Policy)
		want   string
	}{
		"a tolerance below zero":         {func(p *Policy) { p.TaxRateTolerance = money.MustParse("-0.01") }, "tax_rate_tolerance is -0.01"},
		"a tolerance that joins rates":   {func(p *Policy) { p.TaxRateTolerance = money.MustParse("0.5") }, "tax_rate_tolerance is 0.5"},
		"a code that is empty":           {func(p *Policy) { p.TaxCodeMap = map[string]string{"": "x"} }, `tax_code_map has the key ""`},
		"one of two codes that is empty": {func(p *Policy) { p.TaxCodeMap = map[string]string{"GST + ": "x"} }, "tax_code_map"},
	} {
		t.Run(name, func(t *testing.T) {
			p := valid()
			c.change(&p)
			if err := p.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}
