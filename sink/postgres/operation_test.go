package postgres_test

import (
	"testing"

	"github.com/mage2sage/mage2sage/sink/work"
)

func TestContentIsReplacedUntilItIsSentAndNeverAfterwards(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	plan(t, s, 1, `{"v":1}`)
	plan(t, s, 1, `{"v":2}`)
	o := claim(t, s)
	if string(o.Body) != `{"v":2}` || o.Attempt != 1 {
		t.Errorf("claimed %s attempt %d, want the newer body and 1", o.Body, o.Attempt)
	}
	plan(t, s, 1, `{"v":3}`)
	if err := s.RecordResult(t.Context(), work.CallResult{Operation: o, State: work.InDoubt}); err != nil {
		t.Fatal(err)
	}
	plan(t, s, 1, `{"v":4}`)
	if again := claim(t, s); string(again.Body) != `{"v":2}` || again.IdempotencyID != o.IdempotencyID || !again.WasInDoubt {
		t.Errorf("in doubt it goes again as %s under %s, want the same body and id", again.Body, again.IdempotencyID)
	}
}

func TestWhatItsSenderLeftBehindIsInDoubt(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	plan(t, s, 1, `{"v":1}`)
	claim(t, s)
	if n, err := s.Recover(t.Context(), "biz", 0); err != nil || n != 0 {
		t.Errorf("recovered %d before the deadline, %v", n, err)
	}
	exec(t, dsn, "UPDATE operations SET deadline = now() - interval '1 s'")
	if n, err := s.Recover(t.Context(), "biz", 0); err != nil || n != 1 {
		t.Errorf("recovered %d after the deadline, %v; want 1", n, err)
	}
	if err := s.RecordResult(t.Context(), work.CallResult{Operation: claim(t, s), State: work.Planned}); err != nil {
		t.Fatal(err)
	}
	plan(t, s, 1, `{"v":2}`)
	if o := claim(t, s); string(o.Body) != `{"v":1}` || !o.WasInDoubt {
		t.Errorf("it goes again as %s, want the body that may have arrived", o.Body)
	}
}

func TestWhatWasPutBackAfterADoubtIsStillInDoubt(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	plan(t, s, 1, `{"v":1}`)
	for _, state := range []work.OperationState{work.InDoubt, work.Planned} {
		if err := s.RecordResult(t.Context(), work.CallResult{Operation: claim(t, s), State: state, Uncounted: state == work.Planned}); err != nil {
			t.Fatal(err)
		}
	}
	plan(t, s, 1, `{"v":2}`)
	if o := claim(t, s); string(o.Body) != `{"v":1}` || o.Attempt != 2 {
		t.Errorf("%s attempt %d; want the doubted body, and a throttled attempt not counted", o.Body, o.Attempt)
	}
}

func TestOneCreateOfAThingIsUnderWay(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	plan(t, s, 1, `{"v":1}`)
	err := try(dsn, `INSERT INTO operations (binding, business, kind, entity, revision, item, idempotency_id, body, body_hash, policy_version, priority)
		SELECT binding, business, kind, entity, 2, item, 'another', body, body_hash, 1, 1 FROM operations`)
	if err == nil {
		t.Error("a second create of the same invoice is planned beside the first")
	}
}

func TestALateAnswerOfAnOlderClaimPutsNothingBack(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	plan(t, s, 1, `{"v":1}`)
	putBack := func(o work.Operation) {
		t.Helper()
		if err := s.RecordResult(t.Context(), work.CallResult{Operation: o, State: work.Planned, Uncounted: true}); err != nil {
			t.Fatal(err)
		}
	}
	paused := claim(t, s)
	putBack(paused)
	second := claim(t, s)
	if second.Attempt != paused.Attempt {
		t.Fatalf("attempt %d, want the throttled one not counted", second.Attempt)
	}
	putBack(paused) // the same answer once more, after somebody else has sent it again
	if o, ok, err := next(t, s); err != nil || ok {
		t.Errorf("%s is due while its call is under way (%v)", o.Entity, err)
	}
}
