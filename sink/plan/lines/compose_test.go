package lines

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/sink/policy"
	"github.com/mage2sage/mage2sage/sink/work"
	"github.com/mage2sage/mage2sage/testenv/golden"
)

// amt is a money literal.
func amt(s string) money.Amount { return money.MustParse(s) }

// testPolicy is a policy whose accounts can be read.
func testPolicy() policy.Policy {
	p := policy.Default()
	p.DefaultLedgerAccountID, p.ShippingLedgerAccountID, p.AdjustmentLedgerAccountID, p.DiscountLedgerAccountID = "sales", "carriage", "adjustments", "discounts"
	p.UntaxedTaxRateID, p.DefaultBankAccountID = "NO_TAX", "bank"
	p.TaxRateMap = map[string]string{"20.00": "STANDARD", "5.00": "LOWER", "0.00": "ZERO"}
	return p
}

// basket is a document with lines, in short: "qty net-before discount tax percent name".
func basket(total, tax string, lines ...string) *canonical.Document {
	d := &canonical.Document{Sums: canonical.Sums{GrandTotal: amt(total), TaxAmount: amt(tax)}}
	for n, text := range lines {
		f := strings.SplitN(text, " ", 6)
		l := canonical.Line{LineID: uint64(n + 1), Qty: amt(f[0]), LineSubtotal: amt(f[1]), DiscountAmount: amt(f[2]), LineTax: amt(f[3]), Name: f[5]}
		l.TaxPercent, l.NetAmount = f[4], amt(f[1]).Sub(amt(f[2]))
		d.Lines = append(d.Lines, l)
	}
	return d
}

// printed is a document's lines as an accountant reads them.
func printed(d *canonical.Document, p policy.Policy) string {
	draft := NewDraft(d, p)
	lines, why := draft.Compose()
	if why.Found() {
		return "parked " + why.String() + "\n"
	}
	var out strings.Builder
	for _, l := range lines {
		discount := money.Amount{}
		if l.DiscountAmount != nil {
			discount = *l.DiscountAmount
		}
		fmt.Fprintf(&out, "%5s × %9s − %6s = %9s  tax %7s %-8s %-11s %s\n", l.Quantity, l.UnitPrice.Fixed(2), discount.Fixed(2),
			l.UnitPrice.Mul(l.Quantity).Sub(discount).Fixed(2), l.TaxAmount.Fixed(2), l.TaxRateID, l.LedgerAccountID, l.Description)
	}
	fmt.Fprintf(&out, "net %s + tax %s = %s\n", draft.Target.Net, draft.Target.Tax, draft.Target.Total())
	return out.String()
}

func adjusted(d *canonical.Document, kind canonical.AdjustmentKind, net, tax, percent string) *canonical.Document {
	d.Adjustments = append(d.Adjustments, canonical.Adjustment{Kind: kind, NetAmount: amt(net), TaxAmount: amt(tax), Tax: canonical.Tax{TaxPercent: percent}})
	return d
}

func shipped(d *canonical.Document, net, tax, percent string) *canonical.Document {
	d.Shipping = &canonical.Charge{Description: "Flat Rate", NetAmount: amt(net), TaxAmount: amt(tax), Tax: canonical.Tax{TaxPercent: percent}}
	return d
}

