package e2e

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/testenv/shop"
)

// TestTheTopicsAloneNeedNeitherPostgresNorSage runs capture and transform with a config file that
// has nothing of the sink: they do their work, and whoever asks whether all is well is told so.
func TestTheTopicsAloneNeedNeitherPostgresNorSage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{shop: shop.Options{Seed: 29}, alone: true})
	w.start("capture")
	if !w.verdictMeasured(1) {
		t.Fatalf("before transform runs the metrics say\n%s", w.metrics())
	}
	w.start("transform")
	w.trade(plan(3))
	for _, flags := range [][]string{{"--for", "capture", "--for", "transform"}, nil} {
		var line string
		var code int
		if !w.eventually(time.Minute, func() bool { line, code = w.verdict(flags...); return code == 0 }) || line != "well" {
			t.Fatalf("status %v says %q and ends with %d", flags, line, code)
		}
	}
	if !w.verdictMeasured(0) {
		t.Errorf("the metrics say\n%s", w.metrics())
	}
	orders := map[string]bool{}
	if !w.eventually(time.Minute, func() bool {
		w.eachEmission(canonical.KindOrder, func(r topic.Record) { orders[string(r.Key)] = true })
		return len(orders) == 3
	}) {
		t.Errorf("of 3 orders there are %v", orders)
	}
	if out, err := w.pipe.Run(t.Context(), "record", "list", "-o", "json"); err != nil || out != "[]\n" {
		t.Errorf("record list says %s, %v", out, err)
	}
	if _, err := w.pipe.Run(t.Context(), "replay", "--entity", "order", "--all"); err != nil {
		t.Error(err)
	}
	w.must(w.stage("transform").Stop())
	if line, code := w.verdict(); code != 1 || !strings.HasPrefix(line, "a person is needed: transform is not running") {
		t.Errorf("without transform it says %q and ends with %d", line, code)
	}
	if !w.verdictMeasured(1) {
		t.Errorf("without transform the metrics of capture say\n%s", w.metrics())
	}
}

// verdictMeasured waits until the metrics have a verdict.
func (w *world) verdictMeasured(want int) bool {
	w.t.Helper()
	line := fmt.Sprintf("\nmage2sage_verdict %d\n", want)
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); pause() {
		if strings.Contains(w.metrics(), line) {
			return true
		}
	}
	return false
}

// metrics are those of the process that started first; "" while nobody serves them.
func (w *world) metrics() string {
	w.t.Helper()
	res, err := http.Get("http://" + w.pipe.Metrics + "/metrics")
	if err != nil {
		return ""
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	w.must(err)
	return string(text)
}
