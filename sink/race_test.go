package sink

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/work"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

// TestWhatArrivesWhileAPlanDecidesToWaitForItWakesIt settles an invoice between a
// credit note's look at it and the verdict that waits for it.
func TestWhatArrivesWhileAPlanDecidesToWaitForItWakesIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.put("invoice:1")
	w.planOne(func(p *postgres.Planning) (work.Verdict, error) {
		made := work.Operation{OperationKey: work.OperationKey{Kind: work.CreateInvoice, Entity: "invoice:1"}, Revision: 1, IdempotencyID: "a", Body: json.RawMessage(`{}`)}
		d := p.Item
		d.State = work.ItemPlanned
		return work.Verdict{Item: d, Operations: []work.Operation{made}}, nil
	})
	due, err := w.db.Next(t.Context(), business)
	if err != nil || len(due) != 1 {
		t.Fatalf("%d operations are due, %v; want one", len(due), err)
	}
	invoice := due[0]

	w.put("creditmemo:2")
	settled := make(chan error, 1)
	w.planOne(func(p *postgres.Planning) (work.Verdict, error) {
		go func() {
			settled <- w.db.RecordResult(t.Context(), work.CallResult{Operation: invoice, State: work.Confirmed, SageID: "s1", Xref: work.XrefChange{Type: work.XrefInvoice, New: true}})
		}()
		select {
		case err := <-settled: // nothing kept it out: the wake went by unseen
			settled <- err
		case <-time.After(300 * time.Millisecond):
		}
		d := p.Item
		d.State, d.WaitsFor = work.ItemWaiting, "invoice:1"
		return work.Verdict{Item: d}, nil
	})
	w.must(<-settled)
	woken := map[canonical.ID]bool{}
	for range 2 {
		w.planOne(func(p *postgres.Planning) (work.Verdict, error) {
			woken[p.Item.ID] = true
			return work.Verdict{Item: p.Item}, nil
		})
	}
	if !woken["creditmemo:2"] {
		t.Errorf("planned again: %v, want the credit memo that waited", woken)
	}
}

// put stores an entity whose body nobody reads.
func (w *world) put(id canonical.ID) {
	w.t.Helper()
	e := postgres.Entity{Source: "shop", ID: id, Version: change.Version{Epoch: 1, Sequence: 1}, Body: json.RawMessage(`{}`)}
	_, err := w.db.Put(w.t.Context(), []postgres.Entity{e}, postgres.PartitionMark{Topic: string(id)})
	w.must(err)
}

// planOne plans the one document that must be due.
func (w *world) planOne(decide func(*postgres.Planning) (work.Verdict, error)) {
	w.t.Helper()
	planned, err := w.db.PlanNext(w.t.Context(), decide)
	w.must(err)
	if !planned {
		w.t.Fatal("nothing is due for planning, want one document")
	}
}
