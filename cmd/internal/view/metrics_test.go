package view

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/work"
)

// gauges are what a registry shows, by name and label.
func gauges(t *testing.T, r *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := strings.TrimPrefix(f.GetName(), "mage2sage_")
			for _, l := range m.GetLabel() {
				name += " " + l.GetValue()
			}
			all[name] = m.GetGauge().GetValue()
		}
	}
	return all
}

func TestMetricsSayWhatStatusSays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		purge, five, two := int64(600), int64(5), int64(2)
		oldest := time.Now().Add(-time.Minute)
		f := well()
		f.Books.Bindings[0].Documents = map[string]int{"parked": 2, "waiting": 3}
		f.Books.Bindings = append(f.Books.Bindings, BindingStatus{Binding: Binding{Name: "de", State: "needs_reauth"}})
		f.Books.SetAside, f.Books.OldestUnposted = make([]postgres.SetAside, 4), &oldest
		f.Books.ToPlan, f.Books.Bindings[0].Duplicates = 8, 2
		f.Books.Holds = []work.Hold{{Binding: "de"}}
		frozen := time.Now().Add(30 * time.Second)
		f.Books.Calls = &Calls{App: CallLimit{PerSecond: 9}, Made: 40, PerDay: 1000, Bindings: []CallLimit{{Binding: "uk", PerSecond: 2.5, FrozenUntil: &frozen, Made: 30}, {Binding: "de", PerSecond: 5}}}
		f.Retention = &Retention{BehindSeconds: 7, PurgeSeconds: &purge}
		f.Pipeline.Lags = []Lag{{Stage: "transform", Seconds: &two}, {Stage: "transform", Seconds: &five}, {Stage: "sink", Seconds: &two}, {Stage: "sink"}}
		r := prometheus.NewRegistry()
		read := 0
		Measure(r, func(context.Context) Facts { read++; return f })
		want := map[string]float64{
			"verdict": 1, "parked uk": 2, "waiting uk": 3, "parked de": 0, "waiting de": 0, "duplicate_documents uk": 2, "duplicate_documents de": 0, "deliveries_held uk": 0, "deliveries_held de": 1,
			"sage_calls_per_second": 9, "sage_calls_today": 40, "sage_calls_per_day": 1000, "sage_business_calls_per_second uk": 2.5, "sage_business_calls_per_second de": 5,
			"sage_business_calls_today uk": 30, "sage_business_calls_today de": 0, "sage_business_frozen_seconds uk": 30, "sage_business_frozen_seconds de": 0, "bindings_needing_consent": 1, "to_plan": 8, "records_set_aside": 4,
			"oldest_unposted_seconds": 60, "seconds_behind capture": 7, "seconds_behind transform": 5, "seconds_until_purge": 600,
		}
		if diff := cmp.Diff(want, gauges(t, r)); diff != "" {
			t.Errorf("one topic of the sink is unknown, so its age is absent (-want +got):\n%s", diff)
		}
		gauges(t, r)
		if read != 1 {
			t.Errorf("the servers were asked %d times for two scrapes, want once", read)
		}
		time.Sleep(measureEvery + time.Second)
		f = Facts{PipelineError: "no kafka", BooksError: "no postgres"}
		if diff := cmp.Diff(map[string]float64{"verdict": 2}, gauges(t, r)); diff != "" {
			t.Errorf("what is not known is absent (-want +got):\n%s", diff)
		}
	})
}
