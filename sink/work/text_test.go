package work

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

func TestTruncateLeavesWhatFitsAlone(t *testing.T) {
	for text, want := range map[string]string{"abc": "abc", "abcd": "abc", " a": " a", "": ""} {
		if got := Truncate(text, 3); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}
