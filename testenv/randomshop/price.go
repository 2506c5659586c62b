package randomshop

import (
	"fmt"

	"pgregory.net/rapid"

	"github.com/mage2sage/mage2sage/schemas/money"
)

// A rate is one tax of an order.
type rate struct {
	code    string
	percent money.Amount
}

// settings are how the shop is configured when an order is placed.
type settings struct {
	store                   int
	baseCurrency, currency  string
	toOrder                 money.Amount // base × this = order
	inclusive               bool         // catalogue prices have tax in them
	shippingInclusive       bool
	algorithm               string // unit, row or total
	taxBeforeDiscount       bool
	discountOnGross         bool
	discountPercent         money.Amount
	discountsShipping       bool
	levyTaxed, levySubtotal bool
	rates                   []rate
	compound                bool // the second rate is on top of the first
	commerce                bool // Adobe Commerce
}

func drawSettings(t *rapid.T) settings {
	s := settings{
		store: rapid.IntRange(1, 2).Draw(t, "store"), baseCurrency: "GBP", currency: "GBP", toOrder: money.FromInt(1),
		inclusive: rapid.Bool().Draw(t, "prices with tax"), shippingInclusive: rapid.Bool().Draw(t, "shipping with tax"),
		algorithm:         rapid.SampledFrom([]string{"unit", "row", "total"}).Draw(t, "tax by"),
		taxBeforeDiscount: rapid.IntRange(0, 3).Draw(t, "tax before discount") == 0,
		discountOnGross:   rapid.Bool().Draw(t, "discount on the gross"),
		discountPercent:   percent(rapid.SampledFrom([]string{"0", "0", "10", "12.5", "33", "50"}).Draw(t, "discount")),
		discountsShipping: rapid.Bool().Draw(t, "shipping has the discount"),
		levyTaxed:         rapid.Bool().Draw(t, "FPT is taxed"), levySubtotal: rapid.Bool().Draw(t, "FPT is in the subtotal"),
		commerce: rapid.IntRange(0, 2).Draw(t, "Adobe Commerce") == 0,
	}
	switch rapid.IntRange(0, 3).Draw(t, "currency") {
	case 0:
		s.currency, s.toOrder = "EUR", money.MustParse("1.1700")
	case 1:
		s.currency, s.toOrder = "JPY", money.MustParse("191.3750")
	}
	switch rapid.IntRange(0, 4).Draw(t, "rates") {
	case 0:
	case 1:
		s.rates, s.compound = []rate{{"GST", percent("5")}, {"PST", percent("9.975")}}, rapid.Bool().Draw(t, "on top of each other") && !s.inclusive
	default:
		s.rates = []rate{{"VAT", percent(rapid.SampledFrom([]string{"20", "5.5", "8.875"}).Draw(t, "percent"))}}
	}
	return s
}

func percent(text string) money.Amount { return money.MustParse(text).Round(4) }

// totalPercent is what Magento writes into tax_percent.
func (s settings) totalPercent() money.Amount {
	total := zero
	for n, r := range s.rates {
		if n > 0 && s.compound {
			total = total.Add(r.percent).Add(total.Mul(r.percent).Quo(hundred, 4))
			continue
		}
		total = total.Add(r.percent)
	}
	return total
}

// A cart computes the money of one order, and keeps what rounding by total carries on.
type cart struct {
	settings
	carried map[string]money.Amount
}

// priced is what one thing comes to: net without tax and before its discount.
type priced struct {
	net, tax, discount, compensation pair
	shares                           []pair // the tax by rate
}

// price computes units of something at a catalogue price.
func (c *cart) price(unit pair, qty money.Amount, discount money.Amount, inclusive, taxed bool) priced {
	p := priced{shares: make([]pair, len(c.rates))}
	for cur := range 2 {
		entered := unit[cur].Mul(qty).Round(2)
		before := total(c.taxes("before", cur, entered, qty, inclusive, taxed))
		p.net[cur] = entered
		base := entered
		switch {
		case inclusive:
			p.net[cur] = entered.Sub(before)
			if !c.discountOnGross {
				base = p.net[cur]
			}
		case c.discountOnGross:
			base = entered.Add(before)
		}
		if !discount.IsZero() && !entered.IsZero() { // what is free carries nothing on
			p.discount[cur] = c.carry(fmt.Sprint("discount", cur), base.Percent(discount))
		}
		on := entered
		if !c.taxBeforeDiscount {
			on = entered.Sub(p.discount[cur])
		}
		shares := c.taxes("after", cur, on, qty, inclusive, taxed)
		for n, share := range shares {
			p.shares[n][cur] = share
		}
		if p.tax[cur] = total(shares); inclusive {
			p.compensation[cur] = before.Sub(p.tax[cur])
		}
	}
	return p
}

// taxes are what each rate takes of an amount.
func (c *cart) taxes(when string, cur int, entered, qty money.Amount, inclusive, taxed bool) []money.Amount {
	out := make([]money.Amount, len(c.rates))
	if !taxed {
		return out
	}
	of, before := entered, zero
	if c.algorithm == "unit" {
		of = entered.Quo(qty, 8)
	}
	for n, r := range c.rates {
		exact := of.Add(before).Percent(r.percent)
		if inclusive {
			exact = of.Mul(r.percent).Quo(hundred.Add(c.totalPercent()), 8)
		}
		switch c.algorithm {
		case "unit":
			out[n] = exact.Round(2).Mul(qty).Round(2)
		case "row":
			out[n] = exact.Round(2)
		default:
			out[n] = c.carry(fmt.Sprint(when, cur, inclusive, n), exact)
		}
		if c.compound {
			before = before.Add(exact)
		}
	}
	return out
}

// carry rounds to pennies and adds what it cut off to the next amount of the same key.
func (c *cart) carry(key string, exact money.Amount) money.Amount {
	exact = exact.Add(c.carried[key])
	rounded := exact.Round(2)
	c.carried[key] = exact.Sub(rounded)
	return rounded
}

func total(all []money.Amount) money.Amount { return money.Sum(all...) }

// drawPrice draws a price in the base currency, and its conversion to the order's.
func (c *cart) drawPrice(t *rapid.T, name string, most int) pair {
	base := money.Cents(int64(rapid.IntRange(1, most).Draw(t, name)))
	return pair{base, base.Mul(c.toOrder).Round(2)}
}
