package deliver

import (
	"net/http"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/sink/work"
)

// TestWhatSageMayHaveForgottenIsLookedUp goes by the time of the first call: Sage knows an id for seven days.
func TestWhatSageMayHaveForgottenIsLookedUp(t *testing.T) {
	sentAgo := func(ago time.Duration, change func(*work.Operation)) work.Operation {
		o, first := invoice(), time.Now().Add(-ago)
		o.FirstSentAt = &first
		change(&o)
		return o
	}
	planned, doubt := func(*work.Operation) {}, func(o *work.Operation) { o.State, o.WasInDoubt = work.InDoubt, true }
	for name, c := range map[string]struct {
		o     work.Operation
		found string // "" has the look-up fail
		want  work.OperationState
		wrote bool
	}{
		"planned, sent five days ago":                          {sentAgo(5*24*time.Hour, planned), "[]", work.Confirmed, true},
		"planned, sent seven days ago, and not there":          {sentAgo(7*24*time.Hour, planned), "[]", work.Confirmed, true},
		"planned, sent seven days ago, and there":              {sentAgo(7*24*time.Hour, planned), "ours", work.Confirmed, false},
		"planned, sent seven days ago, and nobody can tell":    {sentAgo(7*24*time.Hour, planned), "", work.Planned, false},
		"in doubt, sent seven days ago, and there":             {sentAgo(7*24*time.Hour, doubt), "ours", work.Confirmed, false},
		"in doubt, sent seven days ago, and nobody can tell":   {sentAgo(7*24*time.Hour, doubt), "", work.InDoubt, false},
		"in doubt, sent seven days ago, and something else is": {sentAgo(7*24*time.Hour, doubt), "another", work.Parked, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			created := w.answer
			switch c.found {
			case "ours":
				w.holds(there[work.CreateInvoice].ours)
			case "another":
				w.holds(there[work.CreateInvoice].another)
			case "[]":
				w.holds()
			}
			look := w.answer
			w.answer = func(res http.ResponseWriter, r *http.Request) {
				switch {
				case r.Method != http.MethodGet:
					created(res, r)
				case c.found == "":
					res.WriteHeader(http.StatusInternalServerError)
				default:
					look(res, r)
				}
			}
			w.queue = []work.Operation{c.o}
			w.step()
			if r := w.only(); r.State != c.want || w.wrote() != c.wrote {
				t.Errorf("%s after %v, want %s", r.State, w.steps, c.want)
			}
		})
	}
}
