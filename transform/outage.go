package transform

import (
	"context"
	"errors"
	"time"

	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/schemas/folder"
	"github.com/mage2sage/mage2sage/schemas/health"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/transform/state"
)

// The pauses between two runs, doubled after each failure: a broker's restart is not
// noticed, and a broker that is away for an hour is not asked more than it takes.
const (
	shortestPause = time.Second
	longestPause  = 10 * time.Second
	// defaultSteady is how long a run has to work before the outage before it is over:
	// longer than a broker that is half there takes to fail the next call.
	defaultSteady = 3 * time.Second
)

// aboutTopics is what an outage is about on the health board.
const aboutTopics = "topics"

// aboutState is what a full disk is about.
const aboutState = "state"

// fatal reports whether a person has to do something first. first tells whether the
// stage has not worked yet: a folder that was opened before is ours, whatever keeps it
// from being opened now.
func fatal(err error, first bool) bool {
	var count *topic.PartitionCountError
	var later *LaterStateError
	var shared *folder.SharedError
	return errors.As(err, &count) || errors.As(err, &later) || errors.As(err, &shared) ||
		errors.Is(err, state.ErrOtherFormat) || first && errors.Is(err, state.ErrOpen)
}

// An outage is a time in which the stage cannot work. It is told in the log twice: when
// it begins, or another reason takes over, and when it ends.
type outage struct {
	log     zerolog.Logger
	board   *health.Board
	problem string // "" outside of an outage
	began   time.Time
}

// note takes the error that ended a run.
func (o *outage) note(err error) {
	problem, hint := topic.Trouble(err)
	o.board.Raise(aboutTopics, problem, hint)
	if o.problem == "" {
		o.began = time.Now()
	}
	if problem != o.problem {
		o.log.Warn().Str("reason", problem).Str("hint", hint).Msg("transform waits, and tries again by itself")
	}
	o.problem = problem
}

// over tells the end.
func (o *outage) over() {
	if o.problem == "" {
		return
	}
	o.board.Clear(aboutTopics)
	o.log.Info().Time("since", o.began).Msg("transform works again")
	o.problem = ""
}

// runs begins one run after the other, until ctx ends or a person has to do something.
func (s *Stage) runs(ctx context.Context) error {
	out := &outage{log: s.Log, board: s.Health}
	for pause, first := s.pause, true; ; pause, first = min(2*pause, longestPause), false {
		err := s.steadily(ctx, out)
		switch {
		case ctx.Err() != nil:
			return nil
		case fatal(err, first):
			return err
		case errors.Is(err, errSuccessor):
			s.Log.Warn().Str("reason", err.Error()).Msg("transform begins again")
			continue
		}
		if out.problem == "" {
			pause = s.pause
		}
		out.note(err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
}

// steadily runs once, and ends the outage when the run goes well for a while.
func (s *Stage) steadily(ctx context.Context, out *outage) error {
	working, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- s.run(ctx, func() { close(working) }) }()
	select {
	case err := <-done:
		return err
	case <-working:
	}
	select {
	case err := <-done:
		return err
	case <-time.After(s.steady):
		out.over()
		return <-done
	}
}

// tellRoom says that the disk of the state is full, and that it has room again. Meanwhile
// all that writes waits.
func (s *Stage) tellRoom(full bool) {
	if !full {
		s.Health.Clear(aboutState)
		s.Log.Info().Msg("the disk has room again, transform works again")
		return
	}
	problem, hint := "the disk of transform.state_dir is full: transform waits", "make room on it"
	s.Health.Raise(aboutState, problem, hint)
	s.Log.Warn().Str("reason", problem).Str("hint", hint).Msg("transform waits, and tries again by itself")
}
