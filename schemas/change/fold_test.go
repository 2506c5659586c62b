package change

import "testing"

func TestSpellingsThatAreOneToMagentoAreFoldedToOne(t *testing.T) {
	for in, want := range map[string]string{
		"abc": "ABC", "ABC  ": "ABC", "Ábç": "ABC", "a b": "A B", " abc": " ABC", "Größe": "GROSE", "": "",
	} {
		if got := Fold(in); got != want {
			t.Errorf("%q is folded to %q, want %q", in, got, want)
		}
	}
	if a, b := NewStockRoot("MS-12 "), NewStockRoot("ms-12"); a != b || a != "stock/MS-12" {
		t.Errorf("the roots are %s and %s", a, b)
	}
}
