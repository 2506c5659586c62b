package stream

import (
	"context"
	"encoding/json"
	"testing"
	"testing/synctest"

	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/change"
)

func TestDeletedRowsToWhichOthersAreLinkedAreSavedUntilTheyWereLookedFor(t *testing.T) {
	b := newBereft(change.Checkpoint{Severed: map[string][]string{"store": {"1"}}})
	for table, id := range map[string]string{"customer_entity": "7", "store": "2", "sales_order": "9", "sales_order_item": "4", "tax_class": "5"} {
		b.deleted(mustTable(t, table), change.Root("of "+table), &row.Image{PK: []byte(id)})
	}
	count := b.count
	b.sever("store", "2")
	if b.count != count {
		t.Error("a row that is deleted twice counts twice")
	}
	want := `{"customer_entity":["7"],"store":["1","2"]}`
	if got, _ := json.Marshal(b.savedSevered()); string(got) != want {
		t.Errorf("saved are %s, want %s", got, want)
	}
	if !b.pending[change.Sales]["of sales_order_item"] {
		t.Error("the taxes of a deleted item are not looked for")
	}
	b.takenSevered, b.severed = b.severed, map[string]map[string]bool{}
	b.sever("store", "3")
	want = `{"customer_entity":["7"],"store":["1","2","3"]}`
	if got, _ := json.Marshal(b.savedSevered()); string(got) != want {
		t.Errorf("while they are looked for, saved are %s, want %s", got, want)
	}
}

func TestAChangedRowIsPublishedAsAnUpdateAndADeletedOneSeversInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.begin()
		r.commit()
		img := orderImage(t, "3")
		r.task(t, func(context.Context) error {
			return r.streamer.PublishGone([]Gone{
				{PK: "3", Table: mustTable(t, "sales_order"), Root: "order/3", Key: img.Key, Row: img.JSON, Now: json.RawMessage(`{"entity_id":3,"customer_id":null}`)},
				{PK: "5", Table: mustTable(t, "store"), Key: []byte(`{"table":"store","pk":{"store_id":5}}`), Row: json.RawMessage(`{"store_id":5}`)},
			})
		})
		synctest.Wait()
		r.stop(nil)
		<-r.done
		var ops []change.Op
		for _, p := range []string{"t.sales/0", "t.sales/1"} {
			for _, rec := range r.out.records(p) {
				if e, err := change.DecodeEnvelope(rec.Value); err == nil && e != nil && rec.Header(change.HeaderKind) == "" {
					ops = append(ops, e.Op)
					if string(e.Before) != string(img.JSON) || string(e.After) != `{"entity_id":3,"customer_id":null}` {
						t.Errorf("the order was %s and is %s", e.Before, e.After)
					}
				}
			}
		}
		if len(ops) != 1 || ops[0] != change.Update {
			t.Errorf("published are %v, want one update", ops)
		}
		if got := r.saved(t).Severed["store"]; len(got) != 1 || got[0] != "5" {
			t.Errorf("the checkpoint has %v, want that rows linked to store 5 are looked for", got)
		}
	})
}
