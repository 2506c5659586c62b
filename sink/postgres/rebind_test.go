package postgres_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mage2sage/mage2sage/sink/work"
)

func TestABindingStaysWithABusinessWhereThereMayBeAnythingOfIt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sql  string // what became of the one operation
		want work.Traces
	}{
		"it was planned":                       {"SELECT 1", work.Traces{}},
		"it was taken back":                    {"UPDATE operations SET state = 'cancelled'", work.Traces{}},
		"it was refused":                       {"UPDATE operations SET state = 'refused'", work.Traces{}},
		"its connection was refused":           {"UPDATE operations SET attempt = 3, first_sent_at = now()", work.Traces{}},
		"it is under way":                      {"UPDATE operations SET state = 'sending'", work.Traces{Sending: 1}},
		"its answer was lost":                  {"UPDATE operations SET state = 'in_doubt', was_in_doubt = true", work.Traces{InDoubt: 1}},
		"it waits for a person":                {"UPDATE operations SET state = 'parked'", work.Traces{Parked: 1}},
		"its repetition was refused":           {"UPDATE operations SET state = 'refused', was_in_doubt = true", work.Traces{OnceInDoubt: 1}},
		"it was executed":                      {"UPDATE operations SET state = 'confirmed'", work.Traces{Confirmed: 1}},
		"a person has named an object for it":  {"INSERT INTO xrefs (binding, type, entity, sage_id) VALUES ('b', 'sales_invoice', 'invoice:1', 'x')", work.Traces{Objects: 1}},
		"another binding has an object there":  {"INSERT INTO bindings (name, source, policy) VALUES ('c', 'shop', '{}'); INSERT INTO xrefs (binding, type, entity, sage_id) VALUES ('c', 'contact', 'customer:1', 'x')", work.Traces{}},
		"a person has found that it is absent": {"UPDATE operations SET state = 'planned', not_in_sage = true", work.Traces{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, dsn := open(t)
			plan(t, s, 1, `{"v":1}`)
			exec(t, dsn, c.sql)
			if got, err := s.Traces(t.Context(), "b"); err != nil || got != c.want {
				t.Errorf("%+v, %v; want %+v", got, err, c.want)
			}
			err := s.Rebind(t.Context(), "b", "bea")
			var stays *work.TracesError
			b, readErr := s.Binding(t.Context(), "b")
			if readErr != nil {
				t.Fatal(readErr)
			}
			switch {
			case c.want.Any() && (!errors.As(err, &stays) || stays.Traces != c.want || stays.Binding != "b" || b.Business != "biz" || b.State != work.Connected):
				t.Errorf("%v, %+v; want it refused with the counts, and nothing changed", err, b)
			case !c.want.Any() && (err != nil || b.Business != "" || b.BaseCurrency != "" || b.State != work.New):
				t.Errorf("%v, %+v; want it without a business", err, b)
			}
		})
	}
}

func TestARefusedRebindTakesNothingBack(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	plan(t, s, 1, `{"v":1}`)
	plan(t, s, 2, `{"v":1}`)
	exec(t, dsn, "UPDATE operations SET state = 'parked' WHERE entity = 'invoice:1'")
	if err := s.Rebind(t.Context(), "b", "bea"); err == nil {
		t.Fatal("it was not refused")
	}
	if o := claim(t, s); o.Entity != "invoice:2" {
		t.Errorf("%s is due, want what was planned to be there still", o.Entity)
	}
}

// A sink that has not heard of it yet claims an operation while it is taken back.
func TestAClaimInTheMiddleOfARebindCounts(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	plan(t, s, 1, `{"v":1}`)
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	sender, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sender.Exec(t.Context(), "UPDATE operations SET state = 'sending', deadline = now() WHERE state = 'planned'"); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Rebind(context.Background(), "b", "bea") }()
	select {
	case err := <-done:
		t.Fatalf("it did not wait for the claim (%v)", err)
	case <-time.After(300 * time.Millisecond):
	}
	if err := sender.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	var stays *work.TracesError
	if err := <-done; !errors.As(err, &stays) || stays.Sending != 1 {
		t.Errorf("%v; want it refused: the call is under way", err)
	}
}
