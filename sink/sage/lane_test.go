package sage

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mage2sage/mage2sage/sink/work"
)

// A counter is Sage that notes when it was called, by business.
type counter struct {
	mu    sync.Mutex
	calls map[string][]time.Time
	took  time.Duration // by each call
}

func (c *counter) RoundTrip(r *http.Request) (*http.Response, error) {
	c.mu.Lock()
	if c.calls == nil {
		c.calls = map[string][]time.Time{}
	}
	business := r.Header.Get("X-Business")
	c.calls[business] = append(c.calls[business], time.Now())
	c.mu.Unlock()
	time.Sleep(c.took)
	return (&fake{answer: always(201, `{"id":"x"}`)}).RoundTrip(r)
}

// all are the times of all calls, in order.
func (c *counter) all() (times []time.Time) {
	for _, of := range c.calls {
		times = append(times, of...)
	}
	return times
}

// busiest is the most calls of any stretch of time of that length.
func busiest(times []time.Time, span time.Duration) (most int) {
	slices.SortFunc(times, time.Time.Compare)
	from := 0
	for i, t := range times {
		for t.Sub(times[from]) >= span {
			from++
		}
		most = max(most, i-from+1)
	}
	return most
}

// process is one of several that share rates.
func (c *counter) process(rates RateStore, perSecond, perBusiness float64) *Network {
	config := DefaultConfig()
	config.CallsPerSecond, config.CallsPerSecondPerBusiness, config.RequestTimeout = perSecond, perBusiness, time.Minute
	n := NewNetwork(config)
	n.http.Transport = c
	n.ShareRates(rates)
	return n
}

// calls makes so many calls for a business, one after the other, or those until ctx ends.
func calls(ctx context.Context, n *Network, business string, times int) {
	client := NewClient(n, steady{}, "b", business).HoldsLease()
	for made := 0; made < times && ctx.Err() == nil; {
		p, err := client.Admit(ctx, Documents)
		if held := (*HeldError)(nil); errors.As(err, &held) {
			_ = sleep(ctx, held.Wait)
			continue
		}
		if err != nil {
			return
		}
		_, _ = p.CreateInvoice(context.WithoutCancel(ctx), []byte(`{}`))
		made++
	}
}

// Processes begin and end at any time, each with work for more calls than there may be.
func TestHoweverManyProcessesRunTheirCallsKeepToOneRate(t *testing.T) {
	for name, c := range map[string]struct {
		perSecond float64
		took      time.Duration
		least     float64 // of the allowed calls that are made: who dies takes half a second of them along
	}{
		"an ordinary rate":    {10, 50 * time.Millisecond, 0.9},
		"a slow one":          {0.8, 50 * time.Millisecond, 0.9},
		"a fast one":          {200, 20 * time.Millisecond, 0.9},
		"calls that are slow": {10, 900 * time.Millisecond, 0.80},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rates, sage := &localRates{}, &counter{took: c.took}
				const long = 5 * time.Minute
				began := time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), long)
				defer cancel()
				var group sync.WaitGroup
				for _, process := range []string{"1", "2", "3", "4"} {
					group.Go(func() {
						for ctx.Err() == nil { // each life has a memory of its own
							n := sage.process(rates, c.perSecond, 1000)
							life, end := context.WithTimeout(ctx, time.Duration(rand.IntN(60_000))*time.Millisecond)
							var businesses sync.WaitGroup
							for _, b := range []string{"a", "b", "c", "d"} {
								businesses.Go(func() { calls(life, n, b+process, 1<<20) })
							}
							businesses.Wait()
							end()
							n.Close()
						}
					})
				}
				group.Wait()
				times := sage.all()
				for _, span := range []time.Duration{time.Second, 10 * time.Second, time.Minute, long} {
					burst := max(5, c.perSecond) + 1 // what may leave at once, and what is at hand then
					if got, most := busiest(times, span), c.perSecond*span.Seconds()+burst+c.perSecond*0.5; float64(got) > most {
						t.Errorf("%d calls within %s, want %v at the most", got, span, most)
					}
				}
				if used := float64(len(times)) / (c.perSecond * time.Since(began).Seconds()); used < c.least {
					t.Errorf("%.1f %% of the allowed calls were made, want %v", used*100, c.least*100)
				}
			})
		})
	}
}

func TestABusinessKeepsToItsOwnRateAndLeavesTheRestToOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rates, sage := &localRates{}, &counter{took: 10 * time.Millisecond}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		var group sync.WaitGroup
		for _, b := range []string{"a", "b"} { // each called by two processes
			for range 2 {
				group.Go(func() { calls(ctx, sage.process(rates, 10, 2), b, 1<<20) })
			}
		}
		group.Wait()
		for b, times := range sage.calls {
			if got := busiest(times, time.Minute); got > 120+6 || got < 116 {
				t.Errorf("business %s had %d calls within a minute, want 120 and a burst of no more than 6", b, got)
			}
		}
	})
}

func TestOneProcessAloneHasTheWholeRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rates, sage := &localRates{}, &counter{took: 10 * time.Millisecond}
		short, end := context.WithTimeout(t.Context(), 10*time.Second)
		defer end()
		calls(short, sage.process(rates, 10, 1000), "died", 1<<20)
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		calls(ctx, sage.process(rates, 10, 1000), "lives", 1<<20)
		if n := len(sage.calls["lives"]); n < 590 || sage.calls["lives"][0].Sub(began) > time.Second {
			t.Errorf("%d calls in the minute after another process died, the first after %s; want 600, at once", n, sage.calls["lives"][0].Sub(began))
		}
	})
}

// A store counts what it is asked.
type countedRates struct {
	localRates
	asked int
	err   error
}

