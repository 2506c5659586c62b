package e2e

import (
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/testenv/shop"
)

// verdict is the first line of status and its exit code.
func (w *world) verdict(flags ...string) (line string, code int) {
	w.t.Helper()
	out, err := w.pipe.Command(w.t.Context(), append([]string{"status"}, flags...)...).Output()
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		code = ended.ExitCode()
	} else {
		w.must(err)
	}
	line, _, _ = strings.Cut(string(out), "\n")
	return line, code
}

// TestStatusIsNotGreenWhateverDies kills each stage in turn: the first line names it, and
// so does the exit code; once it runs again, all is well.
func TestStatusIsNotGreenWhateverDies(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{shop: shop.Options{Seed: 81}})
	w.start()
	w.trade(plan(3))
	w.settled(90 * time.Second)
	says := func(want string, wantCode int) {
		t.Helper()
		var line string
		var code int
		for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); pause() {
			if line, code = w.verdict(); strings.HasPrefix(line, want) && code == wantCode {
				return
			}
		}
		t.Fatalf("status says %q and ends with %d, want %q and %d", line, code, want, wantCode)
	}
	says("well", 0)
	for _, victim := range stages {
		w.stage(victim).Kill()
		says("a person is needed: "+victim+" gives no sign of life since ", 1)
		w.start(victim)
		says("well", 0)
	}
	w.must(w.stage("transform").Stop())
	says("a person is needed: transform is not running: start it", 1)
}
