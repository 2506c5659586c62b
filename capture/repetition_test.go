package capture

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mage2sage/mage2sage/schemas/health"
)

func TestSnapshotsInARowWaitLongerAndAreToldToAPerson(t *testing.T) {
	var board health.Board
	r := &repetition{board: &board, pause: time.Second, longest: time.Minute}
	lost := reset{reason: "the table m2_store was altered", table: "store", columns: true}
	var waits []string
	for n := 1; n <= 8; n++ {
		waits = append(waits, r.another(lost).String())
		if told := len(board.Troubles()) > 0; told != (n >= tellAfter) {
			t.Errorf("after %d it is told: %v", n, told)
		}
	}
	if got, want := strings.Join(waits, " "), "1s 2s 4s 8s 16s 32s 1m0s 1m0s"; got != want {
		t.Errorf("the waits are %s, want %s", got, want)
	}
	told := board.Troubles()[0]
	for _, words := range []string{"8 snapshots", "the table m2_store was altered"} {
		if !strings.Contains(told.Problem, words) {
			t.Errorf("the problem is %q, want it to say %q", told.Problem, words)
		}
	}
	for _, words := range []string{"binlog_row_metadata=FULL", "alters store", "every 1m0s"} {
		if !strings.Contains(told.Hint, words) {
			t.Errorf("the hint is %q, want it to say %q", told.Hint, words)
		}
	}
}

func TestWhatExplainsTheLogEndsARowOfSnapshots(t *testing.T) {
	columns := reset{reason: "x", table: "store", columns: true}
	for name, c := range map[string]struct {
		last reset
		then func(*repetition)
		ends bool
	}{
		"rows of the table are read":              {columns, func(r *repetition) { r.understood("store") }, true},
		"rows of another table are read":          {columns, func(r *repetition) { r.understood("sales_order") }, false},
		"rows are read after a statement's doubt": {reset{reason: "x", table: "store"}, func(r *repetition) { r.understood("store") }, false},
		"the log is read for long":                {reset{reason: "x"}, (*repetition).settled, true},
	} {
		t.Run(name, func(t *testing.T) {
			var board health.Board
			r := &repetition{board: &board, pause: time.Second, longest: time.Minute}
			for range tellAfter {
				r.another(c.last)
			}
			c.then(r)
			if told := len(board.Troubles()) > 0; told == c.ends {
				t.Errorf("it is still told: %v", told)
			}
			if wait := r.another(c.last); (wait == time.Second) != c.ends {
				t.Errorf("the next wait is %v", wait)
			}
		})
	}
}

func TestTablesThatAreTouchedOnceEachAreNoRowOfSnapshots(t *testing.T) {
	var board health.Board
	r := &repetition{board: &board, pause: time.Second, longest: time.Minute}
	for _, table := range []string{"sales_order", "customer_entity", "tax_class", "store", ""} {
		if wait := r.another(reset{reason: "x", table: table}); wait != time.Second {
			t.Errorf("a snapshot because of %q waits %v", table, wait)
		}
	}
	if told := board.Troubles(); len(told) > 0 {
		t.Errorf("a person is told %v", told)
	}
	r.another(reset{reason: "x", table: "store"})
	r.another(reset{reason: "y", table: "store", columns: true})
	if r.understood("tax_class"); len(board.Troubles()) != 1 {
		t.Error("the third snapshot because of one table is not told")
	}
	if r.understood("store"); len(board.Troubles()) != 0 {
		t.Error("it is told though the table's rows are read")
	}
}

func TestTheHintFitsWhatIsKnown(t *testing.T) {
	for words, why := range map[string]reset{
		"does that to store again": {table: "store"},
		"on its server does that":  {},
	} {
		if got := (snapshotRow{last: why}).hint(time.Minute); !strings.Contains(got, words) {
			t.Errorf("the hint is %q, want it to say %q", got, words)
		}
	}
}

func TestALongPauseDoesNotLookLikeALoopThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Stage{Health: &health.Board{}}
		s.Health.Expect(beginning)
		s.Health.Prove(reading)
		began := time.Now()
		rested := make(chan bool)
		go func() { rested <- s.rest(t.Context(), time.Minute) }()
		for range 59 {
			time.Sleep(time.Second)
			p := s.Health.Proof()
			if h := (health.Heartbeat{Started: began, Loop: p.Loop, Proved: p.At}); h.Unproven(time.Now()) {
				t.Fatalf("after %v of the pause %q looks hung", time.Since(began), p.Loop)
			}
		}
		if !<-rested || time.Since(began) != time.Minute {
			t.Errorf("the pause took %v", time.Since(began))
		}
	})
}

// A table that is altered behind each snapshot, in a log that does not name its columns.
func TestATableThatIsAlteredAgainAndAgainIsNamedUntilItsRowsAreRead(t *testing.T) {
	s := newShop(t, "m2_")
	s.metadata("NO_LOG")
	topics, names := newTopics(t)
	var board health.Board
	r := run(t, &Stage{Config: s.config, Partitions: testPartitions, Topics: topics, Names: names, Health: &board})
	r.snapshotDone()
	altered := func() bool { return len(board.Troubles()) > 0 && board.Troubles()[0].About == aboutSnapshots }
	for n := range tellAfter {
		if altered() {
			t.Fatalf("after %d it is told already: %v", n, board.Troubles())
		}
		s.exec("ALTER TABLE m2_sales_order COMMENT 'altered'; INSERT INTO m2_sales_order (state) VALUES ('new')")
		r.anotherSnapshot()
		r.snapshotDone()
	}
	until(t, "it is told", altered)
	if told := board.Troubles()[0]; !strings.Contains(told.Problem, "table m2_sales_order was altered") || !strings.Contains(told.Hint, "binlog_row_metadata=FULL") {
		t.Errorf("the trouble is %v", told)
	}
	s.exec("INSERT INTO m2_sales_order (state) VALUES ('new')")
	until(t, "its rows are read", func() bool { r.alive(); return !altered() })
	r.caughtUp(s)
	r.sameAsShop(s)
}

// Statements that doubt captured rows are settled by time alone.
func TestALogThatIsReadForLongEndsARowOfSnapshots(t *testing.T) {
	t.Parallel()
	s := newShop(t, "m2_")
	topics, names := newTopics(t)
	var board health.Board
	short := quick
	short.settled, short.shortest, short.snapshots = 4*time.Second, 300*time.Millisecond, time.Minute
	r := run(t, &Stage{Config: s.config, Partitions: testPartitions, Topics: topics, Names: names, Health: &board, clocks: short})
	r.snapshotDone()
	began := time.Now()
	for range tellAfter {
		epoch := r.state().Checkpoint.Epoch
		s.exec("TRUNCATE m2_store")
		until(t, "a new epoch began", func() bool { r.alive(); return r.state().Checkpoint.Epoch > epoch })
	}
	if took, least := time.Since(began), (1+2+4)*short.shortest; took < least {
		t.Errorf("the snapshots began within %v, want pauses of %v", took, least)
	}
	until(t, "it is told", func() bool {
		all := board.Troubles()
		return len(all) == 1 && strings.Contains(all[0].Problem, "the table m2_store was truncated")
	})
	until(t, "it is settled", func() bool { r.alive(); return len(board.Troubles()) == 0 })
}
