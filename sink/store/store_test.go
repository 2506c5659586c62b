package store_test

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/secret"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/sink/store"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// emptyDatabase makes a database that ends with the test.
func emptyDatabase(t *testing.T) string {
	t.Helper()
	admin := servers.PostgresForTest(t)
	var raw [6]byte
	rand.Read(raw[:])
	name := "store_" + hex.EncodeToString(raw[:])
	exec(t, admin, "CREATE DATABASE "+name)
	t.Cleanup(func() { exec(t, admin, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)") })
	u, err := url.Parse(admin)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

func exec(t *testing.T, dsn, statement string) {
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

// open is a migrated store with one connected binding.
func open(t *testing.T) (*store.Store, string) {
	t.Helper()
	dsn := emptyDatabase(t)
	c := store.Config{URL: secret.String(dsn)}
	if _, err := store.Migrate(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	if _, err := s.PutBinding(t.Context(), "b", "shop", json.RawMessage(`{}`)); err != nil {
		t.Fatal(err)
	}
	if err := s.Connect(t.Context(), store.Connection{Binding: "b", Business: "biz", BaseCurrency: "GBP"}); err != nil {
		t.Fatal(err)
	}
	return s, dsn
}

func entity(id uint64, sequence uint64, body string) store.Entity {
	return store.Entity{Source: "shop", ID: canonical.NewID(canonical.KindInvoice, id), Version: change.Version{Epoch: 1, Sequence: sequence}, Body: json.RawMessage(body)}
}

var place = store.Place{Topic: "t", Mark: topic.Bookmark{Offset: 7, Before: "x"}}

func TestADatabaseThatIsNotMigratedSaysWhatToRun(t *testing.T) {
	c := store.Config{URL: secret.String(emptyDatabase(t))}
	if _, err := store.Open(t.Context(), c); !errors.Is(err, store.ErrNotMigrated) || !strings.Contains(err.Error(), "mage2sage migrate") {
		t.Errorf("open: %v, want ErrNotMigrated", err)
	}
	for range 2 {
		if v, err := store.Migrate(t.Context(), c); err != nil || v < 1 {
			t.Errorf("migrate: version %d, %v", v, err)
		}
	}
}

func TestNothingOfAnAddressIsPrintedWhenItIsWrong(t *testing.T) {
	for _, url := range []string{"postgres://u:hunter2@127.0.0.1:1/x", "postgres://u:hunter2@%%%"} {
		if _, err := store.Open(t.Context(), store.Config{URL: secret.String(url)}); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v; want an error without the password", err)
		}
	}
}

func TestOnlyANewerVersionReplacesAnEntity(t *testing.T) {
	s, _ := open(t)
	for n, c := range []struct {
		name string
		e    store.Entity
		want int
	}{
		{"the first is taken", entity(1, 5, `{"a":1}`), 1},
		{"the same again changes nothing", entity(1, 5, `{"a": 1}`), 0},
		{"an older one is dropped", entity(1, 4, `{"a":0}`), 0},
		{"an equal version with other content is taken", entity(1, 5, `{"a":2}`), 1},
		{"a newer one is taken", entity(1, 10, `{"a":2}`), 1},
		{"a higher epoch wins over a higher sequence", func() store.Entity { e := entity(1, 1, `{}`); e.Version.Epoch = 2; return e }(), 1},
	} {
		if got, err := s.Put(t.Context(), []store.Entity{c.e}, place); err != nil || got != c.want {
			t.Errorf("%d %s: %d new, %v; want %d", n, c.name, got, err, c.want)
		}
	}
	if mark, err := s.Bookmark(t.Context(), "t", 0); err != nil || mark != place.Mark {
		t.Errorf("bookmark %+v, %v; want %+v", mark, err, place.Mark)
	}
}

// plan makes one operation for an invoice.
func plan(t *testing.T, s *store.Store, id uint64, body string) {
	t.Helper()
	if _, err := s.Put(t.Context(), []store.Entity{entity(id, uint64(time.Now().UnixNano()), `{}`)}, place); err != nil {
		t.Fatal(err)
	}
	found := false
	for planned := true; planned; {
		var err error
		if planned, err = s.PlanNext(t.Context(), func(p *store.Planning) (store.Verdict, error) {
			d := p.Document
			if d.ID != canonical.NewID(canonical.KindInvoice, id) {
				return store.Verdict{Document: d}, nil
			}
			found = true
			d.State = store.DocumentPlanned
			return store.Verdict{Document: d, Operations: []store.Operation{{
				Thing: store.Thing{Kind: store.CreateInvoice, Entity: string(d.ID)}, Revision: 1, IdempotencyID: "id-" + string(d.ID),
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

var lease = store.Lease{Business: "biz", Owner: "me", TTL: time.Minute}

// claim takes the lease and the next operation.
func claim(t *testing.T, s *store.Store) store.Operation {
	t.Helper()
	if ours, err := s.Acquire(t.Context(), lease); err != nil || !ours {
		t.Fatalf("acquire: %v, %v", ours, err)
	}
	o, ok, err := s.Next(t.Context(), "biz")
	if err != nil || !ok {
		t.Fatalf("next: %v, %v", ok, err)
	}
	o, ok, err = s.Claim(t.Context(), lease, o.ID, time.Second)
	if err != nil || !ok {
		t.Fatalf("claim: %v, %v", ok, err)
	}
	return o
}

func TestContentIsReplacedUntilItIsSentAndNeverAfterwards(t *testing.T) {
	s, _ := open(t)
	plan(t, s, 1, `{"v":1}`)
	plan(t, s, 1, `{"v":2}`)
	o := claim(t, s)
	if string(o.Body) != `{"v":2}` || o.Attempt != 1 {
		t.Errorf("claimed %s attempt %d, want the newer body and 1", o.Body, o.Attempt)
	}
	plan(t, s, 1, `{"v":3}`)
	if err := s.Settle(t.Context(), store.Settlement{Operation: o, State: store.InDoubt}); err != nil {
		t.Fatal(err)
	}
	plan(t, s, 1, `{"v":4}`)
	if again := claim(t, s); string(again.Body) != `{"v":2}` || again.IdempotencyID != o.IdempotencyID || !again.Doubted {
		t.Errorf("in doubt it goes again as %s under %s, want the same body and id", again.Body, again.IdempotencyID)
	}
}

func TestWhatItsSenderLeftBehindIsInDoubt(t *testing.T) {
	s, dsn := open(t)
	plan(t, s, 1, `{"v":1}`)
	claim(t, s)
	if n, err := s.Recover(t.Context(), "biz", 0); err != nil || n != 0 {
		t.Errorf("recovered %d before the deadline, %v", n, err)
	}
	exec(t, dsn, "UPDATE operations SET deadline = now() - interval '1 s'")
	if n, err := s.Recover(t.Context(), "biz", 0); err != nil || n != 1 {
		t.Errorf("recovered %d after the deadline, %v; want 1", n, err)
	}
	if err := s.Settle(t.Context(), store.Settlement{Operation: claim(t, s), State: store.Planned}); err != nil {
		t.Fatal(err)
	}
	plan(t, s, 1, `{"v":2}`)
	if o := claim(t, s); string(o.Body) != `{"v":1}` || !o.Doubted {
		t.Errorf("it goes again as %s, want the body that may have arrived", o.Body)
	}
}

func TestWhatWasPutBackAfterADoubtIsStillInDoubt(t *testing.T) {
	s, _ := open(t)
	plan(t, s, 1, `{"v":1}`)
	for _, state := range []store.OperationState{store.InDoubt, store.Planned} {
		if err := s.Settle(t.Context(), store.Settlement{Operation: claim(t, s), State: state, Uncounted: state == store.Planned}); err != nil {
			t.Fatal(err)
		}
	}
	plan(t, s, 1, `{"v":2}`)
	if o := claim(t, s); string(o.Body) != `{"v":1}` || o.Attempt != 2 {
		t.Errorf("%s attempt %d; want the doubted body, and a throttled attempt not counted", o.Body, o.Attempt)
	}
}

func TestAConfirmedOperationLeavesOneXrefBothWays(t *testing.T) {
	s, dsn := open(t)
	plan(t, s, 1, `{"v":1}`)
	first := claim(t, s)
	confirmed := store.Settlement{Operation: first, State: store.Confirmed, XrefType: "sales_invoice", SageID: "sage-1", Number: "SI-1"}
	for range 2 { // an answer may be written down twice
		if err := s.Settle(t.Context(), confirmed); err != nil {
			t.Fatal(err)
		}
	}
	plan(t, s, 2, `{"v":1}`)
	confirmed.Operation = claim(t, s)
	if err := s.Settle(t.Context(), confirmed); err != nil {
		t.Fatal(err)
	}
	docs, err := s.Documents(t.Context(), store.DocumentFilter{})
	if err != nil || len(docs) != 2 {
		t.Fatal(docs, err)
	}
	for _, d := range docs {
		if d.ID == "invoice:1" && (d.State != store.DocumentPosted || d.SageID != "sage-1") || d.ID == "invoice:2" && d.SageID != "" {
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

func TestOneCreateOfAThingIsUnderWay(t *testing.T) {
	s, dsn := open(t)
	plan(t, s, 1, `{"v":1}`)
	err := try(dsn, `INSERT INTO operations (binding, business, kind, entity, revision, document, idempotency_id, body, body_hash, policy_version, priority)
		SELECT binding, business, kind, entity, 2, document, 'another', body, body_hash, 1, 1 FROM operations`)
	if err == nil {
		t.Error("a second create of the same invoice is planned beside the first")
	}
}

func TestALeaseHasOneHolder(t *testing.T) {
	s, _ := open(t)
	plan(t, s, 1, `{"v":1}`)
	o := claim(t, s)
	other := lease
	other.Owner = "other"
	if ours, err := s.Acquire(t.Context(), other); err != nil || ours {
		t.Errorf("a second holder: %v, %v", ours, err)
	}
	if _, _, err := s.Claim(t.Context(), other, o.ID, time.Second); !errors.Is(err, store.ErrLeaseLost) {
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
	_, dsn := open(t)
	for _, statement := range []string{"UPDATE audit SET event = 'x'", "DELETE FROM audit"} {
		if err := try(dsn, statement); err == nil || !strings.Contains(err.Error(), "append only") {
			t.Errorf("%s: %v", statement, err)
		}
	}
}

func TestOneOfManyRefreshesATokenAndTheOthersWait(t *testing.T) {
	s, _ := open(t)
	start := store.Tokens{Access: []byte("a"), Refresh: []byte("r"), AccessExpiresAt: time.Now(), RefreshExpiresAt: time.Now()}
	if err := s.PutTokens(t.Context(), "b", start); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	var presented sync.Map
	for range 8 {
		all.Go(func() {
			err := s.Rotate(t.Context(), "b", func(held store.Tokens, mark func() error) (*store.Tokens, error) {
				if string(held.Refresh) != "r" {
					return nil, nil
				}
				if _, twice := presented.LoadOrStore(string(held.Refresh), true); twice {
					return nil, fmt.Errorf("presented twice")
				}
				held.Refresh = []byte("r2")
				return &held, mark()
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got, err := s.Tokens(t.Context(), "b"); err != nil || string(got.Refresh) != "r2" || got.Version != 2 || got.Presented {
		t.Errorf("%s version %d presented %v, %v; want r2, 2, false", got.Refresh, got.Version, got.Presented, err)
	}
}

func TestAMarkOutlivesARefreshThatDied(t *testing.T) {
	s, _ := open(t)
	if err := s.PutTokens(t.Context(), "b", store.Tokens{Access: []byte("a"), Refresh: []byte("r")}); err != nil {
		t.Fatal(err)
	}
	died := errors.New("died")
	err := s.Rotate(t.Context(), "b", func(_ store.Tokens, mark func() error) (*store.Tokens, error) {
		if err := mark(); err != nil {
			t.Fatal(err)
		}
		return nil, died
	})
	if got, _ := s.Tokens(t.Context(), "b"); !errors.Is(err, died) || !got.Presented {
		t.Errorf("presented %v, %v; want the mark to be there", got.Presented, err)
	}
}

func TestALateAnswerOfAnOlderClaimPutsNothingBack(t *testing.T) {
	s, _ := open(t)
	plan(t, s, 1, `{"v":1}`)
	putBack := func(o store.Operation) {
		t.Helper()
		if err := s.Settle(t.Context(), store.Settlement{Operation: o, State: store.Planned, Uncounted: true}); err != nil {
			t.Fatal(err)
		}
	}
	paused := claim(t, s)
	putBack(paused)
	second := claim(t, s)
	if second.Attempt != paused.Attempt {
		t.Fatalf("attempt %d, want the throttled one not counted", second.Attempt)
	}
	putBack(paused) // the same answer once more, after somebody else has sent it again
	if o, ok, err := s.Next(t.Context(), "biz"); err != nil || ok {
		t.Errorf("%s is due while its call is under way (%v)", o.Entity, err)
	}
}
