package e2e

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// stepsFile says what each recorded operation gives: `binlog.000037 product_price_change:
// product.updated 1`. -update writes it anew: read each line that changes.
const stepsFile = "testdata/steps.txt"

var update = flag.Bool("update", false, "write "+stepsFile)

// A stepLog is what was emitted after each step.
type stepLog struct {
	w     *world
	seen  map[string]int // emissions by type, up to now
	lines []string
}

// steps waits until everything before them is through.
func (w *world) steps() *stepLog {
	w.t.Helper()
	w.quiet(2 * time.Minute)
	return &stepLog{w: w, seen: w.emittedByType()}
}

// after waits until a step is through, and keeps what it gave.
func (s *stepLog) after(step string) {
	s.w.t.Helper()
	s.w.quiet(time.Minute)
	now := s.whole(s.w.emittedByType())
	line := step + ":"
	for _, name := range slices.Sorted(maps.Keys(now)) {
		if n := now[name] - s.seen[name]; n > 0 {
			line += fmt.Sprintf(" %s %d", name, n)
		}
	}
	s.lines = append(s.lines, line)
	s.seen = now
}

// many emissions of a step come of what a change of reference data touches: transform is not
// behind then, and still at work.
const many = 50

// whole is what was emitted once nothing more comes of a step that touches much.
func (s *stepLog) whole(now map[string]int) map[string]int {
	for {
		touched := false
		for name, n := range now {
			touched = touched || n-s.seen[name] >= many
		}
		if !touched {
			return now
		}
		before := now
		time.Sleep(5 * time.Second)
		if now = s.w.emittedByType(); maps.Equal(before, now) {
			return now
		}
	}
}

// judge holds the steps against what they gave before.
func (s *stepLog) judge() {
	s.w.t.Helper()
	got := strings.Join(s.lines, "\n") + "\n"
	if *update {
		s.w.must(os.WriteFile(stepsFile, []byte(got), 0o644))
	}
	want, err := os.ReadFile(stepsFile)
	s.w.must(err)
	if diff := cmp.Diff(string(want), got); diff != "" {
		s.w.t.Errorf("what the recorded operations give is not what it was (-want +got):\n%s", diff)
	}
}

// emittedByType counts the records of all entities by their type, such as "invoice.created".
func (w *world) emittedByType() map[string]int {
	w.t.Helper()
	all := map[string]int{}
	for _, info := range canonical.Kinds() {
		w.eachEmission(info.Kind, func(r topic.Record) { all[r.Header("ce_type")]++ })
	}
	return all
}
