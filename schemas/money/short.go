package money

import (
	"math/bits"
	"strconv"

	"github.com/cockroachdb/apd/v3"
)

// shortDigits is how many digits always fit into 64 bits.
const shortDigits = 18

// A short is an amount that fits into 64 bits, as nearly all of Magento's do: number ÷
// 10^places, of shortDigits digits at the most. What can be done with it alone takes a tenth of
// the library's time; whatever does not fit, and a zero with a sign, is the library's.
type short struct {
	number int64
	places int
}

var powers = func() (p [shortDigits + 1]int64) {
	p[0] = 1
	for i := range shortDigits {
		p[i+1] = p[i] * 10
	}
	return p
}()

func (a *Amount) short() (s short, ok bool) {
	if a.d.Form != apd.Finite || a.d.Exponent > 0 || a.d.Exponent < -shortDigits || !a.d.Coeff.IsInt64() {
		return s, false
	}
	s = short{a.d.Coeff.Int64(), int(-a.d.Exponent)}
	if s.number >= powers[shortDigits] || s.number == 0 && a.d.Negative {
		return s, false
	}
	if a.d.Negative {
		s.number = -s.number
	}
	return s, true
}

func (s short) amount() (a Amount) {
	a.d.Coeff.SetInt64(max(s.number, -s.number))
	a.d.Exponent, a.d.Negative = -int32(s.places), s.number < 0
	return a
}

// to has a number of places that is not below its own.
func (s short) to(places int) (number int64, ok bool) {
	if places > shortDigits {
		return 0, false
	}
	by := powers[places-s.places]
	return s.number * by, max(s.number, -s.number) < powers[shortDigits]/by
}

func (s short) add(t short) (sum short, ok bool) {
	places := max(s.places, t.places)
	x, fits := s.to(places)
	y, ok := t.to(places)
	return short{x + y, places}, fits && ok
}

func (s short) mul(t short) (product short, ok bool) {
	high, low := bits.Mul64(uint64(max(s.number, -s.number)), uint64(max(t.number, -t.number)))
	product = short{int64(low), s.places + t.places}
	if (s.number < 0) != (t.number < 0) {
		product.number = -product.number
		ok = low != 0 // the library's zero has a sign then
	} else {
		ok = true
	}
	return product, ok && high == 0 && low < uint64(powers[shortDigits]) && product.places <= shortDigits
}

// round is half up, away from zero for negative numbers.
func (s short) round(places int) (rounded short, ok bool) {
	if places < 0 {
		return s, false
	}
	if places >= s.places {
		number, ok := s.to(places)
		return short{number, places}, ok
	}
	by := powers[s.places-places]
	number, rest := s.number/by, s.number%by
	if max(rest, -rest) >= by-max(rest, -rest) {
		number += max(-1, min(1, rest))
	}
	return short{number, places}, true
}

// text appends the plain decimal.
func (s short) text(b []byte) []byte {
	if s.number < 0 {
		b = append(b, '-')
	}
	number := max(s.number, -s.number)
	b = strconv.AppendInt(b, number/powers[s.places], 10)
	if s.places == 0 {
		return b
	}
	b = append(b, '.')
	rest := number % powers[s.places]
	for at := s.places - 1; at > 0 && rest < powers[at]; at-- {
		b = append(b, '0')
	}
	return strconv.AppendInt(b, rest, 10)
}

// both does what two amounts that are short can do alone.
func both(a, b *Amount, do func(x, y short) (short, bool)) (result Amount, ok bool) {
	x, ok := a.short()
	if !ok {
		return result, false
	}
	y, ok := b.short()
	if !ok {
		return result, false
	}
	s, ok := do(x, y)
	return s.amount(), ok
}
