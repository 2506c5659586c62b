package sink

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/schemas/health"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/sage/auth"
)

// interval is how often a loop looks without being woken: other processes, retries and
// deadlines have no other way to be heard. A second is soon enough for a person, and a
// few cheap queries for Postgres.
const interval = time.Second

// The loops that take steps, and what comes before them; intake has one for each partition.
const (
	planning = "planning"
	delivery = "delivery"
	opening  = "opening Postgres"
	joining  = "joining the group"
)

// A loop takes a step whenever it is woken, and after each interval.
type loop struct {
	name     string // what it does, such as "planning"
	bell     bell
	step     func(context.Context) error
	interval time.Duration
	failures *failures
}

// run takes steps until ctx ends. A step that fails is taken again: its database may be
// restarting.
func (l loop) run(ctx context.Context) error {
	for {
		err := l.step(ctx)
		if ctx.Err() != nil {
			return nil
		}
		l.failures.note(l.name+" put off", err)
		if err == nil {
			l.failures.health.Prove(l.name)
		} else {
			sleep(ctx, interval)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-l.bell:
		case <-time.After(l.interval):
		}
	}
}

// failures logs what goes wrong again and again, once until it changes or ends, and keeps
// it on the board as long as it lasts.
type failures struct {
	log    zerolog.Logger
	health *health.Board

	mu   sync.Mutex
	last map[string]failure // by what fails
}

// A failure is what was said of it last.
type failure struct{ text, about string }

// note takes the outcome of something that is tried again; nil says that it succeeded.
func (f *failures) note(message string, err error) { f.noteOf(message, "", "", err) }

// noteOf is note for one of several such things: its id, and the name that a person knows
// it by, which may change while it fails.
func (f *failures) noteOf(message, id, name string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	key := message + "|" + id
	before := f.last[key]
	if err == nil {
		delete(f.last, key)
		f.health.Clear(cmp.Or(before.about, strings.TrimSuffix(message+" "+name, " "))) // a stage that ran before may have raised it
		return
	}
	about, problem, hint := trouble(err)
	if about == "" {
		about = strings.TrimSuffix(message+" "+name, " ")
	}
	if before.about != about {
		f.health.Clear(before.about)
	}
	f.health.Raise(about, problem, hint)
	if f.last == nil {
		f.last = map[string]failure{}
	}
	f.last[key] = failure{err.Error(), about}
	if before.text == err.Error() {
		return
	}
	event := f.log.Warn().Err(err)
	if name != "" {
		event = event.Str("binding", name)
	}
	event.Msg(message)
}

// trouble is what failed in words for a person: what it is about, where that is more than
// the thing that was tried, and what to do about it, where that is known.
func trouble(err error) (about, problem, hint string) {
	if problem, hint := postgres.Trouble(err); problem != "" {
		return "", problem, hint
	}
	var key *auth.KeyError
	if errors.As(err, &key) {
		return "tokens of binding " + key.Binding, key.Problem, key.Hint
	}
	if problem, hint := topic.Trouble(err); hint != "" {
		return "", problem, hint
	}
	problem, _, _ = strings.Cut(err.Error(), "\n")
	return "", problem, ""
}

// A bell wakes a loop. Ringing never blocks, and one ring while it rings is enough.
type bell chan struct{}

func newBell() bell { return make(bell, 1) }

func (b bell) ring() {
	select {
	case b <- struct{}{}:
	default:
	}
}

// sleep waits, or not when ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
