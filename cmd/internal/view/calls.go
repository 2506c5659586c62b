package view

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/work"
)

// Calls are how fast Sage is called, and how many calls have been made of the day's.
type Calls struct {
	App      CallLimit   `json:"app"`
	Bindings []CallLimit `json:"bindings"` // of the business of each; two of one business have the same
	// Made is how many calls of the app have been made today, UTC, with those that are about to be.
	// PerDay is the most, 0 without a bound, and DayEnds is when they are counted anew.
	Made    int64     `json:"made_today"`
	PerDay  int64     `json:"calls_per_day"`
	DayEnds time.Time `json:"day_ends"`
}

// A CallLimit is how fast calls may leave now: less than what is configured after Sage has found
// them too many, and at the beginning.
type CallLimit struct {
	Binding    string  `json:"binding,omitempty"`
	PerSecond  float64 `json:"calls_per_second"`
	Configured float64 `json:"configured"`
	// Used says that there is more to send than may leave: the next call has to wait for its place.
	Used bool `json:"used_up"`
	// FrozenUntil is when the first call may leave after Sage has asked for none; null: now.
	FrozenUntil *time.Time `json:"frozen_until"`
	Made        int64      `json:"made_today"`
}

// ReadCalls reads what all processes share of an app's call rates; nil without an app.
func ReadCalls(ctx context.Context, s *postgres.DB, c sage.Config, bindings []BindingStatus) (*Calls, error) {
	if c.ClientID == "" {
		return nil, nil
	}
	rates, now, err := s.CallRates(ctx, c.ClientID)
	if err != nil {
		return nil, err
	}
	app := rates[""]
	out := &Calls{App: limitOf(app, c.AppLimit(), now), Bindings: []CallLimit{}, PerDay: c.CallsPerDay, Made: app.Today(now)}
	out.DayEnds = now.UTC().Truncate(24*time.Hour).AddDate(0, 0, 1)
	for _, b := range bindings {
		if rate, called := rates[b.Business]; called && b.Business != "" {
			limit := limitOf(rate, c.BusinessLimit(), now)
			limit.Binding = b.Name
			out.Bindings = append(out.Bindings, limit)
		}
	}
	return out, nil
}

func limitOf(r work.CallRate, l work.RateLimit, now time.Time) CallLimit {
	limit := CallLimit{PerSecond: r.Now(l, now), Configured: l.PerSecond, Used: r.BookedUntil.After(now), Made: r.Today(now)}
	if r.FrozenUntil.After(now) {
		until := r.FrozenUntil.UTC()
		limit.FrozenUntil = &until
	}
	return limit
}

// String is how fast calls may leave, on one line.
func (l CallLimit) String() string {
	text := fmt.Sprintf("%.3g a second of %.3g", l.PerSecond, l.Configured)
	if l.FrozenUntil != nil {
		return text + ", none before " + l.FrozenUntil.Format(time.RFC3339) + ": Sage has asked for that"
	}
	if l.Used {
		text += ", all of it used"
	}
	return text
}

// String is what may leave and what has, on one line.
func (c Calls) String() string {
	text := fmt.Sprintf("%s; %d made today", c.App, c.Made)
	if c.PerDay > 0 {
		text += fmt.Sprintf(" of %d, counted anew at %s", c.PerDay, c.DayEnds.Format(time.RFC3339))
	}
	return text
}

func (c Calls) measure(gauge func(*prometheus.Desc, float64, ...string), now time.Time) {
	gauge(descCallRate, c.App.PerSecond)
	gauge(descCallsToday, float64(c.Made))
	if c.PerDay > 0 {
		gauge(descCallsPerDay, float64(c.PerDay))
	}
	for _, l := range c.Bindings {
		frozen := 0.0
		if l.FrozenUntil != nil {
			frozen = l.FrozenUntil.Sub(now).Seconds()
		}
		gauge(descBusinessRate, l.PerSecond, l.Binding)
		gauge(descBusinessCalls, float64(l.Made), l.Binding)
		gauge(descFrozen, frozen, l.Binding)
	}
}
