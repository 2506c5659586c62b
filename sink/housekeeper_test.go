package sink

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/sink/work"
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

func TestTheSinkPurgesOnceADayInSmallSteps(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.must(w.db.Disconnect(t.Context(), "shop-uk", "somebody", "by a person"))
	w.sql("UPDATE bindings SET disconnected_at = now() - interval '8 days'")
	w.sql("INSERT INTO xrefs (binding, type, entity, sage_id) SELECT 'shop-uk', 'sales_invoice', 'invoice:' || n, 's' || n FROM generate_series(1, 1200) n")
	now := time.Now()
	h := &housekeeper{db: w.db, retention: work.Retention{AfterDisconnect: 9, Audit: 31, PersonalData: 30}, now: func() time.Time { return now }, log: zerolog.New(w.logs)}
	left := func() string { return w.value("SELECT count(*) FROM xrefs") }
	for w.must(h.step(t.Context())); h.sweep != nil; {
		w.must(h.step(t.Context()))
	}
	now = now.Add(25 * time.Hour)
	if left() != "1200" {
		t.Fatalf("%s are left, want all before the period has ended", left())
	}
	h.retention.AfterDisconnect = 8
	var seen []string
	for range 4 {
		w.must(h.step(t.Context()))
		seen = append(seen, left())
	}
	if want := []string{"700", "200", "0", "0"}; !slices.Equal(seen, want) {
		t.Errorf("%v are left after each step, want %v", seen, want)
	}
	for range 8 {
		w.must(h.step(t.Context()))
	}
	if got := w.value("SELECT state FROM bindings"); got != "purged" || !strings.Contains(w.logs.String(), `"xrefs":1200`) {
		t.Errorf("the binding is %s; logs: %s", got, w.logs.tail())
	}
	w.sql("UPDATE bindings SET state = 'disconnected'; INSERT INTO xrefs (binding, type, entity, sage_id) VALUES ('shop-uk', 'sales_invoice', 'invoice:1', 's1')")
	w.must(h.step(t.Context()))
	if left() != "1" {
		t.Error("it purges again on the same day")
	}
}
