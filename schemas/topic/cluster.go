package topic

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// A cluster is what one look at it has shown. All of it is asked without changing
// anything.
type cluster struct {
	versions *kversion.Versions
	brokers  []int32
	topics   map[string]described
	groups   map[string]described
}

// described is what a cluster tells of a topic, or of a group.
type described struct {
	err        error // why it is not described; kerr.UnknownTopicOrPartition where it is not there
	partitions []kmsg.MetadataResponseTopicPartition
	rights     Rights // 0: the cluster does not tell
	settings   map[string]string
	unread     error // why the settings are not known
}

// asker is a connection by the library that asks the cluster itself: kafka-go answers
// metadata from its cache and leaves out what a cluster says of our rights.
func (c *Client) asker() (*kgo.Client, error) {
	options := []kgo.Opt{
		kgo.SeedBrokers(c.brokers...), kgo.ClientID("mage2sage"), kgo.DialTimeout(dialTimeout),
		kgo.RetryTimeout(askWithin * 2 / 3), // a cluster makes its coordinators when the first group is asked for
	}
	if c.tls != nil {
		options = append(options, kgo.DialTLSConfig(c.tls))
	}
	if c.as.User != "" {
		options = append(options, kgo.SASL(c.as.asked()))
	}
	return kgo.NewClient(options...)
}

// asked is the login as the asking library takes it.
func (l Login) asked() sasl.Mechanism {
	switch l.Mechanism {
	case Plain:
		return plain.Auth{User: l.User, Pass: l.Password.Reveal()}.AsMechanism()
	case ScramSHA256:
		return scram.Auth{User: l.User, Pass: l.Password.Reveal()}.AsSha256Mechanism()
	}
	return scram.Auth{User: l.User, Pass: l.Password.Reveal()}.AsSha512Mechanism()
}

// askWithin bounds a look at a cluster: a person waits for it, or a start.
const askWithin = 15 * time.Second

// look asks for the topics and groups of the needs.
func (c *Client) look(ctx context.Context, n Needs) (seen cluster, err error) {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	asker, err := c.asker()
	if err != nil {
		return seen, fmt.Errorf("prepare a connection: %w", err)
	}
	defer asker.Close()
	versions, err := kmsg.NewPtrApiVersionsRequest().RequestWith(ctx, asker)
	if err != nil {
		return seen, fmt.Errorf("ask for versions: %w", err)
	}
	seen.versions = kversion.FromApiVersionsResponse(versions)
	if err := seen.describeTopics(ctx, asker, n.Topics); err != nil {
		return seen, err
	}
	if err := seen.readSettings(ctx, asker); err != nil {
		return seen, err
	}
	if err := seen.pretend(ctx, asker, n.Topics); err != nil {
		return seen, err
	}
	return seen, seen.describeGroups(ctx, asker, n.Groups)
}

// describeTopics asks for brokers, partitions and our rights.
func (s *cluster) describeTopics(ctx context.Context, asker *kgo.Client, needs []Need) error {
	req := kmsg.NewPtrMetadataRequest() // makes no topic
	req.IncludeTopicAuthorizedOperations = true
	for _, n := range needs {
		t := kmsg.NewMetadataRequestTopic()
		t.Topic = kmsg.StringPtr(n.Name)
		req.Topics = append(req.Topics, t)
	}
	res, err := req.RequestWith(ctx, asker)
	if err != nil {
		return fmt.Errorf("ask for topics: %w", err)
	}
	for _, b := range res.Brokers {
		s.brokers = append(s.brokers, b.NodeID)
	}
	s.topics = map[string]described{}
	for _, t := range res.Topics {
		if t.Topic != nil {
			s.topics[*t.Topic] = described{err: kerr.ErrorForCode(t.ErrorCode), partitions: t.Partitions, rights: toldRights(t.AuthorizedOperations)}
		}
	}
	return nil
}

