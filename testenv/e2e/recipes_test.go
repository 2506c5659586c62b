package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/testenv/fixture"
	"github.com/mage2sage/mage2sage/testenv/shop"
)

// recipe is a block of shell in a document.
var recipe = regexp.MustCompile("(?s)```sh\n(.*?)```")

// TestTheRecipesForReadingTheTopicsWork runs those of docs/topics.md over a small day's business.
func TestTheRecipesForReadingTheTopicsWork(t *testing.T) {
	t.Parallel()
	fixture.Program(t, "kcat")
	w := newWorld(t, options{shop: shop.Options{Seed: 17}})
	w.start()
	w.trade(plan(12))
	w.settled(90 * time.Second)
	text, err := os.ReadFile("../../docs/topics.md")
	w.must(err)
	recipes := recipe.FindAllStringSubmatch(string(text), -1)
	wants := []func(said string){w.hasEveryInvoice, w.tellsEvents, w.hasKeysOf("creditmemo:"), w.hasKeysOf("order:", "payment:"), w.hasKeysOf("order:"), w.hasReplayed}
	if len(recipes) != len(wants) {
		t.Fatalf("there are %d recipes, and %d are known here", len(recipes), len(wants))
	}
	for i, r := range recipes {
		wants[i](w.shell(r[1]))
	}
}

// shell runs a recipe as somebody types it.
func (w *world) shell(recipe string) string {
	w.t.Helper()
	cmd := exec.CommandContext(w.t.Context(), "bash", "-o", "pipefail", "-c", recipe)
	cmd.Env = append(os.Environ(), "BROKER="+w.broker(), "PREFIX="+w.pipe.Prefix, "CONFIG="+w.pipe.Config,
		"PATH="+filepath.Dir(w.pipe.Binary)+string(os.PathListSeparator)+os.Getenv("PATH"))
	said, err := cmd.CombinedOutput()
	if err != nil {
		w.t.Errorf("%s%v: %s", recipe, err, said)
	}
	return string(said)
}

// hasEveryInvoice compares with the newest record of each key.
func (w *world) hasEveryInvoice(said string) {
	w.t.Helper()
	want := map[string]string{}
	w.eachEmission(canonical.KindInvoice, func(r topic.Record) { want[string(r.Key)] = string(r.Value) })
	lines := strings.Split(strings.TrimSpace(said), "\n")
	if len(want) == 0 || len(lines) != len(want) {
		w.t.Errorf("%d lines, want %d invoices", len(lines), len(want))
	}
	for _, line := range lines {
		if key, value, _ := strings.Cut(line, "\t"); want[key] != value {
			w.t.Errorf("%s is not the newest state", key)
		}
	}
}

func (w *world) tellsEvents(said string) {
	w.t.Helper()
	emitted := 0
	w.eachEmission(canonical.KindInvoice, func(topic.Record) { emitted++ })
	events := regexp.MustCompile(`(?m)^ce_type=invoice\.\w+\tce_subject=invoice:\d+\tce_time=\S+Z\tversion=\d+\.\d+$`).FindAllString(said, -1)
	if len(events) != emitted || emitted == 0 {
		w.t.Errorf("%d events, want %d:\n%s", len(events), emitted, said)
	}
}

// hasKeysOf wants records of each kind of key, and of no other.
func (w *world) hasKeysOf(prefixes ...string) func(string) {
	return func(said string) {
		w.t.Helper()
		rest := said
		for _, p := range prefixes {
			if !strings.Contains(said, p) {
				w.t.Errorf("there is no %s in:\n%s", p, said)
			}
			rest = strings.ReplaceAll(rest, p, "")
		}
		if strings.Contains(rest, ":") {
			w.t.Errorf("there are other keys in:\n%s", said)
		}
	}
}

// hasReplayed wants the key of every invoice, once.
func (w *world) hasReplayed(said string) {
	w.t.Helper()
	want := map[string]bool{}
	w.eachEmission(canonical.KindInvoice, func(r topic.Record) { want[string(r.Key)] = true })
	keys := strings.Fields(said)
	for _, key := range keys {
		if !want[key] {
			w.t.Errorf("%s was written again, and is none or twice so", key)
		}
		delete(want, key)
	}
	if len(want) > 0 || len(keys) == 0 {
		w.t.Errorf("%v were not written again", want)
	}
}
