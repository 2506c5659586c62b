package change

import (
	"fmt"
	"time"
)

// A ReplayRequest asks transform to write again what its canonical topics have of one kind of
// entity: of the records that it bounds those that are the newest of their keys. Offsets that
// are zero, and times that are nil, are no bounds.
type ReplayRequest struct {
	ID   string `json:"id"`
	AtMS int64  `json:"at_ms"` // when it was asked, Unix milliseconds
	Kind string `json:"kind"`  // such as "invoice"
	Key  string `json:"key,omitempty"`
	// FromMS and ToMS bound the time of the event, ce_time, in Unix milliseconds; ToMS is the
	// first that is too late.
	FromMS *int64 `json:"from_ms,omitempty"`
	ToMS   *int64 `json:"to_ms,omitempty"`
	// Partition is the only one that is read; nil is all of them. FromOffset and ToOffset bound
	// the records in it; ToOffset is the first that is not read.
	Partition  *int  `json:"partition,omitempty"`
	FromOffset int64 `json:"from_offset,omitempty"`
	ToOffset   int64 `json:"to_offset,omitempty"`
}

// What is what the request asks for, for people.
func (r ReplayRequest) What() string {
	text := r.Kind
	if r.Key != "" {
		text = r.Key
	}
	if r.FromMS != nil {
		text += " from " + timeOf(*r.FromMS)
	}
	if r.ToMS != nil {
		text += " to before " + timeOf(*r.ToMS)
	}
	if r.Partition != nil {
		text += fmt.Sprintf(" of partition %d", *r.Partition)
	}
	if r.FromOffset != 0 {
		text += fmt.Sprintf(" from offset %d", r.FromOffset)
	}
	if r.ToOffset != 0 {
		text += fmt.Sprintf(" to before offset %d", r.ToOffset)
	}
	return text
}

func timeOf(ms int64) string { return time.UnixMilli(ms).UTC().Format(time.RFC3339) }

// Of reports whether the request is for a partition.
func (r ReplayRequest) Of(partition int) bool { return r.Partition == nil || *r.Partition == partition }

// ReplayExpires is how long a request waits for transform. What was asked for before nobody
// expects any more.
const ReplayExpires = 7 * 24 * time.Hour

// Expired reports whether a request has waited too long.
func (r ReplayRequest) Expired(now time.Time) bool {
	return now.Sub(time.UnixMilli(r.AtMS)) > ReplayExpires
}

// A ReplayAnswer says how far a replay has come in one partition.
type ReplayAnswer struct {
	Done    bool  `json:"done"`
	Read    int64 `json:"read"`    // records
	Emitted int64 `json:"emitted"` // those of them that were written again
}

// A Skip is somebody's decision that transform passes over a record of a topic for good. It
// stands in the offsets topic for ever, so that a state that is made anew keeps to it, and so
// that it can be told who has decided it and why.
type Skip struct {
	AtMS   int64  `json:"at_ms"` // Unix milliseconds
	By     string `json:"by"`    // user and host
	Note   string `json:"note"`
	Reason string `json:"reason,omitempty"` // why transform had set it aside; "" where it did not run
}
