package work

import "testing"

func TestSpellingsThatTheShopTakesForOneNumberAreOneReference(t *testing.T) {
	for name, c := range map[string]struct {
		a, b string
		same bool
	}{
		"the same":                         {"dup1", "dup1", true},
		"another case":                     {"dupA", "dupa", true},
		"another case beyond ASCII":        {"Ü-1", "ü-1", true},
		"a space at the end":               {"dupA ", "dupA", true},
		"an accent":                        {"é-1", "E-1", true},
		"one letter, written as two runes": {"e\u0301-1", "é-1", true},
		"another number":                   {"dupA", "dupB", false},
		"zeros in front":                   {"0012", "12", false},
		"a space inside":                   {"dup A", "dupA", false},
		"a sign":                           {"UK-1", "UK1", false},
	} {
		t.Run(name, func(t *testing.T) {
			if SameReference(c.a, c.b) != c.same {
				t.Errorf("%q and %q: %q and %q, want the same %v", c.a, c.b, ReferenceKey(c.a), ReferenceKey(c.b), c.same)
			}
		})
	}
}
