package money

import (
	"encoding/json"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// stored draws a number as Magento stores it: decimal(20,4) and less.
var stored = rapid.Custom(func(t *rapid.T) Amount {
	n := rapid.Int64Range(-1e15, 1e15).Draw(t, "digits")
	return FromInt(n).Quo(FromInt(pow10(rapid.IntRange(0, 6).Draw(t, "scale"))), 6)
})

// rat is the same number in the standard library's exact arithmetic.
func rat(t interface{ Fatalf(string, ...any) }, a Amount) *big.Rat {
	r, ok := new(big.Rat).SetString(a.String())
	if !ok {
		t.Fatalf("%s is no number", a)
	}
	return r
}

// rounded is r with that many places, half up and away from zero, by integers.
func rounded(r *big.Rat, places int) *big.Rat {
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(places)), nil)
	num := new(big.Int).Mul(new(big.Int).Abs(r.Num()), scale)
	num.Add(num.Lsh(num, 1), r.Denom())
	num.Quo(num, new(big.Int).Lsh(r.Denom(), 1))
	if r.Sign() < 0 {
		num.Neg(num)
	}
	return new(big.Rat).SetFrac(num, scale)
}

func TestArithmeticIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := stored.Draw(t, "a"), stored.Draw(t, "b")
		x, y := rat(t, a), rat(t, b)
		for name, c := range map[string]struct {
			got  Amount
			want *big.Rat
		}{
			"sum":        {a.Add(b), new(big.Rat).Add(x, y)},
			"difference": {a.Sub(b), new(big.Rat).Sub(x, y)},
			"product":    {a.Mul(b), new(big.Rat).Mul(x, y)},
			"negative":   {a.Neg(), new(big.Rat).Neg(x)},
			"absolute":   {a.Abs(), new(big.Rat).Abs(x)},
			"sum of all": {Sum(a, b, a), new(big.Rat).Add(x, new(big.Rat).Add(y, x))},
		} {
			if rat(t, c.got).Cmp(c.want) != 0 {
				t.Fatalf("%s of %s and %s is %s, want %s", name, a, b, c.got, c.want.FloatString(12))
			}
		}
		if a.Cmp(b) != x.Cmp(y) || a.Equal(b) != (x.Cmp(y) == 0) || a.Sign() != x.Sign() || a.IsZero() != (x.Sign() == 0) || a.IsWhole() != x.IsInt() {
			t.Fatalf("%s and %s compare as %d, and so on", a, b, a.Cmp(b))
		}
	})
}

func TestRoundingIsHalfUpAndAwayFromZero(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, places := stored.Draw(t, "a"), rapid.IntRange(0, 4).Draw(t, "places")
		if got, want := rat(t, a.Round(places)), rounded(rat(t, a), places); got.Cmp(want) != 0 {
			t.Fatalf("%s rounded to %d places is %s, want %s", a, places, a.Round(places), want.FloatString(places))
		}
		if got := a.Neg().Round(places); !got.Equal(a.Round(places).Neg()) {
			t.Fatalf("%s and its negative are not rounded alike: %s", a, got)
		}
		if want := rounded(rat(t, a), places).FloatString(places); a.Fixed(places) != want {
			t.Fatalf("%s prints with %d places as %s, want %s", a, places, a.Fixed(places), want)
		}
	})
}

func TestAQuotientIsRoundedOnceToItsPlaces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, places := stored.Draw(t, "a"), stored.Filter(func(a Amount) bool { return !a.IsZero() }).Draw(t, "b"), rapid.IntRange(0, 8).Draw(t, "places")
		want := rounded(new(big.Rat).Quo(rat(t, a), rat(t, b)), places)
		if got := a.Quo(b, places); rat(t, got).Cmp(want) != 0 {
			t.Fatalf("%s ÷ %s to %d places is %s, want %s", a, b, places, got, want.FloatString(places))
		}
	})
}

func TestAFloorIsTheLargestNumberNotAbove(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, places := stored.Draw(t, "a"), rapid.IntRange(0, 4).Draw(t, "places")
		f := a.Floor(places)
		if f.Cmp(a) > 0 || f.Add(unit(places)).Cmp(a) <= 0 {
			t.Fatalf("the floor of %s to %d places is %s", a, places, f)
		}
	})
}

func TestAnAmountReadsBackWithTheSameDigits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`-?[0-9]{1,15}(\.[0-9]{1,10})?`).Draw(t, "text")
		a, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		out, err := json.Marshal(map[string]Amount{"a": a})
		if err != nil {
			t.Fatal(err)
		}
		var back map[string]Amount
		if err := json.Unmarshal(out, &back); err != nil || back["a"].String() != a.String() || !back["a"].Equal(a) {
			t.Fatalf("%s is written as %s and read as %s, %v", text, out, back["a"], err)
		}
	})
}

