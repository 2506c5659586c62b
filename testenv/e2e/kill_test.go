package e2e

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/schemas/topic/embedded"
	"github.com/mage2sage/mage2sage/testenv/shop"
)

// kills is how often each process is killed.
const kills = 10

// TestKill9LosesNothingAndRepeatsNothing kills each stage at random moments while
// orders are placed. Afterwards the simulator must hold every document once, and
// no entity's version may have gone backwards.
func TestKill9LosesNothingAndRepeatsNothing(t *testing.T) {
	t.Parallel()
	for i, victim := range stages {
		t.Run(victim, func(t *testing.T) {
			t.Parallel() // each has a shop of its own, and mostly waits
			w := newWorld(t, options{shop: shop.Options{Seed: 20 + uint64(i)}})
			w.start()
			w.tradeAndKill(victim)
			w.settled(2 * time.Minute)
			w.versionsNeverFall()
		})
	}
	t.Run("run", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, options{embedded: true, shop: shop.Options{Seed: 29}})
		w.start("run")
		w.tradeAndKill("run")
		w.settled(2 * time.Minute)
		w.versionsNeverFall()
	})
}

// tradeAndKill kills a process ten times while business goes on, and starts it
// again each time.
func (w *world) tradeAndKill(victim string) {
	w.t.Helper()
	ctx, stop := context.WithCancel(w.t.Context())
	traded := make(chan error, 1)
	go func() {
		for ctx.Err() == nil { // an order that is cut off in its midst has no taxes for ever
			if err := w.shop.Run(w.t.Context(), plan(10), nil); err != nil {
				traded <- err
				return
			}
		}
		traded <- nil
	}()
	for range kills {
		<-time.After(time.Duration(200+rand.IntN(1200)) * time.Millisecond)
		w.stage(victim).Kill()
		w.start(victim)
	}
	stop()
	if err := <-traded; err != nil {
		w.t.Fatal(err)
	}
}

// versionsNeverFall reads the canonical topics whole.
func (w *world) versionsNeverFall() {
	w.t.Helper()
	for _, info := range canonical.Kinds() {
		newest := map[string]change.Version{}
		w.eachEmission(info.Kind, func(r topic.Record) {
			v, err := change.ParseVersion(r.Header(canonical.HeaderVersion))
			w.must(err)
			if v.Before(newest[string(r.Key)]) {
				w.t.Errorf("%s went from version %s back to %s", r.Key, newest[string(r.Key)], v)
			}
			newest[string(r.Key)] = v
		})
		w.t.Logf("%s: %d entities", info.Kind, len(newest))
	}
}

// eachEmission reads every record of an entity's topic.
func (w *world) eachEmission(kind canonical.Kind, each func(topic.Record)) {
	w.t.Helper()
	w.eachRecord(topic.Names{Prefix: w.pipe.Prefix}.Canonical(string(kind)), each)
}

// eachRecord reads every record of a topic.
func (w *world) eachRecord(name string, each func(topic.Record)) {
	w.t.Helper()
	c := topic.Dial([]string{w.broker()})
	defer c.Close()
	partitions, err := c.PartitionCount(w.t.Context(), name)
	w.must(err)
	for p := range partitions {
		_, err := c.ReadAll(w.t.Context(), name, p, func(r topic.Record) error { each(r); return nil })
		w.must(err)
	}
}

// broker is the address of the pipe's broker, wherever it runs.
func (w *world) broker() string {
	w.t.Helper()
	if w.pipe.Kafka != "" {
		return w.pipe.Kafka
	}
	addr, err := embedded.Find(filepath.Join(w.pipe.Dir, "kafka"))
	w.must(err)
	return addr
}
