package postgres_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/work"
)

// togetherIDs are more documents than are planned in one transaction.
func togetherIDs() (ids []canonical.ID) {
	for n := range uint64(40) {
		ids = append(ids, canonical.NewID(canonical.KindInvoice, n+1))
	}
	return ids
}

// A crowd of documents shares few contacts and references. The first document makes a contact;
// the first has a reference, and the others are parked.
type crowd struct{ contacts, references uint64 }

func (c crowd) of(id canonical.ID) (contact work.OperationKey, reference string) {
	n := id.Number() * 2654435761 % 1_000_003
	return work.OperationKey{Kind: work.CreateContact, Entity: fmt.Sprintf("customer:%d", n%c.contacts), Currency: "GBP"}, fmt.Sprint("R", n/7%c.references)
}

func (c crowd) decide(p *postgres.Planning) (work.Verdict, error) {
	contact, reference := c.of(p.Item.ID)
	v := work.Verdict{Item: p.Item}
	holder, err := p.Holder(work.CreateInvoice, reference)
	if err != nil || holder != nil {
		v.Item.State, v.Item.Reason = work.ItemParked, work.NumberUsedTwice
		return v, err
	}
	known, err := p.History(contact)
	if len(known) == 0 {
		v.Operations = append(v.Operations, operationOf(contact, "", p.Item.ID))
	}
	v.Operations = append(v.Operations, operationOf(work.OperationKey{Kind: work.CreateInvoice, Entity: string(p.Item.ID)}, reference, p.Item.ID))
	v.Item.State = work.ItemPlanned
	return v, err
}

func operationOf(key work.OperationKey, reference string, by canonical.ID) work.Operation {
	return work.Operation{OperationKey: key, Revision: 1, IdempotencyID: fmt.Sprint(key), Reference: reference, Body: json.RawMessage(fmt.Sprintf(`{"by":"%s"}`, by))}
}

// outcome is what the plans of a crowd are to leave: that of one after the other, oldest first.
func (c crowd) outcome(ids []canonical.ID) (want []string) {
	contacts, references := map[string]bool{}, map[string]bool{}
	for _, id := range ids {
		contact, reference := c.of(id)
		if references[reference] {
			want = append(want, fmt.Sprintf("%s parked", id))
			continue
		}
		references[reference] = true
		want = append(want, fmt.Sprintf("%s planned", id), fmt.Sprintf("create_invoice %s %s by %s", id, reference, id))
		if !contacts[contact.Entity] {
			contacts[contact.Entity] = true
			want = append(want, fmt.Sprintf("create_contact %s  by %s", contact.Entity, id))
		}
	}
	slices.Sort(want)
	return want
}

func left(t *testing.T, dsn string) []string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	rows, err := conn.Query(t.Context(), `
		SELECT concat(id, ' ', state) FROM sync_items
		UNION ALL SELECT concat(kind, ' ', entity, ' ', reference, ' by ', body->>'by') FROM operations`)
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

// planDue plans everything that is due, together, and returns the ids in the order of their
// verdicts.
func planDue(t testing.TB, s *postgres.DB, decide postgres.Decide) (ids []canonical.ID) {
	t.Helper()
	for {
		planned, err := s.PlanDue(t.Context(), decide)
		if err != nil {
			t.Fatal(err)
		}
		if len(planned) == 0 {
			return ids
		}
		for _, p := range planned {
			ids = append(ids, p.After.ID)
		}
		if len(ids) > 10_000 {
			t.Fatal("plans without end")
		}
	}
}

