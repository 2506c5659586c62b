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
		if p := b.Proof(); p.Loop != "hangs" || !p.At.Equal(hung) {
			t.Errorf("the proof is %+v, want the loop that hangs since %v", p, hung)
		}
		b.Retire("hangs")
		if p := b.Proof(); p.Loop != "works" || !p.At.Equal(time.Now()) {
			t.Errorf("after the other has ended in order, the proof is %+v", p)
		}
	})
}

func TestWithoutAProofThereIsNone(t *testing.T) {
	var b health.Board
	if p := b.Proof(); p != (health.Proof{}) {
		t.Errorf("proved: %+v", p)
	}
	var none *health.Board
	none.Prove("a loop")
	none.Retire("a loop")
	none.Expect("a loop")
	if p := none.Proof(); p != (health.Proof{}) {
		t.Errorf("proved without a board: %+v", p)
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

func TestALoopThatBeginsLaterIsGivenItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b health.Board
		b.Prove("planning")
		time.Sleep(time.Hour)
		b.Prove("planning")
		b.Expect("sales/3")
		began := time.Now()
		time.Sleep(time.Second)
		p := b.Proof()
		h := health.Heartbeat{Started: began.Add(-time.Hour), Sent: time.Now(), Loop: p.Loop, Proved: p.At, Owed: p.Owed}
		if h.Starting() || h.Unproven(time.Now()) {
			t.Errorf("%+v counts as starting or hung a second after a partition was given to a stage that works", h)
		}
		time.Sleep(health.ProofLimit)
		b.Prove("planning")
		if p := b.Proof(); p.Loop != "sales/3" || !p.At.IsZero() || !p.Owed.Equal(began) {
			t.Errorf("the worst is %+v, want the loop that has done nothing since %v", p, began)
		}
		if !h.Unproven(time.Now()) || !h.Sign().Equal(began) {
			t.Errorf("%+v does not hang since %v", h, began)
		}
	})
}
