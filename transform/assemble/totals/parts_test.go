package totals

import (
	"testing"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/money"
)

// item is an item of order item 1 that carries money.
func item(id uint64, row, tax string, more ...func(*magento.DocumentItem)) *magento.DocumentItem {
	total := amount(row)
	i := &magento.DocumentItem{EntityID: id, OrderItemID: 1, Qty: amount("1"), RowTotal: &total, TaxAmount: amount(tax)}
	for _, change := range more {
		change(i)
	}
	return i
}

func weee(of string) func(*magento.DocumentItem) {
	return func(i *magento.DocumentItem) { i.WeeeRowAmount = amount(of) }
}

func discounted(by, compensation string) func(*magento.DocumentItem) {
	return func(i *magento.DocumentItem) { i.DiscountAmount, i.TaxCompensation = amount(by), amount(compensation) }
}

func TestRowsThatOnlyShowStructureAreNoLines(t *testing.T) {
	parent := uint64(9)
	child := Order{Row: &magento.Order{}, Items: map[uint64]*magento.OrderItem{1: {ItemID: 1, ParentItemID: &parent, ProductType: "simple"}}}
	alone := Order{Row: &magento.Order{}, Items: map[uint64]*magento.OrderItem{1: {ItemID: 1, ProductType: "simple"}}}
	for name, c := range map[string]struct {
		order Order
		item  *magento.DocumentItem
		lines int
	}{
		"row_total NULL":                          {alone, &magento.DocumentItem{OrderItemID: 1}, 0},
		"a child of zeros":                        {child, item(1, "0", "0"), 0},
		"a child with money":                      {child, item(1, "1", "0"), 1},
		"a child with tax alone":                  {child, item(1, "0", "1"), 1},
		"a child with a discount alone":           {child, item(1, "0", "0", discounted("1", "0")), 1},
		"a child with a fixed product tax alone":  {child, item(1, "0", "0", weee("1")), 1},
		"a free item that is nobody's child":      {alone, item(1, "0", "0"), 1},
		"an item whose order item has not come":   {Order{Row: &magento.Order{}}, item(1, "0", "0"), 1},
		"an item whose order item is another one": {child, func() *magento.DocumentItem { i := item(1, "0", "0"); i.OrderItemID = 2; return i }(), 1},
	} {
		t.Run(name, func(t *testing.T) {
			got := Of(c.order, Header{Items: []*magento.DocumentItem{c.item}})
			if len(got.Lines) != c.lines {
				t.Errorf("lines are %+v, want %d", got.Lines, c.lines)
			}
			if got.Lines == nil {
				t.Error("lines are nil, and would be null in JSON")
			}
		})
	}
}

func TestALineIsNetOfItsDiscount(t *testing.T) {
	product := uint64(77)
	i := item(4, "100.0000", "15.0000", discounted("30.0000", "5.0000"))
	i.ProductID, i.SKU, i.Name, i.Price = &product, "TEE", "Tee", amount("100.0000")
	o := taxed("20.0000", "15.0000")
	o.Items[1].ProductType = "configurable"
	l := Of(o, Header{Items: []*magento.DocumentItem{i}}).Lines[0]
	if l.LineID != 4 || l.OrderItemID != 1 || l.ProductID != 77 || l.SKU != "TEE" || l.ProductType != "configurable" {
		t.Errorf("the line is %+v", l)
	}
	if !l.NetAmount.Equal(amount("75")) || !l.LineTotal.Equal(amount("90")) || l.TaxPercent != "20.00" {
		t.Errorf("net %s, total %s at %s; want 75, 90 at 20.00", l.NetAmount, l.LineTotal, l.TaxPercent)
	}
}

