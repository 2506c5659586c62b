package view

import (
	"fmt"
	"time"

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
}

// RetentionOf compares the checkpoint with the place where the server's log ends. The file in which
// the position stands was written to at the checkpoint's time or later, and the server
// purges a file expire after that at the soonest. expire 0 is never.
func RetentionOf(at Position, file string, pos uint64, expire time.Duration, now time.Time) Retention {
	var r Retention
	if file == at.File && pos == at.Pos {
		return r
	}
	r.BehindSeconds = int64(max(0, now.Sub(at.Time)).Seconds())
	if expire > 0 {
		left := int64(max(0, at.Time.Add(expire).Sub(now)).Seconds())
		r.PurgeSeconds = &left
	}
	return r
}

// Problems are what a person has to do before the log is lost.
func (r Retention) Problems() []string {
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
