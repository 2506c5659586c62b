package postgres_test

import (
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/work"
)

// put stores entities, each with an empty body.
func put(t testing.TB, s *postgres.DB, ids ...canonical.ID) {
	t.Helper()
	var all []postgres.Entity
	for _, id := range ids {
		all = append(all, postgres.Entity{Source: "shop", ID: id, Version: change.Version{Epoch: 1, Sequence: uint64(time.Now().UnixNano())}, Body: json.RawMessage(`{}`)})
	}
	if _, err := s.Put(t.Context(), all, place); err != nil {
		t.Fatal(err)
	}
}

// planned plans everything that is due and returns the ids in order.
func planned(t *testing.T, s *postgres.DB, decide func(*postgres.Planning) work.Verdict) (ids []canonical.ID) {
	t.Helper()
	for {
		any, err := s.PlanNext(t.Context(), func(p *postgres.Planning) (work.Verdict, error) {
			ids = append(ids, p.Item.ID)
			return decide(p), nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if !any {
			return ids
		}
	}
}

// as has an item reach a state.
func as(state work.ItemState, change ...func(*work.Verdict)) func(*postgres.Planning) work.Verdict {
	return func(p *postgres.Planning) work.Verdict {
		v := work.Verdict{Item: p.Item}
		v.Item.State = state
		for _, c := range change {
			c(&v)
		}
		return v
	}
}

// item is the sync item of an entity.
func item(t *testing.T, s *postgres.DB, id canonical.ID) work.SyncItem {
	t.Helper()
	all, err := s.Items(t.Context(), postgres.ItemFilter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range all {
		if i.ID == id {
			return i
		}
	}
	t.Fatalf("no item %s among %d", id, len(all))
	return work.SyncItem{}
}

func TestAVerdictIsKeptToTheLastField(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	put(t, s, "invoice:1")
	total, since := money.MustParse("1234567890.1250"), time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	want := work.SyncItem{
		Binding: "b", ID: "invoice:1", State: work.ItemWaiting, Payment: work.Unpaid, Reason: work.WaitsForContact, Hint: "h", WaitsFor: "customer:5",
		WaitingSince: &since, Number: "000000001", Currency: "GBP", MagentoTotal: &total, AccountingDate: "2026-01-31",
	}
	planned(t, s, func(p *postgres.Planning) work.Verdict { return work.Verdict{Item: want} })
	if diff := cmp.Diff(want, item(t, s, "invoice:1"), cmp.Comparer(money.Amount.Equal)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAnOperationIsKeptToTheLastField(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	put(t, s, "invoice:1")
	total, tax := money.MustParse("30.1234"), money.MustParse("-5")
	o := work.Operation{
		OperationKey: work.OperationKey{Kind: work.CreateInvoice, Entity: "invoice:1"}, Revision: 2, IdempotencyID: "id", Reference: "ref", Target: "target",
		Body: json.RawMessage(`{"b": 1,  "a":2}`), BodyHash: "hash", SentDigests: work.MoneyDigest("d"), Total: &total, Tax: &tax, Priority: work.PriorityDocument,
	}
	planned(t, s, as(work.ItemPlanned, func(v *work.Verdict) { v.Operations = []work.Operation{o} }))
	got, ok, err := next(t, s)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	if string(got.Body) != `{"b": 1,  "a":2}` {
		t.Errorf("the body is %s: it has to go out byte for byte the same again", got.Body)
	}
	if work.MoneyDigestOf(got.SentDigests) != "d" {
		t.Errorf("the digests are %s", got.SentDigests)
	}
	got.SentDigests = o.SentDigests
	o.ID, o.Binding, o.Item, o.State, o.PolicyVersion = got.ID, "b", "invoice:1", work.Planned, 1
	if diff := cmp.Diff(o, got, cmp.Comparer(money.Amount.Equal)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAPlanThatFailsChangesNothingAndLetsTheOthersPass(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	put(t, s, "invoice:1", "invoice:2")
	exec(t, dsn, "UPDATE sync_items SET plan_due_at = now()")
	broken := errors.New("broken")
	passed, err := s.PlanNext(t.Context(), func(*postgres.Planning) (work.Verdict, error) { return work.Verdict{}, broken })
	var undecided *postgres.UndecidedError
	if !passed || !errors.As(err, &undecided) || undecided.Item.ID != "invoice:1" || !errors.Is(err, broken) || item(t, s, "invoice:1").State != work.ItemPlanned {
		t.Errorf("%v, %s; want the error and the item as it was", err, item(t, s, "invoice:1").State)
	}
	if got := planned(t, s, as(work.ItemSkipped)); len(got) != 1 || got[0] != "invoice:2" {
		t.Errorf("planned afterwards: %v, want the other invoice", got)
	}
	exec(t, dsn, "UPDATE sync_items SET plan_due_at = plan_due_at - interval '1 min'")
	if got := planned(t, s, as(work.ItemSkipped)); len(got) != 1 || got[0] != "invoice:1" {
		t.Errorf("planned a minute later: %v, want the item again", got)
	}
}

func TestWhateverWaitsForAnEntityIsWokenByItsNewState(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	put(t, s, "creditmemo:2", "creditmemo:3")
	planned(t, s, func(p *postgres.Planning) work.Verdict {
		v := as(work.ItemWaiting)(p)
		if p.Item.ID == "creditmemo:2" {
			v.Item.WaitsFor = "invoice:1"
		}
		return v
	})
	put(t, s, "invoice:1")
	if got := planned(t, s, as(work.ItemWaiting)); len(got) != 2 || got[1] != "creditmemo:2" {
		t.Errorf("planned %v, want the invoice and then the memo that waits for it", got)
	}
	// The same state again wakes nothing, unless the verdict says so.
	put(t, s, "invoice:1")
	if got := planned(t, s, as(work.ItemWaiting)); len(got) != 1 {
		t.Errorf("planned %v, want the invoice alone", got)
	}
	put(t, s, "invoice:1")
	woken := planned(t, s, func(p *postgres.Planning) work.Verdict {
		v := as(work.ItemWaiting)(p)
		v.WakeWaiting = p.Item.ID == "invoice:1"
		return v
	})
	if len(woken) != 2 {
		t.Errorf("planned %v, want the memo too", woken)
	}
}

func TestOnlyTheNamedKindsAreCancelledAndOnlyWhatWasNeverSent(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	put(t, s, "invoice:1")
	var all []work.Operation
	for _, kind := range []work.OperationKind{work.CreateContact, work.CreateInvoice, work.CreatePayment} {
		all = append(all, work.Operation{OperationKey: work.OperationKey{Kind: kind, Entity: "invoice:1"}, Revision: 1, IdempotencyID: string(kind), Body: json.RawMessage(`{}`)})
	}
	planned(t, s, as(work.ItemPlanned, func(v *work.Verdict) { v.Operations = all }))
	exec(t, dsn, "UPDATE operations SET was_in_doubt = true WHERE kind = 'create_payment'")
	put(t, s, "invoice:1")
	states := map[work.OperationKind]work.OperationState{}
	planned(t, s, as(work.ItemSkipped, func(v *work.Verdict) { v.Cancel = work.CancelledWithItem() }))
	put(t, s, "invoice:1")
	planned(t, s, func(p *postgres.Planning) work.Verdict {
		for _, o := range all {
			h, err := p.History(o.OperationKey)
			if err != nil || len(h) != 1 {
				t.Fatal(h, err)
			}
			states[o.Kind] = h[0].State
		}
		return as(work.ItemSkipped)(p)
	})
	want := map[work.OperationKind]work.OperationState{work.CreateContact: work.Planned, work.CreateInvoice: work.Cancelled, work.CreatePayment: work.Planned}
	if diff := cmp.Diff(want, states); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAPlanReadsItsNeighbours(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	put(t, s, "invoice:1", "invoice:2", "customer:5")
	exec(t, dsn, `INSERT INTO xrefs (binding, type, entity, currency, sage_id, reference, sent_digests)
		VALUES ('b', 'contact', 'customer:5', 'GBP', 'c1', 'M5', '{"name":"x"}'), ('b', 'contact', 'customer:5', 'EUR', 'c2', 'M5-EUR', '{}')`)
	once := false
	planned(t, s, func(p *postgres.Planning) work.Verdict {
		if once {
			return as(work.ItemSkipped)(p)
		}
		once = true
		items, err := p.Items([]canonical.ID{"invoice:1", "invoice:2", "invoice:3"})
		if err != nil || len(items) != 2 || items["invoice:2"].ID != "invoice:2" {
			t.Errorf("items %v, %v; want the two that are there", items, err)
		}
		if none, err := p.Items(nil); err != nil || len(none) != 0 {
			t.Errorf("no ids: %v, %v", none, err)
		}
		xrefs, err := p.Xrefs(work.XrefContact, "customer:5")
		if err != nil || len(xrefs) != 2 || xrefs[0].Currency != "EUR" || xrefs[1].SageID != "c1" || string(xrefs[1].SentDigests) != `{"name": "x"}` {
			t.Errorf("xrefs %+v, %v; want both in the order of their currencies", xrefs, err)
		}
		if body, err := p.Entity("customer:5"); err != nil || string(body) != "{}" {
			t.Errorf("customer %s, %v", body, err)
		}
		if body, err := p.Entity("customer:6"); err != nil || body != nil {
			t.Errorf("a customer that never arrived is %s, %v; want nil", body, err)
		}
		return as(work.ItemSkipped)(p)
	})
}

func TestPlansAndResultsOfManyProcessesDoNotBlockOneAnother(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	var ids []canonical.ID
	for n := range uint64(30) {
		ids = append(ids, canonical.NewID(canonical.KindInvoice, n+1))
	}
	put(t, s, ids...)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for {
				any, err := s.PlanNext(t.Context(), func(p *postgres.Planning) (work.Verdict, error) {
					// Each waits for its neighbour, so that results lock rows across one another.
					v := as(work.ItemWaiting, func(v *work.Verdict) { v.Item.WaitsFor = string(ids[0]) })(p)
					if p.Item.ID == ids[0] {
						v.Item.WaitsFor = ""
					}
					v.Operations = []work.Operation{{OperationKey: work.OperationKey{Kind: work.CreateInvoice, Entity: string(p.Item.ID)}, Revision: 1,
						IdempotencyID: string(p.Item.ID), Body: json.RawMessage(`{}`)}}
					return v, nil
				})
				if err != nil {
					t.Error(err)
				}
				if !any || err != nil {
					return
				}
			}
		})
		all.Go(func() {
			for n := len(ids) - 1; n >= 0; n-- {
				e := postgres.Entity{Source: "shop", ID: ids[n], Version: change.Version{Epoch: 2, Sequence: uint64(n + 1)}, Body: json.RawMessage(`{}`)}
				if _, err := s.Put(t.Context(), []postgres.Entity{e}, place); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}