func TestShippingIsNetOfTheDiscountThatNoLineHas(t *testing.T) {
	for name, c := range map[string]struct {
		header   magento.DocumentHeader
		item     *magento.DocumentItem
		net      string // "" is no charge
		residual string
	}{
		"no discount":                                 {magento.DocumentHeader{ShippingAmount: amount("5")}, item(1, "10", "0"), "5", ""},
		"the lines have all of it":                    {magento.DocumentHeader{ShippingAmount: amount("5"), DiscountAmount: amount("-2")}, item(1, "10", "0", discounted("2", "0")), "5", ""},
		"shipping has the rest":                       {magento.DocumentHeader{ShippingAmount: amount("5"), DiscountAmount: amount("-3")}, item(1, "10", "0", discounted("2", "0")), "4", ""},
		"with its compensation":                       {magento.DocumentHeader{ShippingAmount: amount("5"), DiscountAmount: amount("-3"), ShippingTaxCompensation: amount("0.2")}, item(1, "10", "0", discounted("2", "0")), "4.2", ""},
		"which a credit memo has in the header's":     {magento.DocumentHeader{ShippingAmount: amount("5"), DiscountAmount: amount("-3"), TaxCompensation: amount("0.5")}, item(1, "10", "0", discounted("2", "0.3")), "4.2", ""},
		"discounted to nothing is no charge":          {magento.DocumentHeader{ShippingAmount: amount("5"), DiscountAmount: amount("-5")}, item(1, "10", "0"), "", ""},
		"where none is charged it is a residual":      {magento.DocumentHeader{DiscountAmount: amount("-3")}, item(1, "10", "0"), "", "-3"},
		"more than shipping is a residual":            {magento.DocumentHeader{ShippingAmount: amount("2"), DiscountAmount: amount("-3")}, item(1, "10", "0"), "2", "-3"},
		"lines with more than the header, a residual": {magento.DocumentHeader{ShippingAmount: amount("5"), DiscountAmount: amount("-1")}, item(1, "10", "0", discounted("2", "0")), "5", "1"},
	} {
		t.Run(name, func(t *testing.T) {
			got := Of(taxed("0", "0"), Header{DocumentHeader: c.header, Items: []*magento.DocumentItem{c.item}})
			switch {
			case (got.Shipping != nil) != (c.net != ""):
				t.Fatalf("shipping is %+v, want %q", got.Shipping, c.net)
			case got.Shipping != nil && !got.Shipping.NetAmount.Equal(amount(c.net)):
				t.Errorf("shipping is %s, want %s", got.Shipping.NetAmount, c.net)
			}
			var residual string
			for _, a := range got.Adjustments {
				if a.Kind == canonical.DiscountResidual {
					residual = a.NetAmount.String()
				}
			}
			if residual != c.residual {
				t.Errorf("residual %q, want %q", residual, c.residual)
			}
		})
	}
}

func TestShippingIsDescribedByItsOrder(t *testing.T) {
	o := taxed("20.0000", "2.0000")
	o.Row.ShippingDescription = "Flat Rate"
	h := Header{DocumentHeader: magento.DocumentHeader{ShippingAmount: amount("5")}}
	if got := Of(o, h).Shipping.Description; got != "Flat Rate" {
		t.Errorf("shipping is described as %q", got)
	}
	if got := Of(Order{}, h).Shipping; got == nil || got.Description != "" {
		t.Errorf("without the order shipping is %+v", got)
	}
}

func TestPaymentsInKindAreSettlements(t *testing.T) {
	h := Header{DocumentHeader: magento.DocumentHeader{
		GrandTotal:     amount("4.0000"),
		CommerceTotals: magento.CommerceTotals{CustomerBalance: amount("1"), GiftCards: amount("2"), RewardPoints: amount("3")},
	}, Items: []*magento.DocumentItem{item(1, "10", "0")}}
	got := Of(taxed("0", "0"), h)
	var kinds string
	for _, s := range got.Settlements {
		kinds += s.Kind + " " + s.Amount.String() + ", "
	}
	if kinds != "store_credit 1, gift_card 2, reward_points 3, " || !got.Balance.OK {
		t.Errorf("settlements are %q, balance %+v", kinds, got.Balance)
	}
	if got := Of(taxed("0", "0"), Header{}).Settlements; got != nil {
		t.Errorf("without any they are %+v", got)
	}
}

func TestFixedProductTaxesShareTheTaxThatIsLeftToTheLastDigit(t *testing.T) {
	h := Header{DocumentHeader: magento.DocumentHeader{TaxAmount: amount("6.6100")}, Items: []*magento.DocumentItem{
		item(1, "10.0000", "2.0000", weee("1.0000")), item(2, "10.0000", "2.0000", weee("1.0000")), item(3, "10.0000", "2.0000", weee("1.0000")),
	}}
	got := Of(taxed("20.0000", "6.0000"), h)
	var sum money.Amount
	for _, a := range got.Adjustments {
		if a.Kind != canonical.FixedProductTax || a.OrderItemID != 1 || a.TaxPercent != "20.00" {
			t.Errorf("an adjustment is %+v, want a fixed product tax at 20.00", a)
		}
		sum = sum.Add(a.TaxAmount)
	}
	if len(got.Adjustments) != 3 || !sum.Equal(amount("0.61")) {
		t.Errorf("%d fixed product taxes have %s of tax, want 3 with 0.61", len(got.Adjustments), sum)
	}
}

func TestAFixedProductTaxHasItsOwnBreakdownFirst(t *testing.T) {
	of := uint64(1)
	own := &magento.OrderTaxItem{AssociatedItemID: &of, TaxableItemType: "weee", TaxPercent: amount("5.0000"), RealAmount: amount("0.0500")}
	h := Header{DocumentHeader: magento.DocumentHeader{TaxAmount: amount("2.0500")}, Items: []*magento.DocumentItem{item(1, "10.0000", "2.0000", weee("1.0000"))}}
	for name, c := range map[string]struct {
		order Order
		want  string
	}{
		"its own":               {taxed("20.0000", "2.0000", own), "5.00"},
		"else that of its line": {taxed("20.0000", "2.0000", ofItem("5.0000", "0.0500")), "5.00"},
	} {
		t.Run(name, func(t *testing.T) {
			got := Of(c.order, h)
			if len(got.Adjustments) != 1 || got.Adjustments[0].TaxPercent != c.want || !got.Adjustments[0].TaxAmount.Equal(amount("0.05")) {
				t.Errorf("adjustments are %+v, want 0.05 at %s", got.Adjustments, c.want)
			}
		})
	}
}

