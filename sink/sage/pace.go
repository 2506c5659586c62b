package sage

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/mage2sage/mage2sage/sink/work"
)

const (
	// startPart of its configured rate is what a business begins with, whose limit is not known. By
	// default it keeps below 100 calls a minute, the lowest limit that any API of Sage's is said to
	// have.
	startPart = 0.3
	// noteWithin bounds the writing down of a 429: the operation's own result is written next.
	noteWithin = 5 * time.Second
	// leastFreeze is how long a limit is left alone after a 429 that names no time.
	leastFreeze    = time.Second
	gatewaysFreeze = time.Minute
)

// wait returns when the limits of the business and of the app have room for one more call, or
// with a HeldError where they have none within patience.
func (n *Network) wait(ctx context.Context, business string, u work.Urgency, patience time.Duration) (err error) {
	limits := []*lane{n.lane("")}
	if business != "" { // its place is waited for first, so that it does not hold one of the app's
		limits = []*lane{n.lane(business), n.lane("")}
	}
	taken := make([]place, len(limits))
	for !allGood(taken) { // one may lapse while the next is waited for
		for i, l := range limits {
			if taken[i].good(wallClock()) {
				continue
			}
			if taken[i], err = l.place(ctx, u, patience); err != nil {
				return err
			}
		}
	}
	return nil
}

func allGood(all []place) bool {
	now := wallClock()
	return !slices.ContainsFunc(all, func(p place) bool { return !p.good(now) })
}

// sleep waits, or not when ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// lane is a business's, or for "" the app's.
func (n *Network) lane(business string) *lane {
	n.mu.Lock()
	defer n.mu.Unlock()
	l, ok := n.lanes[business]
	if !ok {
		limit := n.config.BusinessLimit()
		if business == "" {
			limit = n.config.AppLimit()
		}
		l = newLane(n.config.ClientID, business, limit, n.rates)
		n.lanes[business] = l
	}
	return l
}

// owe notes a call that left without having waited for room: the next ones make up for it.
func (n *Network) owe(business string) {
	n.lane("").owe()
	if business != "" {
		n.lane(business).owe()
	}
}

// adapt takes the outcome of a call: a 429 halves the rate of the business and freezes it for as
// long as Sage asks, in all processes; an answer lets it climb back.
func (n *Network) adapt(ctx context.Context, business string, err error) {
	own, apps := n.lane(business), n.lane("")
	if resultOf(err) == answered {
		own.climb()
		if own != apps {
			apps.climb()
		}
	}
	if Classify(err) != Throttled {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteWithin)
	defer cancel()
	freeze := freezeOf(err)
	own.throttle(ctx, func(r *work.CallRate, now time.Time) { r.Throttle(own.limit, freeze, now) })
	if own != apps {
		apps.throttle(ctx, func(r *work.CallRate, now time.Time) { r.ThrottleShared(apps.limit, business, freeze, now) })
	}
}

// freezeOf is how long a 429 asks for. What a gateway asks for is not Sage's limit.
func freezeOf(err error) time.Duration {
	var refusal *Error
	if !errors.As(err, &refusal) {
		return leastFreeze
	}
	asked := max(leastFreeze, refusal.RetryAfter)
	if !refusal.FromSage {
		return min(asked, gatewaysFreeze)
	}
	return asked
}
