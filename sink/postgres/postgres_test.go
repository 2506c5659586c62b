package postgres_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/secret"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/work"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

func exec(t testing.TB, dsn, statement string) {
	t.Helper()
	if err := try(dsn, statement); err != nil {
		t.Fatal(err)
	}
}

func try(dsn, statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}

// open is a migrated database with one connected binding.
func open(t testing.TB) (*postgres.DB, string) {
	t.Helper()
	dsn := servers.CopyForTest(t, "migrated", func(url string) error {
		_, err := postgres.Migrate(context.Background(), postgres.Config{URL: secret.String(url)})
		return err
	})
	c := postgres.Config{URL: secret.String(dsn)}
	s, err := postgres.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	if _, err := s.PutBinding(t.Context(), "b", "shop", json.RawMessage(`{}`)); err != nil {
		t.Fatal(err)
	}
	if err := s.Connect(t.Context(), work.Connection{Binding: "b", Business: "biz", BaseCurrency: "GBP"}); err != nil {
		t.Fatal(err)
	}
	return s, dsn
}

func entity(id uint64, sequence uint64, body string) postgres.Entity {
	return postgres.Entity{Source: "shop", ID: canonical.NewID(canonical.KindInvoice, id), Version: change.Version{Epoch: 1, Sequence: sequence}, Body: json.RawMessage(body)}
}

// place is a partition whose bookmark stays at the beginning.
var place = postgres.PartitionMark{Topic: "t"}

func TestADatabaseWithTablesOfAnEarlierTimeIsRefused(t *testing.T) {
	t.Parallel()
	_, dsn := open(t)
	exec(t, dsn, "ALTER TABLE sync_items RENAME TO documents")
	refused := func() {
		t.Helper()
		if _, err := postgres.Open(t.Context(), postgres.Config{URL: secret.String(dsn)}); !errors.Is(err, postgres.ErrOldTables) {
			t.Errorf("open: %v, want ErrOldTables", err)
		}
	}
	refused()
	exec(t, dsn, "ALTER TABLE documents RENAME TO sync_items; ALTER TABLE oauth_refreshes DROP refused")
	refused()
	exec(t, dsn, "ALTER TABLE oauth_refreshes ADD refused boolean NOT NULL DEFAULT false")
	for _, table := range []string{"restores", "duplicates", "erased", "holds", "planning_turn"} {
		exec(t, dsn, "ALTER TABLE "+table+" RENAME TO gone")
		refused()
		exec(t, dsn, "ALTER TABLE gone RENAME TO "+table)
	}
}

func TestADatabaseThatIsNotMigratedSaysWhatToRun(t *testing.T) {
	t.Parallel()
	c := postgres.Config{URL: secret.String(servers.DatabaseForTest(t))}
	if _, err := postgres.Open(t.Context(), c); !errors.Is(err, postgres.ErrNotMigrated) || !strings.Contains(err.Error(), "mage2sage migrate") {
		t.Errorf("open: %v, want ErrNotMigrated", err)
	}
	for range 2 {
		if v, err := postgres.Migrate(t.Context(), c); err != nil || v < 1 {
			t.Errorf("migrate: version %d, %v", v, err)
		}
	}
}

func TestNothingOfAnAddressIsPrintedWhenItIsWrong(t *testing.T) {
	for _, url := range []string{"postgres://u:hunter2@127.0.0.1:1/x", "postgres://u:hunter2@%%%"} {
		if _, err := postgres.Open(t.Context(), postgres.Config{URL: secret.String(url)}); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v; want an error without the password", err)
		}
	}
}

func TestANewEntityCountsOnceHoweverManyBindingsItHas(t *testing.T) {
	t.Parallel()
	for name, bindings := range map[string][]string{"none": nil, "one": {"a"}, "two": {"a", "b"}} {
		t.Run(name, func(t *testing.T) {
			s, dsn := open(t)
			exec(t, dsn, "DELETE FROM bindings")
			for _, b := range bindings {
				if _, err := s.PutBinding(t.Context(), b, "shop", json.RawMessage(`{}`)); err != nil {
					t.Fatal(err)
				}
			}
			got, err := s.Put(t.Context(), []postgres.Entity{entity(1, 5, `{}`), entity(2, 5, `{}`)}, place)
			if err != nil || got.New != 2 {
				t.Errorf("%d new, %v; want 2", got.New, err)
			}
		})
	}
}

func TestOnlyANewerVersionReplacesAnEntity(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	for _, c := range []struct {
		name string
		e    postgres.Entity
		want int
	}{
		{"the first is taken", entity(1, 5, `{"a":1}`), 1},
		{"the same again changes nothing", entity(1, 5, `{"a": 1}`), 0},
		{"an older one is dropped", entity(1, 4, `{"a":0}`), 0},
		{"an equal version with other content is taken", entity(1, 5, `{"a":2}`), 1},
		{"a newer one is taken", entity(1, 10, `{"a":2}`), 1},
		{"a higher epoch wins over a higher sequence", func() postgres.Entity { e := entity(1, 1, `{}`); e.Version.Epoch = 2; return e }(), 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, err := s.Put(t.Context(), []postgres.Entity{c.e}, place); err != nil || got.New != c.want {
				t.Errorf("%d new, %v; want %d", got.New, err, c.want)
			}
		})
	}
}

