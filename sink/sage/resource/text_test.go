package resource

import (
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

func TestTextsAreMadeAsSageTakesThem(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		n    int
		want string
	}{
		"a plain text stays":                        {"Blue mug", 20, "Blue mug"},
		"entities are decoded":                      {"Caf&eacute; &amp; Bar", 20, "Café & Bar"},
		"entities that were escaped three times":    {"A &amp;amp;amp; B", 20, "A & B"},
		"control characters are dropped":            {"a\x00b\x1bc", 20, "abc"},
		"white space of any kind becomes one space": {" a\t\u00a0 b\r\n c ", 20, "a b c"},
		"what is no UTF-8 is dropped":               {"a\xffb", 20, "ab"},
		"characters are counted, not bytes":         {"äöüß", 3, "äöü"},
		"no space is left at the cut":               {"ab cd", 3, "ab"},
		"nothing stays nothing":                     {"", 5, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Sanitize(c.in, c.n); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestWhateverABuyerTypesFits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in, n := rapid.String().Draw(t, "text"), rapid.IntRange(1, 60).Draw(t, "length")
		got := Sanitize(in, n)
		if len([]rune(got)) > n {
			t.Fatalf("%q has more than %d characters", got, n)
		}
		if strings.ContainsFunc(got, unicode.IsControl) || strings.Contains(got, "  ") || got != strings.TrimSpace(got) {
			t.Fatalf("%q has control characters or spare spaces", got)
		}
	})
}

func TestWhatNamesSomebodyIsWholeOrNothing(t *testing.T) {
	long := strings.Repeat("a", 100) + "@example.test"
	for name, c := range map[string]struct{ got, want string }{
		"a number that fits":                {Whole(" GB\x07 123 ", 10), "GB 123"},
		"a number that does not":            {Whole("GB 123 456 789", 10), ""},
		"an address":                        {Email(" Ada.O'Neil+shop@mail.example.test ", 100), "Ada.O'Neil+shop@mail.example.test"},
		"an address of another script":      {Email("ädä@exämple.test", 100), "ädä@exämple.test"},
		"an address that does not fit":      {Email(long, 100), ""},
		"an address without a domain":       {Email("ada@", 100), ""},
		"an address of one host":            {Email("ada@localhost", 100), ""},
		"two addresses":                     {Email("a@b.test, c@d.test", 100), ""},
		"an address with a name":            {Email("Ada <ada@b.test>", 100), ""},
		"an address with two dots":          {Email("a..b@c.test", 100), ""},
		"an address that begins with a dot": {Email(".a@c.test", 100), ""},
		"an address with a dot at its end":  {Email("a.@c.test", 100), ""},
		"an address with a control":         {Email("a\x00b@c.test", 100), ""},
		"an address with a character of no": {Email("a\u200bb@c.test", 100), ""},
		"no address":                        {Email("none", 100), ""},
		"nothing":                           {Email("", 100), ""},
	} {
		t.Run(name, func(t *testing.T) {
			if c.got != c.want {
				t.Errorf("%q, want %q", c.got, c.want)
			}
		})
	}
}

func TestALineHoldsCharactersAndNotBytes(t *testing.T) {
	street := strings.Repeat("ü", 50)
	if first, second := Flow([]string{street, "Hof"}, 50); first != street || second != "Hof" {
		t.Errorf("%q, %q; want both on their own lines", first, second)
	}
}

func TestNothingOfAStreetIsLostWhileALineIsFree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(rapid.StringMatching(`[a-z ]{0,60}`), 0, 4).Draw(t, "street")
		first, second := Flow(texts, 50)
		if len(first) > 50 || len(second) > 50 || first != strings.TrimSpace(first) || second != strings.TrimSpace(second) {
			t.Fatalf("%q, %q: a line is too long or has spare spaces", first, second)
		}
		var all []string
		for _, text := range texts {
			if text = Sanitize(text, 60); text != "" {
				all = append(all, text)
			}
		}
		letters := strings.NewReplacer(" ", "", ",", "")
		if whole := strings.Join(all, ", "); len(whole) <= 100 && letters.Replace(first+second) != letters.Replace(whole) {
			t.Fatalf("%q, %q of %q", first, second, whole)
		}
	})
}

func TestWhatCannotBePrintedLeavesAJSONText(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"nothing to do leaves every byte":    {`{"b": 1.50,  "a":"x"}`, `{"b": 1.50,  "a":"x"}`},
		"controls are dropped":               {`{"a":"x\u0000y\u001bz\u007f","n":1.50}`, `{"a":"xyz","n":1.50}`},
		"white space is a space":             {`["a\nb\tc","\u00a0x "]`, `["a b c","x"]`},
		"what stood for a NUL is dropped":    {`{"a":"x\ufffdy"}`, `{"a":"xy"}`},
		"a backslash that escapes is itself": {`["a\\u0000"]`, `["a\\u0000"]`},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := Printable([]byte(c.in)); err != nil || string(got) != c.want {
				t.Errorf("%s, %v; want %s", got, err, c.want)
			}
		})
	}
	if got, err := Printable([]byte(`{"\n`)); err == nil {
		t.Errorf("half a text is %s", got)
	}
}

func TestTruncateLeavesWhatFitsAlone(t *testing.T) {
	for text, want := range map[string]string{"abc": "abc", "abcd": "abc", " a": " a", "": ""} {
		if got := Truncate(text, 3); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}
