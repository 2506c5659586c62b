package money

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"
)

func TestRoundIsHalfUpAndSymmetric(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"0.005", "0.01"}, {"0.0049", "0.00"}, {"-0.005", "-0.01"}, {"2.345", "2.35"},
		{"57.7090", "57.71"}, {"-0.001", "0.00"}, {"1", "1.00"},
	} {
		t.Run(c.in, func(t *testing.T) {
			if got := MustParse(c.in).Fixed(2); got != c.want {
				t.Errorf("rounded to 2 places it is %s, want %s", got, c.want)
			}
		})
	}
}

func TestParseRefusesWhatIsNotAPlainDecimal(t *testing.T) {
	for _, s := range []string{"", "-", ".", "1e3", "NaN", "Infinity", "1.2.3", "1,2", "--1", "1234567890123456789012345678901"} {
		t.Run(s, func(t *testing.T) {
			if a, err := Parse(s); err == nil {
				t.Errorf("Parse(%q) = %s, want an error", s, a)
			}
		})
	}
}

func TestJSONTakesStringNumberAndNull(t *testing.T) {
	for in, want := range map[string]string{`"12.3400"`: "12.3400", `12.5`: "12.5", `null`: "0", `"-0.5"`: "-0.5"} {
		t.Run(in, func(t *testing.T) {
			var a Amount
			if err := json.Unmarshal([]byte(in), &a); err != nil || a.String() != want {
				t.Errorf("it reads as %s (%v), want %s", a, err, want)
			}
		})
	}
	out, _ := json.Marshal(MustParse("12.3400"))
	if string(out) != `"12.3400"` {
		t.Errorf("12.3400 prints as %s, want all its digits in a string", out)
	}
}

func TestFloorOfANegativeNumberIsBelowIt(t *testing.T) {
	if got := MustParse("-0.001").Floor(2).String(); got != "-0.01" {
		t.Errorf("floor of -0.001 is %s, want -0.01", got)
	}
}

func TestAPercentageIsExact(t *testing.T) {
	for name, c := range map[string]struct{ of, percent, want string }{
		"a VAT rate":                        {"10.0000", "20.0000", "2.0000"},
		"digits that no money has are kept": {"0.0100", "8.8750", "0.0008875"},
		"of a refund":                       {"-10.0000", "20", "-2"},
		"none":                              {"10.0000", "0.0000", "0"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := MustParse(c.of).Percent(MustParse(c.percent)); !got.Equal(MustParse(c.want)) {
				t.Errorf("%s %% of %s is %s, want %s", c.percent, c.of, got, c.want)
			}
		})
	}
}

func TestAllocateAddsUpAndMovesNoShareByAUnit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.SliceOfN(rapid.Int64Range(-999999, 9999999), 1, 30).Draw(t, "shares in 1/10000")
		shares := make([]Amount, len(raw))
		for i, n := range raw {
			shares[i] = FromInt(n).Quo(FromInt(10000), 4)
		}
		total := Sum(shares...).Round(2)
		out := Allocate(total, shares, 2)
		if got := Sum(out...); !got.Equal(total) {
			t.Fatalf("shares add up to %s, want %s", got, total)
		}
		for i := range out {
			if d := out[i].Sub(shares[i]).Abs(); d.Cmp(MustParse("0.01")) >= 0 && len(out) > 1 {
				t.Fatalf("share %d moved by %s, want less than a penny", i, d)
			}
		}
	})
}

func TestAllocateIsDeterministicOnTies(t *testing.T) {
	s := []Amount{MustParse("0.335"), MustParse("0.335"), MustParse("0.33")}
	out := Allocate(MustParse("1.00"), s, 2)
	if out[0].String() != "0.34" || out[1].String() != "0.33" || out[2].String() != "0.33" {
		t.Errorf("tie went to %v, want the earlier share", out)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("12.34")
	f.Add("-0.0000")
	f.Fuzz(func(t *testing.T, s string) {
		a, err := Parse(s)
		if err != nil {
			return
		}
		b, err := Parse(a.String())
		if err != nil || !a.Equal(b) {
			t.Fatalf("%q printed as %q and read back as %v (%v)", s, a.String(), b, err)
		}
	})
}

func TestPlacesAreThoseOfTheCurrency(t *testing.T) {
	for currency, want := range map[string]int{"JPY": 0, "KRW": 0, "KWD": 3, "TND": 3, "GBP": 2, "EUR": 2, "": 2, "PY": 2, "BIF CLP": 2} {
		if got := Places(currency); got != want {
			t.Errorf("%q has %d, want %d", currency, got, want)
		}
	}
}

// A plus sign takes the library's way, which reads whatever is not short.
func TestShortDecimalsReadAsTheLibraryReadsThem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`[0-9]{0,20}(\.[0-9]{0,12})?`).Draw(t, "decimal")
		short, refused := Parse(s)
		long, err := Parse("+" + s)
		if (refused == nil) != (err == nil) {
			t.Fatalf("%q: %v, but with a sign %v", s, refused, err)
		}
		if short.String() != long.String() || !short.Equal(long) || short.Sign() != long.Sign() {
			t.Errorf("%q is read as %s, with a sign as %s", s, short, long)
		}
		if negative, err := Parse("-" + s); err == nil && (!negative.Equal(long.Neg()) || negative.Sign() != -long.Sign()) {
			t.Errorf("-%s is read as %s", s, negative)
		}
	})
}

func TestEqualAmountsHaveOneTextOnceTheyAreReduced(t *testing.T) {
	for text, want := range map[string]string{
		"12.3400": "12.34", "12.34": "12.34", "5": "5", "5.0000": "5", "500": "500", "0.0000": "0", "0": "0", "-0.0000": "0", "-1.50": "-1.5",
		"123456789012345678901234.5000": "123456789012345678901234.5",
	} {
		if got := MustParse(text).Reduced().String(); got != want {
			t.Errorf("%s becomes %s, want %s", text, got, want)
		}
	}
}
