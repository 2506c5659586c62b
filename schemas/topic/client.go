package topic

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/sasl"

	"github.com/mage2sage/mage2sage/schemas/secret"
)

// A Client talks to one cluster. It is safe for concurrent use.
type Client struct {
	// LeaderPatience is how long a read waits for a partition's leader; 0 means
	// leaderPatience. It is set before the first call.
	LeaderPatience time.Duration
	// Explain says what keeps the broker from its work, and what to do about it, where it runs
	// in this process: Kafka's protocol has no word for it. "" is nothing, and a nil Explain
	// knows nothing. It is set before the first call.
	Explain func() (problem, hint string)
	// Compression is of what is produced; "" means LZ4. It is set before the first call.
	Compression Compression

	brokers   []string       // without a login
	as        Login          // without a user: none
	login     sasl.Mechanism // as the library takes it; nil without one
	tls       *tls.Config    // nil: plain
	transport *kafka.Transport
	kafka     *kafka.Client
}

// dialTimeout is short because a broker that does not answer the TCP handshake in
// 3 s is down or cut off, and the caller's own repetition is the better wait.
const dialTimeout = 3 * time.Second

// callTimeout limits one request. It is longer than any fetch waits for records,
// and long enough for a produce request that waits for slow replicas.
const callTimeout = 30 * time.Second

// pingTimeout limits Ping: it allows one dial and one answer, and a person waits.
const pingTimeout = 5 * time.Second

// awaitTopicPause separates two looks at a topic that was just created. It delays
// the first start by no more than a tenth of a second and asks the broker ten times
// a second at most.
const awaitTopicPause = 100 * time.Millisecond

// Dial prepares a client; nothing is sent before the first call. An address may carry a
// login, as that of the embedded broker does: "user:password@host:port".
func Dial(brokers []string) *Client {
	brokers, user, password := splitLogins(brokers)
	as := Login{User: user, Password: secret.String(password), Mechanism: ScramSHA256}
	login, err := as.mechanism()
	if err != nil { // only for characters that no login of ours has
		as, login = Login{}, nil
	}
	return newClient(brokers, as, login, nil)
}

// DialAs prepares a client that logs in, over TLS where encryption is not nil. The error
// is a login that cannot be written.
func DialAs(brokers []string, as Login, encryption *tls.Config) (*Client, error) {
	login, err := as.mechanism()
	if err != nil {
		return nil, err
	}
	return newClient(brokers, as, login, encryption), nil
}

func newClient(brokers []string, as Login, login sasl.Mechanism, encryption *tls.Config) *Client {
	transport := &kafka.Transport{
		Dial:        (&net.Dialer{Timeout: dialTimeout}).DialContext,
		DialTimeout: dialTimeout,
		IdleTimeout: time.Minute,
		MetadataTTL: time.Second, // short, so that a topic made by another process is known soon
		ClientID:    "mage2sage",
		SASL:        login,
		TLS:         encryption,
	}
	return &Client{
		brokers:   brokers,
		as:        as,
		login:     login,
		tls:       encryption,
		transport: transport,
		kafka:     &kafka.Client{Addr: kafka.TCP(brokers...), Transport: transport, Timeout: callTimeout},
	}
}

// Close drops idle connections. Calls that run are not interrupted.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// An UnreachableError is returned by Ping when no broker answers.
type UnreachableError struct {
	Brokers []string
	Err     error
}

func (e *UnreachableError) Error() string { return e.problem() + ": " + e.hint() }

func (e *UnreachableError) problem() string {
	if known := refusalOf(e.Err); known != nil {
		return fmt.Sprintf("kafka: the broker at %v %s (%v)", e.Brokers, known.problem, e.Err)
	}
	return fmt.Sprintf("kafka: no broker answers at %v (%v)", e.Brokers, e.Err)
}

func (e *UnreachableError) hint() string {
	if known := refusalOf(e.Err); known != nil {
		return known.hint
	}
	return startIt
}

func (e *UnreachableError) Unwrap() error { return e.Err }

// Ping reports an UnreachableError when no broker answers within five seconds.
func (c *Client) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	if _, err := c.kafka.Metadata(ctx, &kafka.MetadataRequest{}); err != nil {
		return &UnreachableError{c.brokers, err}
	}
	return nil
}

// A Spec describes a topic that must exist.
type Spec struct {
	Name       string
	Partitions int
	// MinCompactionLag is how long every record is kept before newer ones of its key
	// replace it (min.compaction.lag.ms); 0 takes the cluster's default.
	MinCompactionLag time.Duration
	// DeleteRetention is how long tombstones are kept (delete.retention.ms); 0 takes
	// the cluster's default.
	DeleteRetention time.Duration
	// Replicas is the replication factor; 0 takes the cluster's default. Of three or more,
	// two must have a record before it is acknowledged (min.insync.replicas).
	Replicas int
}

