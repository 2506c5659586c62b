package capture

import (
	"cmp"
	"time"
)

// clocks are the waits of a stage. 0 means the default of each.
//
// The pauses between sessions double after each short one. A second is a server's
// restart seen from the outside; ten keep a shop's freshness when it comes back, and
// its connection log readable while it does not. There is no jitter: one capture per
// source dials, so there is no herd to spread. A library's backoff would bring the
// same three numbers, and the rule of the long session would still be ours.
type clocks struct {
	shortest time.Duration // a second
	longest  time.Duration // ten seconds
	long     time.Duration // ten seconds: a session of that length worked, and the next failure is a new one
	// snapshots bounds the pauses before snapshots that follow one another: a minute. Each
	// reads the shop as a whole.
	snapshots time.Duration
	// settled is how long the log is read behind a complete snapshot until the next one
	// counts as the first again: ten minutes.
	settled time.Duration
	// unseen is how long a snapshot waits where a server does not tell what can be seen: ten
	// seconds, which a server gives a semi-synchronous replica before it commits.
	unseen time.Duration
	// history is how often the log's end is looked at while the log is being read: five
	// seconds. A log that was reset lies before us until it has grown past us, and what it
	// gets until then is not lost: a snapshot brings it.
	history time.Duration
	// requests is how often the offsets topic is asked for snapshots to take, and the stream
	// for what it wants to be read: a second.
	requests time.Duration
}

func (c clocks) withDefaults() clocks {
	return clocks{
		shortest:  cmp.Or(c.shortest, time.Second),
		longest:   cmp.Or(c.longest, 10*time.Second),
		long:      cmp.Or(c.long, 10*time.Second),
		snapshots: cmp.Or(c.snapshots, time.Minute),
		settled:   cmp.Or(c.settled, 10*time.Minute),
		unseen:    cmp.Or(c.unseen, 10*time.Second),
		history:   cmp.Or(c.history, 5*time.Second),
		requests:  cmp.Or(c.requests, time.Second),
	}
}