// toldRights is what the cluster says of our rights, 0 where it does not.
func toldRights(operations int32) Rights { return Rights(max(0, operations)) }

// readSettings asks for the settings of the topics that are there.
func (s *cluster) readSettings(ctx context.Context, asker *kgo.Client) error {
	req := kmsg.NewPtrDescribeConfigsRequest()
	for name, t := range s.topics {
		if t.err == nil {
			r := kmsg.NewDescribeConfigsRequestResource()
			r.ResourceType, r.ResourceName = kmsg.ConfigResourceTypeTopic, name
			req.Resources = append(req.Resources, r)
		}
	}
	if len(req.Resources) == 0 {
		return nil
	}
	res, err := req.RequestWith(ctx, asker)
	if err != nil {
		return fmt.Errorf("ask for the settings of topics: %w", err)
	}
	for _, r := range res.Resources {
		t := s.topics[r.ResourceName]
		t.unread, t.settings = kerr.ErrorForCode(r.ErrorCode), map[string]string{}
		for _, c := range r.Configs {
			if c.Value != nil {
				t.settings[c.Name] = *c.Value
			}
		}
		s.topics[r.ResourceName] = t
	}
	return nil
}

// pretend asks whether the missing topics could be made, without making them. What they
// would have become is kept as if they were there, with their error.
func (s *cluster) pretend(ctx context.Context, asker *kgo.Client, needs []Need) error {
	req := kmsg.NewPtrCreateTopicsRequest()
	req.ValidateOnly = true
	for _, n := range needs {
		if n.Rights&Create != 0 && errors.Is(s.topics[n.Name].err, kerr.UnknownTopicOrPartition) {
			req.Topics = append(req.Topics, n.creation())
		}
	}
	if len(req.Topics) == 0 {
		return nil
	}
	res, err := req.RequestWith(ctx, asker)
	if err != nil {
		return fmt.Errorf("ask whether topics can be made: %w", err)
	}
	for _, r := range res.Topics {
		t := s.topics[r.Topic]
		if t.unread = kerr.ErrorForCode(r.ErrorCode); t.unread == nil && r.ReplicationFactor > 0 {
			t.partitions = []kmsg.MetadataResponseTopicPartition{{Replicas: make([]int32, r.ReplicationFactor)}}
		}
		s.topics[r.Topic] = t
	}
	return nil
}

func (n Need) creation() kmsg.CreateTopicsRequestTopic {
	config := n.config()
	t := kmsg.NewCreateTopicsRequestTopic()
	t.Topic, t.NumPartitions, t.ReplicationFactor = n.Name, int32(n.Partitions), int16(config.ReplicationFactor)
	for _, e := range config.ConfigEntries {
		c := kmsg.NewCreateTopicsRequestTopicConfig()
		c.Name, c.Value = e.ConfigName, kmsg.StringPtr(e.ConfigValue)
		t.Configs = append(t.Configs, c)
	}
	return t
}

// describeGroups asks for our rights to the groups. One that nobody has joined yet is
// described as well.
func (s *cluster) describeGroups(ctx context.Context, asker *kgo.Client, groups []string) error {
	s.groups = map[string]described{}
	if len(groups) == 0 {
		return nil
	}
	req := kmsg.NewPtrDescribeGroupsRequest()
	req.Groups, req.IncludeAuthorizedOperations = groups, true
	for _, shard := range asker.RequestSharded(ctx, req) {
		if shard.Err != nil {
			for _, g := range shard.Req.(*kmsg.DescribeGroupsRequest).Groups {
				s.groups[g] = described{err: shard.Err}
			}
			continue
		}
		for _, g := range shard.Resp.(*kmsg.DescribeGroupsResponse).Groups {
			s.groups[g.Group] = described{err: kerr.ErrorForCode(g.ErrorCode), rights: toldRights(g.AuthorizedOperations)}
		}
	}
	return nil
}
