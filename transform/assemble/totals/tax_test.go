package totals

import (
	"testing"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/money"
)

var amount = money.MustParse

func id(n uint64) *uint64 { return &n }

// taxed is an order of item 1 at a percent, with its breakdown.
func taxed(percent, tax string, parts ...*magento.OrderTaxItem) Order {
	o := Order{
		Row:   &magento.Order{ShippingTaxAmount: amount("1.0000")},
		Items: map[uint64]*magento.OrderItem{1: {ItemID: 1, TaxPercent: amount(percent), TaxAmount: amount(tax)}},
		Taxes: map[uint64]*magento.OrderTax{},
	}
	for n, p := range parts {
		p.TaxItemID, p.TaxID = uint64(n+1), uint64(n+1)
		o.Taxes[p.TaxID] = &magento.OrderTax{TaxID: p.TaxID, Code: "RATE-" + percentText(p.TaxPercent), Percent: p.TaxPercent}
		o.TaxItems = append(o.TaxItems, p)
	}
	return o
}

func ofItem(percent, real string) *magento.OrderTaxItem {
	return &magento.OrderTaxItem{ItemID: id(1), TaxableItemType: "product", TaxPercent: amount(percent), RealAmount: amount(real)}
}

func ofType(kind, percent, real string) *magento.OrderTaxItem {
	return &magento.OrderTaxItem{TaxableItemType: kind, TaxPercent: amount(percent), RealAmount: amount(real)}
}

func TestRatesOfALine(t *testing.T) {
	for name, c := range map[string]struct {
		order         Order
		qty           string
		subtotal, net string
		tax           string
		percent       string
		rates         int
		explained     bool
	}{
		"the item's percent that reproduces the tax is enough":        {taxed("20.0000", "2.0000"), "1", "10.00", "10.00", "2.00", "20.00", 0, true},
		"its breakdown adds codes":                                    {taxed("20.0000", "2.0000", ofItem("20.0000", "2.0000")), "1", "10.00", "10.00", "2.00", "20.00", 1, true},
		"a rounding per unit is explained":                            {taxed("20.0000", "7.0000"), "100", "33.30", "33.30", "7.00", "20.00", 0, true},
		"a tax that the percent does not give is not":                 {taxed("20.0000", "5.0000"), "1", "10.00", "10.00", "5.00", "20.00", 0, false},
		"a tax before the discount is explained":                      {taxed("20.0000", "2.0000"), "1", "10.00", "8.00", "2.00", "20.00", 0, true},
		"one of two rates alone is hidden behind the percent":         {taxed("12.0000", "12.0000", ofItem("5.0000", "5.0000")), "1", "100.00", "100.00", "12.00", "12.00", 0, true},
		"one of two rates without a percent is not all":               {taxed("0.0000", "12.0000", ofItem("5.0000", "5.0000")), "1", "100.00", "100.00", "12.00", "5.00", 1, false},
		"both of two rates explain it by their amounts":               {taxed("0.0000", "12.0000", ofItem("5.0000", "5.0000"), ofItem("7.0000", "7.0000")), "1", "100.00", "100.00", "12.00", "12.00", 2, true},
		"rates on top of each other keep the item's percent":          {taxed("15.5000", "15.5000", ofItem("5.0000", "5.0000"), ofItem("10.0000", "10.5000")), "1", "100.00", "100.00", "15.50", "15.50", 2, true},
		"a breakdown need not reproduce a tax on the gross":           {taxed("20.0000", "3.0000", ofItem("20.0000", "3.0000")), "1", "10.00", "10.00", "3.00", "20.00", 1, true},
		"no tax at no percent is zero-rated":                          {taxed("0.0000", "0.0000"), "1", "10.00", "10.00", "0.00", "0.00", 0, true},
		"a tax without any rate is unknown":                           {taxed("0.0000", "2.0000"), "1", "10.00", "10.00", "2.00", "", 0, false},
		"a line that a discount made free keeps its rate":             {taxed("20.0000", "0.0000"), "1", "10.00", "0.00", "0.00", "20.00", 0, true},
		"a percent with digits that matter keeps them":                {taxed("8.8750", "8.8800"), "1", "100.00", "100.00", "8.88", "8.875", 0, true},
		"a line whose order item is not there has no rate of its own": {Order{}, "1", "10.00", "10.00", "2.00", "", 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			l := canonical.Line{OrderItemID: 1, Qty: amount(c.qty), LineSubtotal: amount(c.subtotal), NetAmount: amount(c.net), LineTax: amount(c.tax)}
			got, explained := newRates(c.order).ofLine(&l, c.order.Items[1])
			if got.TaxPercent != c.percent || len(got.TaxRates) != c.rates || explained != c.explained {
				t.Errorf("percent %q with %d rates, explained %v; want %q with %d, %v",
					got.TaxPercent, len(got.TaxRates), explained, c.percent, c.rates, c.explained)
			}
		})
	}
}

func TestRatesOfShipping(t *testing.T) {
	two := taxed("20.0000", "2.0000")
	two.Items[2] = &magento.OrderItem{ItemID: 2, TaxPercent: amount("5.0000")}
	for name, c := range map[string]struct {
		order     Order
		net, tax  string
		percent   string
		explained bool
	}{
		"the order's only rate explains it":                     {taxed("20.0000", "2.0000"), "5.00", "1.00", "20.00", true},
		"the only rate that does not give the tax does not":     {taxed("20.0000", "2.0000"), "5.00", "0.50", "", false},
		"with two rates and no breakdown nobody knows":          {two, "5.00", "1.00", "", false},
		"its breakdown that adds up to the order's tax decides": {taxed("20.0000", "2.0000", ofType("shipping", "25.0000", "1.0000")), "5.00", "1.00", "25.00", true},
		"a breakdown for a part of the order's shipping":        {taxed("20.0000", "2.0000", ofType("shipping", "20.0000", "9.0000")), "5.00", "1.00", "20.00", true},
		"shipping without tax is not taxed":                     {taxed("20.0000", "2.0000"), "5.00", "0.00", "0.00", true},
	} {
		t.Run(name, func(t *testing.T) {
			got, explained := newRates(c.order).ofCharge("shipping", amount(c.net), amount(c.tax))
			if got.TaxPercent != c.percent || explained != c.explained {
				t.Errorf("percent %q, explained %v; want %q, %v", got.TaxPercent, explained, c.percent, c.explained)
			}
		})
	}
}

func TestPercentsAndRatiosHaveNoNoise(t *testing.T) {
	for percent, want := range map[string][2]string{
		"20.0000": {"20.00", "0.2"}, "0.0000": {"0.00", "0"}, "8.8750": {"8.875", "0.08875"}, "5.5000": {"5.50", "0.055"}, "100.0000": {"100.00", "1"},
	} {
		t.Run(percent, func(t *testing.T) {
			if text, factor := percentText(amount(percent)), ratio(amount(percent)).String(); text != want[0] || factor != want[1] {
				t.Errorf("it is %s and %s, want %s and %s", text, factor, want[0], want[1])
			}
		})
	}
}
