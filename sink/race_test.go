package sink

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/sink/store"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

// TestWhatArrivesWhileAPlanDecidesToWaitForItWakesIt settles an invoice between a
// credit note's look at it and the verdict that waits for it.
func TestWhatArrivesWhileAPlanDecidesToWaitForItWakesIt(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	w.put("invoice:1")
	w.planOne(func(p *store.Planning) (store.Verdict, error) {
		made := store.Operation{Thing: store.Thing{Kind: store.CreateInvoice, Entity: "invoice:1"}, Revision: 1, IdempotencyID: "a", Body: json.RawMessage(`{}`)}
		d := p.Document
		d.State = store.DocumentPlanned
		return store.Verdict{Document: d, Operations: []store.Operation{made}}, nil
	})
	invoice, ok, err := w.store.Next(t.Context(), business)
	if err != nil || !ok {
		t.Fatalf("no operation is due: %v", err)
	}

	w.put("creditmemo:2")
	settled := make(chan error, 1)
	w.planOne(func(p *store.Planning) (store.Verdict, error) {
		go func() {
			settled <- w.store.Settle(t.Context(), store.Settlement{Operation: invoice, State: store.Confirmed, XrefType: "sales_invoice", SageID: "s1"})
		}()
		select {
		case err := <-settled: // nothing kept it out: the wake went by unseen
			settled <- err
		case <-time.After(300 * time.Millisecond):
		}
		d := p.Document
		d.State, d.WaitsFor = store.DocumentWaiting, "invoice:1"
		return store.Verdict{Document: d}, nil
	})
	w.must(<-settled)
	woken := map[canonical.ID]bool{}
	for range 2 {
		w.planOne(func(p *store.Planning) (store.Verdict, error) {
			woken[p.Document.ID] = true
			return store.Verdict{Document: p.Document}, nil
		})
	}
	if !woken["creditmemo:2"] {
		t.Errorf("planned again: %v, want the credit memo that waited", woken)
	}
}

// put stores an entity whose body nobody reads.
func (w *world) put(id canonical.ID) {
	w.t.Helper()
	e := store.Entity{Source: "shop", ID: id, Version: change.Version{Epoch: 1, Sequence: 1}, Body: json.RawMessage(`{}`)}
	_, err := w.store.Put(w.t.Context(), []store.Entity{e}, store.Place{Topic: string(id)})
	w.must(err)
}

// planOne plans the one document that must be due.
func (w *world) planOne(decide func(*store.Planning) (store.Verdict, error)) {
	w.t.Helper()
	planned, err := w.store.PlanNext(w.t.Context(), decide)
	w.must(err)
	if !planned {
		w.t.Fatal("nothing is due for planning, want one document")
	}
}
