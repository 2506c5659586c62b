package work

import (
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// began is a moment in the middle of a day.
var began = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

// ten is a limit of ten calls a second, of which nothing is to be learned.
var ten = RateLimit{PerSecond: 10, Start: 10}

// book takes places at a time, and fails where there are none.
func book(t *testing.T, r *CallRate, l RateLimit, n int, now time.Time) Places {
	t.Helper()
	p, wait := r.Book(l, n, time.Hour, now)
	if wait != 0 {
		t.Fatalf("no places within an hour: wait %s", wait)
	}
	return p
}

// However processes book, their places keep the distance of the rate, and each is good for a short
// time: so no stretch of time can have more calls than the rate and one burst.
func TestPlacesKeepTheDistanceOfTheRate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		perSecond := rapid.SampledFrom([]float64{0.5, 1.5, 10, 200}).Draw(t, "per second")
		l := RateLimit{PerSecond: perSecond, Start: perSecond}
		distance := time.Duration(float64(time.Second) / perSecond)
		var r CallRate
		var last time.Time
		now := began
		for range rapid.IntRange(1, 60).Draw(t, "bookings") {
			now = now.Add(time.Duration(rapid.IntRange(0, 3000).Draw(t, "pause")) * time.Millisecond)
			p, _ := r.Book(l, rapid.IntRange(1, 50).Draw(t, "places"), 2*time.Second, now)
			for i := range p.N {
				at := p.First.Add(time.Duration(i) * p.Every)
				if at.Sub(last) < distance {
					t.Fatalf("places at %s and %s, want %s between them", last, at, distance)
				}
				last = at
			}
			if most := max(4*distance, 500*time.Millisecond) + 500*time.Millisecond; p.Lapse > most {
				t.Fatalf("places are good for %s, want %s at the most", p.Lapse, most)
			}
		}
	})
}

func TestAPauseAllowsAFewCallsAtOnceAndNoMore(t *testing.T) {
	for name, c := range map[string]struct {
		l    RateLimit
		want int
	}{
		"ten a second":         {ten, 6},
		"a hundred a second":   {RateLimit{PerSecond: 100, Start: 100}, 51},
		"three in two seconds": {RateLimit{PerSecond: 1.5, Start: 1.5}, 5},
	} {
		t.Run(name, func(t *testing.T) {
			var r CallRate
			for at := 0; ; at++ {
				p := book(t, &r, c.l, 1, began)
				if p.First.After(began) {
					if at != c.want {
						t.Errorf("%d calls may leave at once, want %d", at, c.want)
					}
					break
				}
				if !p.First.Add(p.Lapse).After(began) {
					t.Fatalf("place %d has lapsed when it is given", at)
				}
			}
		})
	}
}

func TestAStretchIsShortHoweverManyPlacesAreAskedFor(t *testing.T) {
	var r CallRate
	if p := book(t, &r, ten, 1000, began); p.N != 5 || p.Every != 100*time.Millisecond {
		t.Errorf("%d places, one in %s; want half a second of them", p.N, p.Every)
	}
}

func TestWhoHasNoPatienceIsToldHowLongItIs(t *testing.T) {
	var r CallRate
	for range 10 {
		book(t, &r, ten, 5, began)
	}
	before := r
	if p, wait := r.Book(ten, 5, 2*time.Second, began); p.N != 0 || wait != 4500*time.Millisecond || r != before.onDay(began) {
		t.Errorf("%d places, wait %s, want none and 4.5s, and nothing booked", p.N, wait)
	}
}

// onDay is the rate with its day begun, as looking at it does.
func (r CallRate) onDay(now time.Time) CallRate { r.dayIsSpent(RateLimit{}, now); return r }

func TestAClockThatWasSetBackDoesNotStopCalls(t *testing.T) {
	var r CallRate
	book(t, &r, ten, 5, began)
	if _, wait := r.Book(ten, 5, 2*time.Second, began.Add(-time.Hour)); wait != 0 {
		t.Errorf("wait %s after the clock was set back by an hour", wait)
	}
}

func TestA429HalvesTheRateFreezesItAndIsRemembered(t *testing.T) {
	var r CallRate
	r.Throttle(ten, 30*time.Second, began)
	if got := r.Now(ten, began); got != 5 {
		t.Errorf("the rate is %v, want 5", got)
	}
	if _, wait := r.Book(ten, 1, 2*time.Second, began); wait != 30*time.Second {
		t.Errorf("wait %s, want the 30s that Sage asked for", wait)
	}
	p := book(t, &r, ten, 5, began.Add(30*time.Second))
	if p.First.Before(began.Add(30 * time.Second)) {
		t.Errorf("the first place is at %s, before the end of the freeze", p.First)
	}
	r.Climb(ten, 10, began.Add(time.Minute))
	if got := r.Now(ten, began.Add(time.Minute)); got != 7 {
		t.Errorf("after ten answers the rate is %v, want 7", got)
	}
	r.Climb(ten, 1000, began.Add(time.Minute))
	if got := r.Now(ten, began.Add(time.Minute)); got != 9 {
		t.Errorf("after a thousand answers the rate is %v, want nine tenths of what was refused", got)
	}
	r.Climb(ten, 1000, began.Add(2*time.Hour))
	if got := r.Now(ten, began.Add(2*time.Hour)); got != 10 {
		t.Errorf("two hours later the rate is %v, want 10", got)
	}
}

