package e2e

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/testenv/readers"
	"github.com/mage2sage/mage2sage/testenv/shop"
)

// TestAnOrdinaryClientReadsByASchemaRegistry has Confluent's client, which asks the registry for
// the schema of each record and holds the record against it. The books come out as without one.
func TestAnOrdinaryClientReadsByASchemaRegistry(t *testing.T) {
	t.Parallel()
	registry := readers.StartRegistry(t)
	w := newWorld(t, options{shop: shop.Options{Seed: 23}, registry: registry})
	w.start()
	w.trade(plan(12))
	w.settled(3 * time.Minute)
	for _, k := range []canonical.Kind{canonical.KindOrder, canonical.KindInvoice, canonical.KindCreditMemo, canonical.KindCustomer, canonical.KindPayment} {
		written := map[string][]any{}
		w.eachEmission(k, func(r topic.Record) {
			if r.Value[0] != 0 {
				t.Errorf("%s is written without the id of its schema", r.Key)
			}
			written[string(r.Key)] = append(written[string(r.Key)], w.parsed(canonical.Text(r.Value)))
		})
		read := map[string][]any{}
		for _, r := range readers.ReadJSON(t, w.broker(), registry, w.pipe.Prefix+".canonical."+string(k)) {
			read[r.Key] = append(read[r.Key], w.parsed(r.Value))
		}
		if len(written) == 0 || !reflect.DeepEqual(read, written) {
			t.Errorf("%s: the client reads %d keys, and %d are written, or their values differ", k, len(read), len(written))
		}
	}
}

// parsed is a JSON text without its order and blanks.
func (w *world) parsed(text []byte) (value any) {
	w.t.Helper()
	w.must(json.Unmarshal(text, &value))
	return value
}