func TestTheBalanceSaysWhyADocumentDoesNotFoot(t *testing.T) {
	for name, c := range map[string]struct {
		order  Order
		header Header
		want   canonical.Balance
	}{
		"all is there": {taxed("0", "0"), Header{DocumentHeader: magento.DocumentHeader{GrandTotal: amount("10")}, Items: []*magento.DocumentItem{item(1, "10", "0")}},
			canonical.Balance{OK: true}},
		"less than half a penny off": {taxed("0", "0"), Header{DocumentHeader: magento.DocumentHeader{GrandTotal: amount("10.0049")}, Items: []*magento.DocumentItem{item(1, "10", "0")}},
			canonical.Balance{OK: true, Difference: amount("0.0049")}},
		"half a penny off": {taxed("0", "0"), Header{DocumentHeader: magento.DocumentHeader{GrandTotal: amount("10.0050")}, Items: []*magento.DocumentItem{item(1, "10", "0")}},
			canonical.Balance{Difference: amount("0.005"), Reason: canonical.TotalsDoNotFoot}},
		"items have not come": {taxed("0", "0"), Header{DocumentHeader: magento.DocumentHeader{GrandTotal: amount("10"), Subtotal: amount("10")}},
			canonical.Balance{Difference: amount("10"), Reason: canonical.RowsMissing}},
		"without items it should have none": {taxed("0", "0"), Header{DocumentHeader: magento.DocumentHeader{GrandTotal: amount("10")}},
			canonical.Balance{Difference: amount("10"), Reason: canonical.TotalsDoNotFoot}},
		"the order has not come": {Order{}, Header{DocumentHeader: magento.DocumentHeader{GrandTotal: amount("10")}, Items: []*magento.DocumentItem{item(1, "10", "0")}},
			canonical.Balance{Reason: canonical.RowsMissing}},
	} {
		t.Run(name, func(t *testing.T) {
			got := Of(c.order, c.header).Balance
			if got.OK != c.want.OK || got.Reason != c.want.Reason || !got.Difference.Equal(c.want.Difference) {
				t.Errorf("balance is %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestRatesOfWhatIsNeitherLineNorShipping(t *testing.T) {
	known := taxed("20.0000", "2.0000", ofItem("20.0000", "2.0000"))
	for name, c := range map[string]struct {
		order     Order
		net, tax  string
		percent   string
		rates     int
		explained bool
	}{
		"its own rates that give the tax":                {taxed("20.0000", "2.0000", ofType("quote_gw", "5.0000", "0.2500")), "5", "0.25", "5.00", 1, true},
		"its own rates that do not are shown":            {taxed("0", "0", ofType("quote_gw", "5.0000", "0.2500"), ofType("item_gw", "7.0000", "0.1000")), "5", "3", "5.00", 1, false},
		"the order's only rate, with its code":           {known, "5", "1", "20.00", 1, true},
		"the order's only percent, before its breakdown": {taxed("20.0000", "2.0000"), "5", "1", "20.00", 0, true},
		"no tax":                            {known, "5", "0", "0.00", 0, true},
		"a tax that no rate gives":          {taxed("0", "0"), "5", "1", "", 0, false},
		"a tax that is rounded to the cent": {known, "5.03", "1.01", "20.00", 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			got, explained := newRates(c.order).ofCharge("quote_gw", amount(c.net), amount(c.tax))
			if got.TaxPercent != c.percent || len(got.TaxRates) != c.rates || explained != c.explained {
				t.Errorf("%q with %d rates, explained %v; want %q with %d, %v", got.TaxPercent, len(got.TaxRates), explained, c.percent, c.rates, c.explained)
			}
		})
	}
}

func TestATaxRowWithoutItsTaxIsNoRate(t *testing.T) {
	o := taxed("20.0000", "2.0000", ofItem("20.0000", "2.0000"))
	delete(o.Taxes, 1) // sales_order_tax commits apart from its items
	got, explained := newRates(o).ofLine(&canonical.Line{OrderItemID: 1, Qty: amount("1"), NetAmount: amount("10"), LineTax: amount("2")}, o.Items[1])
	if len(got.TaxRates) != 0 || got.TaxPercent != "20.00" || !explained {
		t.Errorf("%+v, explained %v; want the item's percent alone", got, explained)
	}
}
