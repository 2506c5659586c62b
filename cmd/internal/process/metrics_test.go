package process

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/prometheus/client_golang/prometheus"
)

func allWell(context.Context) error { return nil }

func TestWithoutAnAddressNothingIsServedUntilTheContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		done := make(chan error, 1)
		go func() { done <- ServeMetrics(ctx, Address{}, Registry(), allWell) }()
		synctest.Wait()
		select {
		case err := <-done:
			t.Fatalf("it ended at once with %v: the stages would end with it", err)
		default:
		}
		cancel()
		if err := <-done; err != nil {
			t.Errorf("ended with %v", err)
		}
	})
}

func TestMetricsOfStagesAreServedBesideTheProcesssOwn(t *testing.T) {
	r, address := Registry(), freeAddress(t)
	r.MustRegister(prometheus.NewCounter(prometheus.CounterOpts{Name: "mage2sage_test_total"}))
	done := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { done <- ServeMetrics(ctx, Address{address, "m"}, r, allWell) }()
	defer func() { cancel(); <-done }()
	_, body := get(t, address, "/metrics")
	for _, want := range []string{"mage2sage_test_total 0", "go_goroutines", "process_start_time_seconds"} {
		if !strings.Contains(body, want) {
			t.Errorf("/metrics does not show %s", want)
		}
	}
	for path, want := range map[string]int{"/": 404, "/debug/pprof/": 404, "/livez": 200} {
		t.Run(path, func(t *testing.T) {
			if status, _ := get(t, address, path); status != want {
				t.Errorf("it answers %d, want %d", status, want)
			}
		})
	}
	res, err := http.Post("http://"+address+"/metrics", "text/plain", nil)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("a POST is answered with %d", res.StatusCode)
	}
}

func TestTwoRegistriesAreApart(t *testing.T) {
	for range 2 { // a second process in a test must not panic on names that are taken
		Registry().MustRegister(prometheus.NewCounter(prometheus.CounterOpts{Name: "mage2sage_test_total"}))
	}
}
