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

// A watchedTopic is one of ours, and where each of its partitions began and ended when it
// was last looked at.
type watchedTopic struct {
	name         string
	starts, ends []int64
	// whole reports whether a partition whose beginning has moved still has all that its
	// readers need.
	whole func(ctx context.Context, partition int) (bool, error)
}

// A brokerView is what the watch asks the broker; topic.Client in production.
type brokerView interface {
	Ranges(ctx context.Context, topic string, partitions int) (starts, ends []int64, err error)
	PartitionCount(ctx context.Context, topic string) (int, error)
}

// watchTopics returns when a topic has lost records, is gone or has another number of
// partitions, and when the broker does not tell. What became of a topic that is gone is
// left to the next session: it makes the topic again, and compares its end with the
// checkpoint's. So a broker that only forgets a topic for a moment costs no snapshot.
func (s *Stage) watchTopics(ctx context.Context, ends map[change.Domain][]int64) error {
	watched := []*watchedTopic{{s.Names.Offsets(), make([]int64, 1), make([]int64, 1), s.wholeOffsets}}
	for d, ends := range ends {
		whole := func(ctx context.Context, partition int) (bool, error) { return s.wholeDomain(ctx, d, partition) }
		watched = append(watched, &watchedTopic{s.Names.Raw(d), make([]int64, len(ends)), ends, whole})
	}
	s.Health.Expect(watching)
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
	starts, ends, err := topics.Ranges(ctx, w.name, len(w.ends))
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
	for p := range ends {
		place := fmt.Sprintf("%s/%d", w.name, p)
		if ends[p] < w.ends[p] {
			return &stream.LostRecordsError{Partition: place, Have: ends[p], Want: w.ends[p]}
		}
		if starts[p] <= w.starts[p] {
			continue
		}
		whole, err := w.whole(ctx, p)
		if err != nil {
			return err
		}
		if !whole {
			return &frontLostError{place, starts[p]}
		}
	}
	w.starts, w.ends = starts, ends
	return nil
}

// A frontLostError says that somebody has deleted records from the front of a partition:
// a person, or a retention that is not ours.
type frontLostError struct {
	partition string // topic/partition
	start     int64
}

func (e *frontLostError) Error() string {
	return fmt.Sprintf("kafka lost records: somebody has deleted those of %s before %d", e.partition, e.start)
}

// aboutTopics is what deleted records are about on the health board, until a snapshot has
// brought them again.
const aboutTopics = "topics"

func (e *frontLostError) hint() string {
	return "a snapshot brings them again; see who deletes records there, and that the topic's cleanup.policy is compact"
}

// wholeDomain reports whether a partition still has all states that count: those behind the
// beginning of its domain's snapshot, which brings every row. A compaction may move the
// beginning of a partition, too (the embedded broker's does), and never takes that record,
// which is the last of its key. Behind an earlier one it stands as well.
func (s *Stage) wholeDomain(ctx context.Context, d change.Domain, partition int) (bool, error) {
	state, err := s.Topics.ReadSourceState(ctx, s.Names, s.Config.Name)
	if err != nil {
		return false, err
	}
	progress := state.Progress[d]
	if progress.Epoch != state.Checkpoint.Epoch || progress.Begin.IsZero() {
		return true, nil // every row is still to come
	}
	starts, ends, err := s.Topics.Ranges(ctx, s.Names.Raw(d), partition+1)
	if err != nil {
		return false, err
	}
	_, err = s.Topics.ReadTo(ctx, s.Names.Raw(d), partition, starts[partition], ends[partition], func(r topic.Record) error {
		if string(r.Key) == change.SnapshotKey(change.KindSnapshotBegin, d) {
			return errFound
		}
		return nil
	})
	if errors.Is(err, errFound) {
		return true, nil
	}
	return false, err
}

// errFound ends a search.
var errFound = errors.New("found")

// wholeOffsets reports whether the offsets topic still says whose topics these are, and how
// far we are. The rest of it is written again and again.
func (s *Stage) wholeOffsets(ctx context.Context, _ int) (bool, error) {
	state, err := s.Topics.ReadSourceState(ctx, s.Names, s.Config.Name)
	return state.Known && state.Pipeline != "", err
}
