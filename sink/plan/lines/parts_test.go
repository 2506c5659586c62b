package lines

import (
	"testing"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/work"
)

func TestADocumentWithoutLinesIsParked(t *testing.T) {
	_, why := NewDraft(&canonical.Document{}, testPolicy()).Compose()
	if why.Reason != work.TotalsDoNotFoot || why.Hint != "the document has no lines: look at it in Magento" {
		t.Errorf("%v", why)
	}
}

func TestStoreCreditCountsWhereItMakesTheDocumentFoot(t *testing.T) {
	for name, c := range map[string]struct{ total, credit, want string }{
		"the grand total is after store credit":  {"18.00", "12.00", "30.00"},
		"the grand total is before store credit": {"30.00", "12.00", "30.00"},
		"all of it was paid by store credit":     {"0.00", "30.00", "30.00"},
	} {
		t.Run(name, func(t *testing.T) {
			d := basket(c.total, "5.00", "1 25.0000 0 5.0000 20.00 Lamp")
			d.Settlements = []canonical.Settlement{{Kind: "store_credit", Amount: amt(c.credit)}}
			if got := NewDraft(d, testPolicy()).Target.Total(); !got.Equal(amt(c.want)) {
				t.Errorf("it has to come to %s, want %s", got, c.want)
			}
		})
	}
}

func TestQuantitiesArePrintedAsPeopleWriteThem(t *testing.T) {
	for in, want := range map[string]string{"3.0000": "3", "1.5000": "1.5", "0.2500": "0.25", "0.125": "0.125", "0.0625": "0.0625"} {
		if got := formatQty(amt(in)); got != want {
			t.Errorf("%s is printed %s, want %s", in, got, want)
		}
	}
}

func TestADiscountIsDeductedWhollyOrNotAtAll(t *testing.T) {
	two := func() []component {
		return []component{{Name: "A", Net: amt("5"), rate: "r"}, {Name: "B", Net: amt("8"), rate: "r"}, {Name: "C", Net: amt("9"), rate: "other"}}
	}
	for name, c := range map[string]struct {
		below string
		want  [3]string
		done  bool
	}{
		"the largest line first":             {"-6", [3]string{"5", "2", "9"}, true},
		"what is left from the next":         {"-10", [3]string{"3", "0", "9"}, true},
		"never from a line at another rate":  {"-14", [3]string{"5", "8", "9"}, false},
		"all that there is at this tax rate": {"-13", [3]string{"0", "0", "9"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			all := two()
			if got := deduct(all, component{Net: amt(c.below), rate: "r"}); got != c.done {
				t.Errorf("deducted %v, want %v", got, c.done)
			}
			for i, want := range c.want {
				if !all[i].Net.Equal(amt(want)) {
					t.Errorf("%s is left with %s, want %s", all[i].Name, all[i].Net, want)
				}
			}
		})
	}
}

func TestResidualTaxNeedsOneRateToGoTo(t *testing.T) {
	residual := component{Tax: amt("0.01")}
	for name, c := range map[string]struct {
		all  []component
		want int // components afterwards
	}{
		"one taxed rate takes it":     {[]component{{Net: amt("5"), Tax: amt("1"), Percent: "20.00"}, residual}, 1},
		"two taxed rates leave it":    {[]component{{Net: amt("5"), Tax: amt("1"), Percent: "20.00"}, {Net: amt("5"), Tax: amt("0.25"), Percent: "5.00"}, residual}, 3},
		"nothing taxed leaves it":     {[]component{{Net: amt("5"), Percent: "0.00"}, residual}, 2},
		"without any nothing changes": {[]component{{Net: amt("5"), Tax: amt("1"), Percent: "20.00"}}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			before, after := amt("0"), amt("0")
			for _, x := range c.all {
				before = before.Add(x.Tax)
			}
			got := placeResidualTax(c.all)
			for _, x := range got {
				after = after.Add(x.Tax)
			}
			if len(got) != c.want || !before.Equal(after) {
				t.Errorf("%d components with %s of tax, want %d with %s", len(got), after, c.want, before)
			}
		})
	}
}

// Each amount that the document shows may be half a penny off, and its total.
func TestADifferenceIsRoundingForAsManyAmountsAsThereAre(t *testing.T) {
	two := basket("24.00", "2.00", "1 10.0000 0 2.0000 20.00 A", "1 12.0000 0 0.0000 0.00 B") // two nets, one tax and the total
	for name, c := range map[string]struct {
		difference, rounding string
		want                 bool
	}{
		"half a penny for each":      {"0.02", "line", true},
		"below as well":              {"-0.02", "line", true},
		"more than that":             {"0.0201", "line", false},
		"more than that, below zero": {"-0.0201", "line", false},
		"a policy that parks":        {"0.01", "park", false},
	} {
		t.Run(name, func(t *testing.T) {
			p := testPolicy()
			p.Rounding = c.rounding
			if got := NewDraft(two, p).Explains(amt(c.difference)); got != c.want {
				t.Errorf("it is rounding: %v, want %v", got, c.want)
			}
		})
	}
}

// Whatever is taxed is mapped by its codes first.
func TestShippingAndAdjustmentsAreMappedByTheirCodes(t *testing.T) {
	d := basket("22.40", "2.40")
	tax := canonical.Tax{TaxPercent: "12.00", TaxRates: []canonical.Rate{{Code: "GST", Percent: "5.00"}, {Code: "PST", Percent: "7.00"}}}
	d.Shipping = &canonical.Charge{Tax: tax, NetAmount: amt("10"), TaxAmount: amt("1.20")}
	d.Adjustments = []canonical.Adjustment{{Kind: canonical.AdjustmentFee, Tax: tax, NetAmount: amt("10"), TaxAmount: amt("1.20")}}
	p := testPolicy()
	p.TaxCodeMap = map[string]string{"GST + PST": "BOTH"}
	lines, why := NewDraft(d, p).Compose()
	if why.Found() || len(lines) != 2 || lines[0].TaxRateID != "BOTH" || lines[1].TaxRateID != "BOTH" {
		t.Errorf("%+v, %v; want both at BOTH", lines, why)
	}
}
