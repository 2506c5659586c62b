package totals

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/money"
)

// drawAmount draws a decimal(20,4), zero often.
func drawAmount(t *rapid.T, name string) money.Amount {
	if rapid.IntRange(0, 2).Draw(t, name+" is zero") == 0 {
		return money.Amount{}
	}
	return money.FromInt(int64(rapid.IntRange(-100_000, 10_000_000).Draw(t, name))).Quo(money.FromInt(10_000), 4)
}

// TestEveryTermOfTheTotalIsInExactlyOnePart draws headers and lines as wild as they
// come: the parts add up to what Magento's columns do, to the last digit.
func TestEveryTermOfTheTotalIsInExactlyOnePart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := taxed("20.0000", "2.0000")
		h := Header{AdjustmentRefund: drawAmount(t, "refund"), AdjustmentFee: drawAmount(t, "fee"), DocumentHeader: magento.DocumentHeader{
			TaxAmount: drawAmount(t, "tax"), DiscountAmount: drawAmount(t, "discount").Neg(), ShippingAmount: drawAmount(t, "shipping"),
			ShippingTaxAmount: drawAmount(t, "shipping tax"), TaxCompensation: drawAmount(t, "compensation"),
			ShippingTaxCompensation: drawAmount(t, "shipping compensation"),
			CommerceTotals: magento.CommerceTotals{
				CustomerBalance: drawAmount(t, "store credit"), GiftCards: drawAmount(t, "gift cards"),
				RewardPoints: drawAmount(t, "points"), WrappingOrder: drawAmount(t, "wrapping"),
			},
		}}
		want := money.Sum(h.DiscountAmount, h.ShippingAmount, h.TaxAmount, h.TaxCompensation, h.ShippingTaxCompensation, h.AdjustmentRefund, h.WrappingOrder).
			Sub(money.Sum(h.AdjustmentFee, h.CustomerBalance, h.GiftCards, h.RewardPoints))
		for n := range rapid.IntRange(0, 4).Draw(t, "lines") {
			row := drawAmount(t, "row total")
			i := &magento.DocumentItem{
				EntityID: uint64(n + 1), OrderItemID: 1, Qty: money.FromInt(1), RowTotal: &row, TaxAmount: drawAmount(t, "line tax"),
				DiscountAmount: drawAmount(t, "line discount"), TaxCompensation: drawAmount(t, "line compensation"),
				WeeeRowAmount: drawAmount(t, "fixed product tax"),
			}
			h.Items = append(h.Items, i)
			want = want.Add(row).Add(i.WeeeRowAmount)
		}
		h.GrandTotal = want
		d := Of(o, h)
		if got := d.sum(); !got.Equal(want) {
			t.Fatalf("the parts add up to %s, the columns to %s: %+v", got, want, d)
		}
		if !d.Balance.OK || !d.Balance.Difference.IsZero() {
			t.Fatalf("balance is %+v", d.Balance)
		}
	})
}

func TestResiduals(t *testing.T) {
	ten := amount("10.0000")
	item := func(tax, weee string) *magento.DocumentItem {
		return &magento.DocumentItem{EntityID: 1, OrderItemID: 1, Qty: amount("1.0000"), RowTotal: &ten, TaxAmount: amount(tax), WeeeRowAmount: amount(weee)}
	}
	for name, c := range map[string]struct {
		header   Header
		kind     canonical.AdjustmentKind
		net, tax string
		complete bool
	}{
		"tax of nobody's is a residual and not explained": {
			Header{DocumentHeader: magento.DocumentHeader{TaxAmount: amount("5.0000")}, Items: []*magento.DocumentItem{item("2.0000", "0")}}, canonical.TaxResidual, "0", "3.0000", false},
		"a penny of it is rounding": {
			Header{DocumentHeader: magento.DocumentHeader{TaxAmount: amount("2.0100")}, Items: []*magento.DocumentItem{item("2.0000", "0")}}, canonical.TaxResidual, "0", "0.0100", true},
		"a fixed product tax takes the tax that its rate gives": {
			Header{DocumentHeader: magento.DocumentHeader{TaxAmount: amount("2.5000")}, Items: []*magento.DocumentItem{item("2.0000", "2.5000")}}, canonical.FixedProductTax, "2.5000", "0.5000", true},
		"a fixed product tax that was not taxed has none": {
			Header{DocumentHeader: magento.DocumentHeader{TaxAmount: amount("2.0000")}, Items: []*magento.DocumentItem{item("2.0000", "2.5000")}}, canonical.FixedProductTax, "2.5000", "0", true},
		"a discount without shipping is a residual": {
			Header{DocumentHeader: magento.DocumentHeader{TaxAmount: amount("2.0000"), DiscountAmount: amount("-1.0000")}, Items: []*magento.DocumentItem{item("2.0000", "0")}}, canonical.DiscountResidual, "-1.0000", "0", true},
		"a discount above shipping is a residual": {
			Header{DocumentHeader: magento.DocumentHeader{TaxAmount: amount("2.0000"), DiscountAmount: amount("-6.0000"), ShippingAmount: amount("5.0000")}, Items: []*magento.DocumentItem{item("2.0000", "0")}},
			canonical.DiscountResidual, "-6.0000", "0", true},
		"gift wrapping's tax on top of the header's": {
			Header{Items: []*magento.DocumentItem{item("2.0000", "0")}, DocumentHeader: magento.DocumentHeader{
				TaxAmount: amount("2.0000"), GrandTotal: amount("13.2000"),
				CommerceTotals: magento.CommerceTotals{WrappingOrder: amount("1.0000"), WrappingTax: amount("0.2000")}}},
			canonical.GiftWrapping, "1.0000", "0.2000", true},
	} {
		t.Run(name, func(t *testing.T) {
			d := Of(taxed("20.0000", "2.0000"), c.header)
			if len(d.Adjustments) != 1 {
				t.Fatalf("adjustments are %+v, want one", d.Adjustments)
			}
			a := d.Adjustments[0]
			if a.Kind != c.kind || !a.NetAmount.Equal(amount(c.net)) || !a.TaxAmount.Equal(amount(c.tax)) || d.TaxRatesComplete != c.complete {
				t.Errorf("%s of %s and %s, complete %v; want %s of %s and %s, %v", a.Kind, a.NetAmount, a.TaxAmount, d.TaxRatesComplete, c.kind, c.net, c.tax, c.complete)
			}
		})
	}
}

func TestADocumentWithoutItsOrderSaysSo(t *testing.T) {
	d := Of(Order{}, Header{})
	if d.Balance.OK || d.Balance.Reason != canonical.RowsMissing {
		t.Errorf("balance is %+v, want rows_missing", d.Balance)
	}
}
