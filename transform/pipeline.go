package transform

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// errSuccessor ends a run: the topics belong to another pipeline than when it began.
var errSuccessor = errors.New("another pipeline has begun under the prefix")

// successorCheck is how often the offsets topic is read again while it is not known whose
// records were left out: it is one record's question, and there may be many of them.
const successorCheck = time.Second

// checkOrigin looks whose records were fetched of a partition, and learns how far their source
// has come.
func (s *Stage) checkOrigin(ctx context.Context, name string, partition int, records []topic.Record) error {
	if err := s.checkPipeline(ctx, name, partition, records); err != nil {
		return err
	}
	return s.lookHowFar(ctx, records)
}

// A successorQuestion is whether another pipeline has begun under the prefix. It is open from
// a record that was left out until the offsets topic, read after that, has answered it: the
// record may be the last that its pipeline writes for hours.
type successorQuestion struct {
	mu    sync.Mutex
	open  bool
	asked time.Time
}

// answer asks the offsets topic if the question is open; foreign opens it. One that does not
// say whose topics these are, because capture is about to, leaves it open.
func (q *successorQuestion) answer(foreign bool, ask func() (topic.SourceState, error), own string) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.open = q.open || foreign
	if !q.open || time.Since(q.asked) < successorCheck {
		return nil
	}
	q.asked = time.Now()
	state, err := ask()
	if err != nil || !state.Known {
		return err
	}
	if state.Pipeline != own {
		return errSuccessor
	}
	q.open = false
	return nil
}

// checkPipeline looks for records that another pipeline has written. They have no effect:
// their versions say nothing about ours. When they are of a pipeline that has begun since,
// errSuccessor is returned, then or by a later call.
func (s *Stage) checkPipeline(ctx context.Context, name string, partition int, records []topic.Record) error {
	foreign, first := 0, int64(0)
	for _, r := range records {
		if r.Header(change.HeaderPipeline) == s.pipeline {
			continue
		}
		if foreign++; foreign == 1 {
			first = r.Offset
		}
	}
	ask := func() (topic.SourceState, error) { return s.Topics.ReadSourceState(ctx, s.Names, s.Source) }
	if err := s.successor.answer(foreign > 0, ask, s.pipeline); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	if foreign == 0 {
		return nil
	}
	s.metrics.foreign.WithLabelValues(name).Add(float64(foreign))
	if _, again := s.warned.LoadOrStore("pipeline of "+name, true); !again {
		s.Log.Warn().Str("topic", name).Int("partition", partition).Int64("offset", first).Str("hint", "a pipeline before this one has left them, or somebody else writes to the topic: see the ACLs in README").
			Msg("records of another pipeline are left out")
	}
	return nil
}
