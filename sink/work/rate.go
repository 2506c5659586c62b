package work

import "time"

// A CallRate is how fast calls may leave for one of Sage's limits, that of an app or that of one of
// its businesses, and how many have left today. All processes of an installation share it. A
// process books places in time on it, a stretch at once, and makes each call at a place of its
// own: so no two processes can exceed the rate together, whoever begins, ends or dies. What a dead
// process had booked lapses.
type CallRate struct {
	Allowed     float64   // calls a second, as it was learned; 0 before anything was
	Ceiling     float64   // what it keeps below for a while after a 429; 0 is none
	BookedUntil time.Time // every place before that is given away
	FrozenUntil time.Time // Sage has asked for no call before that
	ThrottledAt time.Time // when Sage last said that there are too many calls
	ThrottledBy string    // of an app: the business for which it was said
	Day         time.Time // midnight, UTC, of the day that Calls is of
	Calls       int64     // places given away that day
}

// A RateLimit is what the configuration says of a CallRate.
type RateLimit struct {
	PerSecond float64 // the most
	Start     float64 // where nothing was learned yet
	PerDay    int64   // the most places in a day, UTC; 0 is no bound
}

// An Urgency says which calls pause first when the calls of a day run out.
type Urgency int

// The urgencies. Of an invoice or a credit note Sage has to know; so urgent is what it needs, such
// as its contact and a look-up. Payments follow it, and a check can be made on any day.
const (
	ForDocuments Urgency = iota
	Ordinary
	CanWait
)

// pausesAt is the part of a day's calls after which calls of an urgency pause until the next.
var pausesAt = map[Urgency]float64{ForDocuments: 1, Ordinary: 0.95, CanWait: 0.8}

// Places are times at which one call each may leave: N of them, the first at First. One that is
// not used within Lapse is lost.
type Places struct {
	First time.Time
	Every time.Duration
	N     int
	Lapse time.Duration
}

const (
	// bookedAhead is how long a stretch of places is: two round trips to Postgres a second,
	// however high the rate is.
	bookedAhead = 500 * time.Millisecond
	// burstCalls may leave at once after a pause, or what burstTime holds: a limit of so much a
	// second allows that, and a person who connects a business does not wait for each call.
	burstCalls = 5
	burstTime  = 500 * time.Millisecond
	// climbSteps is how many calls without a 429 bring a stopped rate back to the configured one.
	// With fewer the rate swings to and fro between two 429s.
	climbSteps = 50
	// slowestRate, a call in two seconds, is slow enough for any limit that Sage is known to have
	// had (200 a minute), and still finds out when it is lifted.
	slowestRate = 0.5
	// belowThrottled is the part of a rate that Sage has refused which it is taken to accept, for
	// as long as ceilingHolds: without it the rate climbs into the next 429 within a minute.
	belowThrottled = 0.9
	ceilingHolds   = time.Hour
	// soonAfter a freeze a 429 says that the freeze was too short, and nothing of the rate.
	soonAfter = 10 * time.Second
	// clockSet is how far ahead of its clock nothing is ever booked: the clock was set back.
	clockSet = time.Minute
)

// Book gives up to n places, the first of them no later than patience from now. Where that cannot
// be, it gives none and says how long to wait.
func (r *CallRate) Book(l RateLimit, n int, patience time.Duration, now time.Time) (Places, time.Duration) {
	if wait := r.dayIsSpent(l, now); wait > 0 {
		return Places{}, wait
	}
	every := max(time.Duration(float64(time.Second)/r.Now(l, now)), 1)
	depth := max(burstCalls*every-every, burstTime)
	if r.BookedUntil.Sub(now) > clockSet+every {
		r.BookedUntil = now
	}
	first := latest(r.BookedUntil, now.Add(-depth), r.FrozenUntil)
	if wait := first.Sub(now); wait > patience {
		return Places{}, wait
	}
	n = max(1, min(n, int(bookedAhead/every)))
	if l.PerDay > 0 {
		n = int(min(int64(n), l.PerDay-r.Calls))
	}
	r.BookedUntil = first.Add(time.Duration(n) * every)
	r.Calls += int64(n)
	return Places{First: first, Every: every, N: n, Lapse: depth + burstTime}, 0
}

