package topic

import (
	"context"
	"errors"
	"time"

	"github.com/segmentio/kafka-go"
)

// leaderPatience is how long a read waits for a partition's leader: a topic that
// was just made, or a broker that restarts, has none for a moment.
const leaderPatience = 15 * time.Second

// patiently repeats a read while the partition's leader, or the group's
// coordinator, is on the move. Only reads: whether a write arrived is the caller's
// question.
func patiently(ctx context.Context, read func() error) error {
	deadline := time.Now().Add(leaderPatience)
	for {
		err := read()
		if !moving(err) || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// moving tells whether an error passes by itself once a leader is found.
func moving(err error) bool {
	for _, passing := range []kafka.Error{
		kafka.NotLeaderForPartition, kafka.LeaderNotAvailable, kafka.ReplicaNotAvailable,
		kafka.GroupCoordinatorNotAvailable, kafka.NotCoordinatorForGroup, kafka.GroupLoadInProgress,
	} {
		if errors.Is(err, passing) {
			return true
		}
	}
	return false
}
