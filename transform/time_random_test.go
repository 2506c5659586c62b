package transform

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mage2sage/mage2sage/schemas/canonical"
)

// A stagedHistory is a shop in which versions of the mug are staged, moved, changed and cancelled at
// random, while time goes on and the stage is stopped and started.
type stagedHistory struct {
	*world
	random *rand.Rand
	clock  *testClock
	time   int
	n      uint64      // the last transaction
	from   map[int]int // the versions that there are: from when they hold
	steps  []string
}

// step does one thing; again starts the stage anew.
func (h *stagedHistory) step(again func()) {
	row, ahead := 32+h.random.IntN(4), h.time+1+h.random.IntN(9)
	_, there := h.from[row]
	h.n++
	switch what := h.random.IntN(10); {
	case what < 3:
		h.note("version %d is staged for %d", row, ahead)
		h.from[row] = ahead
		h.commit(h.n, versionRow(row, unix(ahead)), versionValue("varchar", 73, row, fmt.Sprint("V", row)))
	case what < 4 && there:
		h.note("version %d is cancelled", row)
		delete(h.from, row)
		h.commit(h.n, gone(versionRow(row, 0)))
	case what < 5 && there:
		h.note("version %d has another name", row)
		h.commit(h.n, versionValue("varchar", 73, row, fmt.Sprint("V", row, " since ", h.n)))
	case what < 6:
		h.note("it is started anew")
		again()
	default:
		h.time += 1 + h.random.IntN(5)
		h.note("it is %d", h.time)
		h.clock.set(h.time)
	}
}

func (h *stagedHistory) note(format string, args ...any) {
	h.steps = append(h.steps, fmt.Sprintf(format, args...))
}

// holds is the version that holds, by the rule that Magento has.
func (h *stagedHistory) holds() (row int) {
	row, latest := 31, 0
	for r, from := range h.from {
		if from <= h.time && (from > latest || from == latest && r > row) {
			row, latest = r, from
		}
	}
	return row
}

// Read as it came about, by a stage that stops and starts, the mug is at any time what it is for one
// that reads all at once at that time; nothing is said twice, and each state has a version of its own.
func TestARandomStagingIsReadLiveAndAtOnceTheSame(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		random := rand.New(rand.NewPCG(seed, 9))
		h := &stagedHistory{world: newWorld(t), random: random, clock: newTestClock(1000), time: 1000, n: 20, from: map[int]int{}}
		h.whole()
		h.world.commit(10, append(referenceRows("General"), catalogRows("Goods")...)...)
		h.world.commit(20, versionRow(31, 1), versionValue("varchar", 73, 31, "V31"))
		dir := t.TempDir()
		r := h.startAt(dir, h.clock)
		for range 30 {
			h.step(func() {
				r.end()
				r = h.startAt(dir, h.clock)
			})
			h.n++
			h.turn(r, h.n)
			h.n++
			h.turn(r, h.n)
			got := h.newest(canonical.KindProduct)["product:9"]
			if want := fmt.Sprintf(`"sku":"MUG","product_type":"simple","attribute_set_id":4,"name":"V%d`, h.holds()); !strings.Contains(got, want) {
				t.Fatalf("shop %d: it is %s, want V%d; so far: %q", seed, got, h.holds(), h.steps)
			}
		}
		r.end()
		h.toldOnce(seed)
		other := h.copyRaw(t, nil)
		r = other.startAt(t.TempDir(), h.clock)
		r.settled()
		r.end()
		if diff := cmp.Diff(other.newest(canonical.KindProduct), h.newest(canonical.KindProduct)); diff != "" {
			t.Errorf("shop %d: at once and live differ (-once +live):\n%s\n%q", seed, diff, h.steps)
		}
		other.close()
		h.close()
	}
}

// toldOnce fails where a state follows the same one, or a version one that is not lower.
func (h *stagedHistory) toldOnce(seed uint64) {
	h.t.Helper()
	var before published
	var content string
	h.contents(func(e published) {
		encoded, err := contentOf(e.entity)
		h.must(err)
		now := string(encoded)
		if now == content || before.id != "" && !before.version.Before(e.version) {
			h.t.Errorf("shop %d: %s at %s follows %s at %s; so far: %q", seed, now, e.version, content, before.version, h.steps)
		}
		before, content = e, now
	}, canonical.KindProduct)
}
