package health

import "time"

// A Heartbeat is what an instance of a stage says about itself every few seconds, under a
// key of the offsets topic with its stage. An instance that ends in good order strikes
// its own out with a tombstone; one that fails leaves it, with the reason among its
// troubles. Times are those of the sender's clock, in UTC.
type Heartbeat struct {
	Started time.Time `json:"started"`
	Sent    time.Time `json:"sent"`
	// EveryMS is how soon the next one follows, in milliseconds.
	EveryMS int64 `json:"every_ms"`
	// Loop is the loop of the stage that has proved itself longest ago, and Proved is when
	// it did; Proved is zero for one that has not yet, and Owed is then when that loop began.
	Loop     string    `json:"loop,omitempty"`
	Proved   time.Time `json:"proved,omitzero"`
	Owed     time.Time `json:"owed,omitzero"`
	Troubles []Trouble `json:"troubles,omitempty"`
	// Pipeline is the identity of the topics that the instance works on, from the record's
	// header; "" where capture had not made it yet.
	Pipeline string `json:"-"`
	// Failed says that the instance has ended with the error that is the last trouble.
	Failed bool `json:"failed,omitempty"`
}

const (
	// missedBeats is how many heartbeats may be missing before a sender counts as gone: a
	// broker that changes its leader costs one or two.
	missedBeats = 3
	// LeastGone bounds from below how long a sender may be silent.
	LeastGone = 2 * time.Second
	// ProofLimit is how old the proof of a stage that works may be. A loop proves itself
	// about every second; one that waits for a server in trouble says so within this time.
	ProofLimit = 30 * time.Second
)

// Silent reports whether the sender must have sent another one by now.
func (h Heartbeat) Silent(now time.Time) bool {
	return now.Sub(h.Sent) > max(LeastGone, missedBeats*time.Duration(h.EveryMS)*time.Millisecond)
}

// Sign is when the stage's worst loop last did its work, or began when it has not yet.
func (h Heartbeat) Sign() time.Time {
	switch {
	case !h.Proved.IsZero():
		return h.Proved
	case !h.Owed.IsZero():
		return h.Owed
	}
	return h.Started
}

// Age is how long ago that was.
func (h Heartbeat) Age(now time.Time) time.Duration { return now.Sub(h.Sign()) }

// Starting reports whether a loop that began with the stage has not done any work yet.
// That a partition is given to a stage that works is no new start.
func (h Heartbeat) Starting() bool {
	return h.Proved.IsZero() && h.Sign().Sub(h.Started) < ProofLimit
}

// Unproven reports whether the stage has not done its work for longer than ProofLimit.
func (h Heartbeat) Unproven(now time.Time) bool { return h.Age(now) > ProofLimit }