func TestSeveral429sAtOnceCountAsOne(t *testing.T) {
	var r CallRate
	r.Throttle(ten, time.Second, began)
	r.Throttle(ten, time.Minute, began)
	r.Throttle(ten, time.Second, began.Add(time.Minute+time.Second))
	if got := r.Now(ten, began); got != 5 || !r.FrozenUntil.Equal(began.Add(62*time.Second)) {
		t.Errorf("the rate is %v, frozen until %s; want 5 and the longest freeze", got, r.FrozenUntil)
	}
}

func TestTheRateNeverStandsStillNorGoesAboveTheConfiguredOne(t *testing.T) {
	for name, c := range map[string]struct{ full, slowest float64 }{
		"an ordinary rate":         {10, 0.5},
		"a rate below the slowest": {0.2, 0.2},
	} {
		t.Run(name, func(t *testing.T) {
			var r CallRate
			l, now := RateLimit{PerSecond: c.full, Start: c.full}, began
			for range 50 {
				r.Throttle(l, time.Second, now)
				now = now.Add(time.Minute)
			}
			if got := r.Now(l, now); got != c.slowest {
				t.Errorf("after 50 429 the rate is %v, want %v", got, c.slowest)
			}
			now = now.Add(2 * ceilingHolds)
			r.Climb(l, 1000, now)
			if got := r.Now(l, now); got != c.full {
				t.Errorf("after 1000 answers the rate is %v, want %v", got, c.full)
			}
		})
	}
}

func TestABusinessBeginsSlowlyAndClimbs(t *testing.T) {
	var r CallRate
	l := RateLimit{PerSecond: 5, Start: 1.5}
	if got := r.Now(l, began); got != 1.5 {
		t.Errorf("it begins with %v, want 1.5", got)
	}
	r.Climb(l, 35, began)
	if got := r.Now(l, began); got < 4.99 || got > 5 {
		t.Errorf("after 35 answers it is %v, want 5", got)
	}
}

func TestAnAppIsThrottledWhenTwoOfItsBusinessesAre(t *testing.T) {
	for name, c := range map[string]struct {
		second string
		after  time.Duration
		want   float64
	}{
		"one business twice":             {"a", time.Second, 10},
		"two businesses":                 {"b", time.Second, 5},
		"two businesses, a minute apart": {"b", time.Minute, 10},
	} {
		t.Run(name, func(t *testing.T) {
			var r CallRate
			r.ThrottleShared(ten, "a", time.Second, began)
			r.ThrottleShared(ten, c.second, time.Second, began.Add(c.after))
			if got := r.Now(ten, began.Add(c.after)); got != c.want {
				t.Errorf("the app's rate is %v, want %v", got, c.want)
			}
		})
	}
}

func TestNoMorePlacesAreGivenInADayThanItsBudget(t *testing.T) {
	l := RateLimit{PerSecond: 1000, Start: 1000, PerDay: 100}
	var r CallRate
	now, given := began, 0
	for range 1000 {
		p, wait := r.Book(l, 1+rand.IntN(30), time.Second, now)
		if given += p.N; wait > 0 {
			if want := 12*time.Hour - now.Sub(began); wait != want {
				t.Errorf("wait %s, want the %s to midnight", wait, want)
			}
			break
		}
		now = now.Add(100 * time.Millisecond)
	}
	if given != 100 || r.Today(now) != 100 {
		t.Errorf("%d places given, %d counted, want 100", given, r.Today(now))
	}
	r.GiveBack(3, now)
	if p := book(t, &r, l, 30, now); p.N != 3 {
		t.Errorf("%d places after 3 were given back", p.N)
	}
	tomorrow := now.Add(12 * time.Hour)
	if r.Today(tomorrow) != 0 {
		t.Errorf("%d of tomorrow's calls are counted today", r.Today(tomorrow))
	}
	if p := book(t, &r, l, 30, tomorrow); p.N != 30 {
		t.Errorf("%d places on the next day, want 30", p.N)
	}
}

func TestWhatCanWaitPausesFirstWhenTheCallsOfADayRunOut(t *testing.T) {
	for name, c := range map[string]struct {
		calls, perDay int64
		last          Urgency
		paused        bool
	}{
		"no bound":              {1 << 40, 0, 0, false},
		"below four fifths":     {79, 100, 0, false},
		"four fifths":           {80, 100, CanWait, true},
		"below 95 in a hundred": {94, 100, CanWait, true},
		"95 in a hundred":       {95, 100, Ordinary, true},
		"nearly all":            {99, 100, Ordinary, true},
		"all":                   {100, 100, ForDocuments, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := CallRate{Day: dayOf(began), Calls: c.calls}
			l := RateLimit{PerDay: c.perDay}
			if last, paused := r.Pauses(l, began); last != c.last || paused != c.paused {
				t.Errorf("pauses down to %d: %v, want %d: %v", last, paused, c.last, c.paused)
			}
			if _, paused := r.Pauses(l, began.AddDate(0, 0, 1)); paused {
				t.Error("the next day is paused, too")
			}
		})
	}
}
