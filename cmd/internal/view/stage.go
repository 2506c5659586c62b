package view

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/health"
)

// Stages are those of a pipe, in the order in which a document passes them.
var Stages = []string{"capture", "transform", "sink"}

// A StageState says how a stage is.
type StageState string

// The states of a stage, the best first.
const (
	StageWorks    StageState = "works"
	StageTroubled StageState = "in trouble" // it runs, and says what keeps it from its work
	StageStarts   StageState = "starting"   // it runs, and none of its loops has done any work yet
	StageHangs    StageState = "hangs"      // it runs, and one of its loops does nothing
	StageSilent   StageState = "silent"     // it has stopped to give signs of life
	StageFailed   StageState = "failed"     // it has ended with an error
	StageAbsent   StageState = "not running"
)

// A Stage is how an instance of a stage is, by its own heartbeats.
type Stage struct {
	Stage    string           `json:"stage"`
	Instance string           `json:"instance,omitempty"` // host and process
	State    StageState       `json:"state"`
	Started  time.Time        `json:"started,omitzero"`
	Sent     time.Time        `json:"last_heartbeat,omitzero"`
	Loop     string           `json:"loop,omitempty"`         // that did its work longest ago
	Proved   time.Time        `json:"proof_of_life,omitzero"` // when it did
	Owed     time.Time        `json:"owed_since,omitzero"`    // when it began, where it has not yet
	Troubles []health.Trouble `json:"troubles,omitempty"`
}

// stagesOf says how every stage is: each instance that gives signs of life, or else the
// one that gave the last. An instance that died is no news when another one works; but
// one that only starts may die of the same, so the reason of a failure stands until then.
func stagesOf(beats map[change.SourceKey]health.Heartbeat, now time.Time) (all []Stage) {
	for _, name := range Stages {
		var alive, gone []Stage
		for key, h := range beats {
			if key.Stage != name {
				continue
			}
			s := stageOf(key, h, now)
			if s.State == StageSilent || s.State == StageFailed {
				gone = append(gone, s)
			} else {
				alive = append(alive, s)
			}
		}
		slices.SortFunc(alive, func(a, b Stage) int { return cmp.Compare(a.Instance, b.Instance) })
		failed := slices.ContainsFunc(gone, func(s Stage) bool { return s.State == StageFailed })
		starts := !slices.ContainsFunc(alive, func(s Stage) bool { return s.State != StageStarts })
		switch {
		case len(alive) > 0 && !(starts && failed):
			all = append(all, alive...)
		case len(gone) > 0:
			all = append(all, slices.MaxFunc(gone, func(a, b Stage) int { return a.Sent.Compare(b.Sent) }))
		default:
			all = append(all, Stage{Stage: name, State: StageAbsent})
		}
	}
	return all
}

func stageOf(key change.SourceKey, h health.Heartbeat, now time.Time) Stage {
	s := Stage{Stage: key.Stage, Instance: key.Instance, State: StageWorks, Started: h.Started, Sent: h.Sent,
		Loop: h.Loop, Proved: h.Proved, Owed: h.Owed, Troubles: h.Troubles}
	switch {
	case h.Failed:
		s.State = StageFailed
	case h.Silent(now):
		s.State = StageSilent
	case len(h.Troubles) > 0:
		s.State = StageTroubled
	case h.Unproven(now):
		s.State = StageHangs
	case h.Starting():
		s.State = StageStarts
	}
	return s
}

// works reports whether an instance of the stage does its work.
func (p Pipeline) works(stage string) bool {
	return slices.ContainsFunc(p.Stages, func(s Stage) bool { return s.Stage == stage && s.State == StageWorks })
}

// Runs reports whether an instance of a stage gives signs of life, by its last words: one in trouble
// does, too.
func Runs(stage string, beats map[change.SourceKey]health.Heartbeat) bool {
	return slices.ContainsFunc(stagesOf(beats, time.Now()), func(s Stage) bool {
		return s.Stage == stage && s.State != StageSilent && s.State != StageFailed && s.State != StageAbsent
	})
}

// Silent reports whether a stage has stopped to give signs of life.
func (p Pipeline) Silent() bool {
	return slices.ContainsFunc(p.Stages, func(s Stage) bool { return s.State == StageSilent })
}

// problem is what is wrong with a stage and what to do about it, on one line; "" is
// nothing.
func (s Stage) problem() string {
	start := "start it with `mage2sage run`, or `mage2sage " + s.Stage + "` where stages run apart"
	switch s.State {
	case StageTroubled:
		return s.Stage + ": " + s.Troubles[0].String()
	case StageHangs:
		return fmt.Sprintf("%s hangs: %s has done nothing since %s: restart it", s.Stage, cmp.Or(s.Loop, "its first loop"), stamp(cmp.Or(s.Proved, s.Owed, s.Started)))
	case StageSilent:
		return fmt.Sprintf("%s gives no sign of life since %s: end the process if it is still there, and %s", s.Stage, stamp(s.Sent), start)
	case StageFailed:
		return fmt.Sprintf("%s ended at %s: %s", s.Stage, stamp(s.Sent), s.Troubles[len(s.Troubles)-1].Problem)
	case StageAbsent:
		return s.Stage + " is not running: " + start + "; one that was only just started says in its log what it waits for"
	}
	return ""
}

// waitsFor names the loop of a stage that starts which owes its first work.
func (s Stage) waitsFor() string {
	if s.Loop == "" {
		return ""
	}
	return " (" + s.Loop + ")"
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