// plan makes one operation for an invoice.
func plan(t *testing.T, s *postgres.DB, id uint64, body string) {
	t.Helper()
	if _, err := s.Put(t.Context(), []postgres.Entity{entity(id, uint64(time.Now().UnixNano()), `{}`)}, place); err != nil {
		t.Fatal(err)
	}
	found := false
	for planned := true; planned; {
		var err error
		if planned, err = s.PlanNext(t.Context(), func(p *postgres.Planning) (work.Verdict, error) {
			d := p.Item
			if d.ID != canonical.NewID(canonical.KindInvoice, id) {
				return work.Verdict{Item: d}, nil
			}
			found = true
			d.State = work.ItemPlanned
			return work.Verdict{Item: d, Operations: []work.Operation{{
				OperationKey: work.OperationKey{Kind: work.CreateInvoice, Entity: string(d.ID)}, Revision: 1, IdempotencyID: "id-" + string(d.ID),
				Body: json.RawMessage(body), BodyHash: body, Priority: 2,
			}}}, nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	if !found {
		t.Fatalf("invoice %d is not due", id)
	}
}

var lease = work.Lease{Business: "biz", Owner: "me", TTL: time.Minute}

// next is the operation whose call is next.
func next(t testing.TB, s *postgres.DB, held ...work.OperationKind) (o work.Operation, ok bool, err error) {
	t.Helper()
	due, err := s.Next(t.Context(), "biz", held...)
	if len(due) == 0 {
		return o, false, err
	}
	return due[0], true, err
}

// claim takes the lease and the next operation.
func claim(t testing.TB, s *postgres.DB) work.Operation {
	t.Helper()
	if ours, err := s.Acquire(t.Context(), lease); err != nil || !ours {
		t.Fatalf("acquire: %v, %v", ours, err)
	}
	o, ok, err := next(t, s)
	if err != nil || !ok {
		t.Fatalf("next: %v, %v", ok, err)
	}
	o, ok, err = s.Claim(t.Context(), lease, o.ID, time.Second)
	if err != nil || !ok {
		t.Fatalf("claim: %v, %v", ok, err)
	}
	return o
}

func TestAConfirmedOperationLeavesOneXrefBothWays(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	plan(t, s, 1, `{"v":1}`)
	first := claim(t, s)
	confirmed := work.CallResult{Operation: first, State: work.Confirmed, SageID: "sage-1", Payment: work.Unpaid, Xref: work.XrefChange{Type: work.XrefInvoice, New: true},
		Posted: &work.Posting{State: work.ItemPosted, SageNumber: "SI-1"}, OnCollision: work.ParkReason{Reason: work.XrefCollision}}
	for range 2 { // an answer may be written down twice
		if err := s.RecordResult(t.Context(), confirmed); err != nil {
			t.Fatal(err)
		}
	}
	plan(t, s, 2, `{"v":1}`)
	confirmed.Operation = claim(t, s)
	if err := s.RecordResult(t.Context(), confirmed); err != nil {
		t.Fatal(err)
	}
	docs, err := s.Items(t.Context(), postgres.ItemFilter{})
	if err != nil || len(docs) != 2 {
		t.Fatal(docs, err)
	}
	for _, d := range docs {
		if d.ID == "invoice:1" && (d.State != work.ItemPosted || d.SageID != "sage-1") || d.ID == "invoice:2" && d.SageID != "" {
			t.Errorf("%s is %s as %q; one id in Sage may belong to one invoice only", d.ID, d.State, d.SageID)
		}
	}
	err = try(dsn, "INSERT INTO xrefs (binding, type, entity, sage_id) VALUES ('b', 'sales_invoice', 'invoice:1', 'other')")
	if err == nil {
		t.Error("an invoice has two ids in Sage")
	}
	if err := try(dsn, "INSERT INTO xrefs (binding, type, entity, sage_id) VALUES ('b', 'sales_invoice', 'invoice:3', 'sage-1')"); err == nil {
		t.Error("an id in Sage belongs to two invoices")
	}
}

func TestALeaseHasOneHolder(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	plan(t, s, 1, `{"v":1}`)
	o := claim(t, s)
	other := lease
	other.Owner = "other"
	if ours, err := s.Acquire(t.Context(), other); err != nil || ours {
		t.Errorf("a second holder: %v, %v", ours, err)
	}
	if _, _, err := s.Claim(t.Context(), other, o.ID, time.Second); !errors.Is(err, work.ErrLeaseLost) {
		t.Errorf("claimed without the lease: %v", err)
	}
	if err := s.Release(t.Context(), lease); err != nil {
		t.Fatal(err)
	}
	if ours, err := s.Acquire(t.Context(), other); err != nil || !ours {
		t.Errorf("after its release: %v, %v", ours, err)
	}
}

func TestTheAuditTrailIsAppendOnly(t *testing.T) {
	t.Parallel()
	_, dsn := open(t)
	for _, statement := range []string{"UPDATE audit SET event = 'x'", "DELETE FROM audit"} {
		if err := try(dsn, statement); err == nil || !strings.Contains(err.Error(), "append only") {
			t.Errorf("%s: %v", statement, err)
		}
	}
}
