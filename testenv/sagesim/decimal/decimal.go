// Package decimal counts money the way Sage prints it: exact decimals, halves
// rounded away from zero, and texts such as "30.0", "9.25" and "-8.0".
//
// It is the simulator's own on purpose. Were it shared with the program under
// test, both would round alike even when both are wrong.
package decimal

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/cockroachdb/apd/v3"
)

// arithmetic carries more digits than any product of a price, a quantity and an
// exchange rate needs, so only Round and Quo ever lose digits.
var arithmetic = apd.Context{
	Precision:   60,
	MaxExponent: apd.MaxExponent,
	MinExponent: apd.MinExponent,
	Rounding:    apd.RoundHalfUp,
}

// plain is what Sage's requests may hold; exponents are refused, because
// "1e999999999" would cost memory and no shop has such a price.
var plain = regexp.MustCompile(`^-?[0-9]{1,18}(\.[0-9]{1,18})?$`)

// A Number is an exact decimal. The zero value is 0; numbers never change.
type Number struct{ d *apd.Decimal }

// Parse reads a plain decimal such as "-12.50".
func Parse(text string) (Number, error) {
	if !plain.MatchString(text) {
		return Number{}, fmt.Errorf("%q is not a plain decimal", text)
	}
	d, _, err := apd.NewFromString(text)
	if err != nil {
		return Number{}, fmt.Errorf("parse decimal: %w", err)
	}
	return Number{d}, nil
}

// Must is Parse for constants; it panics on a text that is no number.
func Must(text string) Number {
	n, err := Parse(text)
	if err != nil {
		panic(err)
	}
	return n
}

// Int returns the whole number i.
func Int(i int64) Number { return Number{apd.New(i, 0)} }

func (n Number) value() *apd.Decimal {
	if n.d == nil {
		return new(apd.Decimal)
	}
	return n.d
}

// Add returns n + m.
func (n Number) Add(m Number) Number { return compute(arithmetic.Add, n, m) }

// Sub returns n - m.
func (n Number) Sub(m Number) Number { return compute(arithmetic.Sub, n, m) }

// Mul returns n × m, exactly.
func (n Number) Mul(m Number) Number { return compute(arithmetic.Mul, n, m) }

// Quo returns n ÷ m rounded to places decimals, and 0 when m is 0.
func (n Number) Quo(m Number, places int) Number {
	if m.IsZero() {
		return Number{}
	}
	return compute(arithmetic.Quo, n, m).Round(places)
}

// Neg returns -n.
func (n Number) Neg() Number { return Number{}.Sub(n) }

// Abs returns n without its sign.
func (n Number) Abs() Number {
	if n.Sign() < 0 {
		return n.Neg()
	}
	return n
}

// Round rounds halves away from zero: Sage makes 41.63 of 41.625.
func (n Number) Round(places int) Number {
	out := new(apd.Decimal)
	if _, err := arithmetic.Quantize(out, n.value(), int32(-places)); err != nil {
		panic(err) // more than 60 digits: Parse's limits keep every sum far below
	}
	return Number{out}
}

// Cmp is negative, zero or positive as n is below, equal to or above m.
func (n Number) Cmp(m Number) int { return n.value().Cmp(m.value()) }

// Equal says whether n and m are the same number; 1.0 equals 1.
func (n Number) Equal(m Number) bool { return n.Cmp(m) == 0 }

// Sign is -1, 0 or 1.
func (n Number) Sign() int { return n.value().Sign() }

// IsZero says whether n is 0.
func (n Number) IsZero() bool { return n.value().IsZero() }

// String is Sage's form: no exponent, no needless zeros, at least one decimal.
func (n Number) String() string {
	text := n.value().Text('f')
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	text = strings.TrimRight(text, "0")
	if strings.HasSuffix(text, ".") {
		text += "0"
	}
	if text == "-0.0" {
		return "0.0"
	}
	return text
}

// Fixed is n with exactly places decimals, as accountants write it: "30.00".
func (n Number) Fixed(places int) string { return n.Round(places).value().Text('f') }

// MarshalJSON writes the string form, as Sage does.
func (n Number) MarshalJSON() ([]byte, error) { return []byte(`"` + n.String() + `"`), nil }

// UnmarshalJSON takes a string or a number: Sage accepts both in requests.
func (n *Number) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil
	}
	parsed, err := Parse(strings.Trim(string(data), `"`))
	if err != nil {
		return err
	}
	*n = parsed
	return nil
}

// operation is the shape of apd's arithmetic.
type operation func(out, a, b *apd.Decimal) (apd.Condition, error)

func compute(op operation, a, b Number) Number {
	out := new(apd.Decimal)
	if _, err := op(out, a.value(), b.value()); err != nil {
		panic(err) // overflow: impossible within Parse's limits
	}
	return Number{out}
}
