package postgres_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/work"
)

// underWay has the create of invoice:1 sent and not answered.
func underWay(t *testing.T, s *postgres.DB) work.Operation {
	t.Helper()
	plan(t, s, 1, `{"v":1}`)
	return claim(t, s)
}

func confirmed(o work.Operation) work.CallResult {
	return work.CallResult{Operation: o, State: work.Confirmed, SageID: "s1", Xref: work.XrefChange{Type: work.XrefInvoice, New: true}, Posted: &work.Posting{State: work.ItemPosted}}
}

func invoiceKey() work.OperationKey {
	return work.OperationKey{Kind: work.CreateInvoice, Entity: "invoice:1"}
}

// TestAResultWaitsForNoPlanAndWakesWhatBeginsToWait: the result is recorded while a plan that has
// not seen it decides to wait for it.
func TestAResultWaitsForNoPlanAndWakesWhatBeginsToWait(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	o := underWay(t, s)
	put(t, s, "creditmemo:2")
	seen := map[bool]int{}
	decide := func(p *postgres.Planning) (work.Verdict, error) {
		xrefs, err := p.Xrefs(work.XrefInvoice, "invoice:1")
		if err != nil || p.Item.ID != "creditmemo:2" {
			return work.Verdict{Item: p.Item}, err
		}
		seen[len(xrefs) > 0]++
		v := work.Verdict{Item: p.Item}
		if len(xrefs) > 0 {
			v.Item.State, v.Item.WaitsFor = work.ItemPlanned, ""
			return v, nil
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if err := s.RecordResult(ctx, confirmed(o)); err != nil {
			t.Errorf("%v; want the result recorded beside the plan", err)
		}
		v.Item.State, v.Item.WaitsFor = work.ItemWaiting, "invoice:1"
		return v, nil
	}
	planDue(t, s, decide)
	if got := item(t, s, "creditmemo:2"); got.State != work.ItemPlanned || seen[false] != 1 || seen[true] != 1 {
		t.Errorf("%s after %v; want it woken by what was recorded beside its plan", got.State, seen)
	}
}

// TestAPlanSeesAllOfAResultOrNothing: not the operation as it was and the xref as it is.
func TestAPlanSeesAllOfAResultOrNothing(t *testing.T) {
	t.Parallel()
	for name, planAll := range map[string]func(*testing.T, *postgres.DB, postgres.Decide){
		"alone":    func(t *testing.T, s *postgres.DB, d postgres.Decide) { _, _ = s.PlanNext(t.Context(), d) },
		"together": func(t *testing.T, s *postgres.DB, d postgres.Decide) { _, _ = s.PlanDue(t.Context(), d) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := open(t)
			o := underWay(t, s)
			put(t, s, "creditmemo:2")
			planAll(t, s, func(p *postgres.Planning) (work.Verdict, error) {
				before, err := p.History(invoiceKey())
				if err != nil || len(before) != 1 {
					t.Errorf("%d operations, %v; want one", len(before), err)
				}
				if err := s.RecordResult(t.Context(), confirmed(o)); err != nil {
					t.Error(err)
				}
				after, err := p.History(invoiceKey())
				xrefs, errXrefs := p.Xrefs(work.XrefInvoice, "invoice:1")
				if err != nil || errXrefs != nil || len(after) != 1 || after[0].State != before[0].State || len(xrefs) != 0 {
					t.Errorf("%v and %d xrefs, %v, %v; want what was seen before", after, len(xrefs), err, errXrefs)
				}
				return work.Verdict{Item: p.Item}, nil
			})
		})
	}
}

// TestAPlanThatWouldReplaceWhatIsSentMeanwhileIsMadeAgain: Postgres refuses the verdict.
func TestAPlanThatWouldReplaceWhatIsSentMeanwhileIsMadeAgain(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	plan(t, s, 1, `{"v":1}`)
	put(t, s, "invoice:1")
	var seen []work.OperationState
	planDue(t, s, func(p *postgres.Planning) (work.Verdict, error) {
		history, err := p.History(invoiceKey())
		if err != nil || len(history) != 1 {
			t.Fatalf("%d operations, %v; want one", len(history), err)
		}
		if seen = append(seen, history[0].State); len(seen) == 1 {
			claim(t, s)
		}
		v := work.Verdict{Item: p.Item}
		if history[0].State == work.Planned {
			v.Operations = []work.Operation{operationOf(invoiceKey(), "new", "invoice:1")}
		}
		return v, nil
	})
	if len(seen) != 2 || seen[0] != work.Planned || seen[1] != work.Sending {
		t.Errorf("the plans have seen %v, want the operation planned and then being sent", seen)
	}
}

