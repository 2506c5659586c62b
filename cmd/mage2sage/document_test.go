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

func TestAParkedDocumentIsSettledByCommand(t *testing.T) {
	url := servers.DatabaseForTest(t)
	c := postgres.Config{URL: secret.String(url)}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
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
	_, err = db.Put(t.Context(), []postgres.Entity{{Source: "shop", ID: i.ID(), Version: i.Version, Body: body}}, postgres.PartitionMark{Topic: "t"})
	must(err)
	servers.RunSQL(t, url, "UPDATE sync_items SET state = 'parked', reason = 'number_used_twice', plan_due_at = NULL")

	file := filepath.Join(t.TempDir(), "mage2sage.yaml")
	must(os.WriteFile(file, []byte("postgres: {url: \""+url+"\"}\ntransform: {state_dir: state}\nkafka: {data_dir: kafka}\n"), 0o600))
	typed := func(args ...string) (string, error) {
		cmd, out := newRoot(), &bytes.Buffer{}
		cmd.SetArgs(append([]string{"--config", file, "document", "settle"}, args...))
		cmd.SetOut(out)
		return out.String(), cmd.ExecuteContext(t.Context())
	}
	for want, args := range map[string][]string{
		"--note is empty":          {"invoice:5", "--skip"},
		"--paid":                   {"invoice:5", "--as", "abc", "--unchecked"},
		"--as is empty":            {"invoice:5", "--as", " "},
		"belong to --as":           {"invoice:5", "--retry", "--paid"},
		"no such document":         {"invoice:6", "--retry"},
		"mage2sage binding import": {"invoice:5", "--retry", "--binding", "other"},
		"at least one of":          {"invoice:5"},
		"sage.client_id":           {"invoice:5", "--as", "abc", "--paid"},
	} {
		if _, err := typed(args...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v; want %q", args, err, want)
		}
	}
	if _, err := typed("invoice:5", "--as", "abc", "--paid", "--unchecked", "--by", "bea", "--note", "posted by hand"); err != nil {
		t.Fatal(err)
	}
	servers.RunSQL(t, url, `DO $$ BEGIN
		ASSERT (SELECT state = 'posted' AND sage_id = 'abc' AND payment = 'paid' FROM sync_items);
		ASSERT (SELECT sage_id = 'abc' AND type = 'sales_invoice' FROM xrefs);
		ASSERT (SELECT detail->>'by' = 'bea' AND detail->>'note' = 'posted by hand' FROM audit WHERE event = 'document settled by a person'); END $$`)
	if _, err := typed("invoice:5", "--retry"); err == nil || !strings.Contains(err.Error(), "stands in Sage as abc") {
		t.Errorf("%v; want a retry of what is in Sage refused", err)
	}
}
