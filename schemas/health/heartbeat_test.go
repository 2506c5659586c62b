package health_test

import (
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/health"
)

func TestAHeartbeatTellsSilenceFromAHungLoop(t *testing.T) {
	now := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	for name, c := range map[string]struct {
		heartbeat        health.Heartbeat
		silent, unproven bool
	}{
		"it works":                       {health.Heartbeat{Started: ago(time.Hour), Sent: ago(4 * time.Second), EveryMS: 5000, Proved: ago(5 * time.Second)}, false, false},
		"two heartbeats are missing":     {health.Heartbeat{Started: ago(time.Hour), Sent: ago(14 * time.Second), EveryMS: 5000, Proved: ago(15 * time.Second)}, false, false},
		"it is gone":                     {health.Heartbeat{Started: ago(time.Hour), Sent: ago(16 * time.Second), EveryMS: 5000, Proved: ago(16 * time.Second)}, true, false},
		"the timer goes, and no loop":    {health.Heartbeat{Started: ago(time.Hour), Sent: ago(time.Second), EveryMS: 5000, Proved: ago(31 * time.Second)}, false, true},
		"it has just begun":              {health.Heartbeat{Started: ago(10 * time.Second), Sent: now, EveryMS: 5000}, false, false},
		"it has never done any work":     {health.Heartbeat{Started: ago(time.Minute), Sent: now, EveryMS: 5000}, false, true},
		"a clock that is ahead of ours":  {health.Heartbeat{Started: ago(time.Minute), Sent: now.Add(3 * time.Second), EveryMS: 5000, Proved: now.Add(3 * time.Second)}, false, false},
		"short intervals allow a second": {health.Heartbeat{Started: ago(time.Minute), Sent: ago(time.Second), EveryMS: 100, Proved: ago(time.Second)}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.heartbeat.Silent(now); got != c.silent {
				t.Errorf("silent is %v, want %v", got, c.silent)
			}
			if got := c.heartbeat.Unproven(now); got != c.unproven {
				t.Errorf("unproven is %v, want %v", got, c.unproven)
			}
		})
	}
}