func TestLinesReadLikeTheShopsDocument(t *testing.T) {
	parking := testPolicy()
	parking.Rounding = "park"
	unmapped := testPolicy()
	unmapped.TaxRateMap = map[string]string{"20.00": "STANDARD"}
	unmapped.UntaxedTaxRateID = ""
	var got strings.Builder
	for _, c := range []struct {
		name   string
		d      *canonical.Document
		policy policy.Policy
	}{
		{"a price that divides keeps its quantity", basket("72.00", "12.00", "3 60.0000 0 12.0000 20.00 Blue mug"), testPolicy()},
		{"a price that does not divide stands once, with the quantity in its text", basket("12.00", "2.00", "3 10.0000 0 2.0000 20.00 Blue mug"), testPolicy()},
		{"a discount stands in its own column", basket("32.40", "5.40", "3 30.0000 3.0000 5.4000 20.00 Blue mug"), testPolicy()},
		{"a discounted price that does not divide gives up a penny of discount, not the quantity", basket("10.80", "1.80", "3 10.0000 1.0000 1.8000 20.00 Blue mug"), testPolicy()},
		{"a quantity with decimals stands in the text", basket("18.00", "3.00", "1.5000 15.0000 0 3.0000 20.00 Cable, metre"), testPolicy()},
		{"pennies of tax go to the largest remainders", basket("3.60", "0.60", "1 1.0000 0 0.2004 20.00 A", "1 1.0000 0 0.2003 20.00 B", "1 1.0000 0 0.2003 20.00 C"), testPolicy()},
		{"fractions of pennies add up", basket("12.00", "2.00", "1 3.3333 0 0.6667 20.00 A", "1 3.3333 0 0.6667 20.00 B", "1 3.3334 0 0.6666 20.00 C"), testPolicy()},
		{"rates are mapped line by line, nothing is charged on nothing", basket("34.50", "4.50", "1 20.0000 0 4.0000 20.00 Taxed", "1 10.0000 0 0.5000 5.00 Reduced", "1 0 0 0 0.00 Gift"), testPolicy()},
		{"shipping is a line on its own account", shipped(basket("30.00", "5.00", "2 20.0000 0 4.0000 20.00 Blue mug"), "5.0000", "1.0000", "20.00"), testPolicy()},
		{"a fee at the rate of a line lowers that line", adjusted(basket("20.00", "0", "1 25.0000 0 0 0.00 Book"), canonical.AdjustmentFee, "-5.0000", "0", "0.00"), func() policy.Policy { p := testPolicy(); p.UntaxedTaxRateID = ""; return p }()},
		{"a fee at no line's rate is a line below zero", adjusted(basket("25.00", "5.00", "1 25.0000 0 5.0000 20.00 Blue mug"), canonical.AdjustmentFee, "-5.0000", "0", ""), testPolicy()},
		{"a refund of more is a line", adjusted(basket("33.00", "5.00", "1 25.0000 0 5.0000 20.00 Blue mug"), canonical.AdjustmentRefund, "3.0000", "0", ""), testPolicy()},
		{"a discount that no line explains goes to the discount account", adjusted(basket("28.00", "5.00", "1 25.0000 0 5.0000 20.00 Blue mug"), canonical.DiscountResidual, "-2.0000", "0", ""), testPolicy()},
		{"fixed product tax is a line", adjusted(basket("32.40", "5.40", "1 25.0000 0 5.0000 20.00 Lamp"), canonical.FixedProductTax, "2.0000", "0.4000", "20.00"), testPolicy()},
		{"tax that no line explains goes to the only taxed rate", adjusted(basket("30.01", "5.01", "1 25.0000 0 5.0000 20.00 Lamp"), canonical.TaxResidual, "0", "0.0100", ""), testPolicy()},
		{"a penny that is missing is one visible line", basket("30.01", "5.00", "1 25.0000 0 5.0000 20.00 Lamp", "1 0 0 0 0.00 Gift"), testPolicy()},
		{"a missing penny can be parked instead", basket("30.01", "5.00", "1 25.0000 0 5.0000 20.00 Lamp", "1 0 0 0 0.00 Gift"), parking},
		{"more than rounding is never a line", basket("31.00", "5.00", "1 25.0000 0 5.0000 20.00 Lamp"), testPolicy()},
		{"tax that does not foot is parked", basket("30.00", "4.00", "1 25.0000 0 5.0000 20.00 Lamp"), testPolicy()},
		{"a rate without a mapping names the key to add", basket("10.50", "0.50", "1 10.0000 0 0.5000 5.00 Bread"), unmapped},
		{"an untaxed adjustment without a rate names both ways out", adjusted(basket("33.00", "5.00", "1 25.0000 0 5.0000 20.00 Lamp"), canonical.AdjustmentRefund, "3.0000", "0", ""), unmapped},
		{"entities are decoded and control characters dropped", basket("12.00", "2.00", "1 10.0000 0 2.0000 20.00 Tea &amp;trade;\x07 &lt;b&gt;\t\u00dc"), testPolicy()},
	} {
		fmt.Fprintf(&got, "# %s\n%s\n", c.name, printed(c.d, c.policy))
	}
	golden.Compare(t, "lines.txt", got.String())
}

