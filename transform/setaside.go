package transform

import (
	"fmt"
	"sync"
)

// A shelf says which records were set aside: their contract is broken, and the others pass.
// What a record would have changed is missing until its row changes again, or a snapshot
// brings the whole table.
type shelf struct {
	stage *Stage

	mu    sync.Mutex
	count map[string]int // of records, by partition
}

// setAside counts a record and names it. A nil shelf keeps nothing.
func (s *shelf) setAside(bad *RecordError) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	about := fmt.Sprintf("records of %s/%d", bad.At.Topic, bad.At.Partition)
	if s.count == nil {
		s.count = map[string]int{}
	}
	s.count[about]++
	s.stage.metrics.setAside.WithLabelValues(bad.At.Topic).Inc()
	s.stage.Health.Raise(about, fmt.Sprintf("%d set aside, the last of them %s: %v", s.count[about], bad.At, bad.Err), bad.hint())
	s.stage.Log.Warn().Str("topic", bad.At.Topic).Int("partition", bad.At.Partition).Int64("offset", bad.At.Offset).
		Str("reason", bad.Err.Error()).Str("hint", bad.hint()).Msg("record set aside")
}

// healed forgets what was set aside of a partition: a snapshot has brought all of it.
func (s *shelf) healed(topic string, partition int) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	about := fmt.Sprintf("records of %s/%d", topic, partition)
	delete(s.count, about)
	s.stage.Health.Clear(about)
}
