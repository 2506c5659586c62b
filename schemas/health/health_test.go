package health_test

import (
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/health"
)

func TestATroubleKeepsItsBeginningAndTakesNewWords(t *testing.T) {
	var b health.Board
	b.Raise("kafka", "does not answer", "")
	first := b.Troubles()[0].Since
	time.Sleep(2 * time.Millisecond)
	b.Raise("postgres", "is full", "make room")
	b.Raise("kafka", "refuses", "look at its log")
	all := b.Troubles()
	if len(all) != 2 || all[0].About != "kafka" || all[0].Problem != "refuses" || !all[0].Since.Equal(first) {
		t.Errorf("troubles are %+v, want kafka first, refusing since %v", all, first)
	}
}

func TestATroubleThatIsClearedIsGone(t *testing.T) {
	var b health.Board
	b.Raise("kafka", "does not answer", "")
	b.Clear("kafka")
	b.Clear("never raised")
	if all := b.Troubles(); len(all) != 0 {
		t.Errorf("troubles are %+v, want none", all)
	}
}

func TestAStageWithoutABoardMayRaise(t *testing.T) {
	var none *health.Board
	none.Raise("kafka", "does not answer", "")
	none.Clear("kafka")
	if all := none.Troubles(); all != nil {
		t.Errorf("troubles are %+v, want none", all)
	}
}

func TestALoopThatHangsInItsFirstStepIsNotHiddenByTheOthers(t *testing.T) {
	var b health.Board
	b.Expect("planning", "delivery")
	b.Prove("planning")
	if p := b.Proof(); p.Loop != "delivery" || !p.At.IsZero() || p.Owed.IsZero() {
		t.Errorf("the worst loop is %+v, want delivery without any proof", p)
	}
	b.Prove("delivery")
	if p := b.Proof(); p.Loop != "planning" || p.At.IsZero() {
		t.Errorf("the worst loop is %+v, want planning, which proved itself first", p)
	}
}

func TestATroubleSaysUntilWhen(t *testing.T) {
	var b health.Board
	until := time.Date(2026, 1, 31, 12, 0, 30, 0, time.FixedZone("CET", 3600))
	b.RaiseUntil("sage api", "does not answer", until, "wait")
	all := b.Troubles()
	if len(all) != 1 || all[0].Until == nil || !all[0].Until.Equal(until) {
		t.Fatalf("troubles are %+v, want one until %s", all, until)
	}
	if want := "sage api: does not answer since " + all[0].Since.Format(time.RFC3339) + ", until 2026-01-31T11:00:30Z: wait"; all[0].String() != want {
		t.Errorf("%q, want %q", all[0], want)
	}
	b.Raise("sage api", "does not answer", "wait")
	if got := b.Troubles()[0]; got.Until != nil {
		t.Errorf("raised without an end it has %s", got.Until)
	}
}