// anyDocument draws a document that foots, as Magento computes it: rows of two to
// four decimals, taxes rounded or not, discounts, shipping and adjustments.
func anyDocument(t *rapid.T) *canonical.Document {
	d := &canonical.Document{}
	places := rapid.SampledFrom([]int{2, 4}).Draw(t, "places")
	percents := []string{"20.00", "5.00", "0.00"}
	draw := func(name string, most int) money.Amount {
		return money.FromInt(int64(rapid.IntRange(0, most).Draw(t, name))).Quo(money.FromInt(10000), 4).Round(places)
	}
	taxOf := func(net money.Amount, percent string) money.Amount {
		return net.Mul(amt(percent)).Quo(amt("100"), rapid.SampledFrom([]int{2, 4}).Draw(t, "tax places"))
	}
	for n := range rapid.IntRange(1, 12).Draw(t, "lines") {
		l := canonical.Line{LineID: uint64(n), Name: "Item", Qty: money.FromInt(int64(rapid.IntRange(1, 9).Draw(t, "qty"))), LineSubtotal: draw("net", 5_000_000)}
		if rapid.IntRange(0, 3).Draw(t, "fraction") == 0 {
			l.Qty = l.Qty.Quo(amt("4"), 4)
		}
		l.TaxPercent = rapid.SampledFrom(percents).Draw(t, "percent")
		l.NetAmount = l.LineSubtotal
		if rapid.Bool().Draw(t, "discounted") {
			l.NetAmount = l.LineSubtotal.Mul(amt("0.85")).Round(places)
		}
		l.LineTax = taxOf(l.NetAmount, l.TaxPercent)
		d.Lines = append(d.Lines, l)
	}
	if rapid.Bool().Draw(t, "shipping") {
		net, percent := draw("shipping net", 200_000), rapid.SampledFrom(percents).Draw(t, "shipping percent")
		d.Shipping = &canonical.Charge{NetAmount: net, TaxAmount: taxOf(net, percent), Tax: canonical.Tax{TaxPercent: percent}}
	}
	if rapid.Bool().Draw(t, "refund") {
		adjusted(d, canonical.AdjustmentRefund, draw("refund", 100_000).String(), "0", "")
	}
	if rapid.Bool().Draw(t, "fee") {
		adjusted(d, canonical.AdjustmentFee, d.Lines[0].NetAmount.Mul(amt("0.3")).Round(places).Neg().String(), "0", "0.00")
	}
	for _, x := range componentsOf(d, testPolicy()) {
		d.GrandTotal, d.TaxAmount = d.GrandTotal.Add(x.Net).Add(x.Tax), d.TaxAmount.Add(x.Tax)
	}
	return d
}

func TestWhatSageMakesOfAnyDocumentEqualsMagentosTotalToThePenny(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := anyDocument(t)
		lines, why := NewDraft(d, testPolicy()).Compose()
		if why.Found() {
			t.Fatalf("a document that foots is parked: %v", why)
		}
		got := Predict(lines)
		if !got.Total().Equal(d.GrandTotal.Round(2)) || !got.Tax.Equal(d.TaxAmount.Round(2)) {
			t.Fatalf("Sage makes %s with %s tax, Magento has %s with %s", got.Total(), got.Tax, d.GrandTotal, d.TaxAmount)
		}
		for _, l := range lines {
			if l.DiscountAmount != nil && l.DiscountAmount.Sign() < 0 {
				t.Fatalf("a discount below zero: %s", l.DiscountAmount)
			}
			if rate := l.TaxRateID; (rate == "ZERO" || rate == "NO_TAX") && !l.TaxAmount.IsZero() {
				t.Fatalf("%s of tax at %s", l.TaxAmount, rate)
			}
		}
	})
}

