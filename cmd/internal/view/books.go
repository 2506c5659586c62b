package view

import (
	"context"
	"time"

	"github.com/mage2sage/mage2sage/sink/plan"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/work"
)

// Books are what the sink has come to.
type Books struct {
	Bindings []BindingStatus `json:"bindings"`
	// ToPlan counts the entities that were read and are not planned yet.
	ToPlan int `json:"to_plan"`
	// InDoubt counts operations without an answer; they are sent again.
	InDoubt int `json:"in_doubt"`
	// Calls are how fast Sage is called; null where the config file names no app.
	Calls *Calls `json:"calls"`
	// Holds are the deliveries that people hold, that of all of them with the binding "".
	Holds []work.Hold `json:"holds"`
	// SetAside are the records that were passed over because of what is in them.
	SetAside []postgres.SetAside `json:"set_aside"`
	// OldestUnposted is when the oldest entity was taken in that is planned, waiting or
	// parked; null when there is none.
	OldestUnposted *time.Time `json:"oldest_unposted"`
	// Sources are the pipelines that entities are taken from, and NotTaken is why nothing
	// is taken from those of the config file.
	Sources  []postgres.FollowedPipeline `json:"sources"`
	NotTaken string                      `json:"not_taken,omitempty"`
}

// BindingStatus counts the documents of one binding.
type BindingStatus struct {
	Binding
	Documents map[string]int `json:"documents"` // by state: planned waiting skipped parked posted open
	Paid      int            `json:"paid"`      // of the posted ones
	Unpaid    int            `json:"unpaid"`
	Open      map[string]int `json:"open"` // in Sage and not settled there, by reason
	Parked    map[string]int `json:"parked"`
	Waiting   map[string]int `json:"waiting"`
	Skipped   map[string]int `json:"skipped"`
	// Duplicates counts what stands in Sage more than once, as the last search has found.
	Duplicates int `json:"duplicates"`
}

// ReadBooks counts the documents of every binding.
func ReadBooks(ctx context.Context, s *postgres.DB) (Books, error) {
	bindings, err := s.Bindings(ctx)
	if err != nil {
		return Books{}, err
	}
	counts, inDoubt, err := s.Counts(ctx, plan.QuietKinds())
	if err != nil {
		return Books{}, err
	}
	setAside, err := s.SetAside(ctx)
	if err != nil {
		return Books{}, err
	}
	oldest, err := s.OldestUnposted(ctx, plan.QuietKinds())
	if err != nil {
		return Books{}, err
	}
	holds, err := s.Holds(ctx)
	if err != nil {
		return Books{}, err
	}
	toPlan, err := s.ToPlan(ctx)
	if err != nil {
		return Books{}, err
	}
	duplicates, err := s.Duplicates(ctx, "")
	if err != nil {
		return Books{}, err
	}
	sources, err := s.Sources(ctx)
	if err != nil {
		return Books{}, err
	}
	out := Books{Bindings: []BindingStatus{}, ToPlan: toPlan, InDoubt: inDoubt, Holds: append([]work.Hold{}, holds...), SetAside: setAside, OldestUnposted: oldest, Sources: sources}
	for _, b := range bindings {
		st := BindingStatus{Binding: BindingOf(b), Documents: map[string]int{}, Open: map[string]int{}, Parked: map[string]int{}, Waiting: map[string]int{}, Skipped: map[string]int{}}
		for _, c := range counts {
			if c.Binding == b.Name {
				st.add(c)
			}
		}
		for _, d := range duplicates {
			if d.Binding == b.Name {
				st.Duplicates++
			}
		}
		out.Bindings = append(out.Bindings, st)
	}
	return out, nil
}

func (s *BindingStatus) add(c postgres.Count) {
	s.Documents[string(c.State)] += c.N
	switch c.State {
	case work.ItemOpen:
		s.Open[string(c.Reason)] += c.N
	case work.ItemParked:
		s.Parked[string(c.Reason)] += c.N
	case work.ItemWaiting:
		s.Waiting[string(c.Reason)] += c.N
	case work.ItemSkipped:
		s.Skipped[string(c.Reason)] += c.N
	case work.ItemPosted:
		switch c.Payment {
		case work.Paid:
			s.Paid += c.N
		case work.Unpaid:
			s.Unpaid += c.N
		}
	}
}
