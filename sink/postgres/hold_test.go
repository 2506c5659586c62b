package postgres_test

import (
	"errors"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/sink/work"
)

func TestWhatAPersonHoldsIsNotClaimedUntilItIsReleased(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		binding string
		stops   bool
	}{
		"all deliveries":     {"", true},
		"those of a binding": {"b", true},
		"those of another":   {"other", false},
	} {
		t.Run(name, func(t *testing.T) {
			db, dsn := open(t)
			exec(t, dsn, "INSERT INTO bindings (name, source, policy) VALUES ('other', 'elsewhere', '{}')")
			plan(t, db, 1, `{"v":1}`)
			looked, ok, err := next(t, db)
			if err != nil || !ok {
				t.Fatalf("nothing is due, %v", err)
			}
			if err := db.Hold(t.Context(), c.binding, "ada@desk", "stocktaking"); err != nil {
				t.Fatal(err)
			}
			due := func() bool {
				_, any, err := next(t, db)
				all, err2 := db.Businesses(t.Context())
				if err := errors.Join(err, err2); err != nil || any != (len(all) == 1) {
					t.Fatalf("next %v, businesses %v, %v", any, all, err)
				}
				return any
			}
			if due() == c.stops {
				t.Errorf("a call is due: %v", !c.stops)
			}
			lease := work.Lease{Business: "biz", Owner: "me", TTL: time.Minute}
			if _, err := db.Acquire(t.Context(), lease); err != nil {
				t.Fatal(err)
			}
			if _, claimed, err := db.Claim(t.Context(), lease, looked.ID, time.Second); err != nil || claimed == c.stops {
				t.Errorf("what was looked at before is claimed: %v, %v", claimed, err)
			}
			if !c.stops {
				return
			}
			if released, err := db.EndHold(t.Context(), c.binding, "bob@desk"); err != nil || !released || !due() {
				t.Errorf("released %v, %v, and due afterwards: %v", released, err, due())
			}
			if released, err := db.EndHold(t.Context(), c.binding, "bob@desk"); err != nil || released {
				t.Errorf("released again: %v, %v", released, err)
			}
		})
	}
}

func TestAHoldSaysWhoWhenAndWhy(t *testing.T) {
	t.Parallel()
	db, dsn := open(t)
	for _, note := range []string{"stocktaking", "audit"} {
		if err := db.Hold(t.Context(), "b", "ada@desk", note); err != nil {
			t.Fatal(err)
		}
	}
	holds, err := db.Holds(t.Context())
	if err != nil || len(holds) != 1 || holds[0].By != "ada@desk" || holds[0].Note != "audit" || time.Since(holds[0].Since) > time.Minute {
		t.Errorf("%+v, %v; want the one with its newest note", holds, err)
	}
	if _, err := db.EndHold(t.Context(), "b", "bob@desk"); err != nil {
		t.Fatal(err)
	}
	exec(t, dsn, `DO $$ BEGIN ASSERT (SELECT string_agg(event || ' ' || (detail->>'by') || ' ' || coalesce(detail->>'note', '-'), ', ' ORDER BY id) FROM audit
		WHERE binding = 'b' AND event LIKE 'delivery %') = 'delivery held ada@desk stocktaking, delivery held ada@desk audit, delivery released bob@desk -'; END $$`)
	if err := db.Hold(t.Context(), "nobody", "ada@desk", ""); !errors.Is(err, work.ErrNoBinding) {
		t.Errorf("a binding that is not there: %v", err)
	}
	if _, err := db.EndHold(t.Context(), "nobody", "ada@desk"); !errors.Is(err, work.ErrNoBinding) {
		t.Errorf("a binding that is not there: %v", err)
	}
}
