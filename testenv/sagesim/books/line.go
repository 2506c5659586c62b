package books

import (
	"github.com/mage2sage/mage2sage/testenv/sagesim/chart"
	"github.com/mage2sage/mage2sage/testenv/sagesim/decimal"
)

// A LineRequest is one line of a document as a client writes it. Nil amounts
// were not sent.
type LineRequest struct {
	ID            string          `json:"id"` // only in a PUT: the line to change
	Description   string          `json:"description"`
	Account       string          `json:"ledger_account_id"`
	TaxRate       string          `json:"tax_rate_id"`
	Product       string          `json:"product_id"`
	Service       string          `json:"service_id"`
	GoodsType     string          `json:"eu_goods_services_type_id"`
	Quantity      *decimal.Number `json:"quantity"`
	UnitPrice     *decimal.Number `json:"unit_price"`
	TaxAmount     *decimal.Number `json:"tax_amount"`
	NetSent       *decimal.Number `json:"net_amount"`
	TotalSent     *decimal.Number `json:"total_amount"`
	Discount      decimal.Number  `json:"discount_amount"`
	DiscountPct   decimal.Number  `json:"discount_percentage"`
	IncludesTax   bool            `json:"unit_price_includes_tax"`
	TradeOfAssets bool            `json:"trade_of_asset"`
}

// Clone is a copy that shares nothing with r, for a PUT to write over.
func (r LineRequest) Clone() LineRequest {
	for _, amount := range []**decimal.Number{&r.Quantity, &r.UnitPrice, &r.TaxAmount, &r.NetSent, &r.TotalSent} {
		if *amount != nil {
			copied := **amount
			*amount = &copied
		}
	}
	return r
}

// A Line is a line as Sage keeps it: every amount with two decimals.
type Line struct {
	LineRequest
	Quantity  decimal.Number
	UnitPrice decimal.Number
	Discount  decimal.Number
	Net       decimal.Number
	Tax       decimal.Number
	Rate      chart.TaxRate
	Base      Sums  // net and tax in base currency
	Item      *Item // what is sold; nil for a line that is only a description
}

// Sums are a net amount and its tax.
type Sums struct{ Net, Tax decimal.Number }

// Total is net plus tax.
func (s Sums) Total() decimal.Number { return s.Net.Add(s.Tax) }

func (s Sums) add(o Sums) Sums { return Sums{s.Net.Add(o.Net), s.Tax.Add(o.Tax)} }

// in converts both amounts and rounds each to a penny.
func (s Sums) in(rate decimal.Number) Sums {
	return Sums{s.Net.Mul(rate).Round(2), s.Tax.Mul(rate).Round(2)}
}

// line checks one requested line and works its amounts out.
func (b *Business) line(contact *Contact, r LineRequest, rate decimal.Number) (Line, error) {
	tax, err := b.checkLine(contact, r)
	if err != nil {
		return Line{}, err
	}
	item, err := b.item(r)
	if err != nil {
		return Line{}, err
	}
	l := Line{LineRequest: r, Quantity: *r.Quantity, UnitPrice: r.UnitPrice.Round(2), Rate: tax, Item: item}
	if b.Rules.RoundProduct {
		l.UnitPrice = *r.UnitPrice
	}
	if b.Rules.RoundQuantity {
		l.Quantity = l.Quantity.Round(2)
	}
	gross := l.Quantity.Mul(l.UnitPrice).Round(2)
	l.Discount = r.Discount.Round(2)
	if !r.DiscountPct.IsZero() {
		l.Discount = gross.Mul(r.DiscountPct).Quo(decimal.Int(100), 2)
	}
	if r.TaxAmount != nil {
		l.Tax = r.TaxAmount.Round(2)
	}
	l.Net = gross.Sub(l.Discount)
	if r.IncludesTax && b.Rules.InclusiveByRate {
		hundred := decimal.Int(100)
		l.Tax = l.Net.Mul(tax.Percentage).Quo(hundred.Add(tax.Percentage), 2)
	}
	if r.IncludesTax {
		l.Net = l.Net.Sub(l.Tax)
	}
	if err := b.checkSent(Sums{l.Net, l.Tax}, r.NetSent, r.TotalSent); err != nil {
		return Line{}, err
	}
	l.NetSent, l.TotalSent = nil, nil
	l.Base = Sums{l.Net, l.Tax}.in(rate)
	return l, b.checkTax(l)
}

func (b *Business) checkLine(contact *Contact, r LineRequest) (chart.TaxRate, error) {
	for field, value := range map[string]*decimal.Number{"quantity": r.Quantity, "unit_price": r.UnitPrice} {
		if value == nil {
			return chart.TaxRate{}, Invalid("line_items."+field, Required)
		}
	}
	account, ok := chart.FindAccount(r.Account)
	if !ok {
		return chart.TaxRate{}, Missing("line_items.ledger_account_id")
	}
	tax, ok := chart.FindTaxRate(r.TaxRate)
	if !ok {
		return tax, Missing("line_items.tax_rate_id")
	}
	switch {
	case !account.VisibleIn("sales"):
		return tax, Invalid("line_items.ledger_account_id", NotListed)
	case entity.MatchString(r.Description):
		return tax, Invalid("line_items.description", Required)
	case r.TaxAmount == nil && !tax.Free():
		return tax, Invalid("line_items.tax_amount", Required)
	case b.Rules.StrictVAT && !tax.Free() && b.abroad(contact):
		return tax, Invalid("line_items.tax_rate_id", "must be 'Zero Rated' for Customers outside the EU")
	case b.Rules.RefuseNegativeLines && (r.Quantity.Sign() < 0 || r.UnitPrice.Sign() < 0):
		return tax, Invalid("line_items.unit_price", "must be greater than or equal to 0")
	case r.Discount.Sign() < 0 || r.DiscountPct.Sign() < 0:
		return tax, Invalid("line_items.discount_amount", "must be greater than or equal to 0")
	}
	return tax, nil
}

// checkSent refuses amounts that were sent and are not what they are worked out to be, under
// CheckTotals.
func (b *Business) checkSent(is Sums, net, total *decimal.Number) error {
	if b.Rules.CheckTotals && (net != nil && !net.Equal(is.Net) || total != nil && !total.Equal(is.Total())) {
		return Invalid("base", "The totals do not agree with the lines.")
	}
	return nil
}

// checkTax refuses a tax that its rate does not explain, under StrictTax.
func (b *Business) checkTax(l Line) error {
	want := l.Net.Mul(l.Rate.Percentage).Quo(decimal.Int(100), 2)
	if b.Rules.StrictTax && l.Tax.Sub(want).Abs().Cmp(decimal.Must("0.01")) > 0 {
		return Invalid("line_items.tax_amount", "must be within 0.01 of %s", want)
	}
	return nil
}

// union are the members of the EU, whose customers may be charged a local rate.
var union = map[string]bool{
	"AT": true, "BE": true, "BG": true, "CY": true, "CZ": true, "DE": true, "DK": true, "EE": true, "ES": true,
	"FI": true, "FR": true, "GR": true, "HR": true, "HU": true, "IE": true, "IT": true, "LT": true, "LU": true,
	"LV": true, "MT": true, "NL": true, "PL": true, "PT": true, "RO": true, "SE": true, "SI": true, "SK": true,
}

func (b *Business) abroad(c *Contact) bool {
	return c.Main.Country != "" && c.Main.Country != "GB" && !union[c.Main.Country]
}
