package sage

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mage2sage/mage2sage/sink/work"
)

// asks makes reads that can wait until ctx ends, and counts them.
func asks(ctx context.Context, n *Network) (made int) {
	client := NewClient(n, steady{}, "b", "checked").As(work.CanWait)
	for ctx.Err() == nil {
		if _, err := client.User(ctx); err == nil {
			made++
		}
	}
	return made
}

func TestChecksUseWhatABacklogLeavesAndComeToTheirEnd(t *testing.T) {
	for name, c := range map[string]struct {
		took        time.Duration // by a delivery
		deliveries  int           // in two minutes at ten a second: at least
		least, most int           // checks
	}{
		"a backlog at the limit":            {50 * time.Millisecond, 1080, 30, 120},
		"deliveries that leave half of it":  {200 * time.Millisecond, 540, 50, 150},
		"slow deliveries":                   {900 * time.Millisecond, 110, 600, 1150},
		"no delivery at all, after a while": {time.Hour, 1, 1150, 1210},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sage, reads := &counter{took: c.took}, &counter{}
				rates := &localRates{}
				n := sage.process(rates, 10, 1000)
				n.http.Transport = byMethod{get: reads, other: sage}
				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
				defer cancel()
				var group sync.WaitGroup
				group.Go(func() { calls(ctx, n, "delivered", 1<<20) })
				made := 0
				group.Go(func() { made = asks(ctx, n) })
				group.Wait()
				if got := len(sage.all()); got < c.deliveries || made < c.least || made > c.most {
					t.Errorf("%d deliveries and %d checks in two minutes, want %d and between %d and %d", got, made, c.deliveries, c.least, c.most)
				}
			})
		})
	}
}

// byMethod is a Sage whose reads are answered by another.
type byMethod struct{ get, other http.RoundTripper }

func (b byMethod) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodGet {
		return b.get.RoundTrip(r)
	}
	return b.other.RoundTrip(r)
}
