package topic

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
)

// ErrUnknownTopic is wrapped by calls on a topic or a partition that does not
// exist, or does not exist yet.
var ErrUnknownTopic = errors.New("the topic, or this partition of it, does not exist")

// A BrokerError is returned when a broker, or the schema registry beside it, does not do what
// it is asked. Its words are for a person; the library's are wrapped.
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
		return unreachable.problem(), unreachable.hint()
	case errors.Is(err, ErrUnknownTopic):
		return err.Error(), "see that capture and transform run: each makes its topics again"
	}
	return err.Error(), ""
}

const startIt = "start it, or correct kafka.brokers in the config file; and kafka.tls, kafka.username and kafka.password where it wants them"

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
	if errors.Is(err, kafka.Unknown) && c.Explain != nil {
		if problem, hint := c.Explain(); problem != "" {
			return &BrokerError{"kafka: " + problem, hint, err}
		}
	}
	if known := refusalOf(err); known != nil {
		return &BrokerError{fmt.Sprintf("kafka: the broker at %v %s", c.brokers, known.problem), known.hint, err}
	}
	return err
}

// refusalOf finds what a person can do about an error, nil where nothing is known.
func refusalOf(err error) *refusal {
	var certificate *tls.CertificateVerificationError
	var noTLS tls.RecordHeaderError
	switch {
	case errors.As(err, &certificate):
		return &refusal{problem: "shows a certificate that is not trusted",
			hint: "name the broker in kafka.brokers as its certificate does, set kafka.tls_ca to its authority's file, or kafka.tls to skip-verify"}
	case errors.As(err, &noTLS):
		return &refusal{problem: "speaks no TLS", hint: "correct the port in kafka.brokers, or set kafka.tls to off"}
	}
	for i, known := range refusals {
		if errors.Is(err, known.code) {
			return &refusals[i]
		}
	}
	return nil
}

// A refusal is an answer of a broker that a person can do something about.
type refusal struct {
	code          kafka.Error
	problem, hint string
}

var refusals = []refusal{
	{kafka.SASLAuthenticationFailed, "refuses the login", "correct kafka.username, kafka.password and kafka.mechanism"},
	{kafka.UnsupportedSASLMechanism, "does not know the way to log in", "set kafka.mechanism to another: scram-sha-512, scram-sha-256 or plain"},
	{kafka.IllegalSASLState, "wants no login, or another way of it", "correct the port in kafka.brokers, kafka.username and kafka.mechanism"},
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
