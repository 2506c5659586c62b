package health_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/mage2sage/mage2sage/schemas/health"
)

func TestAStageIsNoBetterThanTheLoopThatProvedItselfLongestAgo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b health.Board
		b.Prove("hangs")
		hung := time.Now()
		for range 3 {
			time.Sleep(time.Minute)
			b.Prove("works")
		}
		if loop, at := b.Proof(); loop != "hangs" || !at.Equal(hung) {
			t.Errorf("the proof is of %s at %v, want the loop that hangs since %v", loop, at, hung)
		}
		b.Retire("hangs")
		if loop, at := b.Proof(); loop != "works" || !at.Equal(time.Now()) {
			t.Errorf("after the other has ended in order, the proof is of %q at %v", loop, at)
		}
	})
}

func TestWithoutAProofThereIsNone(t *testing.T) {
	var b health.Board
	if loop, at := b.Proof(); loop != "" || !at.IsZero() {
		t.Errorf("proved by %q at %v", loop, at)
	}
	var none *health.Board
	none.Prove("a loop")
	none.Retire("a loop")
	if loop, at := none.Proof(); loop != "" || !at.IsZero() {
		t.Errorf("without a board, proved by %q at %v", loop, at)
	}
}

func TestATroubleIsOneLineWithItsHint(t *testing.T) {
	since := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	for want, trouble := range map[string]health.Trouble{
		"kafka: does not answer since 2026-01-31T12:00:00Z: start it": {About: "kafka", Problem: "does not answer", Hint: "start it", Since: since},
		"kafka: does not answer since 2026-01-31T12:00:00Z":           {About: "kafka", Problem: "does not answer", Since: since},
	} {
		if got := trouble.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