// TestAPlanSeesTheVerdictThatItHasWaitedFor: two processes plan documents with one reference.
func TestAPlanSeesTheVerdictThatItHasWaitedFor(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	put(t, s, "invoice:1", "invoice:2")
	second, done := make(chan *work.Holder, 1), make(chan error, 1)
	if _, err := s.PlanNext(t.Context(), func(p *postgres.Planning) (work.Verdict, error) {
		go func() {
			_, err := s.PlanNext(t.Context(), func(p *postgres.Planning) (work.Verdict, error) {
				holder, err := p.Holder(work.CreateInvoice, "R1")
				second <- holder
				return work.Verdict{Item: p.Item}, err
			})
			done <- err
		}()
		time.Sleep(300 * time.Millisecond) // the other one has begun, and waits
		return work.Verdict{Item: p.Item, Operations: []work.Operation{operationOf(invoiceKey(), "R1", "invoice:1")}}, nil
	}); err != nil {
		t.Fatal(err)
	}
	if holder, err := <-second, <-done; err != nil || holder == nil || holder.Entity != "invoice:1" {
		t.Errorf("the holder of the reference is %v, %v; want invoice:1", holder, err)
	}
}

// TestALateAnswerIsWrittenDownAfterAPlanThatHasNotSeenIt: the second contact that the plan of
// another document asks for is not made.
func TestALateAnswerIsWrittenDownAfterAPlanThatHasNotSeenIt(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	key := work.OperationKey{Kind: work.CreateContact, Entity: "customer:5", Currency: "GBP"}
	put(t, s, "invoice:1")
	planned(t, s, as(work.ItemWaiting, func(v *work.Verdict) { v.Operations = []work.Operation{operationOf(key, "", "invoice:1")} }))
	o := claim(t, s)
	exec(t, dsn, "UPDATE operations SET state = 'refused'")
	put(t, s, "invoice:2")
	recorded := make(chan error, 1)
	if _, err := s.PlanNext(t.Context(), func(p *postgres.Planning) (work.Verdict, error) {
		if err := second(p.History(key)); err != nil {
			return work.Verdict{}, err
		}
		go func() {
			recorded <- s.RecordResult(t.Context(), work.CallResult{Operation: o, State: work.Confirmed, SageID: "s1", Xref: work.XrefChange{Type: work.XrefContact, New: true}})
		}()
		time.Sleep(300 * time.Millisecond)
		next := operationOf(key, "", "invoice:2")
		next.Revision, next.IdempotencyID = 2, "next"
		return work.Verdict{Item: p.Item, Operations: []work.Operation{next}}, nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := <-recorded; err != nil {
		t.Fatal(err)
	}
	if due, err := s.Next(t.Context(), "biz"); err != nil || len(due) != 0 {
		t.Errorf("%v are due, %v; want no second contact", due, err)
	}
}

func TestWhoHasLostItsLeaseClaimsNothing(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	plan(t, s, 1, `{"v":1}`)
	for _, lost := range []string{"DELETE FROM business_leases", "INSERT INTO business_leases VALUES ('biz', 'another', now() + interval '1 hour')", "UPDATE business_leases SET owner = 'me', until = now()"} {
		exec(t, dsn, lost)
		if _, ok, err := s.Claim(t.Context(), lease, 1, time.Second); ok || !errors.Is(err, work.ErrLeaseLost) {
			t.Errorf("%s: claimed %v, %v; want ErrLeaseLost", lost, ok, err)
		}
	}
	if due, err := s.Next(t.Context(), "biz"); err != nil || len(due) != 1 {
		t.Errorf("%d are due, %v; want the operation untouched", len(due), err)
	}
}
