package e2e

import (
	"math/rand/v2"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/testenv/pipe"
	"github.com/mage2sage/mage2sage/testenv/shop"
)

// TestTwoTransformsThatDieAndSleepSayWhatOneSays has two instances share the partitions of a shop that
// trades, and kills or stops one of them again and again, some for longer than their session. What comes
// out is what the tables say, and what one instance makes of the topics from their beginning.
func TestTwoTransformsThatDieAndSleepSayWhatOneSays(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{shop: shop.Options{Seed: 77}, alsoCapture: "catalog"})
	w.start("capture")
	second := w.pipe.Options
	second.Dir = filepath.Join(t.TempDir(), "second")
	other, err := pipe.New(second)
	w.must(err)
	trading := make(chan struct{})
	var done sync.WaitGroup
	for _, p := range []*pipe.Pipe{w.pipe, other} {
		done.Go(func() { harass(t, p, trading) })
	}
	for i := range 12 {
		w.trade(shop.Plan{Orders: 4, CreditMemos: 1, CustomerEdits: 1})
		w.together("UPDATE catalog_product_entity_decimal SET value = value + 0.01 WHERE value_id % 3 = 0",
			"UPDATE inventory_source_item SET quantity = quantity - 1 WHERE source_item_id % 5 = 0")
		if i%5 == 3 {
			w.together("UPDATE tax_class SET class_name = CONCAT(class_name, '.') WHERE class_id = 2")
		}
		time.Sleep(time.Second)
	}
	close(trading)
	done.Wait()
	w.start("transform")
	w.ordersFoot(60 * time.Second)
	w.productsAgree(60*time.Second, 30)
	w.stockAgrees(60*time.Second, 31)
	w.paymentsAgree(60 * time.Second)
	w.rebuiltTheSame()
	w.keysEndOnTheirNewest()
}

// keysEndOnTheirNewest holds that whoever keeps the highest version of a key, or its last record,
// has the same. One that was put to sleep within a write may say something older when it wakes; then
// the newest is said again.
func (w *world) keysEndOnTheirNewest() {
	w.t.Helper()
	for _, info := range canonical.Kinds() {
		last, highest, falls := map[string]change.Version{}, map[string]change.Version{}, 0
		w.eachEmission(info.Kind, func(r topic.Record) {
			v, err := change.ParseVersion(r.Header(canonical.HeaderVersion))
			w.must(err)
			key := string(r.Key)
			if v.Before(last[key]) {
				falls++
			}
			last[key], highest[key] = v, change.Latest(highest[key], v)
		})
		if diff := cmp.Diff(highest, last); diff != "" {
			w.t.Errorf("keys of %s do not end on their newest (-highest +last):\n%s", info.Kind, diff)
		}
		w.t.Logf("%s: %d entities, %d times a version fell and came back", info.Kind, len(last), falls)
	}
}

// harass runs a transform, and kills it or has it sleep at random until it is told to end.
func harass(t *testing.T, p *pipe.Pipe, until chan struct{}) {
	for {
		s, err := p.Start("transform")
		if err != nil {
			t.Error(err)
			return
		}
		wait := func(atMost int) (ended bool) {
			select {
			case <-until:
				return true
			case <-s.Ended():
				t.Error(s.Err())
			case <-time.After(time.Duration(rand.IntN(atMost)) * time.Millisecond):
			}
			return false
		}
		if wait(4000) {
			s.Kill()
			return
		}
		if rand.IntN(2) == 0 {
			s.Signal(syscall.SIGSTOP)
			ended := wait(7000)
			s.Signal(syscall.SIGCONT)
			if ended || wait(3000) {
				s.Kill()
				return
			}
		}
		s.Kill()
	}
}

// rebuiltTheSame makes the state anew from the topics, and wants nothing to come of it.
func (w *world) rebuiltTheSame() {
	w.t.Helper()
	w.stage("transform").Kill()
	before, n := w.entities(), w.emitted()
	out, err := w.pipe.Run(w.t.Context(), "transform", "rebuild")
	w.must(err)
	if now := w.emitted(); now != n {
		w.t.Errorf("%d records of entities became %d: %s", n, now, out)
		after := w.entities()
		for id, content := range after {
			if before[id] != content {
				w.t.Errorf("%s was\n%s\nand is\n%s", id, before[id], content)
			}
		}
	}
}
