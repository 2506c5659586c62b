package topic

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/segmentio/kafka-go"
)

// A Client talks to one cluster. It is safe for concurrent use.
type Client struct {
	brokers   []string
	transport *kafka.Transport
	kafka     *kafka.Client
}

// Dial prepares a client; nothing is sent before the first call.
func Dial(brokers []string) *Client {
	transport := &kafka.Transport{
		Dial:        (&net.Dialer{Timeout: 3 * time.Second}).DialContext,
		DialTimeout: 3 * time.Second,
		IdleTimeout: time.Minute,
		MetadataTTL: time.Second, // a topic that another process made is known soon
		ClientID:    "mage2sage",
	}
	return &Client{
		brokers:   brokers,
		transport: transport,
		kafka:     &kafka.Client{Addr: kafka.TCP(brokers...), Transport: transport, Timeout: 30 * time.Second},
	}
}

// Close drops idle connections.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// An UnreachableError is returned by Ping when no broker answers.
type UnreachableError struct {
	Brokers []string
	Err     error
}

// Error says what to type.
func (e *UnreachableError) Error() string {
	return fmt.Sprintf("kafka: no broker answers at %v (%v): start it or correct kafka.brokers in the config file", e.Brokers, e.Err)
}

// Unwrap returns the cause.
func (e *UnreachableError) Unwrap() error { return e.Err }

// Ping asks for the cluster's metadata.
func (c *Client) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if _, err := c.kafka.Metadata(ctx, &kafka.MetadataRequest{}); err != nil {
		return &UnreachableError{c.brokers, err}
	}
	return nil
}

// A Spec is a topic as it has to be.
type Spec struct {
	Name       string
	Partitions int
	// MinCompactionLag keeps every record of a row that long (min.compaction.lag.ms).
	MinCompactionLag time.Duration
	// DeleteRetention keeps tombstones that long (delete.retention.ms).
	DeleteRetention time.Duration
	// Replicas is the replication factor; 0 takes the cluster's default.
	Replicas int
}

// A PartitionCountError is returned by Ensure when a topic exists with another
// number of partitions: records would stand where nobody looks for them.
type PartitionCountError struct {
	Topic      string
	Have, Want int
}

// Error says what to do.
func (e *PartitionCountError) Error() string {
	return fmt.Sprintf("topic %s has %d partitions, the source is pinned to %d: set kafka.partitions to %d, or begin again under another prefix",
		e.Topic, e.Have, e.Want, e.Have)
}

// Ensure makes the topics that are missing, compacted, and waits until they can
// be used. It returns a PartitionCountError for one that is there with another
// count.
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
			return &PartitionCountError{s.Name, n, s.Partitions}
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

func (c *Client) create(ctx context.Context, missing []kafka.TopicConfig) error {
	res, err := c.kafka.CreateTopics(ctx, &kafka.CreateTopicsRequest{Topics: missing})
	if err != nil {
		return fmt.Errorf("create topics: %w", err)
	}
	for name, err := range res.Errors {
		if err != nil && !errors.Is(err, kafka.TopicAlreadyExists) {
			return fmt.Errorf("create topic %s: %w", name, err)
		}
	}
	return nil
}

// await polls until every topic answers a listing of its offsets: a new topic
// says "unknown topic or partition" for a moment.
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
			case <-time.After(100 * time.Millisecond):
			}
		}
	}
	return nil
}

func (s Spec) config() kafka.TopicConfig {
	replicas := s.Replicas
	if replicas == 0 {
		replicas = -1
	}
	entries := []kafka.ConfigEntry{
		{ConfigName: "cleanup.policy", ConfigValue: "compact"},
		{ConfigName: "max.message.bytes", ConfigValue: fmt.Sprint(maxMessageBytes)},
	}
	if s.MinCompactionLag > 0 {
		entries = append(entries, kafka.ConfigEntry{ConfigName: "min.compaction.lag.ms", ConfigValue: fmt.Sprint(s.MinCompactionLag.Milliseconds())})
	}
	if s.DeleteRetention > 0 {
		entries = append(entries, kafka.ConfigEntry{ConfigName: "delete.retention.ms", ConfigValue: fmt.Sprint(s.DeleteRetention.Milliseconds())})
	}
	return kafka.TopicConfig{Topic: s.Name, NumPartitions: s.Partitions, ReplicationFactor: replicas, ConfigEntries: entries}
}

// partitionCounts lists what exists of the topics.
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