func (s *countedRates) ChangeRate(ctx context.Context, app, business string, change func(r *work.CallRate, now time.Time)) error {
	if s.asked++; s.err != nil {
		return s.err
	}
	return s.localRates.ChangeRate(ctx, app, business, change)
}

func TestAStretchOfCallsCostsOneRoundTrip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rates, sage := &countedRates{}, &counter{took: time.Millisecond}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		calls(ctx, sage.process(rates, 100, 1000), "a", 1<<20)
		if made := len(sage.all()); made < 5900 || rates.asked > 300 {
			t.Errorf("%d calls cost %d round trips, want two a second for each of the two limits", made, rates.asked)
		}
	})
}

func TestNothingLeavesWhileTheRatesCannotBeAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone := errors.New("postgres is away")
		rates, sage := &countedRates{err: gone}, &counter{}
		_, err := NewClient(sage.process(rates, 10, 10), steady{}, "b", "a").Admit(t.Context(), Documents)
		if !errors.Is(err, gone) || Classify(err) != NotSent {
			t.Errorf("%v; want the store's error, and the call not sent", err)
		}
	})
}

// A call that is made again with a new token leaves without having waited.
func TestACallThatIsMadeAgainIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rates := &localRates{}
		n := (&counter{}).process(rates, 1, 1000)
		refused := 0
		n.http.Transport = &fake{answer: func(w http.ResponseWriter, c call) {
			if c.token == "Bearer token" {
				refused++
				always(401, `[{"$severity":"error","$dataCode":"AuthenticationFailed","$message":"","$source":""}]`)(w, c)
				return
			}
			always(200, `{"id":"x"}`)(w, c)
		}}
		c := NewClient(n, steady{}, "b", "a")
		began := time.Now()
		for range 10 {
			if _, err := c.User(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); refused != 10 || took < 14*time.Second {
			t.Errorf("twenty calls at one a second took %s, want 15s after a burst of five", took)
		}
	})
}

// calledFor makes so many calls for a business.
func calledFor(t *testing.T, n *Network, business string, times int) {
	t.Helper()
	c := NewClient(n, steady{}, "b", business)
	for range times {
		if err := post(t, c); err != nil {
			t.Fatal(err)
		}
	}
}

// given is how many places a limit has given away today.
func (s *localRates) given(business string) (n int64) {
	_ = s.ChangeRate(context.Background(), "", business, func(r *work.CallRate, now time.Time) { n = r.Today(now) })
	return n
}

func TestWhatLapsesIsNotCountedAsACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rates := &localRates{}
		n := (&counter{}).process(rates, 100, 1000)
		for range 5 {
			calledFor(t, n, "a", 40)
			time.Sleep(time.Minute) // what is left lapses
		}
		calledFor(t, n, "a", 1)
		if left := n.lane("").places.left; rates.given("") != int64(201+left) {
			t.Errorf("%d places are counted with %d at hand after 201 calls", rates.given(""), left)
		}
	})
}

func TestAClockThatIsSetBackCostsTheBookedPlacesAndNoTime(t *testing.T) {
	now := wallClock()
	p := places{from: now.Add(time.Hour), until: now.Add(time.Hour + time.Second), every: time.Second, left: 5}
	if taken, ok := p.next(now); ok || p.lapsed != 5 {
		t.Errorf("%+v is taken an hour ahead, and %d given up", taken, p.lapsed)
	}
}

// slowRates is a store that is reached in a while, and answers in one.
type slowRates struct{ localRates }

const away = 100 * time.Millisecond

func (s *slowRates) ChangeRate(ctx context.Context, app, business string, change func(r *work.CallRate, now time.Time)) error {
	time.Sleep(away)
	defer time.Sleep(away)
	return s.localRates.ChangeRate(ctx, app, business, change)
}

func TestAPlaceIsNeitherEarlyNorLateHoweverFarTheStoreIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limit := work.RateLimit{PerSecond: 1, Start: 1}
		l := newLane("app", "", limit, &slowRates{})
		asked := wallClock().Add(away) // what the store's clock says then
		p, err := l.take(t.Context(), work.ForDocuments, time.Minute)
		var fresh work.CallRate
		want, _ := fresh.Book(limit, 1, time.Minute, asked)
		if err != nil || p.from.Before(want.First) || p.until.After(want.First.Add(want.Lapse)) {
			t.Errorf("%+v, %v; want it within %s and %s after", p, err, want.First, want.Lapse)
		}
	})
}

func TestWhoCallsSeldomLeavesTheRateToOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rates, sage := &localRates{}, &counter{took: time.Millisecond}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		var group sync.WaitGroup
		group.Go(func() {
			n := sage.process(rates, 10, 1000)
			for calls(ctx, n, "seldom", 20); ctx.Err() == nil; { // it has been quick before
				calls(ctx, n, "seldom", 1)
				_ = sleep(ctx, 3*time.Second)
			}
		})
		group.Go(func() { calls(ctx, sage.process(rates, 10, 1000), "often", 1<<20) })
		group.Wait()
		if got := busiest(sage.calls["often"], time.Minute); got < 560 {
			t.Errorf("%d calls in a minute beside a process that makes one in three seconds, want 580", got)
		}
	})
}

func TestAPlaceThatLapsesWhileTheOtherIsWaitedForIsTakenAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rates := &localRates{}
		n := (&counter{}).process(rates, 10, 1000)
		_ = rates.ChangeRate(t.Context(), "", "", func(r *work.CallRate, now time.Time) { r.FrozenUntil = now.Add(5 * time.Second) })
		calledFor(t, n, "a", 1)
		if got := rates.given("a"); got < 2 {
			t.Errorf("%d places of the business for a call that the app's limit kept for 5s, want a second", got)
		}
	})
}
