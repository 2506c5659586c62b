package shop

import (
	"database/sql/driver"
	"fmt"
	"strconv"
	"strings"
)

// An amount is money, a quantity or a percentage in ten-thousandths, the
// precision of Magento's decimal(20,4).
type amount int64

const one amount = 10_000

// String is the amount as MariaDB prints it, "-12.3400".
func (a amount) String() string {
	sign, magnitude := "", int64(a)
	if a < 0 {
		sign, magnitude = "-", -magnitude
	}
	return fmt.Sprintf("%s%d.%04d", sign, magnitude/int64(one), magnitude%int64(one))
}

// Value makes an amount an argument of a statement.
func (a amount) Value() (driver.Value, error) { return a.String(), nil }

// parseAmount reads a decimal of at most four places; empty is zero.
func parseAmount(text string) (amount, error) {
	if text == "" {
		return 0, nil
	}
	digits, negative := strings.CutPrefix(text, "-")
	whole, fraction, _ := strings.Cut(digits, ".")
	if len(fraction) > 4 {
		if strings.Trim(fraction[4:], "0") != "" {
			return 0, fmt.Errorf("amount %q has more than four places", text)
		}
		fraction = fraction[:4]
	}
	value, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", 4-len(fraction)), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("amount %q: %w", text, err)
	}
	if negative {
		value = -value
	}
	return amount(value), nil
}

// cents rounds to two places, halves away from zero, as PHP's round does.
func (a amount) cents() amount { return amount(divide(int64(a), 100) * 100) }

// share is a·part/whole, exact to four places.
func (a amount) share(part, whole amount) amount {
	if whole == 0 {
		return 0
	}
	return amount(divide(int64(a)*int64(part), int64(whole)))
}

// An exact is an amount before rounding, in 1/100,000,000.
type exact int64

// percent is a·rate/100; rate is a percentage.
func (a amount) percent(rate amount) exact { return exact(divide(int64(a)*int64(rate), 100)) }

// contained is the tax of that rate which a gross amount contains.
func (a amount) contained(rate amount) exact {
	return exact(divide(int64(a)*int64(one)*int64(rate), int64(100*one+rate)))
}

func (e exact) cents() amount { return amount(divide(int64(e), 1_000_000) * 100) }

func (a amount) exactly() exact { return exact(a) * exact(one) }

// divide rounds to the nearest, halves away from zero; by is positive.
func divide(value, by int64) int64 {
	if value < 0 {
		return -divide(-value, by)
	}
	return (value + by/2) / by
}

// A rounder rounds to cents and carries what it cut off to the next amount of
// the same key, so that the rounded parts add up to the rounded whole.
type rounder map[string]exact

func (r rounder) round(key string, value exact) amount {
	value += r[key]
	rounded := value.cents()
	r[key] = value - rounded.exactly()
	return rounded
}

// A pair is one amount in the base currency and in the order's currency, as
// Magento keeps them: the second is not computed from the first.
type pair [2]amount

const (
	inBase  = 0
	inOrder = 1
)

func (p pair) plus(q pair) pair { return pair{p[0] + q[0], p[1] + q[1]} }

func (p pair) minus(q pair) pair { return pair{p[0] - q[0], p[1] - q[1]} }

func (p pair) negated() pair { return pair{-p[0], -p[1]} }

func (p pair) times(n int64) pair { return pair{p[0] * amount(n), p[1] * amount(n)} }

// share is the part of each amount, rounded to cents.
func (p pair) share(part, whole amount) pair {
	return pair{p[0].share(part, whole).cents(), p[1].share(part, whole).cents()}
}
