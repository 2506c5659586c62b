package e2e

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/testenv/check"
	"github.com/mage2sage/mage2sage/testenv/pipe"
	"github.com/mage2sage/mage2sage/testenv/shop"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// TestReplaysWriteNothing repeats each part of the pipe from the beginning. Each
// time Sage must see no write but for what is new, and the entities stay the same.
func TestReplaysWriteNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{shop: shop.Options{Seed: 31}})
	w.start()
	w.trade(plan(20))
	w.settled(90 * time.Second)
	before := w.entities()

	t.Run("the canonical topics are read again from 0", func(t *testing.T) {
		w.replay(t, before, func() {
			psql(t, w.pipe.Postgres, "DELETE FROM bookmarks")
		})
	})
	t.Run("the store is deleted and rebuilt from the raw topics", func(t *testing.T) {
		w.replay(t, before, func() {
			w.must(os.RemoveAll(filepath.Join(w.pipe.Dir, "state")))
		})
	})
	t.Run("transform rebuild", func(t *testing.T) {
		if out, err := w.pipe.Run(t.Context(), "transform", "rebuild"); err == nil || !strings.Contains(err.Error()+out, "is another transform running on it? stop that first") {
			t.Errorf("while transform runs it says %v: %s", err, out)
		}
		w.replay(t, before, func() {
			emitted := w.emitted()
			out, err := w.pipe.Run(t.Context(), "transform", "rebuild")
			if err != nil || !strings.Contains(out, "records of 18 partitions were read") {
				t.Errorf("it ended with %v, and says %s", err, out)
			}
			if now := w.emitted(); now != emitted {
				t.Errorf("%d records of entities became %d", emitted, now)
			}
		})
	})
	t.Run("the broker's data is gone and everything is snapshotted again", func(t *testing.T) {
		w.replay(t, before, func() { w.anotherBroker(t) })
	})
}

// replay stops the stages, does something to them, starts them, places an order
// to see that they are through, and compares.
func (w *world) replay(t *testing.T, before map[canonical.ID]string, something func()) {
	t.Helper()
	outer := w.t
	w.t = t
	defer func() { w.t = outer }()
	w.stopAll()
	writes, there := w.writes(), w.documentsInSage()
	something()
	w.start()
	w.trade(shop.Plan{Orders: 1})
	w.settled(90 * time.Second)
	if got, want := w.writes()-writes, w.documentsInSage()-there; got != want {
		t.Errorf("Sage accepted %d writes for %d new documents and contacts", got, want)
	}
	after := w.entities()
	maps.DeleteFunc(after, func(id canonical.ID, _ string) bool { _, known := before[id]; return !known })
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("the entities changed (-before +after):\n%s", diff)
	}
}

// documentsInSage counts everything that the simulator holds.
func (w *world) documentsInSage() int {
	w.t.Helper()
	all, err := check.Documents(w.t.Context(), w.sage)
	w.must(err)
	return len(all)
}

// emitted counts the records of all entities.
func (w *world) emitted() (n int) {
	w.t.Helper()
	for _, info := range canonical.Kinds() {
		w.eachEmission(info.Kind, func(topic.Record) { n++ })
	}
	return n
}

// entities is the newest content of every entity, as JSON.
func (w *world) entities() map[canonical.ID]string {
	w.t.Helper()
	all := map[canonical.ID]string{}
	for _, info := range canonical.Kinds() {
		w.eachEmission(info.Kind, func(r topic.Record) {
			e, err := canonical.Decode(info.Kind, r.Value)
			w.must(err)
			content, err := json.Marshal(e.Content())
			w.must(err)
			all[e.ID()] = string(content)
		})
	}
	return all
}

// anotherBroker moves the pipe to an empty broker, as if the old one had lost its
// disk.
func (w *world) anotherBroker(t *testing.T) {
	t.Helper()
	set := servers.PrivateForTest(t, servers.Options{Only: []string{"kafka"}})
	t.Cleanup(w.stopAll) // before the broker
	moved := w.pipe.Options
	moved.Kafka = set.Kafka.Addr
	var err error
	w.pipe, err = pipe.New(moved)
	w.must(err)
}

// psql runs a statement.
func psql(t *testing.T, url, statement string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "psql", url, "-v", "ON_ERROR_STOP=1", "-qc", statement).CombinedOutput()
	if err != nil {
		t.Fatalf("psql: %v: %s", err, out)
	}
}
