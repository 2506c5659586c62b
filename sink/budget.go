package sink

import (
	"context"
	"sync/atomic"

	"github.com/mage2sage/mage2sage/schemas/health"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/work"
)

// aboutCalls is what the board says of the calls of the day.
const aboutCalls = "sage calls of the day"

// A budgetWatch keeps on the board which calls pause until the next day, because too many of this
// one have been made.
type budgetWatch struct {
	db     *postgres.DB
	app    string // Sage's client id
	limit  work.RateLimit
	board  *health.Board
	paused atomic.Bool // some calls are
}

// look is called by the delivery loop, which makes the calls.
func (w *budgetWatch) look(ctx context.Context) error {
	if w.limit.PerDay == 0 {
		w.board.Clear(aboutCalls) // an earlier run had a bound
		return nil
	}
	rates, now, err := w.db.CallRates(ctx, w.app)
	if err != nil {
		return err
	}
	last, paused := rates[""].Pauses(w.limit, now)
	w.paused.Store(paused)
	if !paused {
		w.board.Clear(aboutCalls)
		return nil
	}
	w.board.RaiseUntil(aboutCalls, pausing[last], rates[""].DayEnds(), "raise sage.calls_per_day where Sage allows it")
	return nil
}

// pausing says what a person has to know while calls down to an urgency pause.
var pausing = map[work.Urgency]string{
	work.ForDocuments: "they are spent: no call is made",
	work.Ordinary:     "95 % are made: only invoices, credit notes and what they need are sent",
	work.CanWait:      "80 % are made: rebuilds and searches for duplicates pause",
}
