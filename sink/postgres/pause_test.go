package postgres_test

import (
	"errors"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/sink/work"
)

func TestAPauseStopsTheCallsOfItsBindingAndAConfirmationEndsIt(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	plan(t, s, 1, `{"v":1}`)
	due := func() bool {
		_, ok, err := next(t, s)
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	o := claim(t, s)
	record(t, s, work.CallResult{Operation: o, State: work.Planned, Uncounted: true})
	if err := s.Pause(t.Context(), work.Pause{Binding: "b", State: work.Forbidden, Hint: "h", Wait: time.Hour}); err != nil {
		t.Fatal(err)
	}
	if due() {
		t.Error("a call is due while Sage refuses the user")
	}
	exec(t, dsn, "UPDATE bindings SET not_before = now()")
	if !due() {
		t.Error("no call is tried after the wait: nobody would notice that Sage lets the user in again")
	}
	record(t, s, posted(claim(t, s), "sage-1"))
	if b, err := s.Binding(t.Context(), "b"); err != nil || b.State != work.Connected || b.Hint != "" {
		t.Errorf("%s %q, %v; want connected", b.State, b.Hint, err)
	}
	plan(t, s, 2, `{"v":1}`)
	if err := s.Pause(t.Context(), work.Pause{Binding: "b", State: work.NeedsReauth}); err != nil {
		t.Fatal(err)
	}
	if due() {
		t.Error("a call is due without a grant")
	}
}

func TestABusinessThatAskedForPatienceIsLeftAlone(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	plan(t, s, 1, `{"v":1}`)
	if err := s.PutOff(t.Context(), "biz", time.Hour); err != nil {
		t.Fatal(err)
	}
	if all, err := s.Businesses(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("%v, %v; want none", all, err)
	}
	if err := s.PutOff(t.Context(), "biz", time.Second); err != nil {
		t.Fatal(err)
	}
	if b, err := s.Binding(t.Context(), "b"); err != nil || time.Until(b.NotBefore) < 50*time.Minute {
		t.Errorf("not before %s, %v; want the longer wait to stay", b.NotBefore, err)
	}
	exec(t, dsn, "UPDATE bindings SET not_before = now()")
	if all, err := s.Businesses(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("%v, %v; want the business", all, err)
	}
}

func TestAPersonResumesABinding(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	plan(t, s, 1, `{"v":1}`)
	plan(t, s, 2, `{"v":1}`)
	exec(t, dsn, "UPDATE operations SET not_before = now() + interval '1 h', state = CASE entity WHEN 'invoice:2' THEN 'in_doubt' ELSE state END")
	if err := s.Pause(t.Context(), work.Pause{Binding: "b", State: work.Forbidden, Hint: "h", Wait: time.Hour}); err != nil {
		t.Fatal(err)
	}
	began := time.Now().Add(-time.Second)
	b, err := s.Resume(t.Context(), "b")
	if err != nil || b.State != work.Connected || b.Hint != "" || b.NotBefore.After(time.Now().Add(time.Second)) {
		t.Fatalf("%+v, %v; want it connected and not held", b, err)
	}
	if all, err := s.Businesses(t.Context()); err != nil || len(all) != 1 || all[0].ID != "biz" || all[0].ResumedAt.Before(began) {
		t.Errorf("%+v, %v; want the business, resumed now", all, err)
	}
	if o, ok, err := next(t, s); err != nil || !ok || o.Entity != "invoice:1" {
		t.Errorf("%s, %v, %v; want invoice:1: what is in doubt waits for Sage", o.Entity, ok, err)
	}
	if err := s.Pause(t.Context(), work.Pause{Binding: "b", State: work.NeedsReauth, Hint: "connect"}); err != nil {
		t.Fatal(err)
	}
	if b, err := s.Resume(t.Context(), "b"); err != nil || b.State != work.NeedsReauth || b.Hint != "connect" {
		t.Errorf("%s %q, %v; want it to need a consent still", b.State, b.Hint, err)
	}
	if _, err := s.Resume(t.Context(), "none"); !errors.Is(err, work.ErrNoBinding) {
		t.Errorf("%v, want that there is no such binding", err)
	}
}

// A business that stays forbidden is tried every minute: the trail would fill.
func TestTheAuditTrailHasTheFirstOfSeveralPauses(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	plan(t, s, 1, `{"v":1}`)
	for range 3 {
		if err := s.Pause(t.Context(), work.Pause{Binding: "b", State: work.Forbidden, Hint: "h"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := try(dsn, "DO $$ BEGIN IF (SELECT count(*) FROM audit WHERE event = 'binding forbidden') <> 1 THEN RAISE 'not one'; END IF; END $$"); err != nil {
		t.Error(err)
	}
}
