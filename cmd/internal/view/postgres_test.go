package view_test

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/mage2sage/mage2sage/cmd/internal/view"
	"github.com/mage2sage/mage2sage/schemas/secret"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/work"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// A database is a migrated one of its own, with the bindings a (connected) and b
// (new), that ends with the test.
type database struct {
	*postgres.DB
	conn *pgx.Conn
}

func openDatabase(t *testing.T) database {
	t.Helper()
	admin := servers.PostgresForTest(t)
	var raw [6]byte
	rand.Read(raw[:])
	name := "view_" + hex.EncodeToString(raw[:])
	adminConn := dial(t, admin)
	must(t, adminConn, "CREATE DATABASE "+name)
	t.Cleanup(func() { must(t, dial(t, admin), "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)") })
	u, err := url.Parse(admin)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	c := postgres.Config{URL: secret.String(u.String())}
	if _, err := postgres.Migrate(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	s, err := postgres.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	for _, b := range []string{"b", "a"} {
		if _, err := s.PutBinding(t.Context(), b, "shop", json.RawMessage(`{}`)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Connect(t.Context(), work.Connection{Binding: "a", Business: "biz", BaseCurrency: "GBP"}); err != nil {
		t.Fatal(err)
	}
	return database{s, dial(t, u.String())}
}

// Connections of the clean-up outlive the context of the test.
func dial(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(ctx) })
	return conn
}

func must(t *testing.T, conn *pgx.Conn, statement string, args ...any) {
	t.Helper()
	if _, err := conn.Exec(context.WithoutCancel(t.Context()), statement, args...); err != nil {
		t.Fatal(err)
	}
}

// put adds a document of binding a; totals may be nil.
func (d database) put(t *testing.T, id, state, payment, reason string, magento, sage any) {
	t.Helper()
	kind, _, _ := strings.Cut(id, ":")
	must(t, d.conn, `INSERT INTO sync_items (binding, id, kind, state, payment, reason, number, currency, magento_total, sage_total, updated_at)
		VALUES ('a', $1, $2, $3, $4, $5, '1000' || $1, 'GBP', $6::text::numeric, $7::text::numeric, clock_timestamp())`, id, kind, state, payment, reason, magento, sage)
}

func TestBooksListEveryBindingWithItsCounts(t *testing.T) {
	d := openDatabase(t)
	d.put(t, "invoice:1", "posted", "paid", "", "12.34", "12.34")
	d.put(t, "invoice:2", "posted", "unpaid", "", "1.00", "1.00")
	d.put(t, "creditmemo:1", "parked", "", "no_tax_rate", "1.00", nil)
	d.put(t, "invoice:3", "waiting", "", "rates_incomplete", "1.00", nil)
	d.put(t, "customer:1", "posted", "", "", nil, nil)
	got, err := view.ReadBooks(t.Context(), d.DB)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Bindings) != 2 || got.Bindings[0].Name != "a" || got.Bindings[1].Name != "b" || got.InDoubt != 0 {
		t.Fatalf("the books are of %+v", got)
	}
	a := got.Bindings[0]
	want := map[string]int{"posted": 2, "parked": 1, "waiting": 1}
	if diff := cmp.Diff(want, a.Documents); diff != "" || a.Paid != 1 || a.Unpaid != 1 || a.Parked["no_tax_rate"] != 1 || a.Waiting["rates_incomplete"] != 1 {
		t.Errorf("a has %+v; customers that are in Sage are no documents (-want +got):\n%s", a, diff)
	}
	b := got.Bindings[1]
	if len(b.Documents) != 0 || b.Hint != "run mage2sage connect --binding b" || a.Hint != "" {
		t.Errorf("b has %+v", b)
	}
	text, err := json.Marshal(b)
	if err != nil || !strings.Contains(string(text), `"documents":{}`) || !strings.Contains(string(text), `"parked":{}`) {
		t.Errorf("nothing is written as %s, %v; want empty objects, not null", text, err)
	}
}

func TestItemsShowBothTotalsAndSagesLessMagentos(t *testing.T) {
	d := openDatabase(t)
	d.put(t, "invoice:1", "posted", "paid", "", "12.3400", "12.36")
	d.put(t, "invoice:2", "parked", "", "total_mismatch", "12.34", "12.32")
	d.put(t, "creditmemo:3", "waiting", "", "rates_incomplete", "5", nil)
	got, err := view.ReadItems(t.Context(), d.DB, postgres.ItemFilter{})
	if err != nil {
		t.Fatal(err)
	}
	want := []view.Item{
		{Key: "creditmemo:3", Kind: "creditmemo", Number: "1000creditmemo:3", State: "waiting", Reason: "rates_incomplete", Currency: "GBP", MagentoTotal: "5.00", Binding: "a"},
		{Key: "invoice:2", Kind: "invoice", Number: "1000invoice:2", State: "parked", Reason: "total_mismatch", Currency: "GBP", MagentoTotal: "12.34", SageTotal: "12.32", Difference: "-0.02", Binding: "a"},
		{Key: "invoice:1", Kind: "invoice", Number: "1000invoice:1", State: "posted", Payment: "paid", Currency: "GBP", MagentoTotal: "12.34", SageTotal: "12.36", Difference: "0.02", Binding: "a"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("newest change first (-want +got):\n%s", diff)
	}
}

func TestAFilterThatFindsNothingGivesAnEmptyList(t *testing.T) {
	d := openDatabase(t)
	d.put(t, "invoice:1", "posted", "", "", "1", "1")
	for name, f := range map[string]postgres.ItemFilter{
		"another binding": {Binding: "b"}, "another state": {State: work.ItemParked}, "another reason": {Reason: "x"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := view.ReadItems(t.Context(), d.DB, f)
			if text, _ := json.Marshal(got); err != nil || string(text) != "[]" {
				t.Errorf("it is written as %s, %v; want []", text, err)
			}
		})
	}
	if got, err := view.ReadItems(t.Context(), d.DB, postgres.ItemFilter{Binding: "a", State: work.ItemPosted}); err != nil || len(got) != 1 {
		t.Errorf("binding and state choose %v, %v", got, err)
	}
}

func TestBindingsAreListedByName(t *testing.T) {
	d := openDatabase(t)
	got, err := view.ReadBindings(t.Context(), d.DB)
	if err != nil || len(got) != 2 || got[0].Name != "a" || got[0].State != "connected" || got[0].Business != "biz" || got[1].State != "new" || got[1].Hint == "" {
		t.Errorf("listed %+v, %v", got, err)
	}
}