func TestJSONNullResetsAnAmountAndOtherTypesAreRefused(t *testing.T) {
	a := MustParse("7.50")
	if err := json.Unmarshal([]byte(`null`), &a); err != nil || !a.IsZero() {
		t.Errorf("null over 7.50 reads as %s, %v", a, err)
	}
	for _, in := range []string{`""`, `true`, `{}`, `[]`, `"1e2"`, `1e2`, `"12,50"`, `"NaN"`} {
		t.Run(in, func(t *testing.T) {
			b := MustParse("1")
			if err := json.Unmarshal([]byte(in), &b); err == nil {
				t.Errorf("it reads as %s", b)
			}
		})
	}
}

func TestHundredthsAreRefusedWhereDigitsWouldBeLost(t *testing.T) {
	for in, c := range map[string]struct {
		n  int64
		ok bool
	}{
		"12.34": {1234, true}, "12.3400": {1234, true}, "-0.01": {-1, true}, "5": {500, true}, "0": {0, true},
		"0.001": {0, false}, "12.345": {0, false}, "100000000000000000": {0, false},
		"92233720368547758.07": {math.MaxInt64, true},
	} {
		t.Run(in, func(t *testing.T) {
			if n, ok := MustParse(in).Minor(); ok != c.ok || ok && n != c.n {
				t.Errorf("it is %d hundredths, %v; want %d, %v", n, ok, c.n, c.ok)
			}
			if c.ok && !Cents(c.n).Equal(MustParse(in)) {
				t.Errorf("%d hundredths are %s", c.n, Cents(c.n))
			}
		})
	}
}

func TestTheProductOfTheLongestNumbersIsExact(t *testing.T) {
	long := MustParse("999999999999999999999999999.999")
	if want := new(big.Rat).Mul(rat(t, long), rat(t, long)); rat(t, long.Mul(long)).Cmp(want) != 0 {
		t.Errorf("it is %s, want %s", long.Mul(long), want.FloatString(6))
	}
}

func TestZeroHasNoSign(t *testing.T) {
	for name, a := range map[string]Amount{
		"the negative of zero":            Amount{}.Neg(),
		"a small negative number rounded": MustParse("-0.004").Round(2),
		"the absolute value":              MustParse("-0").Abs(),
	} {
		t.Run(name, func(t *testing.T) {
			if got := a.Fixed(2); got != "0.00" {
				t.Errorf("it prints as %s", got)
			}
		})
	}
}

func TestAFaultInOurOwnCodePanicsInsteadOfGivingANumber(t *testing.T) {
	for name, f := range map[string]func(){
		"a constant that is no number": func() { MustParse("ten") },
		"a quotient by zero":           func() { Cents(1).Quo(Amount{}, 2) },
		"shares that do not fit":       func() { Allocate(MustParse("99999999999999999999999"), []Amount{{}}, 2) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("it goes on")
				}
			}()
			f()
		})
	}
}

func TestAllocationSumsToAnyTotal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shares := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Amount {
			return FromInt(rapid.Int64Range(-1e9, 1e9).Draw(t, "digits")).Quo(FromInt(10000), 4)
		}), 1, 12).Draw(t, "shares")
		places := rapid.IntRange(0, 4).Draw(t, "places")
		total := Sum(shares...).Round(places).Add(unit(places).Mul(FromInt(rapid.Int64Range(-40, 40).Draw(t, "more"))))
		out := Allocate(total, shares, places)
		if got := Sum(out...); !got.Equal(total) || len(out) != len(shares) {
			t.Fatalf("%v adds up to %s, want %s", out, got, total)
		}
		for _, a := range out {
			if !a.Round(places).Equal(a) {
				t.Fatalf("share %s has more than %d places", a, places)
			}
		}
	})
}

func TestAllocationGivesTheMissingUnitsToTheLargestRemainders(t *testing.T) {
	for name, c := range map[string]struct {
		total  string
		shares []string
		want   []string
	}{
		"nothing is missing":             {"3.00", []string{"1.00", "2.00"}, []string{"1.00", "2.00"}},
		"the largest remainder":          {"1.00", []string{"0.333", "0.331", "0.336"}, []string{"0.33", "0.33", "0.34"}},
		"two are missing":                {"0.05", []string{"0.019", "0.011", "0.018"}, []string{"0.02", "0.01", "0.02"}},
		"a negative share":               {"-0.01", []string{"0.004", "-0.009"}, []string{"0.00", "-0.01"}},
		"more than one unit for each":    {"0.05", []string{"0.001", "0.002"}, []string{"0.02", "0.03"}},
		"a unit taken from the smallest": {"0.02", []string{"0.019", "0.021"}, []string{"0.01", "0.01"}},
	} {
		t.Run(name, func(t *testing.T) {
			var shares []Amount
			for _, s := range c.shares {
				shares = append(shares, MustParse(s))
			}
			for i, a := range Allocate(MustParse(c.total), shares, 2) {
				if a.Fixed(2) != c.want[i] {
					t.Errorf("share %d of %s is %s, want %s", i, c.total, a, c.want[i])
				}
			}
		})
	}
	if got := Allocate(Cents(5), nil, 2); got != nil {
		t.Errorf("no shares are allocated as %v", got)
	}
}
