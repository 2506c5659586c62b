package view

import (
	"fmt"
	"time"

	"github.com/mage2sage/mage2sage/capture"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/health"
)

// purgeAlarm is how long before the loss of our position a person is called: a working
// day, and the night before it.
const purgeAlarm = 24 * time.Hour

// A Retention is how far capture is behind its source, and how long the server keeps
// what capture has not read.
type Retention struct {
	// BehindSeconds is the age of the last transaction that capture has read, 0 when there
	// is none after it.
	BehindSeconds int64 `json:"behind_seconds"`
	// PurgeSeconds is the least time until the server may purge what follows; null when
	// nothing follows or the server keeps its log for ever.
	PurgeSeconds *int64 `json:"purge_seconds"`
	// Purged says that it has purged what follows.
	Purged bool `json:"purged"`
}

// RetentionOf compares the checkpoint with what the source has. The file in which the
// checkpoint stands was written to at its time or later, and the server purges a file
// Expire after that at the soonest.
func RetentionOf(at change.Checkpoint, left capture.Retention, now time.Time) Retention {
	if left.End.File == at.File && left.End.Pos == at.Pos {
		return Retention{}
	}
	saved := time.UnixMilli(at.TSMS)
	r := Retention{BehindSeconds: int64(max(0, now.Sub(saved)).Seconds()), Purged: left.Purged}
	if left.Expire > 0 && !r.Purged {
		until := int64(max(0, saved.Add(left.Expire).Sub(now)).Seconds())
		r.PurgeSeconds = &until
	}
	return r
}

// Problems are what a person has to do before the log is lost.
func (r Retention) Problems() []string {
	if r.Purged {
		return []string{"the source has purged what capture has not read: start capture, which reads the whole shop again, and raise binlog_expire_logs_seconds"}
	}
	behind := time.Duration(r.BehindSeconds) * time.Second
	if r.PurgeSeconds == nil || behind < health.ProofLimit {
		return nil
	}
	left := time.Duration(*r.PurgeSeconds) * time.Second
	if left > purgeAlarm {
		return nil
	}
	return []string{fmt.Sprintf("the source may purge what capture has not read in %s: let capture run, or raise binlog_expire_logs_seconds", left)}
}
