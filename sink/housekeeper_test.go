package sink

import (
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

func TestAStageMakesTheMonthsOfTheAuditTrail(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	next := time.Now().UTC().AddDate(0, 0, 1-time.Now().UTC().Day()).AddDate(0, 2, 0).Format("audit_2006_01")
	w.sql("DROP TABLE " + next)
	w.start()
	w.until("the month after the next is there", func() bool { return w.value("SELECT to_regclass('"+next+"') IS NOT NULL") == "true" })
}

func TestMonthsAreMadeEachHour(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	now := time.Now()
	h := &housekeeper{db: w.db, now: func() time.Time { return now }}
	next := now.UTC().AddDate(0, 0, 1-now.UTC().Day()).AddDate(0, 2, 0).Format("audit_2006_01")
	for n, want := range []string{"true", "false", "true"} {
		if n == 2 {
			now = now.Add(monthsEvery)
		}
		w.must(h.step(t.Context()))
		if got := w.value("SELECT to_regclass('" + next + "') IS NOT NULL"); got != want {
			t.Errorf("look %d: the month after the next is there: %s, want %s", n, got, want)
		}
		if n < 2 {
			w.sql("DROP TABLE IF EXISTS " + next)
		}
	}
}
