package sink

import (
	"context"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// interval is how often a loop looks without being woken: other processes, retries and
// deadlines have no other way to be heard. A second is soon enough for a person, and a
// few cheap queries for Postgres.
const interval = time.Second

// A loop takes a step whenever it is woken, and after each interval.
type loop struct {
	putOff   string // what is logged when a step fails
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
		l.failures.note(l.putOff, "", err)
		if err != nil {
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

// failures logs what goes wrong again and again: once, until it changes or ends.
type failures struct {
	log zerolog.Logger

	mu   sync.Mutex
	last map[string]string // the error's text, by what fails
}

// note takes the outcome of something that is tried again. subject distinguishes several
// such things; nil says that it succeeded.
func (f *failures) note(message, subject string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	key := message + "|" + subject
	if err == nil {
		delete(f.last, key)
		return
	}
	if f.last[key] == err.Error() {
		return
	}
	if f.last == nil {
		f.last = map[string]string{}
	}
	f.last[key] = err.Error()
	event := f.log.Warn().Err(err)
	if subject != "" {
		event = event.Str("business", subject)
	}
	event.Msg(message)
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
