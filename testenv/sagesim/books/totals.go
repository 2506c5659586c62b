package books

import (
	"github.com/mage2sage/mage2sage/testenv/sagesim/chart"
	"github.com/mage2sage/mage2sage/testenv/sagesim/decimal"
	"github.com/mage2sage/mage2sage/testenv/sagesim/ledger"
)

// sum works out lines, shipping, header and tax analysis. Amounts are rounded
// per line and then added; base amounts are rounded per line too, so the header
// always equals its lines in both currencies.
func (b *Business) sum(d *Document, contact *Contact) error {
	for _, r := range d.Request.Lines() {
		line, err := b.line(contact, r, d.Rate)
		if err != nil {
			return err
		}
		d.Lines = append(d.Lines, line)
		d.count(line.Rate, Sums{line.Net, line.Tax}, line.Base)
	}
	if err := b.shipping(d); err != nil {
		return err
	}
	if err := b.checkSent(Sums{d.Header().Net, d.Total.Total().Sub(d.Header().Net)}, d.Request.NetSent, d.Request.TotalSent); err != nil {
		return err
	}
	d.Request.NetSent, d.Request.TotalSent = nil, nil
	if d.Total.Total().Sign() < 0 {
		return Invalid("total_amount", "must be greater than or equal to 0")
	}
	return nil
}

// shipping recomputes the tax of the shipping panel from its rate: Sage ignores
// what was sent.
func (b *Business) shipping(d *Document) error {
	r := d.Request
	if r.ShippingTaxRate == "" && r.ShippingNet.IsZero() {
		return nil
	}
	if r.ShippingTaxRate == "" {
		return Invalid("shipping_tax_rate_id", Required)
	}
	rate, ok := chart.FindTaxRate(r.ShippingTaxRate)
	if !ok {
		return Missing("shipping_tax_rate_id")
	}
	net := r.ShippingNet.Round(2)
	d.ShipRate = rate
	d.Shipping = Sums{net, net.Mul(rate.Percentage).Quo(decimal.Int(100), 2)}
	d.ShipBase = d.Shipping.in(d.Rate)
	d.count(rate, d.Shipping, d.ShipBase)
	return nil
}

// count adds one line to header and tax analysis.
func (d *Document) count(rate chart.TaxRate, sums, base Sums) {
	d.Total, d.BaseTotal = d.Total.add(sums), d.BaseTotal.add(base)
	for i := range d.Taxes {
		if d.Taxes[i].Rate.ID == rate.ID {
			d.Taxes[i].Sums = d.Taxes[i].add(sums)
			return
		}
	}
	d.Taxes = append(d.Taxes, TaxSum{rate, sums})
}

// Quantity is the sum of the lines' quantities.
func (d *Document) Quantity() decimal.Number {
	var sum decimal.Number
	for _, line := range d.Lines {
		sum = sum.Add(line.Quantity)
	}
	return sum
}

// Discount is the sum of the lines' discounts.
func (d *Document) Discount() decimal.Number {
	var sum decimal.Number
	for _, line := range d.Lines {
		sum = sum.Add(line.Discount)
	}
	return sum
}

// entries are the document's ledger lines: an invoice debits debtors and
// credits sales and tax, a credit note the other way round.
func (d *Document) entries() []ledger.Line {
	side := decimal.Int(int64(d.side()))
	lines := []ledger.Line{{Account: chart.Debtors, Amount: d.BaseTotal.Total().Mul(side), Description: d.Number}}
	credit := func(account, rate, text string, amount decimal.Number) {
		lines = append(lines, ledger.Line{Account: account, Amount: amount.Mul(side).Neg(), TaxRate: rate, Description: text})
	}
	for _, l := range d.Lines {
		credit(l.Account, l.Rate.ID, l.Description, l.Base.Net)
		credit(chart.SalesTax, l.Rate.ID, l.Description, l.Base.Tax)
	}
	credit(chart.Carriage, d.ShipRate.ID, "Carriage", d.ShipBase.Net)
	credit(chart.SalesTax, d.ShipRate.ID, "Carriage", d.ShipBase.Tax)
	return lines
}

func (d *Document) side() Side {
	if d.Kind == CreditNote {
		return Credit
	}
	return Debit
}
