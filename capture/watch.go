package capture

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mage2sage/mage2sage/capture/stream"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// defaultTopicsCheck is how often the topics are looked at. A shop at night writes nothing,
// so that no write would notice that a topic was deleted, and transform waits meanwhile.
const defaultTopicsCheck = 3 * time.Second

// A watchedTopic is one of ours, and where each of its partitions ended when it was last
// looked at.
type watchedTopic struct {
	name string
	ends []int64
}

// A brokerView is what the watch asks the broker; topic.Client in production.
type brokerView interface {
	EndOffsets(ctx context.Context, topic string, partitions int) ([]int64, error)
	PartitionCount(ctx context.Context, topic string) (int, error)
}

// watchTopics returns when a topic has lost records, is gone or has another number of
// partitions, and when the broker does not tell. What became of a topic that is gone is
// left to the next session: it makes the topic again, and compares its end with the
// checkpoint's. So a broker that only forgets a topic for a moment costs no snapshot.
func (s *Stage) watchTopics(ctx context.Context, ends map[change.Domain][]int64) error {
	watched := []*watchedTopic{{s.Names.Offsets(), make([]int64, 1)}}
	for d, ends := range ends {
		watched = append(watched, &watchedTopic{s.Names.Raw(d), ends})
	}
	tick := time.NewTicker(s.topicsCheck)
	defer tick.Stop()
	for {
		for _, w := range watched {
			if err := w.look(ctx, s.Topics); err != nil {
				return err
			}
			s.Health.Prove(watching)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// look compares a topic with what it was, and remembers what it is.
func (w *watchedTopic) look(ctx context.Context, topics brokerView) error {
	ends, err := topics.EndOffsets(ctx, w.name, len(w.ends))
	if err != nil && !errors.Is(err, topic.ErrUnknownTopic) {
		return err
	}
	count, failed := topics.PartitionCount(ctx, w.name)
	switch {
	case failed != nil:
		return failed
	case count != 0 && count != len(w.ends):
		return &topic.PartitionCountError{Topic: w.name, Have: count, Want: len(w.ends)}
	case err != nil:
		return err
	}
	for p, end := range ends {
		if end < w.ends[p] {
			return &stream.LostRecordsError{Partition: fmt.Sprintf("%s/%d", w.name, p), Have: end, Want: w.ends[p]}
		}
	}
	w.ends = ends
	return nil
}
