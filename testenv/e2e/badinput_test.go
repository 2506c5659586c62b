package e2e

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/testenv/pipe"
	"github.com/mage2sage/mage2sage/testenv/sagesim/chart"
	"github.com/mage2sage/mage2sage/testenv/shop"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// edit rewrites the config file.
func (w *world) edit(old, new string) {
	w.t.Helper()
	data, err := os.ReadFile(w.pipe.Config)
	w.must(err)
	text := strings.Replace(string(data), old, new, 1)
	if text == string(data) {
		w.t.Fatalf("the config file has no %q", old)
	}
	w.must(os.WriteFile(w.pipe.Config, []byte(text), 0o600))
}

// refused runs a command that must fail with one line that holds every part.
func (w *world) refused(t *testing.T, command string, parts ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
	defer cancel()
	_, err := w.pipe.Run(ctx, command)
	if err == nil || ctx.Err() != nil {
		t.Fatalf("mage2sage %s goes on (%v)", command, err)
	}
	said := lastLine(err.Error())
	for _, part := range parts {
		if !strings.Contains(said, part) {
			t.Errorf("mage2sage %s says %q, want %q in it", command, said, part)
		}
	}
}

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}

// TestMistakesEndInOneLineThatSaysWhatToType makes the mistakes of a first
// installation, one after the other.
func TestMistakesEndInOneLineThatSaysWhatToType(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{shop: shop.Options{Seed: 41}})
	good, err := os.ReadFile(w.pipe.Config)
	w.must(err)
	for name, c := range map[string]struct {
		old, new, command string
		want              []string
	}{
		"an unknown key":           {"  table_prefix:", "  tabel_prefix:", "capture", []string{"mage2sage.yaml:", "tabel_prefix", "table_prefix"}},
		"a variable that is unset": {"password: " + pipe.Password, "password: ${NOT_SET_ANYWHERE}", "capture", []string{"mage2sage.yaml:", "NOT_SET_ANYWHERE"}},
		"a wrong password":         {"password: " + pipe.Password, "password: wrong", "capture", []string{"source"}},
		"no source there":          {"port: ", "port: 1 # was ", "capture", []string{"source", "127.0.0.1:1"}},
		"no broker there":          {"brokers: [" + w.pipe.Kafka + "]", "brokers: [127.0.0.1:1]", "transform", []string{"kafka", "127.0.0.1:1"}},
		"no Postgres there":        {w.pipe.Postgres, "postgres://x@127.0.0.1:1/x", "sink", []string{"postgres"}},
		"a wrong table prefix":     {`table_prefix: ""`, `table_prefix: "nope_"`, "capture", []string{"table_prefix"}},
	} {
		t.Run(name, func(t *testing.T) {
			w.must(os.WriteFile(w.pipe.Config, good, 0o600))
			w.edit(c.old, c.new)
			w.refused(t, c.command, c.want...)
		})
	}
}

// TestASourceThatCannotBeFollowedSaysWhatToChange starts servers whose binlog is
// of no use, and a user without rights.
func TestASourceThatCannotBeFollowedSaysWhatToChange(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args   []string
		revoke bool
		want   []string
	}{
		"statements in the binlog": {args: []string{"--binlog-format=MIXED"}, want: []string{"binlog_format", "ROW"}},
		"partial row images":       {args: []string{"--binlog-row-image=MINIMAL"}, want: []string{"binlog_row_image", "FULL"}},
		"a missing grant":          {revoke: true, want: []string{"GRANT", "REPLICATION SLAVE"}},
	} {
		t.Run(name, func(t *testing.T) {
			set, err := servers.Start(t.Context(), servers.Options{Only: []string{"source"}, SourceArgs: c.args})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(set.Stop)
			w := newWorld(t, options{server: set.Source.DSN, shop: shop.Options{Seed: 42}})
			if c.revoke {
				_, err := w.db.ExecContext(t.Context(), fmt.Sprintf("REVOKE REPLICATION SLAVE ON *.* FROM '%s'@'%%'", pipe.User))
				w.must(err)
			}
			w.refused(t, "capture", c.want...)
		})
	}
}

