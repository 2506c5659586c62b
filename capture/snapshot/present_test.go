package snapshot

import "testing"

func TestAPrimaryKeyIsReadFromARecordsKey(t *testing.T) {
	for in, want := range map[string]struct{ text, first string }{
		`{"entity_id":7}`:                  {"7", "7"},
		`{"product_id":7,"website_id":1}`:  {"7\x001", "7"},
		`{"source_code":"a, \"b\""}`:       {`a, "b"`, `"a, \"b\""`},
		`{"type":"website","code":"base"}`: {"website\x00base", `"website"`},
		`{"id":18446744073709551615}`:      {"18446744073709551615", "18446744073709551615"},
		`{"value_id":-7}`:                  {"-7", "-7"},
		`{"a":"1","b":"\u0000"}`:           {"1\x00\x00", `"1"`},
		`{}`:                               {}, `[]`: {}, `{"a":null}`: {}, `{"a":1.5}`: {}, `{"a":{"b":1}}`: {}, `{"a":`: {}, ``: {}, `"a"`: {},
	} {
		k, err := ReadKey([]byte(in))
		if (err != nil) != (want.text == "") {
			t.Errorf("%s is read as %v, %v", in, k, err)
		}
		if err == nil && (k.String() != want.text || k.First() != want.first) {
			t.Errorf("%s is read as %q with %s first, want %q with %s", in, k, k.First(), want.text, want.first)
		}
	}
}
