package transform

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/testenv/randomshop"
)

// TestInstancesThatShareARandomShopSayWhatOneSays has two or three instances read the shop
// while it is written. One of them goes away in between and comes back, with its state or
// without. That no version falls is seen where the newest entities are read.
func TestInstancesThatShareARandomShopSayWhatOneSays(t *testing.T) {
	t.Parallel()
	for seed, count := range []int{2, 3, 2} {
		h := rapid.Custom(drawShared).Example(seed)
		shared := shopWorld(t, h.History)
		shared.share(t, h, count)
		want, got := fromScratch(t, h.History, h.all), alive(shared.newest(allKinds()...))
		shared.close()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("shop %d: one and %d instances differ (-one +%d):\n%s", seed, count, count, diff)
		}
	}
}

// A sharedShop is a shop of many orders and how instances read it.
type sharedShop struct {
	randomshop.History
	all   []randomshop.Transaction
	stays bool // the state of the instance that goes away
}

func drawShared(t *rapid.T) sharedShop {
	h := drawShop(t, 20, 40, 10)
	return sharedShop{h, randomshop.Merge(t, h), rapid.Bool().Draw(t, "the state stays")}
}

// share writes a shop in three thirds: for all instances, while one is away, and for all again.
func (w *world) share(t *testing.T, h sharedShop, count int) {
	logs := w.logsOf(h.all)
	third := func(n int) {
		part := map[topic.Coordinates][]topic.Record{}
		for at, records := range logs {
			if some := records[len(records)*n/3 : len(records)*(n+1)/3]; len(some) > 0 {
				part[at] = some
			}
		}
		w.produceAll(part)
	}
	dir := t.TempDir()
	goes := w.start(dir)
	var stay []*running
	for range count - 1 {
		stay = append(stay, w.start(t.TempDir()))
	}
	third(0)
	goes.settled()
	third(1)
	goes.end()
	if !h.stays {
		dir = t.TempDir()
	}
	stay[0].settled()
	goes = w.start(dir)
	third(2)
	stay[0].settled()
	goes.settled()
	for _, r := range append(stay, goes) {
		if err := r.end(); err != nil {
			t.Errorf("an instance ended: %v", err)
		}
	}
}
