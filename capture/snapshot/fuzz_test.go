package snapshot

import (
	"encoding/json"
	"testing"
)

// FuzzReadKey reads the primary key of a record's key, which comes out of a topic.
func FuzzReadKey(f *testing.F) {
	f.Add([]byte(`{"product_id":7,"website_id":1}`))
	f.Add([]byte(`{"source_code":"ä\u0000","n":-1}`))
	f.Add([]byte(`{"a":18446744073709551616}`))
	f.Fuzz(func(t *testing.T, pk []byte) {
		k, err := ReadKey(json.RawMessage(pk))
		if err != nil {
			return
		}
		if len(k) == 0 || !json.Valid([]byte(k.First())) {
			t.Errorf("%q is the key %v, whose first is %s", pk, k, k.First())
		}
	})
}
