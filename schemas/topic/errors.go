package topic

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
)

// ErrUnknownTopic is wrapped by calls on a topic or a partition that does not
// exist, or does not exist yet.
var ErrUnknownTopic = errors.New("the topic, or this partition of it, does not exist")

// A BrokerError is returned when a broker does not do what it is asked. Its words are
// for a person; the library's are wrapped.
type BrokerError struct {
	Problem string // what is wrong
	Hint    string // what to do about it
	Err     error
}

func (e *BrokerError) Error() string { return e.Problem + ": " + e.Hint }

func (e *BrokerError) Unwrap() error { return e.Err }

// Trouble is what is wrong, and what to do about it, for an error of this package. For
// any other it is the error's own text, without a hint.
func Trouble(err error) (problem, hint string) {
	var broker *BrokerError
	var unreachable *UnreachableError
	switch {
	case errors.As(err, &broker):
		return broker.Problem, broker.Hint
	case errors.As(err, &unreachable):
		return unreachable.problem(), startIt
	case errors.Is(err, ErrUnknownTopic):
		return err.Error(), "see that capture and transform run: each makes its topics again"
	}
	return err.Error(), ""
}

const startIt = "start it, or correct kafka.brokers in the config file"

// A sentinel joined with the error of the library, whose words it replaces.
type classified struct{ sentinel, cause error }

func (e *classified) Error() string   { return e.sentinel.Error() }
func (e *classified) Unwrap() []error { return []error{e.sentinel, e.cause} }

// classify puts what the library says into words: a sentinel where the caller has to
// choose, a BrokerError for what a person has to know.
func (c *Client) classify(err error) error {
	var stale *protocol.TopicError // the library's cached metadata does not list the topic
	switch {
	case err == nil || errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, kafka.UnknownTopicOrPartition) || errors.As(err, &stale) && errors.Is(stale.Err, protocol.ErrNoTopic):
		return &classified{ErrUnknownTopic, err}
	case errors.Is(err, kafka.OffsetOutOfRange):
		return &classified{ErrOutOfRange, err}
	case isConnectionEnd(err), errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return &BrokerError{fmt.Sprintf("kafka: the broker at %v does not answer", c.brokers), startIt, err}
	}
	for _, known := range refusals {
		if errors.Is(err, known.code) {
			return &BrokerError{fmt.Sprintf("kafka: the broker at %v %s", c.brokers, known.problem), known.hint, err}
		}
	}
	return err
}

// refusals are the answers of a broker that a person can do something about.
var refusals = []struct {
	code          kafka.Error
	problem, hint string
}{
	{kafka.Unknown, "does not answer as it should", "see that it runs and what its log says: its disk may be full"},
	{kafka.KafkaStorageError, "cannot use its disk", "make room on it, or repair it"},
	{kafka.RequestTimedOut, "answers too late", "see how busy it is, and whether all its replicas run"},
	{kafka.NotEnoughReplicas, "has too few replicas in sync", "start the other brokers"},
	{kafka.NotEnoughReplicasAfterAppend, "has too few replicas in sync", "start the other brokers"},
	{kafka.LeaderNotAvailable, "has no leader for the partition", "start the brokers that have its replicas"},
	{kafka.NotLeaderForPartition, "has no leader for the partition", "start the brokers that have its replicas"},
	{kafka.GroupCoordinatorNotAvailable, "has no coordinator for the group", "start the other brokers"},
	{kafka.TopicAuthorizationFailed, "does not let us use the topic", "grant the ACLs that README lists"},
	{kafka.GroupAuthorizationFailed, "does not let us use the group", "grant the ACLs that README lists"},
	{kafka.ClusterAuthorizationFailed, "does not let us make topics", "grant the ACLs that README lists"},
}
