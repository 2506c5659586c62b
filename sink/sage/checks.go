package sage

import (
	"context"
)

const (
	// pressedPlaces is for how many places after a call that is no check the next one is expected.
	pressedPlaces = 3
	// checkPlaces is how many places a check leaves to other calls before it takes one: a rebuild
	// has to come to its end beside a backlog of another business, too.
	checkPlaces = 20
)

// press notes that a call which is no check leaves.
func (l *lane) press() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pressed = wallClock()
}

// yield has a check wait while other calls follow each other, for as long as twenty places take.
func (l *lane) yield(ctx context.Context) error {
	for began := wallClock(); ; {
		l.mu.Lock()
		now, every := wallClock(), l.every
		wait := l.pressed.Add(pressedPlaces * every).Sub(now)
		l.mu.Unlock()
		if wait <= 0 || now.Sub(began) >= checkPlaces*every {
			return nil
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}