// dayIsSpent begins a new day where one has begun, and says how long it is until the next one
// where this one has no places left.
func (r *CallRate) dayIsSpent(l RateLimit, now time.Time) time.Duration {
	if today := dayOf(now); r.Day.Before(today) {
		r.Day, r.Calls = today, 0
	}
	if l.PerDay == 0 || r.Calls < l.PerDay {
		return 0
	}
	return r.DayEnds().Sub(now)
}

// DayEnds is when the calls of the day are counted anew.
func (r CallRate) DayEnds() time.Time { return r.Day.AddDate(0, 0, 1) }

// Today is how many places were given away on the day of a time.
func (r CallRate) Today(now time.Time) int64 {
	if r.Day.Before(dayOf(now)) {
		return 0
	}
	return r.Calls
}

// Pauses is the last urgency whose calls are paused because too many of the day have been made, and
// with it all that can wait longer; paused is false while none is.
func (r CallRate) Pauses(l RateLimit, now time.Time) (last Urgency, paused bool) {
	for _, u := range []Urgency{ForDocuments, Ordinary, CanWait} {
		if l.PerDay > 0 && float64(r.Today(now)) >= pausesAt[u]*float64(l.PerDay) {
			return u, true
		}
	}
	return 0, false
}

// GiveBack takes back places that lapsed unused: nothing has left.
func (r *CallRate) GiveBack(n int64, now time.Time) {
	if !r.Day.Before(dayOf(now)) {
		r.Calls = max(0, r.Calls-n)
	}
}

// Now is the rate in calls a second.
func (r CallRate) Now(l RateLimit, now time.Time) float64 {
	allowed := r.Allowed
	if allowed == 0 {
		allowed = l.Start
	}
	return min(allowed, r.most(l, now))
}

// most is the rate up to which it climbs.
func (r CallRate) most(l RateLimit, now time.Time) float64 {
	if r.Ceiling > 0 && now.Sub(r.ThrottledAt) < ceilingHolds {
		return min(l.PerSecond, r.Ceiling)
	}
	return l.PerSecond
}

// Climb raises the rate after calls that Sage did not find too many.
func (r *CallRate) Climb(l RateLimit, calls int, now time.Time) {
	r.Allowed = min(r.most(l, now), r.Now(l, now)+float64(calls)*l.PerSecond/climbSteps)
}

// Throttle halves the rate after a 429 and freezes it for as long as Sage has asked. Of several
// 429s at once the first says it all.
func (r *CallRate) Throttle(l RateLimit, wait time.Duration, now time.Time) {
	before := r.FrozenUntil
	r.FrozenUntil = latest(before, now.Add(wait))
	if now.Before(before.Add(soonAfter)) {
		r.ThrottledAt = now
		return
	}
	slowest, rate := min(l.PerSecond, slowestRate), r.Now(l, now)
	r.Ceiling, r.Allowed, r.ThrottledAt = max(slowest, rate*belowThrottled), max(slowest, rate/2), now
}

// ThrottleShared is Throttle of an app's rate for a 429 that one of its businesses had. One alone
// was too fast by itself; where two are within a short time, the app is.
func (r *CallRate) ThrottleShared(l RateLimit, business string, wait time.Duration, now time.Time) {
	if r.ThrottledBy != "" && r.ThrottledBy != business && now.Sub(r.ThrottledAt) < soonAfter {
		r.Throttle(l, wait, now)
	}
	r.ThrottledAt, r.ThrottledBy = now, business
}

func latest(all ...time.Time) (t time.Time) {
	for _, one := range all {
		if one.After(t) {
			t = one
		}
	}
	return t
}

func dayOf(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }
