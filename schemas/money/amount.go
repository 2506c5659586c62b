// Package money does exact decimal arithmetic for amounts, rates and quantities.
//
// An Amount keeps every digit that Magento stored (decimal(20,4) for documents)
// until a caller rounds it, and rounding is half up, away from zero for negative
// numbers, as HMRC's VATREC12030 describes and as PHP's round() does. There is no
// float in this package and no implicit rounding: Sum of stored amounts is exact.
//
//	net := price.Mul(qty)                   // exact
//	vat := net.Mul(percent).Quo(hundred, 2) // Quo and Round name their places
//	lines := money.Allocate(total, shares, 2)
//
// In JSON an Amount is a string such as "12.3400"; null and a missing field read as
// zero. Only Quo, Round and Floor may lose digits, and each takes the number of
// places to keep. The package does not know currencies and their places.
package money

import (
	"fmt"

	"github.com/cockroachdb/apd/v3"
)

// exact keeps 60 digits: room for the sum and the product of any two numbers that Parse
// takes, and far more than two decimal(20,4) values need. A product of many would be
// rounded to 60 digits.
var exact = apd.Context{Precision: 60, MaxExponent: 1000, MinExponent: -1000, Rounding: apd.RoundHalfUp, Traps: apd.DefaultTraps}

// Amount is an immutable exact decimal. The zero value is 0.
type Amount struct{ d apd.Decimal }

// Parse reads a plain decimal such as "-12.3400". It refuses exponents, NaN,
// infinities and more than 30 digits, of which the product of two fits.
func Parse(s string) (Amount, error) {
	if a, ok := parseShort(s); ok {
		return a, nil
	}
	if err := checkPlain(s); err != nil {
		return Amount{}, err
	}
	d, _, err := apd.NewFromString(s)
	if err != nil {
		return Amount{}, fmt.Errorf("parse decimal: %w", err)
	}
	return Amount{*d}, nil
}

// parseShort reads what Magento has in nearly all of its columns, ten times as fast as the
// library. ok is false for whatever is longer or something else.
func parseShort[T string | []byte](s T) (a Amount, ok bool) {
	digits, negative := s, len(s) > 0 && s[0] == '-'
	if negative {
		digits = s[1:]
	}
	var number int64
	count, places := 0, -1
	for i := range len(digits) {
		switch c := digits[i]; {
		case c >= '0' && c <= '9':
			number, count = number*10+int64(c-'0'), count+1
			if places >= 0 {
				places++
			}
		case c == '.' && places < 0:
			places = 0
		default:
			return a, false
		}
		if count > shortDigits {
			return a, false
		}
	}
	if count == 0 {
		return a, false
	}
	a.d.Coeff.SetInt64(number)
	a.d.Exponent, a.d.Negative = -int32(max(places, 0)), negative
	return a, true
}

// checkPlain accepts an optional sign, digits and at most one point.
func checkPlain(s string) error {
	digits, points := 0, 0
	for i, c := range s {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case c == '.':
			points++
		case (c == '-' || c == '+') && i == 0:
		default:
			return fmt.Errorf("parse decimal: unexpected character at %d", i)
		}
	}
	if digits == 0 || digits > 30 || points > 1 {
		return fmt.Errorf("parse decimal: want 1 to 30 digits and at most one point, got %d and %d", digits, points)
	}
	return nil
}

// MustParse is Parse for constants; it panics on what Parse refuses.
func MustParse(s string) Amount {
	a, err := Parse(s)
	if err != nil {
		panic(err)
	}
	return a
}

// FromInt returns n as an Amount.
func FromInt(n int64) Amount { return Amount{*apd.New(n, 0)} }

// Cents returns n hundredths, such as 1234 → 12.34.
func Cents(n int64) Amount { return Amount{*apd.New(n, -2)} }

// Sum adds amounts exactly.
func Sum(amounts ...Amount) Amount {
	var total Amount
	for _, a := range amounts {
		total = total.Add(a)
	}
	return total
}

// Add returns a + b.
func (a Amount) Add(b Amount) Amount {
	if sum, ok := both(&a, &b, short.add); ok {
		return sum
	}
	return a.with(exact.Add, b)
}

// Sub returns a − b.
func (a Amount) Sub(b Amount) Amount {
	if difference, ok := both(&a, &b, func(x, y short) (short, bool) { return x.add(short{-y.number, y.places}) }); ok {
		return difference
	}
	return a.with(exact.Sub, b)
}

