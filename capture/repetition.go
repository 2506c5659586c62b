package capture

import (
	"fmt"
	"sync"
	"time"

	"github.com/mage2sage/mage2sage/schemas/health"
)

// aboutSnapshots is what snapshots that follow one another are about on the health board.
const aboutSnapshots = "snapshots"

// tellAfter is how many snapshots have to follow one another until a person is told: a
// shop that is being upgraded brings two or three.
const tellAfter = 3

// A repetition counts the snapshots that were taken one after the other, because what the
// log brought behind each made the next one necessary. The pauses between them double,
// and whatever explains the log ends the row.
type repetition struct {
	board          *health.Board
	pause, longest time.Duration

	mu    sync.Mutex
	times int
	last  reset
}

// another counts a reset, and returns how long the next snapshot has to wait.
func (r *repetition) another(why reset) (wait time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.times++
	r.last = why
	if r.times >= tellAfter {
		r.board.Raise(aboutSnapshots, r.problem(), r.hint())
	}
	wait = r.pause
	for range r.times - 1 {
		wait = min(2*wait, r.longest)
	}
	return wait
}

func (r *repetition) problem() string {
	return fmt.Sprintf("%d snapshots follow one another, the last because %s", r.times, r.last.reason)
}

func (r *repetition) hint() string {
	most := fmt.Sprintf("; until then a snapshot is taken every %s at the most, and nothing is lost", r.longest)
	switch {
	case r.last.columns:
		return "type SET GLOBAL binlog_row_metadata=FULL; and put it into my.cnf, or see what alters " + r.last.table + " again and again" + most
	case r.last.table != "":
		return "see what in the shop does that to " + r.last.table + " again and again" + most
	}
	return "see what in the shop or on its server does that again and again" + most
}

// understood says that rows of a table were read by its columns. That ends a row of
// snapshots that followed one another because they could not be.
func (r *repetition) understood(table string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last.columns && r.last.table == table {
		r.end()
	}
}

// settled says that the log was read long enough behind a snapshot.
func (r *repetition) settled() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.end()
}

func (r *repetition) end() {
	r.times, r.last = 0, reset{}
	r.board.Clear(aboutSnapshots)
}
