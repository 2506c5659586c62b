package view

import (
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/health"
)

var noon = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

// beat is a heartbeat that was sent, and whose stage proved itself, so long ago.
func beat(sent, proved time.Duration, troubles ...health.Trouble) health.Heartbeat {
	return health.Heartbeat{Started: noon.Add(-time.Hour), Sent: noon.Add(-sent), EveryMS: 5000, Loop: "planning", Proved: noon.Add(-proved), Troubles: troubles}
}

// owing is a heartbeat of a stage whose worst loop began so long ago and has done nothing.
func owing(began time.Duration) health.Heartbeat {
	return health.Heartbeat{Started: noon.Add(-time.Hour), Sent: noon, EveryMS: 5000, Loop: "canonical.invoice/3", Owed: noon.Add(-began)}
}

func TestAStageIsWhatItsHeartbeatsSay(t *testing.T) {
	away := health.Trouble{About: "source", Problem: "does not answer", Hint: "start it", Since: noon.Add(-time.Minute)}
	failed := beat(time.Minute, time.Minute, health.Trouble{About: "end", Problem: "no space left"})
	failed.Failed = true
	starting := health.Heartbeat{Started: noon, Sent: noon, EveryMS: 5000}
	for name, c := range map[string]struct {
		beats   map[string]health.Heartbeat // by instance
		states  []StageState
		problem string // of the first; "" is none
	}{
		"it works":                             {map[string]health.Heartbeat{"a": beat(0, time.Second)}, []StageState{StageWorks}, ""},
		"it says what troubles it":             {map[string]health.Heartbeat{"a": beat(0, time.Minute, away)}, []StageState{StageTroubled}, "source: does not answer since 2026-01-31T11:59:00Z: start it"},
		"a loop hangs":                         {map[string]health.Heartbeat{"a": beat(0, time.Minute)}, []StageState{StageHangs}, "sink hangs: planning has done nothing since 2026-01-31T11:59:00Z: restart it"},
		"a loop hangs in its first step":       {map[string]health.Heartbeat{"a": owing(time.Minute)}, []StageState{StageHangs}, "sink hangs: canonical.invoice/3 has done nothing since 2026-01-31T11:59:00Z: restart it"},
		"a partition was just given to it":     {map[string]health.Heartbeat{"a": owing(time.Second)}, []StageState{StageWorks}, ""},
		"it was killed":                        {map[string]health.Heartbeat{"a": beat(time.Minute, time.Minute)}, []StageState{StageSilent}, "sink gives no sign of life since 2026-01-31T11:59:00Z: end the process if it is still there, and start it"},
		"it ended with an error":               {map[string]health.Heartbeat{"a": failed}, []StageState{StageFailed}, "sink ended at 2026-01-31T11:59:00Z: no space left"},
		"it was never started, or was stopped": {nil, []StageState{StageAbsent}, "sink is not running: start it with `mage2sage run`, or `mage2sage sink` where stages run apart; one that was only just started says"},
		"a successor works":                    {map[string]health.Heartbeat{"a": beat(time.Minute, time.Minute), "b": beat(0, 0)}, []StageState{StageWorks}, ""},
		"it only starts":                       {map[string]health.Heartbeat{"a": starting}, []StageState{StageStarts}, ""},
		"it starts again and again":            {map[string]health.Heartbeat{"a": failed, "b": starting}, []StageState{StageFailed}, "no space left"},
		"it starts after it was killed":        {map[string]health.Heartbeat{"a": beat(time.Minute, time.Minute), "b": starting}, []StageState{StageStarts}, ""},
		"one of two hangs":                     {map[string]health.Heartbeat{"a": beat(0, time.Minute), "b": beat(0, 0)}, []StageState{StageHangs, StageWorks}, "sink hangs"},
		"both are dead, and the last is told":  {map[string]health.Heartbeat{"a": beat(time.Hour, time.Hour), "b": failed}, []StageState{StageFailed}, "no space left"},
	} {
		t.Run(name, func(t *testing.T) {
			beats := map[change.SourceKey]health.Heartbeat{
				{Source: "shop", Stage: "capture", Instance: "a"}:   beat(0, 0),
				{Source: "shop", Stage: "transform", Instance: "a"}: beat(0, 0),
			}
			for instance, h := range c.beats {
				beats[change.SourceKey{Source: "shop", Stage: "sink", Instance: instance}] = h
			}
			all := stagesOf(beats, noon)
			if len(all) != 2+len(c.states) || all[0].Stage != "capture" || all[1].Stage != "transform" {
				t.Fatalf("stages are %+v", all)
			}
			for i, want := range c.states {
				if got := all[2+i].State; got != want {
					t.Errorf("sink %q, want %q", got, want)
				}
			}
			if got := all[2].problem(); !strings.Contains(got, c.problem) || c.problem == "" && got != "" {
				t.Errorf("said %q, want %q", got, c.problem)
			}
		})
	}
}
