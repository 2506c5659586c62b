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
// log brought of a table behind each made the next one necessary. The pauses between them
// double, and whatever explains the log ends the row. An upgrade that touches many tables once
// is none.
type repetition struct {
	board          *health.Board
	pause, longest time.Duration

	mu   sync.Mutex
	rows map[string]snapshotRow // by table; "" is where none is to blame
	told string                 // the table that a person was told of
}

// A snapshotRow is snapshots of one reason after the other.
type snapshotRow struct {
	times int
	last  reset
}

// another counts a reset, and returns how long the next snapshot has to wait.
func (r *repetition) another(why reset) (wait time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.rows == nil {
		r.rows = map[string]snapshotRow{}
	}
	row := snapshotRow{r.rows[why.table].times + 1, why}
	r.rows[why.table] = row
	if row.times >= tellAfter {
		r.told = why.table
		r.board.Raise(aboutSnapshots, row.problem(), row.hint(r.longest))
	}
	wait = r.pause
	for range row.times - 1 {
		wait = min(2*wait, r.longest)
	}
	return wait
}

func (r snapshotRow) problem() string {
	return fmt.Sprintf("%d snapshots follow one another, the last because %s", r.times, r.last.reason)
}

func (r snapshotRow) hint(longest time.Duration) string {
	most := fmt.Sprintf("; until then a snapshot is taken every %s at the most, and nothing is lost", longest)
	switch {
	case r.last.columns:
		return "type SET GLOBAL binlog_row_metadata=FULL; and put binlog_row_metadata=FULL into my.cnf under [mysqld], or see what alters " + r.last.table + " again and again" + most
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
	if !r.rows[table].last.columns {
		return
	}
	delete(r.rows, table)
	if r.told == table {
		r.board.Clear(aboutSnapshots)
	}
}

// settled says that the log was read long enough behind a snapshot.
func (r *repetition) settled() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.rows)
	r.board.Clear(aboutSnapshots)
}
