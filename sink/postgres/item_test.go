package postgres_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/work"
)

func TestAnImportPlansAgainWhatIsNotPostedAndPaid(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	put(t, s, "invoice:1", "invoice:2", "invoice:3", "invoice:4")
	planned(t, s, as(work.ItemSkipped))
	exec(t, dsn, "UPDATE sync_items SET state = 'posted', payment = 'paid' WHERE id = 'invoice:1'")
	exec(t, dsn, "UPDATE sync_items SET state = 'posted', payment = 'unpaid' WHERE id = 'invoice:2'")
	exec(t, dsn, "UPDATE sync_items SET state = 'parked', payment = 'paid' WHERE id = 'invoice:3'")
	if b, err := s.PutBinding(t.Context(), "b", "shop", json.RawMessage(`{}`)); err != nil || b.PolicyVersion != 2 {
		t.Fatal(b, err)
	}
	want := []canonical.ID{"invoice:2", "invoice:3", "invoice:4"}
	if diff := cmp.Diff(want, planned(t, s, as(work.ItemSkipped))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestListsAndCountsLeaveOutQuietKindsUnlessTheyAreParked(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	put(t, s, "invoice:1", "customer:5", "customer:6")
	planned(t, s, as(work.ItemPosted))
	exec(t, dsn, "UPDATE sync_items SET state = 'parked', reason = 'contact_refused' WHERE id = 'customer:6'")
	quiet := []canonical.Kind{canonical.KindCustomer}
	for name, c := range map[string]struct {
		filter postgres.ItemFilter
		want   int
	}{
		"everything":               {postgres.ItemFilter{}, 3},
		"without quiet ones":       {postgres.ItemFilter{Quiet: quiet}, 2},
		"of a state":               {postgres.ItemFilter{State: work.ItemParked}, 1},
		"with a reason":            {postgres.ItemFilter{Reason: "contact_refused"}, 1},
		"of another binding":       {postgres.ItemFilter{Binding: "x"}, 0},
		"no more than were wanted": {postgres.ItemFilter{Limit: 2}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			if all, err := s.Items(t.Context(), c.filter); err != nil || len(all) != c.want {
				t.Errorf("%d items, %v; want %d", len(all), err, c.want)
			}
		})
	}
	counts, inDoubt, err := s.Counts(t.Context(), quiet)
	want := []postgres.Count{{"b", "customer", work.ItemParked, "", work.ContactRefused, 1}, {"b", "invoice", work.ItemPosted, "", "", 1}}
	if diff := cmp.Diff(want, counts); err != nil || inDoubt != 0 || diff != "" {
		t.Errorf("%d in doubt, %v (-want +got):\n%s", inDoubt, err, diff)
	}
}

func TestNothingIsIdleWhileSomethingIsDueOrInDoubt(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	idle := func() bool {
		got, err := s.Idle(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if !idle() {
		t.Error("an empty database is not idle")
	}
	put(t, s, "invoice:1")
	if idle() {
		t.Error("idle while an item is due")
	}
	plan(t, s, 1, `{"v":1}`)
	if idle() {
		t.Error("idle while a call is due")
	}
	exec(t, dsn, "UPDATE operations SET state = 'in_doubt', not_before = now() + interval '1 h'")
	if idle() {
		t.Error("idle while a call is in doubt")
	}
}
