package transform

import (
	"bytes"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// A logBuffer may be written while it is read.
type logBuffer struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (l *logBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Write(b)
}

func (l *logBuffer) lines() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Split(strings.TrimSpace(l.all.String()), "\n")
}

func TestEveryLineOfTheLogNamesTheStageOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var log logBuffer
	r := w.startWith(&Stage{Config: Config{StateDir: t.TempDir()}, Log: zerolog.New(&log)})
	history(w)
	w.commit(500, append(orderRows(30), invoiceRows(30, 1)...)...)
	r.settled()
	name, p := w.place(orderRow(30, nil))
	w.produce(name, p, rawRecord(version(510), invoiceRow(30, 2, nil)), markerRecord(version(510), version(509))) // a hole
	r.settled()
	r.until("the partition is read again", func() bool {
		return slices.ContainsFunc(log.lines(), func(l string) bool { return strings.Contains(l, "again") })
	})
	r.end()
	for _, line := range log.lines() {
		if strings.Count(line, `"stage":"transform"`) != 1 {
			t.Errorf("%s", line)
		}
		if strings.Contains(line, "catching up") && strings.Count(line, `"topic":`)+strings.Count(line, `"partition":`) != 2 {
			t.Errorf("a partition's line does not name it once: %s", line)
		}
	}
}

// counted sums the samples of each metric.
func counted(t *testing.T, on *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := on.Gather()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			labels := []string{}
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetName())
			}
			out[f.GetName()+"{"+strings.Join(labels, ",")+"}"] += m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	return out
}

func TestMetricsCountWhatHappens(t *testing.T) {
	t.Parallel()
	w, on := newWorld(t), prometheus.NewRegistry()
	w.whole()
	w.commit(10, referenceRows("General")...)
	r := w.startWith(&Stage{Config: Config{StateDir: t.TempDir()}, Metrics: on, Log: zerolog.Nop()})
	w.commit(11, append(orderRows(1), invoiceRows(1, 1)...)...)
	w.commit(12, append(orderRows(2), invoiceRow(2, 1, columns{"grand_total": "99.0000"}), invoiceItemRow(2))...)
	r.settled()
	w.commit(13, orderRow(1, columns{"updated_at": "2026-01-02T03:04:06Z"}))
	name, p := w.place(orderRow(1, nil))
	w.produce(name, p, topic.Record{Headers: []topic.Header{{Key: change.HeaderPipeline, Value: []byte("another")}}}, topic.Record{Key: []byte("no key"), Value: []byte("{}")})
	r.settled()
	r.end()
	got := counted(t, on)
	for name, want := range map[string]float64{
		"mage2sage_transform_emitted_total{kind}":            6,
		"mage2sage_transform_not_footing_total{kind}":        1,
		"mage2sage_transform_foreign_records_total{topic}":   1,
		"mage2sage_transform_records_set_aside_total{topic}": 1,
		"mage2sage_transform_lag_records{domain,partition}":  0,
	} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
	if got["mage2sage_transform_unchanged_total{kind}"] < 1 {
		t.Errorf("an order that was saved without change is not counted as unchanged: %v", got)
	}
	// What was written: 12 snapshot records of two domains, 6 + 6 + 1 rows and 3 markers.
	if records := got["mage2sage_transform_records_total{domain}"]; records < 28 {
		t.Errorf("%v records were read, want 28 at least", records)
	}
	source, err := os.ReadFile("metrics.go")
	if err != nil {
		t.Fatal(err)
	}
	documented := regexp.MustCompile(`//\tmage2sage_transform_\w+\{[a-z,]+\}`).FindAllString(string(source), -1)
	if len(documented) != len(got) {
		t.Errorf("%d metrics are documented, and there are %d: %v", len(documented), len(got), got)
	}
	for _, line := range documented {
		if name := strings.TrimPrefix(line, "//\t"); !slices.Contains(keysOf(got), name) {
			t.Errorf("%s is documented, and there is no such metric", name)
		}
	}
}

func keysOf(m map[string]float64) (all []string) {
	for k := range m {
		all = append(all, k)
	}
	return all
}

func TestAStageThatRanRunsAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	history(w)
	s := &Stage{Config: Config{StateDir: t.TempDir()}, Log: zerolog.Nop()}
	r := w.startWith(s)
	r.settled()
	r.end()
	before := len(w.emissions())
	r = w.startWith(s)
	r.settled()
	if err := r.end(); err != nil {
		t.Fatal(err)
	}
	if after := len(w.emissions()); after != before {
		t.Errorf("%d records after the first run, %d after the second", before, after)
	}
}

func TestTheDomainsAreThoseThatHaveEntities(t *testing.T) {
	t.Parallel()
	if got := domains(); !slices.Equal(got, []change.Domain{change.Customer, change.Sales, change.Catalog}) {
		t.Errorf("domains are %v", got)
	}
}

func TestAStageThatStartsBeforeCaptureWaitsForIt(t *testing.T) {
	t.Parallel()
	w := emptyWorld(t)
	var log logBuffer
	r := w.startWith(&Stage{Config: Config{StateDir: t.TempDir()}, Log: zerolog.New(&log)})
	r.until("it says so", func() bool { return strings.Contains(strings.Join(log.lines(), ""), "waiting for capture") })
	w.makeTopics()
	w.whole()
	w.commit(10, referenceRows("General")...)
	w.commit(11, append(orderRows(1), invoiceRows(1, 1)...)...)
	r.until("the invoice is out", func() bool {
		count, err := w.client.PartitionCount(t.Context(), w.names.Canonical("customer"))
		return err == nil && count > 0 && len(w.types("invoice:1")) == 1
	})
	if n := strings.Count(strings.Join(log.lines(), ""), "waiting for capture"); n != 1 {
		t.Errorf("it says %d times that it waits, want once", n)
	}
}

func TestAFolderThatIsTakenStopsTheStageAtOnce(t *testing.T) {
	t.Parallel()
	w, dir := newWorld(t), t.TempDir()
	w.whole()
	w.start(dir).settled()
	second := w.start(dir)
	err := second.failed()
	if err == nil || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "another transform") {
		t.Errorf("a second stage on the folder ended with %v, want an error that names it", err)
	}
}

func TestAStretchThatIsPublishedAgainIsAssembledAtItsEnd(t *testing.T) {
	t.Parallel()
	w, on := newWorld(t), prometheus.NewRegistry()
	w.whole()
	w.commit(10, referenceRows("General")...)
	r := w.startWith(&Stage{Config: Config{StateDir: t.TempDir()}, Metrics: on, Log: zerolog.Nop()})
	w.commit(11, append(orderRows(1), invoiceRows(1, 1)...)...)
	w.commit(12, invoiceRow(1, 2, nil))
	w.commit(13, orderRow(1, columns{"status": "complete"}))
	r.settled()
	before := counted(t, on)["mage2sage_transform_unchanged_total{kind}"]
	w.sales(rawRecord(version(11), orderItemRow(1)), markerRecord(version(11), version(10)),
		rawRecord(version(12), invoiceRow(1, 2, nil)), markerRecord(version(12), version(11)),
		rawRecord(version(13), orderRow(1, columns{"status": "complete"})), markerRecord(version(13), version(12)))
	r.settled()
	r.end()
	if got := counted(t, on)["mage2sage_transform_unchanged_total{kind}"] - before; got != 3 {
		t.Errorf("%v entities were assembled for nothing, want the order, its payment and its invoice, once: the older markers close what is assembled already", got)
	}
}
