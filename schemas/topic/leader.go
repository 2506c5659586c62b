package topic

import (
	"context"
	"errors"
	"io"
	"net"
	"time"

	"github.com/segmentio/kafka-go"
)

// leaderPatience is how long a read waits for a partition's leader: a topic that
// was just made, or a broker that restarts, has none for a moment.
const leaderPatience = 15 * time.Second

// awaitLeader repeats a read while the partition's leader, or the group's
// coordinator, is on the move or restarts. Only reads: whether a write arrived is
// the caller's question.
func (c *Client) awaitLeader(ctx context.Context, read func() error) error {
	deadline := time.Now().Add(leaderPatience)
	for {
		err := read()
		if !leaderMoving(err) && !c.connectionEnded(err) || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// connectionEnded tells whether a connection has ended. Those that are idle then go too: they
// led to the broker that is connectionEnded, and each would fail one more call.
func (c *Client) connectionEnded(err error) bool {
	var network *net.OpError
	if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.As(err, &network) {
		return false
	}
	c.transport.CloseIdleConnections()
	return true
}

// leaderMoving tells whether an error passes by itself once a leader is found.
func leaderMoving(err error) bool {
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
