package sage

import (
	"sync"
	"time"

	"github.com/mage2sage/mage2sage/schemas/health"
)

// A breaker stops calls to what does not answer. It is in one of three states:
//
//	closed     calls pass; too many failures open it
//	open       nothing passes until blockedUntil
//	half-open  one call passes, the probe: an answer closes the breaker, a failure
//	           opens it again, for twice as long as the last time
//
// It is our own because its open time grows and its calls ask before they report:
// gobreaker's open time is fixed, failsafe-go's grows only for calls that it makes
// itself, and it has no way to give back a probe that was not used.
type breaker struct {
	name    string
	class   Class         // the calls that it stops; "" stops all
	openFor time.Duration // the first time
	trouble trouble       // is told when it opens and closes

	mu           sync.Mutex
	failedInRow  int
	minute       window
	openedInRow  int       // how many times, without an answer in between
	blockedUntil time.Time // zero while closed
	probing      bool      // the half-open breaker's one call is under way
	period       int       // counts changes of state: a call reports to its own only
}

const (
	// failuresInRow open a breaker. A lost connection or two are everyday; five in a
	// row cost little, because a call in doubt is only repeated under its own id.
	failuresInRow = 5
	// A breaker opens too when at least leastCalls ended in a minute and half of them
	// failed: a host that answers now and then never fails five times in a row. Calls
	// that are under way, or say nothing of the host, are not in the count.
	leastCalls = 8
	// firstOpenFor leaves a host time for a restart.
	firstOpenFor = 30 * time.Second
	// longestOpenFor bounds the time for which a host that is well again stays unused. A
	// probe a minute is a GET that no host feels.
	longestOpenFor = time.Minute
)

// A result is what a call says of the host.
type result int

const (
	answered   result = iota // whatever the answer was
	failed                   // silence, or a fault of the host
	notCounted               // nothing: it was not made, or is about us
)

// A trouble is where people see that a breaker is open; the zero trouble is nowhere.
type trouble struct {
	board   *health.Board
	binding string // whose calls it holds back, or one of them where it is all
}

func (t trouble) raise(about string, until time.Time) {
	t.board.RaiseUntil(about, "does not answer: calls are held back, and it is asked again every minute", until, "mage2sage binding resume "+t.binding+" asks it at once")
}

func newBreaker(name string, openFor time.Duration) *breaker {
	return &breaker{name: name, openFor: openFor}
}

// resumedBy takes the name of a binding whose resumption ends the open time.
func (b *breaker) resumedBy(binding string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.trouble.binding = binding
}

// allow returns the function that takes the call's result, once, or a HeldError.
func (b *breaker) allow() (report func(result), err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if wait := time.Until(b.blockedUntil); wait > 0 {
		return nil, &HeldError{Breaker: b.name, Wait: wait, Class: b.class}
	}
	if b.probing {
		return nil, &HeldError{Breaker: b.name, Wait: min(time.Second, b.openFor), Class: b.class}
	}
	b.probing = b.halfOpen()
	period, once := b.period, sync.Once{}
	return func(r result) { once.Do(func() { b.report(period, r) }) }, nil
}

// halfOpen reports whether the open time is over and no answer has come yet. It is
// called with the lock held.
func (b *breaker) halfOpen() bool {
	return !b.blockedUntil.IsZero() && time.Until(b.blockedUntil) <= 0
}

// needsProbe reports whether the next call decides if the breaker closes.
func (b *breaker) needsProbe() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.halfOpen()
}

func (b *breaker) report(period int, r result) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if period != b.period {
		return // the call began before the breaker opened or closed
	}
	probe := b.probing
	b.probing = false
	switch {
	case r == answered && probe:
		b.close()
	case r == failed && probe:
		b.open()
	case r == answered:
		b.failedInRow = 0
		b.minute.add(false)
	case r == failed:
		b.failedInRow++
		b.minute.add(true)
		if calls, failures := b.minute.counts(); b.failedInRow >= failuresInRow || calls >= leastCalls && 2*failures >= calls {
			b.open()
		}
	}
}

func (b *breaker) open() {
	b.blockedUntil = time.Now().Add(max(b.openFor, min(b.openFor<<min(b.openedInRow, 16), longestOpenFor)))
	b.openedInRow++
	b.startPeriod()
	b.trouble.raise(b.name, b.blockedUntil)
}

func (b *breaker) close() {
	b.blockedUntil, b.openedInRow = time.Time{}, 0
	b.startPeriod()
	b.trouble.board.Clear(b.name)
}

// retryNow ends the open time: the next call, or a probe, decides. A closed breaker stays
// as it is.
func (b *breaker) retryNow() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.blockedUntil.IsZero() {
		b.blockedUntil, b.openedInRow = time.Now(), 0
	}
}

func (b *breaker) startPeriod() {
	b.period++
	b.failedInRow, b.minute = 0, window{}
}

// A window counts the calls of the last minute, to five seconds.
type window struct {
	slots [12]struct{ calls, failures int }
	slot  int64 // of the newest call, in slots since 1970
}

const slotTime = 5 * time.Second

func (w *window) add(failure bool) {
	w.forget()
	s := &w.slots[w.slot%int64(len(w.slots))]
	s.calls++
	if failure {
		s.failures++
	}
}

// forget clears the slots that have become older than a minute.
func (w *window) forget() {
	now := time.Now().UnixNano() / int64(slotTime)
	for i := max(w.slot+1, now-int64(len(w.slots))+1); i <= now; i++ {
		w.slots[i%int64(len(w.slots))] = struct{ calls, failures int }{}
	}
	w.slot = now
}

func (w *window) counts() (calls, failures int) {
	for _, s := range w.slots {
		calls, failures = calls+s.calls, failures+s.failures
	}
	return calls, failures
}
