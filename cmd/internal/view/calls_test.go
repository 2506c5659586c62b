package view

import (
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/sink/work"
)

func TestHowFastSageIsCalledIsOneLine(t *testing.T) {
	l := work.RateLimit{PerSecond: 5, Start: 1.5}
	for want, r := range map[string]work.CallRate{
		"1.5 a second of 5":                 {},
		"2.5 a second of 5, all of it used": {Allowed: 2.5, BookedUntil: noon.Add(time.Second)},
		"5 a second of 5":                   {Allowed: 9, BookedUntil: noon.Add(-time.Second), FrozenUntil: noon.Add(-time.Second)},
		"2 a second of 5, none before 2026-01-31T12:00:30Z: Sage has asked for that": {Allowed: 2, BookedUntil: noon.Add(time.Second), FrozenUntil: noon.Add(30 * time.Second)},
	} {
		if got := limitOf(r, l, noon).String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	c := Calls{App: CallLimit{PerSecond: 10, Configured: 10}, Made: 12, PerDay: 100, DayEnds: time.Date(2026, 3, 15, 0, 0, 0, 0, time.UTC)}
	if want := "10 a second of 10; 12 made today of 100, counted anew at 2026-03-15T00:00:00Z"; c.String() != want {
		t.Errorf("%q, want %q", c, want)
	}
	if c.PerDay = 0; c.String() != "10 a second of 10; 12 made today" {
		t.Errorf("without a bound: %q", c)
	}
}
