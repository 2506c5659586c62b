package decimal_test

import (
	"encoding/json"
	"testing"

	"github.com/mage2sage/mage2sage/testenv/sagesim/decimal"
)

func TestNumbersPrintAsSagePrintsThem(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"a whole number has one decimal", "30", "30.0"},
		{"trailing zeros vanish", "9.2500", "9.25"},
		{"one zero stays", "321.20", "321.2"},
		{"negative numbers keep their sign", "-8", "-8.0"},
		{"zero has no sign", "-0.00", "0.0"},
		{"large sums stay exact", "-430035.84", "-430035.84"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := decimal.Must(c.in).String(); got != c.want {
				t.Errorf("%s printed as %s, want %s", c.in, got, c.want)
			}
		})
	}
}

func TestHalvesRoundAwayFromZero(t *testing.T) {
	for in, want := range map[string]string{
		"41.625": "41.63", "8.325": "8.33", "-0.005": "-0.01", "0.004": "0.0", "2.675": "2.68",
	} {
		if got := decimal.Must(in).Round(2).String(); got != want {
			t.Errorf("%s rounded to %s, want %s", in, got, want)
		}
	}
}

func TestArithmeticIsExact(t *testing.T) {
	tenth, fifth := decimal.Must("0.1"), decimal.Must("0.2")
	if sum := tenth.Add(fifth); !sum.Equal(decimal.Must("0.3")) {
		t.Errorf("0.1 + 0.2 = %s", sum)
	}
	if q := decimal.Int(1).Quo(decimal.Must("1.16"), 10); q.String() != "0.8620689655" {
		t.Errorf("1 / 1.16 = %s", q)
	}
	if q := decimal.Int(1).Quo(decimal.Number{}, 2); !q.IsZero() {
		t.Errorf("1 / 0 = %s", q)
	}
	if f := decimal.Must("30").Fixed(2); f != "30.00" {
		t.Errorf("30 fixed to pennies is %s", f)
	}
}

func TestOnlyPlainDecimalsAreNumbers(t *testing.T) {
	for _, text := range []string{"", "x", "1,5", "1e9", "NaN", "--1", "1.", ".5", "1234567890123456789"} {
		if n, err := decimal.Parse(text); err == nil {
			t.Errorf("%q was read as %s", text, n)
		}
	}
}

func TestJSONTakesStringsAndNumbersAndGivesStrings(t *testing.T) {
	var got []decimal.Number
	if err := json.Unmarshal([]byte(`["1.50", 2.5, null]`), &got); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	if string(out) != `["1.5","2.5","0.0"]` {
		t.Errorf("got %s", out)
	}
}
