package sage

import (
	"context"
	"sync"
	"time"

	"github.com/mage2sage/mage2sage/sink/work"
)

// A lane gives a process its places at one limit of Sage's. It books them by stretches, so that
// a call does not cost a round trip, and no more than it has lately used, so that what it books
// is not lost to others.
type lane struct {
	app, business string // business is "" for the app's own limit
	limit         work.RateLimit
	store         RateStore
	turn          chan struct{} // holds a value while one goroutine takes a place

	// For the one that has the turn.
	places  places
	stretch int           // how many places to ask for next
	seen    work.CallRate // as it was when places were last booked
	dayEnds time.Time     // of seen, by the clock of this process

	mu       sync.Mutex
	answered int          // calls without a 429 since the last booking
	owed     int          // calls that left without a place
	untold   []rateChange // by 429s of which the store could not be told
	pressed  time.Time    // when a call that is no check last had its place
	every    time.Duration
}

// A rateChange alters a call rate at the store's time.
type rateChange func(r *work.CallRate, now time.Time)

func newLane(app, business string, limit work.RateLimit, store RateStore) *lane {
	return &lane{app: app, business: business, limit: limit, store: store, turn: make(chan struct{}, 1), stretch: 1}
}

// places are booked places by the clock of this process. It is read before and after the store's
// clock was: a place begins at the later reading and lapses by the earlier one.
type places struct {
	from, until time.Time // of the first
	every       time.Duration
	left        int
	used        int
	lapsed      int
}

// A place is when one call may leave.
type place struct{ from, until time.Time }

// good reports whether the place can still be used.
func (p place) good(now time.Time) bool { return now.Before(p.until) }

// next takes the first place that is still good. One that is further ahead than any is booked
// says that the clock was set back.
func (p *places) next(now time.Time) (place, bool) {
	if late := now.Sub(p.until); p.left > 0 && late >= 0 {
		p.skip(int(late/p.every) + 1)
	}
	if p.left > 0 && p.from.Sub(now) > clockSet {
		p.skip(p.left)
	}
	if p.left == 0 {
		return place{}, false
	}
	taken := place{p.from, p.until}
	p.used++
	p.pass(1)
	return taken, true
}

// clockSet is further ahead than a place is ever booked.
const clockSet = 2 * time.Minute

// skip passes over places that nobody has used.
func (p *places) skip(n int) {
	n = min(n, p.left)
	p.lapsed += n
	p.pass(n)
}

func (p *places) pass(n int) {
	p.left -= n
	ahead := time.Duration(n) * p.every
	p.from, p.until = p.from.Add(ahead), p.until.Add(ahead)
}

// place returns a place once it has begun. A check leaves places to calls that are none.
func (l *lane) place(ctx context.Context, u work.Urgency, patience time.Duration) (place, error) {
	if u == work.CanWait {
		if err := l.yield(ctx); err != nil {
			return place{}, err
		}
	}
	p, err := l.take(ctx, u, patience)
	if err != nil {
		return place{}, err
	}
	err = sleep(ctx, p.from.Sub(wallClock()))
	if u != work.CanWait {
		l.press()
	}
	return p, err
}

// take returns a place, or a HeldError where there is none within patience.
func (l *lane) take(ctx context.Context, u work.Urgency, patience time.Duration) (place, error) {
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return place{}, ctx.Err()
	}
	for {
		if err := l.pause(u); err != nil {
			return place{}, err
		}
		l.payOwed()
		if p, ok := l.places.next(wallClock()); ok {
			return p, nil
		}
		if err := l.book(ctx, patience); err != nil {
			return place{}, err
		}
	}
}

// pause is a HeldError while calls of that urgency pause: too many of the day have been made.
func (l *lane) pause(u work.Urgency) error {
	now := wallClock()
	last, paused := l.seen.Pauses(l.limit, l.seen.Day)
	if !paused || u < last || !now.Before(l.dayEnds) {
		return nil
	}
	if u == work.ForDocuments && l.places.left > 0 { // the day's last ones
		return nil
	}
	held := &HeldError{Breaker: daysCalls, Problem: "they are nearly spent", Wait: l.dayEnds.Sub(now)}
	if last == work.ForDocuments {
		held.Problem = "they are spent"
	} else if u == work.Ordinary {
		held.Class = Others
	}
	return held
}

// daysCalls is what the calls of a day are called.
const daysCalls = "sage calls of the day"

// payOwed gives up places for calls that left without one.
func (l *lane) payOwed() {
	l.mu.Lock()
	defer l.mu.Unlock()
	paid := min(l.owed, l.places.left)
	l.owed -= paid
	l.places.used += paid
	l.places.pass(paid)
}

// book gets further places: twice as many as the last time where those were all used, else as many
// as were.
func (l *lane) book(ctx context.Context, patience time.Duration) error {
	if l.places.lapsed > 0 {
		l.stretch = max(1, l.places.used)
	} else if l.places.used > 0 {
		l.stretch = min(2*l.stretch, 1<<20)
	}
	l.mu.Lock()
	answered, untold := l.answered, l.untold
	l.mu.Unlock()
	var booked work.Places
	var wait time.Duration
	var at time.Time
	before := wallClock()
	err := l.store.ChangeRate(ctx, l.app, l.business, func(r *work.CallRate, now time.Time) {
		r.GiveBack(int64(l.places.lapsed), now)
		r.Climb(l.limit, answered, now)
		for _, change := range untold {
			change(r, now)
		}
		booked, wait = r.Book(l.limit, l.stretch, patience, now)
		l.seen, at = *r, now
	})
	if err != nil {
		return err
	}
	after := wallClock()
	l.mu.Lock()
	l.answered -= answered
	if booked.N > 0 {
		l.every = booked.Every
	}
	l.untold = l.untold[len(untold):]
	l.mu.Unlock()
	l.dayEnds = after.Add(l.seen.DayEnds().Sub(at))
	ahead := booked.First.Sub(at)
	l.places = places{from: after.Add(ahead), until: before.Add(ahead + booked.Lapse), every: booked.Every, left: booked.N}
	if wait > 0 {
		l.places = places{}
		if err := l.pause(work.ForDocuments); err != nil {
			return err
		}
		return &HeldError{Breaker: l.name(), Problem: "there were too many calls", Wait: wait}
	}
	return nil
}

// name is what people know the limit by; a business's id says nothing to them.
func (l *lane) name() string {
	if l.business == "" {
		return "sage call rate of the app"
	}
	return "sage call rate of the business"
}

// climb notes a call that Sage did not find too many.
func (l *lane) climb() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answered++
}

// owe notes a call that had to leave without a place.
func (l *lane) owe() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.owed++
}

// throttle has a 429 written down for all processes, and gives up what is booked. Where that
// cannot be written now it is with the next booking, before which nothing leaves.
func (l *lane) throttle(ctx context.Context, change rateChange) {
	err := l.store.ChangeRate(ctx, l.app, l.business, change)
	if err != nil {
		l.mu.Lock()
		l.untold = append(l.untold, change)
		l.mu.Unlock()
	}
	select {
	case l.turn <- struct{}{}:
		l.places.skip(l.places.left)
		<-l.turn
	case <-ctx.Done():
	}
}
