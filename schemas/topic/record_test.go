package topic

import "testing"

// TestABookmarkKnowsWhereAKeyEndsAndAValueBegins has two records that only the lengths
// of key and value tell apart: eight zero bytes look like an empty length.
func TestABookmarkKnowsWhereAKeyEndsAndAValueBegins(t *testing.T) {
	zeros := "\x00\x00\x00\x00\x00\x00\x00\x00"
	one := After(Record{Offset: 4, Key: []byte("a" + zeros + "b")})
	other := After(Record{Offset: 4, Key: []byte("a"), Value: []byte("b" + zeros)})
	if one == other {
		t.Errorf("both have the bookmark %+v", one)
	}
}
