package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/secret"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/testenv/fixture"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// TestAPersonIsErasedByCommand types the address of a buyer, which no output and no trail has.
func TestAPersonIsErasedByCommand(t *testing.T) {
	url := servers.DatabaseForTest(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	c := postgres.Config{URL: secret.String(url)}
	_, err := postgres.Migrate(t.Context(), c)
	must(err)
	db, err := postgres.Open(t.Context(), c)
	must(err)
	defer db.Close()
	_, err = db.PutBinding(t.Context(), "shop-uk", "shop", json.RawMessage(`{}`))
	must(err)
	i := fixture.Invoice(5, fixture.Ada)
	i.Version = change.Version{Epoch: 1, Sequence: 1}
	body, err := json.Marshal(i)
	must(err)
	_, err = db.Put(t.Context(), []postgres.Entity{{Source: "shop", ID: i.ID(), OrderID: 5, CustomerID: 5, Version: i.Version, Body: body}}, postgres.PartitionMark{Topic: "t"})
	must(err)

	file := filepath.Join(t.TempDir(), "mage2sage.yaml")
	must(os.WriteFile(file, []byte("postgres: {url: \""+url+"\"}\ntransform: {state_dir: state}\nkafka: {data_dir: kafka}\n"), 0o600))
	typed := func(args ...string) (string, error) {
		cmd, out := newRoot(), &bytes.Buffer{}
		cmd.SetArgs(append([]string{"--config", file, "purge"}, args...))
		cmd.SetOut(out)
		err := cmd.ExecuteContext(t.Context())
		return out.String(), err
	}
	for want, args := range map[string][]string{
		"at least one of":                {"--email", fixture.Ada.Email},
		"none of the others can be":      {"--email", fixture.Ada.Email, "--customer", "5", "--yes"},
		"--email is empty":               {"--email", "", "--yes"},
		"1 are not settled yet and keep": {"--email", fixture.Ada.Email, "--yes"}, // the document is planned
	} {
		if _, err := typed(args...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v; want %q", args, err, want)
		}
	}
	servers.RunSQL(t, url, "UPDATE sync_items SET state = 'posted', payment = 'paid', plan_due_at = NULL")
	for _, args := range [][]string{{"--email", strings.ToUpper(fixture.Ada.Email), "--plan"}, {"--email", fixture.Ada.Email, "--yes", "-o", "json"}, {"--customer", "5", "--yes"}} {
		said, err := typed(args...)
		if err != nil || strings.Contains(strings.ToLower(said), fixture.Ada.Email) || !strings.Contains(said, "in Kafka") || !strings.Contains(said, "in Magento") {
			t.Errorf("%v: %v, %s", args[1:], err, said)
		}
	}
	servers.RunSQL(t, url, `DO $$ BEGIN
		ASSERT (SELECT without_person AND body::text NOT ILIKE '%ada@%' AND body->'customer'->>'email' LIKE 'sha256:%' FROM entities);
		ASSERT (SELECT count(*) = 3 AND count(*) FILTER (WHERE detail::text ILIKE '%ada@%' OR detail::text ILIKE '%guest%') = 0 FROM audit WHERE event = 'person erased'); END $$`)
}
