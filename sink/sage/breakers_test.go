package sage

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
)

// shown are the gauges of a network that are not 0, by name and labels.
func shown(t *testing.T, n *Network) map[string]float64 {
	t.Helper()
	r := prometheus.NewRegistry()
	r.MustRegister(n)
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, l := range m.GetLabel() {
				name += " " + l.GetName() + "=" + l.GetValue()
			}
			if v := m.GetGauge().GetValue(); v != 0 {
				all[name] = v
			}
		}
	}
	return all
}

func TestBreakersAreShownWithWhatTheyLetPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{}
		c, board := watched(t, f)
		if got := shown(t, c.network); got["mage2sage_sage_breaker_state binding= breaker=api"] != 2 || len(got) != 2 {
			t.Errorf("%v; want the API's alone while nobody delivers", got)
		}
		c.HoldsLease()
		want := map[string]float64{
			"mage2sage_sage_breaker_state binding= breaker=api": 2, "mage2sage_sage_breaker_open_seconds binding= breaker=api": 30,
			"mage2sage_sage_breaker_state binding=b breaker=documents": 2, "mage2sage_sage_breaker_open_seconds binding=b breaker=documents": 30,
		}
		if diff := cmp.Diff(want, shown(t, c.network)); diff != "" {
			t.Errorf("two breakers are open (-want +got):\n%s", diff)
		}
		for _, trouble := range board.Troubles() {
			if trouble.Until == nil || !trouble.Until.Equal(time.Now().Add(firstOpenFor)) {
				t.Errorf("%s says until %v, want in %s", trouble.About, trouble.Until, firstOpenFor)
			}
		}
		time.Sleep(firstOpenFor)
		want = map[string]float64{"mage2sage_sage_breaker_state binding= breaker=api": 1, "mage2sage_sage_breaker_state binding=b breaker=documents": 1}
		if diff := cmp.Diff(want, shown(t, c.network)); diff != "" {
			t.Errorf("two breakers are half-open (-want +got):\n%s", diff)
		}
		f.answer = always(200, `{"id":"x"}`)
		if err := post(t, c); err != nil {
			t.Fatal(err)
		}
		if got := shown(t, c.network); len(got) != 0 {
			t.Errorf("%v; want all closed", got)
		}
		c.Close()
		if n := len(c.network.delivers); n != 0 {
			t.Errorf("%d clients are shown after the only one has ended", n)
		}
	})
}