func TestYenAreWholeAndWhatSageCannotHoldIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		currency string
		d        *canonical.Document
		want     string // lines, or the misfit
	}{
		"whole yen of parts that are not":        {"JPY", basket("220.00", "20.00", "3 100.4000 0 9.9000 20.00 A", "1 99.6000 0 10.1000 20.00 B"), "1×100 1×100"},
		"a price that would have decimals":       {"JPY", basket("110.00", "10.00", "8 100.0000 0 10.0000 20.00 A"), "1×100"},
		"a discount is whole too":                {"JPY", basket("88.00", "8.00", "2 100.5000 20.5000 8.0000 20.00 A"), "2×51-22"},
		"yen with decimals":                      {"JPY", basket("109.09", "9.09", "1 100.0000 0 9.0900 20.00 A"), "misfit 109.09"},
		"tax alone with decimals":                {"JPY", basket("109.00", "9.09", "1 99.9100 0 9.0900 20.00 A"), "misfit 9.09"},
		"dinars whose thousandths are none":      {"KWD", basket("12.340", "2.340", "1 10.0000 0 2.3400 20.00 A"), "1×10"},
		"thousandths of dinars in the parts":     {"KWD", basket("12.000", "2.000", "1 3.3350 0 0.6670 20.00 A", "1 6.6650 0 1.3330 20.00 B"), "1×3.34 1×6.66"},
		"dinars with thousandths":                {"KWD", basket("12.345", "2.345", "1 10.0000 0 2.3450 20.00 A"), "misfit 12.345"},
		"a fourth decimal is rounded as always":  {"GBP", basket("12.0049", "2.0000", "1 10.0049 0 2.0000 20.00 A"), "1×10"},
		"a fourth decimal of dinars is, as well": {"KWD", basket("12.0001", "2.0000", "1 10.0001 0 2.0000 20.00 A"), "1×10"},
	} {
		t.Run(name, func(t *testing.T) {
			c.d.Currency = c.currency
			if amount, found := Misfit(c.d); found {
				if got := "misfit " + amount.String(); got != c.want {
					t.Errorf("%s, want %s", got, c.want)
				}
				return
			}
			lines, why := NewDraft(c.d, testPolicy()).Compose()
			var got []string
			for _, l := range lines {
				text := formatQty(l.Quantity) + "×" + formatQty(l.UnitPrice)
				if l.DiscountAmount != nil {
					text += "-" + formatQty(*l.DiscountAmount)
				}
				got = append(got, text)
				if c.currency == "JPY" && !l.TaxAmount.IsWhole() {
					t.Errorf("tax of %s", l.TaxAmount)
				}
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("%v, %v; want %s", got, why, c.want)
			}
		})
	}
}

func TestALineOfTwoRatesIsMappedByTheirCodesOrTheirSum(t *testing.T) {
	for name, c := range map[string]struct {
		codes map[string]string
		rates map[string]string
		want  string
	}{
		"by codes":                     {map[string]string{"GST + PST": "BOTH"}, map[string]string{"12.00": "SUM"}, "BOTH"},
		"by their sum":                 {nil, map[string]string{"12.00": "SUM"}, "SUM"},
		"neither, with both ways out":  {nil, nil, `add "12.00" to tax_rate_map, or "GST + PST" to tax_code_map`},
		"never by one of the two rate": {map[string]string{"GST": "FEDERAL"}, map[string]string{"5.00": "FIVE", "7.00": "SEVEN"}, "tax_code_map"},
	} {
		t.Run(name, func(t *testing.T) {
			d := basket("112.00", "12.00", "1 100.0000 0 12.0000 12.00 Kayak")
			d.Lines[0].TaxRates = []canonical.Rate{{Code: "GST", Percent: "5.00"}, {Code: "PST", Percent: "7.00"}}
			p := testPolicy()
			p.TaxCodeMap, p.TaxRateMap = c.codes, c.rates
			lines, why := NewDraft(d, p).Compose()
			if why.Found() {
				if why.Reason != work.TaxUnmapped || !strings.Contains(why.Hint, c.want) {
					t.Errorf("%v, want %q", why, c.want)
				}
				return
			}
			if lines[0].TaxRateID != c.want {
				t.Errorf("mapped to %s, want %s", lines[0].TaxRateID, c.want)
			}
		})
	}
}
