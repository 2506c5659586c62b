package postgres_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/work"
)

func TestOlderDocumentsArePlannedFirst(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	put(t, s, "invoice:10", "invoice:9", "invoice:100", "invoice:2")
	exec(t, dsn, "UPDATE sync_items SET plan_due_at = now()")
	want := []canonical.ID{"invoice:2", "invoice:9", "invoice:10", "invoice:100"}
	if diff := cmp.Diff(want, planned(t, s, as(work.ItemSkipped))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDocumentsArePlannedBeforeCustomersWhoHaveWaitedLonger(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	put(t, s, "customer:5", "invoice:9", "customer:4", "creditmemo:2")
	exec(t, dsn, "UPDATE sync_items SET plan_due_at = now() - CASE WHEN kind = 'customer' THEN interval '1 hour' ELSE '0' END")
	if n, err := s.ToPlan(t.Context()); n != 4 || err != nil {
		t.Errorf("%d are to be planned, %v; want 4", n, err)
	}
	want := []canonical.ID{"invoice:9", "creditmemo:2", "customer:4", "customer:5"}
	if diff := cmp.Diff(want, planned(t, s, as(work.ItemSkipped))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n, err := s.ToPlan(t.Context()); n != 0 || err != nil {
		t.Errorf("%d are to be planned, %v; want none", n, err)
	}
}

func TestAnItemIsPlannedAgainWhenItsTimeHasCome(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	put(t, s, "invoice:1")
	if got := planned(t, s, as(work.ItemWaiting, func(v *work.Verdict) { v.PlanAgainIn = time.Hour })); len(got) != 1 {
		t.Fatalf("planned %v, want once: it is due in an hour", got)
	}
	exec(t, dsn, "UPDATE sync_items SET plan_due_at = plan_due_at - interval '1 h'")
	if got := planned(t, s, as(work.ItemWaiting)); len(got) != 1 {
		t.Errorf("after an hour: %v, want the invoice", got)
	}
}

// A version that arrives while the item is being put off may be just what it lacked.
func TestAnItemThatBecomesDueAgainMeanwhileIsNotPutOff(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	put(t, s, "invoice:1")
	arrived := make(chan error, 1)
	_, err := s.PlanNext(t.Context(), func(*postgres.Planning) (work.Verdict, error) {
		go func() { arrived <- try(dsn, "UPDATE sync_items SET plan_due_at = now()") }()
		waiting := "DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM pg_locks WHERE NOT granted) LOOP PERFORM pg_sleep(0.01); END LOOP; END $$"
		exec(t, dsn, waiting) // the arrival is first in the queue for the row
		return work.Verdict{}, errors.New("broken")
	})
	if err == nil {
		t.Error("the plan has no error")
	}
	if err := <-arrived; err != nil {
		t.Fatal(err)
	}
	if got := planned(t, s, as(work.ItemSkipped)); len(got) != 1 || got[0] != "invoice:1" {
		t.Errorf("planned at once: %v, want the item that became due again", got)
	}
}
