package capture

import (
	"encoding/json"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/change"
)

// raceRows is how many rows have to be read by snapshots, and be checked, while writers
// change them: RACE_ROWS, or what takes less than half a minute.
func raceRows() int {
	if n, err := strconv.Atoi(os.Getenv("RACE_ROWS")); err == nil {
		return n
	}
	return 25_000
}

// A transaction is in the log before it can be seen: a view that lacks it must not bring back
// what its rows were. And a view may have what the log brings later: then its rows must not
// be published before that. Here snapshots are ahead of the log and behind it in turn.
func TestNoRowGoesBackWhileItsTableIsSnapshotted(t *testing.T) {
	t.Parallel()
	s, _ := privately(t)
	s.exec("SET GLOBAL sync_binlog=1; SET GLOBAL innodb_flush_log_at_trx_commit=1")
	s.config.ChunkRows = 100
	held, log := s.holdCommits(t.Context()), s.lateLog()
	w := s.startWriting()
	topics, names := newTopics(t)
	r := start(t, s.config, topics, names)
	r.snapshotDone()
	began, snapshots := time.Now(), 1
	for read := r.rowsOfSnapshot(); read < raceRows(); read += r.rowsOfSnapshot() {
		late := snapshots%2 == 1
		held.Store(!late)
		log.delay.Store(0)
		if late {
			log.delay.Store(int64(20 * time.Millisecond))
		}
		r.snapshotAgain(s)
		snapshots++
	}
	took := time.Since(began)
	w.stop(t)
	r.caughtUp(s)
	r.sameAsShop(s)
	c := r.neverGoesBack(false)
	if c.reads < raceRows() {
		t.Errorf("%d rows were read by snapshots, want %d", c.reads, raceRows())
	}
	t.Logf("%d rows were read by %d snapshots in %.1fs and checked, with %d changes by the log in %d transactions, the longest of %v",
		c.reads, snapshots, took.Seconds(), c.streamed, w.transactions, w.longest.Round(time.Millisecond))
}

// snapshotAgain has the whole shop be snapshotted once more.
func (r *running) snapshotAgain(s *magentoShop) {
	r.t.Helper()
	epoch := r.state().Checkpoint.Epoch
	s.exec("TRUNCATE m2_store") // the log does not say which rows, so that all is read again
	until(r.t, "a new epoch began", func() bool { r.alive(); return r.state().Checkpoint.Epoch > epoch })
	r.snapshotDone()
}

// rowsOfSnapshot is how many rows of the writers' tables the last snapshot has brought.
func (r *running) rowsOfSnapshot() int { return int(r.state().Progress[change.Sales].Rows) }

// counters are the columns in which the writers count up, by table.
var counters = map[string]string{
	"sales_order": "grand_total", "sales_order_item": "row_total", "sales_invoice": "grand_total", "sales_invoice_item": "row_total",
}

// A counted is the change of a row that the writers write to.
type counted struct {
	Op            change.Op
	before, after float64 // whole numbers, to be compared alone; the same where there is but one
}

// gone reports whether the row is deleted by it.
func (c counted) gone() bool { return c.Op == change.Delete }

// rowOfWriters reads what a record says of the row's counter; it is nil for other records.
func rowOfWriters(t testing.TB, rec placed) *counted {
	t.Helper()
	key, err := change.DecodeKey(rec.Key)
	if err != nil || rec.Header(change.HeaderKind) != "" || counters[key.Table] == "" || rec.Value == nil {
		return nil
	}
	var e struct {
		Op            change.Op
		Before, After map[string]any
	}
	if err := json.Unmarshal(rec.Value, &e); err != nil {
		t.Fatal(err)
	}
	if e.Before == nil {
		e.Before = e.After
	}
	if e.After == nil {
		e.After = e.Before
	}
	count := func(row map[string]any) float64 {
		text, _ := row[counters[key.Table]].(string)
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatalf("%s: %v", rec.Value, err)
		}
		return n
	}
	return &counted{e.Op, count(e.Before), count(e.After)}
}

// A checked says how much neverGoesBack has looked at.
type checked struct{ reads, streamed, repeated int }

// A rowState is what a reader knows of a row.
type rowState struct {
	counted
	version change.Version
}

// wentBack says how a record contradicts the one before it; "" where it follows.
func (s rowState) wentBack(to rowState) string {
	switch {
	case to.before < s.after:
		return "was, before that, less than what was known"
	case s.gone() && !to.gone() && to.after <= s.after:
		return "was deleted and is as it was"
	case !s.gone() && to.Op == change.Create && to.version.Epoch == s.version.Epoch:
		return "was made twice"
	}
	return ""
}

// mayFollow excuses what a capture repeats after it was killed. A transaction begins again with
// what its rows were within it. The delete of a row whose parent was gone by then is left out, and
// comes later, with the row as it was repeated last, or not at all where the row came back.
func (s rowState) mayFollow(to rowState) bool {
	switch to.Op {
	case change.Read:
		return false
	case change.Delete:
		return true
	case change.Create:
		return to.version == s.version || to.after > s.after
	}
	return to.version == s.version
}

// neverGoesBack reads every row that the writers have written to as it was published, one
// state after the other: its counter never falls, and after its delete it is higher. What the
// log says that a row was is never less than what the topic had of it already. Where a
// capture was killed, what a reader drops because it knows a newer version does not count.
func (r *running) neverGoesBack(killed bool) (c checked) {
	r.t.Helper()
	last, faults := map[string]rowState{}, 0
	for _, rec := range r.records(change.Sales) {
		row := rowOfWriters(r.t, rec)
		if row == nil {
			continue
		}
		version, err := change.ParseVersion(rec.Header(change.HeaderVersion))
		if err != nil {
			r.t.Fatal(err)
		}
		place, now := strconv.Itoa(rec.partition)+"/"+string(rec.Key), rowState{*row, version}
		before, known := last[place]
		if killed && known && version.Before(before.version) {
			c.repeated++
			continue
		}
		how := before.wentBack(now)
		excused := killed && before.mayFollow(now)
		if known && how != "" && !excused {
			if faults++; faults <= 10 {
				r.t.Errorf("%s %s: %+v after %+v", place, how, now, before)
			}
		}
		now.after = max(now.after, before.after)
		last[place] = now
		if now.Op == change.Read {
			c.reads++
		} else {
			c.streamed++
		}
	}
	if faults > 10 {
		r.t.Errorf("%d rows went back in all", faults)
	}
	if c.reads == 0 {
		r.t.Error("no row was read by a snapshot")
	}
	return c
}