func TestPlansThatAreMadeTogetherEndAsThoseOneAfterTheOther(t *testing.T) {
	t.Parallel()
	for _, c := range []crowd{{1, 40}, {3, 9}, {40, 1}, {8, 20}} {
		t.Run(fmt.Sprintf("%d contacts, %d references", c.contacts, c.references), func(t *testing.T) {
			t.Parallel()
			s, dsn := open(t)
			ids := togetherIDs()
			put(t, s, ids...)
			planDue(t, s, c.decide)
			if diff := cmp.Diff(c.outcome(ids), left(t, dsn)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestADocumentIsPlannedAgainAfterWhatItWaitsForWasPlannedBesideIt: it may have been woken, or be
// woken by nobody any more.
func TestADocumentIsPlannedAgainAfterWhatItWaitsForWasPlannedBesideIt(t *testing.T) {
	t.Parallel()
	waits := func(id canonical.ID, v *work.Verdict) {
		if id == "invoice:2" {
			v.Item.State, v.Item.WaitsFor = work.ItemWaiting, "invoice:1"
		}
	}
	nobody := func(canonical.ID, *work.Verdict) {}
	nothing := func(*postgres.Planning) error { return nil }
	shared := work.OperationKey{Kind: work.CreateContact, Entity: "customer:5", Currency: "GBP"}
	for name, c := range map[string]struct {
		before, now func(id canonical.ID, v *work.Verdict)
		reads       func(*postgres.Planning) error // what the plan of invoice:2 reads
	}{
		"it waited":    {waits, func(id canonical.ID, v *work.Verdict) { v.Item.WaitsFor, v.WakeWaiting = "", id == "invoice:1" }, nothing},
		"it waits now": {nobody, waits, nothing},
		"it is named too": {nobody, func(id canonical.ID, v *work.Verdict) {
			v.PlanToo = map[canonical.ID]canonical.ID{"invoice:1": "invoice:2"}[id]
		}, nothing},
		"it has read its item": {nobody, nobody, func(p *postgres.Planning) error { return second(p.Items([]canonical.ID{"invoice:1"})) }},
		"it has read its operation": {func(id canonical.ID, v *work.Verdict) {
			if id == "invoice:1" {
				v.Operations = []work.Operation{operationOf(shared, "", id)}
			}
		}, nobody, func(p *postgres.Planning) error { return second(p.History(shared)) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, dsn := open(t)
			put(t, s, "invoice:1", "invoice:2")
			planDue(t, s, func(p *postgres.Planning) (work.Verdict, error) {
				v := work.Verdict{Item: p.Item}
				c.before(p.Item.ID, &v)
				return v, nil
			})
			exec(t, dsn, "UPDATE sync_items SET plan_due_at = now()")
			var decisions []canonical.ID
			planDue(t, s, func(p *postgres.Planning) (work.Verdict, error) {
				decisions = append(decisions, p.Item.ID)
				v := work.Verdict{Item: p.Item}
				c.now(p.Item.ID, &v)
				if p.Item.ID == "invoice:2" {
					return v, c.reads(p)
				}
				return v, nil
			})
			if len(decisions) < 3 || decisions[2] != "invoice:2" {
				t.Errorf("decided %v, want invoice:2 once more", decisions)
			}
		})
	}
}

// TestOneWithoutAVerdictLetsTheOthersBesideItPass: neither it nor one whose data Postgres refuses
// takes the verdicts of the others with it.
func TestOneWithoutAVerdictLetsTheOthersBesideItPass(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	put(t, s, togetherIDs()...)
	broken := errors.New("broken")
	decide := func(p *postgres.Planning) (work.Verdict, error) {
		v := work.Verdict{Item: p.Item}
		v.Item.State = work.ItemSkipped
		switch p.Item.ID {
		case "invoice:3":
			return v, broken
		case "invoice:5":
			v.Item.Hint = "\x00"
		}
		return v, nil
	}
	var undecided *postgres.UndecidedError
	planned, err := s.PlanDue(t.Context(), decide)
	if !errors.As(err, &undecided) || undecided.Item.ID != "invoice:3" || !errors.Is(err, broken) || len(planned) == 0 {
		t.Errorf("%d planned, %v; want the others and the error of invoice:3", len(planned), err)
	}
	planDue(t, s, decide)
	for _, id := range togetherIDs() {
		want := work.ItemSkipped
		switch id {
		case "invoice:3":
			want = work.ItemPlanned
		case "invoice:5":
			want = work.ItemParked
		}
		if got := item(t, s, id); got.State != want {
			t.Errorf("%s is %s, want %s", id, got.State, want)
		}
	}
}
