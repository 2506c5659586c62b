package money

import (
	"fmt"
	"testing"

	"github.com/cockroachdb/apd/v3"
	"pgregory.net/rapid"
)

// digits are amounts of any size and scale, among them those that just fit into 64 bits, zeros
// with a scale and with a sign.
var digits = rapid.Custom(func(t *rapid.T) Amount {
	text := rapid.SampledFrom([]string{`-?[0-9]{1,4}(\.[0-9]{1,4})?`, `-?0(\.0{1,4})?`, `-?[0-9]{1,14}\.[0-9]{1,4}`, `-?9{1,18}`, `-?[0-9]{0,2}\.[0-9]{16,18}`, `-?[0-9]{15,30}`}).Draw(t, "form")
	return MustParse(rapid.StringMatching(text).Draw(t, "text"))
})

// TestShortAmountsAreWhatTheLibraryMakesOfThem compares every digit and sign.
func TestShortAmountsAreWhatTheLibraryMakesOfThem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, places := digits.Draw(t, "a"), digits.Draw(t, "b"), rapid.IntRange(-3, 8).Draw(t, "places")
		quantized := Amount{}
		if _, err := exact.Quantize(&quantized.d, &a.d, -int32(places)); err != nil {
			t.Fatal(err)
		}
		if quantized.IsZero() {
			quantized.d.Negative = false
		}
		for name, c := range map[string]struct{ got, want Amount }{
			"sum":        {a.Add(b), a.with(exact.Add, b)},
			"difference": {a.Sub(b), a.with(exact.Sub, b)},
			"product":    {a.Mul(b), a.with(exact.Mul, b)},
			"rounded":    {a.Round(places), quantized},
		} {
			if same := c.got.d.CmpTotal(&c.want.d) == 0; !same {
				t.Fatalf("%s of %s and %s (to %d places) is %s, the library's is %s", name, a, b, places, c.got.d.String(), c.want.d.String())
			}
			if got, want := c.got.String(), c.want.d.Text('f'); got != want {
				t.Fatalf("%s of %s and %s is written as %s, by the library as %s", name, a, b, got, want)
			}
		}
		if got, want := a.String(), a.d.Text('f'); got != want {
			t.Fatalf("%s is written as %s", want, got)
		}
	})
}

func TestWhatDoesNotFitIsNotShort(t *testing.T) {
	for name, d := range map[string]*apd.Decimal{
		"a zero with a sign":      {Negative: true},
		"nineteen digits":         apd.New(1_000_000_000_000_000_000, 0),
		"an exponent above zero":  apd.New(1, 2),
		"more than 18 places":     apd.New(1, -19),
		"what is not a number":    {Form: apd.NaN},
		"what does not end at 64": decimal(t, "99999999999999999999"),
	} {
		t.Run(name, func(t *testing.T) {
			if s, ok := (&Amount{*d}).short(); ok {
				t.Errorf("%s is %+v", d, s)
			}
		})
	}
	if s, ok := (&Amount{*apd.New(-999_999_999_999_999_999, -18)}).short(); !ok || fmt.Sprint(s) != "{-999999999999999999 18}" {
		t.Errorf("the longest that fits is %+v, %v", s, ok)
	}
}

func decimal(t *testing.T, text string) *apd.Decimal {
	t.Helper()
	d, _, err := apd.NewFromString(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