// Mul returns a × b, exactly.
func (a Amount) Mul(b Amount) Amount {
	if product, ok := both(&a, &b, short.mul); ok {
		return product
	}
	return a.with(exact.Mul, b)
}

// Percent returns that percentage of a, exactly: 19 % of 100.0000 is 19.
func (a Amount) Percent(percent Amount) Amount { return a.Mul(percent).Mul(unit(2)) }

// with applies an apd operation. It panics where there is no result, as for a quotient
// by zero: that is a fault in our own code.
func (a Amount) with(op func(d, x, y *apd.Decimal) (apd.Condition, error), b Amount) Amount {
	var out Amount
	if _, err := op(&out.d, &a.d, &b.d); err != nil {
		panic(fmt.Sprintf("money: arithmetic out of range: %v", err))
	}
	return out
}

// Quo returns a ÷ b rounded half up to places; b must not be zero.
func (a Amount) Quo(b Amount, places int) Amount {
	return a.with(exact.Quo, b).Round(places)
}

// Neg returns −a.
func (a Amount) Neg() Amount {
	var out Amount
	out.d.Neg(&a.d)
	if out.d.IsZero() {
		out.d.Negative = false
	}
	return out
}

// Abs returns a without its sign.
func (a Amount) Abs() Amount {
	if a.Sign() < 0 {
		return a.Neg()
	}
	return a
}

// Round returns a with exactly that many places, half up and away from zero:
// 0.005 → 0.01, −0.005 → −0.01.
func (a Amount) Round(places int) Amount {
	if s, ok := a.short(); ok {
		if rounded, ok := s.round(places); ok {
			return rounded.amount()
		}
	}
	var out Amount
	if _, err := exact.Quantize(&out.d, &a.d, -int32(places)); err != nil {
		panic(fmt.Sprintf("money: round out of range: %v", err))
	}
	if out.d.IsZero() {
		out.d.Negative = false
	}
	return out
}

// Floor returns the largest number with that many places that is not above a.
func (a Amount) Floor(places int) Amount {
	r := a.Round(places)
	if r.Cmp(a) > 0 {
		return r.Sub(unit(places))
	}
	return r
}

// unit returns the smallest step with that many places.
func unit(places int) Amount { return Amount{*apd.New(1, -int32(places))} }

// Reduced returns a without the zeros that end its fraction: two Amounts that are Equal have
// one text afterwards, "12.3400" and "12.34" have "12.34".
func (a Amount) Reduced() Amount {
	var out Amount
	out.d.Reduce(&a.d)
	return out
}

// Cmp returns −1, 0 or 1 as a is below, equal to or above b.
func (a Amount) Cmp(b Amount) int { return a.d.Cmp(&b.d) }

// Min is the lesser of two amounts.
func Min(a, b Amount) Amount {
	if a.Cmp(b) < 0 {
		return a
	}
	return b
}

// Max is the greater of two amounts.
func Max(a, b Amount) Amount {
	if a.Cmp(b) < 0 {
		return b
	}
	return a
}

// Equal reports whether a and b are the same number, whatever their scale.
func (a Amount) Equal(b Amount) bool { return a.Cmp(b) == 0 }

// Sign returns −1, 0 or 1.
func (a Amount) Sign() int { return a.d.Sign() }

// IsZero reports whether a is 0.
func (a Amount) IsZero() bool { return a.d.Sign() == 0 }

// IsWhole reports whether a has no fraction.
func (a Amount) IsWhole() bool { return a.Round(0).Equal(a) }

// Minor returns a in hundredths. ok is false when a is not a whole number of them or
// does not fit into an int64.
func (a Amount) Minor() (n int64, ok bool) {
	if !a.Round(2).Equal(a) {
		return 0, false
	}
	whole := a.Mul(FromInt(100)).Round(0)
	n, err := whole.d.Int64()
	return n, err == nil
}

// String returns a plain decimal with all the digits that a has: "12.3400".
func (a Amount) String() string { return string(a.text(make([]byte, 0, 24))) }

func (a *Amount) text(b []byte) []byte {
	if s, ok := a.short(); ok {
		return s.text(b)
	}
	return a.d.Append(b, 'f')
}

// Fixed prints a rounded half up to places, with all its zeros: "12.30".
func (a Amount) Fixed(places int) string { return a.Round(places).String() }
