package postgres_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/work"
)

func contactFor(id string) work.Operation {
	return work.Operation{OperationKey: work.OperationKey{Kind: work.CreateContact, Entity: id}, Revision: 1, IdempotencyID: "contact of " + id, Body: json.RawMessage(`{}`)}
}

// Two documents of one buyer ask for one contact, not for two.
func TestEachPlanReadsWhatThoseBeforeItInTheTransactionHaveWritten(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	put(t, s, "invoice:1", "invoice:2", "invoice:3")
	var seen []string
	all, err := s.PlanTogether(t.Context(), 8, func(p *postgres.Planning) (work.Verdict, error) {
		h, err := p.History(contactFor("invoice:3").OperationKey)
		last, _ := h.Last()
		items, itemsErr := p.Items([]canonical.ID{"invoice:1"})
		seen = append(seen, fmt.Sprintf("%d %s, %s", len(h), last.State, items["invoice:1"].State))
		v := as(work.ItemSkipped)(p)
		switch p.Item.ID {
		case "invoice:1":
			v.Operations = []work.Operation{contactFor("invoice:3")}
		case "invoice:2":
			v.Operations, v.Cancel = []work.Operation{contactFor("invoice:2")}, []work.OperationKind{work.CreateInvoice}
		}
		return v, errors.Join(err, itemsErr)
	})
	if err != nil || len(all) != 3 || !all[0].Asks() || all[2].Asks() || all[2].Outcome().State != work.ItemSkipped {
		t.Fatalf("%d planned, %v; want three, of which the first asks for an operation", len(all), err)
	}
	if want := "[0 , planned 1 planned, skipped 1 planned, skipped]"; fmt.Sprint(seen) != want {
		t.Errorf("they saw %v, want %s", seen, want)
	}
	if again, err := s.PlanTogether(t.Context(), 8, nil); err != nil || len(again) != 0 {
		t.Errorf("%d planned again, %v; want none", len(again), err)
	}
}

func TestAPlanSeesWhatThoseBeforeItHaveCancelled(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	put(t, s, "invoice:1")
	planned(t, s, as(work.ItemPlanned, func(v *work.Verdict) { v.Operations = []work.Operation{contactFor("invoice:2")} }))
	put(t, s, "invoice:1", "invoice:2")
	var seen work.History
	_, err := s.PlanTogether(t.Context(), 8, func(p *postgres.Planning) (_ work.Verdict, err error) {
		v := as(work.ItemSkipped)(p)
		if p.Item.ID == "invoice:1" {
			v.Cancel = []work.OperationKind{work.CreateContact}
			return v, nil
		}
		seen, err = p.History(contactFor("invoice:2").OperationKey)
		return v, err
	})
	if err != nil || len(seen) != 1 || seen[0].State != work.Cancelled {
		t.Errorf("it saw %+v, %v; want the operation cancelled", seen, err)
	}
}

func TestNoMoreArePlannedTogetherThanAreAskedFor(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	put(t, s, "invoice:1", "invoice:2", "invoice:3", "customer:1")
	for _, want := range []int{2, 1, 1, 0} { // a customer comes after the documents
		all, err := s.PlanTogether(t.Context(), 2, func(p *postgres.Planning) (work.Verdict, error) { return as(work.ItemSkipped)(p), nil })
		if err != nil || len(all) != want {
			t.Errorf("%d planned, %v; want %d", len(all), err, want)
		}
	}
}

func TestWhereOneOfThemHasNoVerdictNoneIsWritten(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string]func(*postgres.Planning) (work.Verdict, error){
		"it cannot be decided": func(*postgres.Planning) (work.Verdict, error) { return work.Verdict{}, errors.New("broken") },
		"Postgres does not take it": func(p *postgres.Planning) (work.Verdict, error) {
			much := money.MustParse("99999999999999999999")
			return as(work.ItemSkipped, func(v *work.Verdict) { v.Item.MagentoTotal = &much })(p), nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := open(t)
			put(t, s, "invoice:1", "invoice:2")
			_, err := s.PlanTogether(t.Context(), 8, func(p *postgres.Planning) (work.Verdict, error) {
				if p.Item.ID == "invoice:2" {
					return bad(p)
				}
				return as(work.ItemSkipped)(p), nil
			})
			if !errors.Is(err, postgres.ErrPlanApart) {
				t.Errorf("%v, want ErrPlanApart", err)
			}
			if n, err := s.ToPlan(t.Context()); n != 2 || err != nil || item(t, s, "invoice:1").State != work.ItemPlanned {
				t.Errorf("%d are to be planned, %v; want both as before", n, err)
			}
		})
	}
}

// A result that came in between would wake nobody, and the plan would wait for it for ever.
func TestNoResultIsRecordedWhileItemsArePlannedTogether(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	plan(t, s, 1, `{"v":1}`)
	o := claim(t, s)
	put(t, s, "invoice:7")
	recorded := make(chan error, 1)
	_, err := s.PlanTogether(t.Context(), 8, func(p *postgres.Planning) (work.Verdict, error) {
		if len(recorded) == 0 && p.Item.ID == "invoice:7" {
			go func() { recorded <- s.RecordResult(t.Context(), work.CallResult{Operation: o, State: work.Planned}) }()
			exec(t, dsn, "DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND locktype = 'advisory') LOOP PERFORM pg_sleep(0.01); END LOOP; END $$")
		}
		return as(work.ItemSkipped)(p), nil
	})
	if err := errors.Join(err, <-recorded); err != nil {
		t.Error(err)
	}
}
