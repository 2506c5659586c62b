package sink

import (
	"context"
	"slices"

	"github.com/mage2sage/mage2sage/schemas/health"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/work"
)

// A bindingWatch keeps on the board for which bindings nothing can be posted: one of
// several is enough, as its merchant has no other.
type bindingWatch struct {
	db     *postgres.DB
	board  *health.Board
	drop   func(binding string) // ends the calls for a binding that a person has ended
	raised []string
}

// look is called by the delivery loop, which makes the calls.
func (w *bindingWatch) look(ctx context.Context) error {
	all, err := w.db.Bindings(ctx)
	if err != nil {
		return err
	}
	var now []string
	for _, b := range all {
		if b.State == work.Disconnected || b.State == work.New || b.State == work.Purged {
			w.drop(b.Name)
		}
		if problem := notPosting[b.State]; problem != "" {
			about := work.AboutBinding(b.Name)
			now = append(now, about)
			hint := "mage2sage connect --binding " + b.Name
			if b.State == work.Forbidden || b.State == work.Disconnected {
				hint = b.Hint
			}
			w.board.Raise(about, problem, hint)
		}
	}
	if len(all) == 0 {
		now = append(now, work.AboutNoBinding)
		w.board.Raise(work.AboutNoBinding, "there is none, so nothing is posted", "mage2sage binding import")
	}
	for _, about := range w.raised {
		if !slices.Contains(now, about) {
			w.board.Clear(about)
		}
	}
	w.raised = now
	return nil
}

// notPosting says why nothing is posted for a binding in a state.
var notPosting = map[work.BindingState]string{
	work.New:          "it is not connected to Sage, so nothing is posted",
	work.NeedsReauth:  "Sage's consent has ended, so nothing is posted",
	work.Forbidden:    "Sage refuses the user, so nothing is posted",
	work.Disconnected: "a person has disconnected it from Sage, so nothing is posted",
}
