package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/testenv/pipe"
	"github.com/mage2sage/mage2sage/testenv/shop"
)

// TestNoSecretOfTheShopLeavesItAndNoPersonIsInALog looks for the texts that the
// shop keeps in columns that must never leave, in every topic, in Postgres and in
// the logs; and for its customers in the logs.
func TestNoSecretOfTheShopLeavesItAndNoPersonIsInALog(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{alsoCapture: "catalog, companies", shop: shop.Options{Seed: 61}})
	w.trade(plan(10))
	w.start()
	w.trade(shop.FullPlan(20))
	w.decided(w.documentsInMagento(), 90*time.Second)

	secret := []byte(shop.Secret)
	records := 0
	for _, name := range w.topics() {
		w.eachRecord(name, func(r topic.Record) {
			records++
			if bytes.Contains(r.Value, secret) || bytes.Contains(r.Key, secret) {
				t.Errorf("%s@%d holds a secret", name, r.Offset)
			}
		})
	}
	if records < 500 {
		t.Fatalf("only %d records were looked at", records)
	}
	dump, err := exec.CommandContext(t.Context(), "pg_dump", w.pipe.Postgres).Output()
	w.must(err)
	if bytes.Contains(dump, secret) || len(dump) < 100_000 {
		t.Errorf("Postgres holds a secret, or nothing: %d bytes", len(dump))
	}
	for _, token := range [][]byte{[]byte("demo-secret"), []byte(pipe.Password)} {
		if bytes.Contains(dump, token) {
			t.Errorf("Postgres holds %q", token)
		}
	}
	w.logsAreClean(secret)
}

// logsAreClean looks for secrets and people in the stages' logs.
func (w *world) logsAreClean(secret []byte) {
	w.t.Helper()
	people, err := w.shop.Customers(w.t.Context())
	w.must(err)
	guests := w.guests()
	for _, name := range stages {
		log, err := os.ReadFile(w.stage(name).Log)
		w.must(err)
		for _, never := range [][]byte{secret, []byte("demo-secret"), []byte(pipe.Password)} {
			if bytes.Contains(log, never) {
				w.t.Errorf("the log of %s holds %q", name, never)
			}
		}
		for _, p := range people {
			if bytes.Contains(log, []byte(p.Email)) || bytes.Contains(log, []byte(p.LastName)) {
				w.t.Errorf("the log of %s names customer %d", name, p.ID)
			}
		}
		for _, g := range guests {
			if bytes.Contains(log, []byte(g)) {
				w.t.Errorf("the log of %s names a guest: %s", name, g)
			}
		}
	}
}

// guests lists what names the buyers without an account: their addresses, and the hashes of
// them that Postgres and Sage have, which whoever guesses an address can make.
func (w *world) guests() (all []string) {
	w.t.Helper()
	rows, err := w.db.QueryContext(w.t.Context(), "SELECT DISTINCT customer_email FROM sales_order WHERE customer_is_guest = 1")
	w.must(err)
	defer rows.Close()
	for rows.Next() {
		var email string
		w.must(rows.Scan(&email))
		all = append(all, email)
	}
	w.must(rows.Err())
	out, err := exec.CommandContext(w.t.Context(), "psql", w.pipe.Postgres, "-v", "ON_ERROR_STOP=1", "-Atqc",
		"SELECT substr(entity, 7) FROM operations WHERE entity LIKE 'guest:%' UNION SELECT reference FROM operations WHERE entity LIKE 'guest:%' AND reference <> ''").Output()
	w.must(err)
	hashes := strings.Fields(string(out))
	if len(all) == 0 || len(hashes) < 2 {
		w.t.Fatalf("%d guests and %d hashes of theirs were looked for", len(all), len(hashes))
	}
	return append(all, hashes...)
}

// topics lists every topic of the pipe.
func (w *world) topics() (all []string) {
	names := topic.Names{Prefix: w.pipe.Prefix}
	all = append(all, names.Offsets())
	for _, d := range magento.Domains() {
		all = append(all, names.Raw(d))
	}
	for _, info := range canonical.Kinds() {
		all = append(all, names.Canonical(string(info.Kind)))
	}
	return all
}
