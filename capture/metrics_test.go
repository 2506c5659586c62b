package capture

import (
	"bytes"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// figures gathers metrics, with their labels but the source's: "rows_total{store,c}".
func figures(t *testing.T, r *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]float64{}
	for _, f := range families {
		for _, m := range f.Metric {
			var labels []string
			for _, l := range slices.Backward(m.Label) { // table, op
				if l.GetName() != "source" {
					labels = append(labels, l.GetValue())
				}
			}
			name := strings.TrimPrefix(f.GetName(), "mage2sage_capture_")
			if labels != nil {
				name += "{" + strings.Join(labels, ",") + "}"
			}
			all[name] = m.Counter.GetValue() + m.Gauge.GetValue()
		}
	}
	return all
}

func TestEveryMetricOfThePackageCommentIsThereAndMoves(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	s, r := family(t, true, func(s *Stage) { s.Metrics = registry })
	before := figures(t, registry)
	if before["snapshot_rows_total"] == 0 || before["snapshot_chunks_total"] == 0 || before["rows_total{sales_order,r}"] != 3 {
		t.Errorf("after a snapshot: %v", before)
	}
	s.exec("UPDATE m2_sales_order SET state = 'x' WHERE entity_id IN (1, 2); INSERT INTO m2_tax_class (class_name) VALUES ('c')")
	s.silently("DELETE FROM m2_sales_invoice_item WHERE parent_id = 2") // some servers log what goes with a parent
	s.exec("DELETE FROM m2_sales_invoice WHERE entity_id = 2")
	s.exec("SET FOREIGN_KEY_CHECKS=0; INSERT INTO m2_sales_invoice_item (entity_id, parent_id) VALUES (77, 99); SET FOREIGN_KEY_CHECKS=1")
	r.followed(s)
	s.exec("TRUNCATE m2_tax_class")
	until(t, "a table is in doubt", func() bool { return figures(t, registry)["doubts_total"] > before["doubts_total"] })
	r.snapshotDone()
	s.exec("TRUNCATE m2_store") // on which all hang
	until(t, "a new epoch began", func() bool { return figures(t, registry)["epochs_total"] > before["epochs_total"] })
	r.snapshotDone()
	after := figures(t, registry)
	for name, least := range map[string]float64{
		"transactions_total": 4, "rows_total{sales_order,u}": 2, "rows_total{tax_class,c}": 1, "rows_total{sales_invoice,d}": 1, "rows_total{sales_invoice_item,d}": 1,
		"records_total{sales}": 4, "bytes_total": 1000, "snapshot_rows_total": 10, "snapshot_chunks_total": 5, "orphans_total": 1, "cascaded_total": 1, "redials_total": 1, "epochs_total": 1, "doubts_total": 1,
	} {
		if after[name]-before[name] < least {
			t.Errorf("%s went from %v to %v, want %v more at least", name, before[name], after[name], least)
		}
	}
	for _, gauge := range []string{"seconds_behind", "last_event_age_seconds"} {
		if age, known := after[gauge]; !known || age < 0 || age > 3600 {
			t.Errorf("%s is %v, known %v", gauge, age, known)
		}
	}
	described := namesInPackageComment(t)
	for _, name := range described {
		if !slices.ContainsFunc(keys(after), func(have string) bool { return have == name || strings.HasPrefix(have, name+"{") }) {
			t.Errorf("the package comment names %s, and there is none", name)
		}
	}
	for have := range after {
		if name, _, _ := strings.Cut(have, "{"); !slices.Contains(described, name) {
			t.Errorf("the package comment does not name %s", name)
		}
	}
}

func keys(figures map[string]float64) (names []string) {
	for name := range figures {
		names = append(names, name)
	}
	return names
}

// namesInPackageComment lists the metrics that doc.go promises.
func namesInPackageComment(t *testing.T) (names []string) {
	t.Helper()
	comment, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range regexp.MustCompile(`mage2sage_capture_(\w+)`).FindAllSubmatch(bytes.TrimSpace(comment), -1) {
		names = append(names, string(found[1]))
	}
	if len(names) < 12 {
		t.Fatalf("the package comment names %d metrics", len(names))
	}
	return names
}
