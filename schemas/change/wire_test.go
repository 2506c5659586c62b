package change

import (
	"encoding/json"
	"testing"
)

// TestTheBytesThatCompactionAndConsumersRelyOn are those of records that are already in
// topics: another spelling would keep an old key beside the new one for ever.
func TestTheBytesThatCompactionAndConsumersRelyOn(t *testing.T) {
	for want, value := range map[string]any{
		`{"source":"shop"}`:                               SourceKey{Source: "shop"},
		`{"source":"shop","snapshot":"sales"}`:            SourceKey{Source: "shop", Snapshot: Sales},
		`{"table":"sales_order_item","pk":{"item_id":7}}`: Key{Table: "sales_order_item", PK: json.RawMessage(`{"item_id":7}`)},
		`{"before":null,"after":{"a":1},"source":{"name":"shop","db":"m","table":"sales_order","server_id":3,"file":"b.1","pos":42,"row":1,"ts_ms":1000,"snapshot":"false"},"op":"c","ts_ms":1234,"transaction":{"id":"b.1:42","total_order":2}}`: Envelope{
			Before: json.RawMessage("null"), After: json.RawMessage(`{"a":1}`),
			Source: Source{Name: "shop", DB: "m", Table: "sales_order", ServerID: 3, File: "b.1", Pos: 42, Row: 1, TSMS: 1000, Snapshot: "false"},
			Op:     Create, TSMS: 1234, Transaction: &Transaction{ID: "b.1:42", TotalOrder: 2},
		},
	} {
		t.Run(want, func(t *testing.T) {
			if got, err := json.Marshal(value); err != nil || string(got) != want {
				t.Errorf("it is written as\n%s, %v", got, err)
			}
		})
	}
}