// TestARecordThatDoesNotDecodeIsNamedAndStopsNobody spoils a raw topic as if capture
// itself had written it.
func TestARecordThatDoesNotDecodeIsNamedAndStopsNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{shop: shop.Options{Seed: 43}})
	w.start()
	w.trade(plan(5))
	w.settled(90 * time.Second)
	c := topic.Dial([]string{w.pipe.Kafka})
	defer c.Close()
	names := topic.Names{Prefix: w.pipe.Prefix}
	state, err := c.ReadSourceState(t.Context(), names, "shop")
	w.must(err)
	name, spoilt := names.Raw(change.Sales), []topic.Record{{Key: []byte("{"), Value: []byte("not an envelope")}}
	topic.Stamp(spoilt, state.Pipeline)
	base, err := c.Produce(t.Context(), name, 2, spoilt)
	w.must(err)
	place := topic.Coordinates{Topic: name, Partition: 2, Offset: base}.String()
	if !w.eventually(60*time.Second, func() bool {
		out, _ := w.pipe.Run(t.Context(), "status") // its exit code says that a person is needed
		return strings.Contains(out, place)
	}) {
		t.Fatalf("status does not name %s", place)
	}
	w.trade(plan(5)) // capture notices another writer, and brings everything anew
	w.settled(2 * time.Minute)
}

// TestRecordsOfSomebodyElseStopNobody puts something else into a raw topic and into a
// canonical one: a stage that meets it goes on.
func TestRecordsOfSomebodyElseStopNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{shop: shop.Options{Seed: 43}})
	w.start()
	w.trade(plan(5))
	w.settled(90 * time.Second)
	c := topic.Dial([]string{w.pipe.Kafka})
	defer c.Close()
	names := topic.Names{Prefix: w.pipe.Prefix}
	for _, name := range []string{names.Raw(change.Sales), names.Raw(change.Customer), names.Canonical("invoice"), names.Canonical("customer")} {
		for partition := range 6 {
			_, err := c.Produce(t.Context(), name, partition, []topic.Record{{Key: []byte("{"), Value: []byte("not an envelope")}})
			w.must(err)
		}
	}
	w.trade(plan(5))
	w.settled(90 * time.Second)
	w.stopAll()
	w.start() // what begins again meets them again
	w.trade(plan(5))
	w.settled(90 * time.Second)
}

// TestAMissingTaxMappingParksOneDocumentAndHealsWhenItIsImported sells at two
// rates while the policy knows one.
func TestAMissingTaxMappingParksOneDocumentAndHealsWhenItIsImported(t *testing.T) {
	t.Parallel()
	partial := strings.Replace(chart.Policy(), `"5.00": GB_LOWER, `, "", 1)
	w := newWorld(t, options{policy: partial, shop: shop.Options{Seed: 44}})
	w.start()
	w.trade(shop.Plan{Orders: 25})
	var parked, posted int
	settled := func() bool {
		all, err := w.pipe.Documents(t.Context())
		w.must(err)
		parked, posted = 0, 0
		for _, d := range all {
			switch {
			case d.State == "parked" && d.Reason == "tax_unmapped" && strings.Contains(d.Hint, "5.00"):
				parked++
			case d.State == "posted":
				posted++
			}
		}
		return parked > 0 && posted > 0 && parked+posted == w.documentsInMagento()
	}
	if !w.eventually(60*time.Second, settled) {
		t.Fatalf("%d parked as tax_unmapped and %d posted of %d, want all of them, some of both", parked, posted, w.documentsInMagento())
	}
	t.Logf("%d parked as tax_unmapped, %d posted; now the mapping is imported", parked, posted)
	w.must(w.pipe.WriteBinding(chart.Policy()))
	w.must(w.pipe.Import(t.Context()))
	w.settled(60 * time.Second)
}

// documentsInMagento counts the invoices and credit memos of the shop.
func (w *world) documentsInMagento() (n int) {
	w.t.Helper()
	w.must(w.db.QueryRowContext(w.t.Context(),
		"SELECT (SELECT COUNT(*) FROM sales_invoice) + (SELECT COUNT(*) FROM sales_creditmemo)").Scan(&n))
	return n
}
