package postgres_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/work"
)

// disconnected is a database in which b and other have posted, and b was disconnected so long ago.
func disconnected(t *testing.T, ago string) (*postgres.DB, string) {
	t.Helper()
	s, dsn := open(t)
	if _, err := s.PutBinding(t.Context(), "other", "shop", json.RawMessage(`{}`)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"b", "other"} {
		exec(t, dsn, `INSERT INTO xrefs (binding, type, entity, sage_id) SELECT '`+name+`', 'sales_invoice', 'invoice:' || n, 's' || n FROM generate_series(1, 7) n;
			INSERT INTO sync_items (binding, id, kind, plan_due_at) SELECT '`+name+`', 'invoice:' || n, 'invoice', NULL FROM generate_series(1, 7) n;
			INSERT INTO left_in_sage VALUES ('`+name+`', 'create_invoice', '9', 's9');
			INSERT INTO duplicates (business, kind, key, binding, objects) VALUES ('biz of `+name+`', 'create_invoice', '9', '`+name+`', '[]');
			INSERT INTO oauth_tokens VALUES ('`+name+`', 1, '', '', now(), now()); INSERT INTO oauth_refreshes VALUES ('`+name+`', 1);
			INSERT INTO operations (binding, business, kind, entity, revision, item, idempotency_id, body, body_hash, policy_version, priority, state)
				SELECT '`+name+`', 'biz', 'create_invoice', 'invoice:' || n, 1, 'invoice:' || n, n, '{}', '', 1, 1, 'confirmed' FROM generate_series(1, 7) n`)
	}
	if err := s.Disconnect(t.Context(), "b", "somebody", "by a person"); err != nil {
		t.Fatal(err)
	}
	exec(t, dsn, "UPDATE bindings SET disconnected_at = now() - interval '"+ago+"' WHERE name = 'b'")
	return s, dsn
}

const days90 = 90 * 24 * time.Hour

func TestWhatADisconnectedBindingKnowsGoesAfterItsPeriod(t *testing.T) {
	t.Parallel()
	s, dsn := disconnected(t, "91 days")
	before := time.Now().Add(-days90)
	all, err := s.Purgeable(t.Context(), before, "")
	want := map[string]int{"left_in_sage": 1, "duplicates": 1, "xrefs": 7, "operations": 7, "sync_items": 7, "oauth_tokens": 1, "oauth_refreshes": 1}
	if err != nil || len(all) != 1 || all[0].Binding != "b" || len(all[0].Tables) != len(want) {
		t.Fatalf("%+v, %v; want %v of b", all, err, want)
	}
	for table, n := range want {
		if all[0].Tables[table] != n {
			t.Errorf("%d of %s would go, want %d", all[0].Tables[table], table, n)
		}
	}
	if other, err := s.Purgeable(t.Context(), before, "other"); err != nil || len(other) != 0 {
		t.Errorf("of the other binding %+v, %v, would go", other, err)
	}
	steps, most := 0, 0
	for {
		gone, err := s.PurgeDisconnected(t.Context(), before, "", 3)
		if err != nil {
			t.Fatal(err)
		}
		if gone == 0 {
			break
		}
		steps, most = steps+1, max(most, gone)
	}
	if most != 3 || steps != 13 { // four of one row, and three tables of seven
		t.Errorf("%d steps, the largest of %d rows; want small ones", steps, most)
	}
	for table, n := range want {
		asserts(t, dsn, `SELECT count(*) = 0 FROM `+table+` WHERE binding = 'b'`)
		asserts(t, dsn, `SELECT count(*) = `+fmt.Sprint(n)+` FROM `+table+` WHERE binding = 'other'`)
	}
	b, err := s.Binding(t.Context(), "b")
	if err != nil || b.State != work.Purged {
		t.Errorf("b is %s, %v; want it closed for good", b.State, err)
	}
	asserts(t, dsn, `SELECT count(*) = 1 FROM audit WHERE event = 'binding purged' AND binding = 'b'`)
}

func TestABindingThatWasPurgedStaysClosed(t *testing.T) {
	t.Parallel()
	s, dsn := disconnected(t, "91 days")
	if _, err := s.PurgeDisconnected(t.Context(), time.Now().Add(-days90), "", 1); err != nil { // the first row closes it
		t.Fatal(err)
	}
	if err := s.Connect(t.Context(), work.Connection{Binding: "b", Business: "biz", BaseCurrency: "GBP"}); err == nil {
		t.Error("it was connected")
	}
	if err := s.Pause(t.Context(), work.Pause{Binding: "b", State: work.NeedsReauth}); err != nil {
		t.Error(err)
	}
	if err := s.Disconnect(t.Context(), "b", "somebody", "again"); err != nil {
		t.Error(err)
	}
	if _, err := s.PutBinding(t.Context(), "b", "shop", json.RawMessage(`{"n": 2}`)); err != nil {
		t.Error(err)
	}
	put(t, s, "invoice:99")
	asserts(t, dsn, `SELECT state = 'purged' AND policy_version = 1 FROM bindings WHERE name = 'b'`)
	asserts(t, dsn, `SELECT count(*) = 0 FROM sync_items WHERE binding = 'b' AND id = 'invoice:99'`)
	asserts(t, dsn, `SELECT count(*) = 1 FROM sync_items WHERE binding = 'other' AND id = 'invoice:99'`)
}

func TestNothingGoesBeforeItsPeriod(t *testing.T) {
	t.Parallel()
	s, _ := disconnected(t, "89 days")
	for _, why := range []string{"disconnected not long enough", "connected again"} {
		gone, err := s.PurgeDisconnected(t.Context(), time.Now().Add(-days90), "", 3)
		if err != nil || gone != 0 {
			t.Errorf("%s: %d rows went, %v", why, gone, err)
		}
		if err := s.Connect(t.Context(), work.Connection{Binding: "b", Business: "biz", BaseCurrency: "GBP"}); err != nil {
			t.Fatal(err)
		}
	}
}
