package topic

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net"
	"time"

	"github.com/segmentio/kafka-go"
)

// leaderPatience is how long a read waits for a partition's leader. A new topic, or
// a broker that restarts, has none for a moment. Kafka declares a broker dead after
// 9 s (broker.session.timeout.ms) and then elects; a much longer wait would hide an
// outage from the operator.
const leaderPatience = 15 * time.Second

// leaderPause separates two attempts: five in a second load no broker, and a read
// is late by a fifth of a second at most.
const leaderPause = 200 * time.Millisecond

// awaitLeader repeats a read while the partition's leader or the group's
// coordinator changes or restarts. It is for reads only: after a failed write only
// the caller can find out what has arrived.
func (c *Client) awaitLeader(ctx context.Context, read func() error) error {
	deadline := time.Now().Add(cmp.Or(c.LeaderPatience, leaderPatience))
	for {
		err := read()
		if !leaderMoving(err) && !c.connectionEnded(err) || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(leaderPause):
		}
	}
}

// connectionEnded reports whether an error means that a connection has ended. If so
// it drops the idle ones: they lead to the same broker, and each of them would
// fail one more call.
func (c *Client) connectionEnded(err error) bool {
	if !isConnectionEnd(err) && !errors.Is(err, kafka.Unknown) {
		return false
	}
	c.transport.CloseIdleConnections()
	return true
}

// isConnectionEnd knows the errors of a connection that broke or was never made. The
// library gives the code Unknown instead where a request went to several brokers.
func isConnectionEnd(err error) bool {
	var network *net.OpError
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &network)
}

// leaderMoving reports whether an error goes away by itself once there is a leader.
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
