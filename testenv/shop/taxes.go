package shop

import "fmt"

// A charge is one rate's tax on an order.
type charge struct {
	percent amount
	tax     pair
	lines   []chargedLine
}

// A chargedLine is the tax of a line, or of the shipping when line is -1.
type chargedLine struct {
	line int
	tax  pair
}

// taxes are the order's charges in the order of their first line; a rate of 0
// leaves no trace.
func (c *cart) taxes() []charge {
	var charges []charge
	put := func(percent amount, applied chargedLine) {
		if percent == 0 {
			return
		}
		for i := range charges {
			if charges[i].percent == percent {
				charges[i].tax = charges[i].tax.plus(applied.tax)
				charges[i].lines = append(charges[i].lines, applied)
				return
			}
		}
		charges = append(charges, charge{percent: percent, tax: applied.tax, lines: []chargedLine{applied}})
	}
	for i, l := range c.lines {
		if l.carries {
			put(l.percent, chargedLine{line: i, tax: l.tax})
		}
	}
	if c.shipping != (pair{}) {
		put(taxRate(taxStandard), chargedLine{line: -1, tax: c.shippingTax})
	}
	return charges
}

func (c charge) header(order int64) row {
	percent := int64(c.percent / one)
	return row{
		"order_id": order, "code": fmt.Sprintf("GB-VAT-%d", percent), "title": fmt.Sprintf("VAT %d%%", percent),
		"percent": c.percent, "amount": c.tax[inOrder], "base_amount": c.tax[inBase], "base_real_amount": c.tax[inBase],
		"priority": 0, "position": 0, "process": 0,
	}
}