// A PartitionCountError is returned by Ensure when a topic exists with another
// number of partitions: a key would hash to a partition where its older records are
// not.
type PartitionCountError struct {
	Topic      string
	Have, Want int
	Altered    bool // the topics beside it have the wanted count
}

func (e *PartitionCountError) Error() string {
	problem := fmt.Sprintf("topic %s has %d partitions, the source is pinned to %d: ", e.Topic, e.Have, e.Want)
	if e.Altered {
		return problem + "somebody has altered it: stop the stages, delete it and start them, which makes and fills it anew"
	}
	return problem + fmt.Sprintf("set kafka.partitions to %d; if somebody has altered the topic, stop the stages, delete it and start them, which makes and fills it anew", e.Have)
}

// Ensure makes the topics that are missing, compacted, and waits until they can
// be used. It returns a PartitionCountError for a topic that exists with another
// count. It changes no setting of a topic that exists.
func (c *Client) Ensure(ctx context.Context, specs []Spec) error {
	have, err := c.partitionCounts(ctx, specs)
	if err != nil {
		return err
	}
	var missing []kafka.TopicConfig
	for _, s := range specs {
		switch n, ok := have[s.Name]; {
		case !ok:
			missing = append(missing, s.config())
		case n != s.Partitions:
			return &PartitionCountError{s.Name, n, s.Partitions, anyAsWanted(specs, have)}
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if err := c.create(ctx, missing); err != nil {
		return err
	}
	return c.await(ctx, specs)
}

// anyAsWanted reports whether one of several topics has the partitions that it should have.
func anyAsWanted(specs []Spec, have map[string]int) bool {
	return slices.ContainsFunc(specs, func(s Spec) bool { return s.Partitions > 1 && have[s.Name] == s.Partitions })
}

func (c *Client) create(ctx context.Context, missing []kafka.TopicConfig) error {
	res, err := c.kafka.CreateTopics(ctx, &kafka.CreateTopicsRequest{Topics: missing})
	if err != nil {
		return fmt.Errorf("create topics: %w", c.classify(err))
	}
	for name, err := range res.Errors {
		if err != nil && !errors.Is(err, kafka.TopicAlreadyExists) {
			return fmt.Errorf("create topic %s: %w", name, c.classify(err))
		}
	}
	return nil
}

// await polls until the offsets of every topic can be listed: for a moment after
// its creation a topic is still unknown.
func (c *Client) await(ctx context.Context, specs []Spec) error {
	for _, s := range specs {
		for {
			_, err := c.EndOffsets(ctx, s.Name, s.Partitions)
			if err == nil {
				break
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("wait for topic %s: %w", s.Name, err)
			case <-time.After(awaitTopicPause):
			}
		}
	}
	return nil
}

func (s Spec) config() kafka.TopicConfig {
	const clusterDefault = -1 // what CreateTopics sends to leave the choice to the broker
	replicas := cmp.Or(s.Replicas, clusterDefault)
	entries := []kafka.ConfigEntry{
		{ConfigName: "cleanup.policy", ConfigValue: "compact"},
		{ConfigName: sizeSetting, ConfigValue: fmt.Sprint(maxMessageBytes)},
	}
	if s.Replicas > 2 {
		entries = append(entries, kafka.ConfigEntry{ConfigName: "min.insync.replicas", ConfigValue: "2"})
	}
	if s.MinCompactionLag > 0 {
		entries = append(entries, kafka.ConfigEntry{ConfigName: "min.compaction.lag.ms", ConfigValue: fmt.Sprint(s.MinCompactionLag.Milliseconds())})
	}
	if s.DeleteRetention > 0 {
		entries = append(entries, kafka.ConfigEntry{ConfigName: "delete.retention.ms", ConfigValue: fmt.Sprint(s.DeleteRetention.Milliseconds())})
	}
	return kafka.TopicConfig{Topic: s.Name, NumPartitions: s.Partitions, ReplicationFactor: replicas, ConfigEntries: entries}
}

// partitionCounts returns the partition count of each topic that exists.
func (c *Client) partitionCounts(ctx context.Context, specs []Spec) (map[string]int, error) {
	res, err := c.kafka.Metadata(ctx, &kafka.MetadataRequest{})
	if err != nil {
		return nil, &UnreachableError{c.brokers, err}
	}
	wanted := map[string]bool{}
	for _, s := range specs {
		wanted[s.Name] = true
	}
	have := map[string]int{}
	for _, t := range res.Topics {
		if wanted[t.Name] && t.Error == nil {
			have[t.Name] = len(t.Partitions)
		}
	}
	return have, nil
}
