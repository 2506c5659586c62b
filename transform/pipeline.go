package transform

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// errSuccessor ends a run: the topics belong to another pipeline than when it began.
var errSuccessor = errors.New("another pipeline has begun under the prefix")

// successorCheck is how often the offsets topic is read again while records come that are
// not of this pipeline: it is one record's question, and there may be many of them.
const successorCheck = time.Second

// checkOrigin looks whose records were fetched, and learns how far their source has come.
func (s *Stage) checkOrigin(ctx context.Context, name string, records []topic.Record) error {
	if err := s.checkPipeline(ctx, name, records); err != nil {
		return err
	}
	return s.lookHowFar(ctx, records)
}

// checkPipeline looks for records that another pipeline has written. They have no effect:
// their versions say nothing about ours. When they are of a pipeline that has begun since,
// errSuccessor is returned.
func (s *Stage) checkPipeline(ctx context.Context, name string, records []topic.Record) error {
	foreign := 0
	for _, r := range records {
		if r.Header(change.HeaderPipeline) != s.pipeline {
			foreign++
		}
	}
	if foreign == 0 {
		return nil
	}
	if last := s.checkedPipeline.Load(); last == nil || time.Since(*last) > successorCheck {
		now := time.Now()
		s.checkedPipeline.Store(&now)
		state, err := s.Topics.ReadSourceState(ctx, s.Names, s.Source)
		if err != nil {
			return err
		}
		if state.Pipeline != s.pipeline && state.Known {
			return fmt.Errorf("read %s: %w", name, errSuccessor)
		}
	}
	s.metrics.foreign.WithLabelValues(name).Add(float64(foreign))
	if _, again := s.warned.LoadOrStore("pipeline of "+name, true); !again {
		s.Log.Warn().Str("topic", name).Str("hint", "a pipeline before this one has left them, or somebody else writes to the topic: see the ACLs in README").
			Msg("records of another pipeline are left out")
	}
	return nil
}
