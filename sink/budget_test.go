package sink

import (
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/health"
	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/sage/auth"
	"github.com/mage2sage/mage2sage/sink/work"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

// spend has so many calls of the day made already.
func (w *world) spend(calls int64) {
	w.t.Helper()
	w.must(w.db.ChangeRate(w.t.Context(), w.config.Sage.ClientID, "", func(r *work.CallRate, now time.Time) {
		r.Day, r.Calls = now.UTC().Truncate(24*time.Hour), calls
	}))
}

// says waits until the board says something of the calls of the day.
func (w *world) says(problem string) {
	w.t.Helper()
	w.until("the board says "+problem, func() bool {
		for _, t := range w.health.Troubles() {
			if t.About == aboutCalls {
				return strings.Contains(t.Problem, problem) && t.Until != nil && t.Until.Equal(time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, 1)) && t.Hint != ""
			}
		}
		return problem == ""
	})
}

func TestWhenTheCallsOfTheDayRunOutDocumentsGoFirstAndNothingIsLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.config.Sage.CallsPerDay = 10_000
	stop := w.start()
	w.spend(8_000)
	w.says("80 % are made")
	w.spend(9_500)
	w.says("95 % are made")
	for n := range uint64(3) {
		person := ada
		person.MagentoID += n
		w.publish(paid(invoiceOf(n+1, person)))
	}
	for n := range uint64(3) { // with the contacts that they need
		w.reaches(canonical.NewID(canonical.KindInvoice, n+1), work.ItemPosted, "")
	}
	if n := len(w.inSage("payment")); n != 0 {
		t.Errorf("%d payments were sent while only documents are", n)
	}
	w.spend(20_000) // what is given back of them when it lapses leaves none
	w.says("they are spent")
	spent := time.Now()
	w.until("what was booked before has lapsed", func() bool { return time.Since(spent) > 2*time.Second })
	before := len(w.sim.Calls().Calls)
	w.publish(invoiceOf(9, ada))
	w.until("the next document is planned", func() bool { return w.item("invoice:9").State != "" && w.bookmarked() })
	if n := len(w.sim.Calls().Calls); n != before {
		t.Errorf("%d calls beyond those of the day", n-before)
	}
	counts, inDoubt, err := w.db.Counts(t.Context(), nil)
	w.must(err)
	for _, c := range counts {
		if c.State == work.ItemParked || c.State == work.ItemSkipped || inDoubt > 0 {
			t.Errorf("%+v, %d in doubt: want nothing parked", c, inDoubt)
		}
	}
	stop()
	w.config.Sage.CallsPerDay = 0 // a person raises it
	w.start()
	w.says("")
	for n := range uint64(3) {
		w.paid(canonical.NewID(canonical.KindInvoice, n+1))
	}
	w.reaches("invoice:9", work.ItemPosted, "")
	if most := w.value("SELECT max(attempt) FROM operations"); most != "1" {
		t.Errorf("an operation has %s attempts, want what was not made uncounted", most)
	}
}

func TestChecksAreNotBegunWhileTheyPause(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.must(w.detector(&health.Board{}).step(t.Context()))
	w.sql("UPDATE duplicate_searches SET due_at = now()")
	for _, paused := range []bool{true, false} {
		asked := 0
		client := func(b work.Binding) *sage.Client {
			asked++
			return sage.NewClient(sage.NewNetwork(w.config.Sage), auth.StaticToken("token"), b.Name, b.Business)
		}
		d := w.detector(&health.Board{})
		d.client, d.paused = client, func() bool { return paused }
		w.must(d.step(t.Context()))
		if asked > 0 == paused {
			t.Errorf("paused %v: %d searches were begun", paused, asked)
		}
	}
	w.must(w.db.NoteRestored(t.Context(), "a test"))
	r := &rebuilder{db: w.db, paused: func() bool { return true }} // without topics nothing can begin
	w.must(r.step(t.Context()))
}
