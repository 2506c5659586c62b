package topic_test

import (
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"

	"github.com/mage2sage/mage2sage/schemas/finding"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

const everything = topic.Create | topic.Describe | topic.Read | topic.Write

// wanted is a topic as capture wants it.
func wanted(name string) topic.Need {
	return topic.Need{Rights: everything, Spec: topic.Spec{Name: name, Partitions: 2, MinCompactionLag: 7 * 24 * time.Hour, DeleteRetention: 14 * 24 * time.Hour}}
}

// clusterOf is a cluster of some brokers, and a client of it.
func clusterOf(t *testing.T, brokers int, options ...kfake.Opt) (*kfake.Cluster, *topic.Client) {
	t.Helper()
	cluster, err := kfake.NewCluster(append(options, kfake.NumBrokers(brokers))...)
	if err != nil {
		t.Fatal(err)
	}
	c := topic.Dial(cluster.ListenAddrs())
	t.Cleanup(func() { c.Close(); cluster.Close() })
	return cluster, c
}

// made is a topic that somebody else has made.
type made struct {
	partitions int32
	replicas   int16
	settings   map[string]string
}

func (m made) in(t *testing.T, cluster *kfake.Cluster, name string) {
	t.Helper()
	m.at(t, cluster.ListenAddrs()[0], name)
}

func (m made) at(t *testing.T, addr, name string) {
	t.Helper()
	asker, err := kgo.NewClient(kgo.SeedBrokers(addr))
	if err != nil {
		t.Fatal(err)
	}
	defer asker.Close()
	req := kmsg.NewPtrCreateTopicsRequest()
	made := kmsg.NewCreateTopicsRequestTopic()
	made.Topic, made.NumPartitions, made.ReplicationFactor = name, m.partitions, m.replicas
	for key, value := range m.settings {
		c := kmsg.NewCreateTopicsRequestTopicConfig()
		c.Name, c.Value = key, kmsg.StringPtr(value)
		made.Configs = append(made.Configs, c)
	}
	req.Topics = append(req.Topics, made)
	res, err := req.RequestWith(t.Context(), asker)
	if err != nil || res.Topics[0].ErrorCode != 0 {
		t.Fatalf("%+v, %v", res, err)
	}
}

// as is a good topic with some settings changed.
func as(changed map[string]string) made {
	m := made{partitions: 2, replicas: 3, settings: map[string]string{"cleanup.policy": "compact", "max.message.bytes": "8388608",
		"min.compaction.lag.ms": "604800000", "delete.retention.ms": "1209600000", "min.insync.replicas": "2"}}
	for k, v := range changed {
		m.settings[k] = v
	}
	return m
}

func TestExaminationSaysOfATopicWhatIsWrongAndWhatToType(t *testing.T) {
	for name, c := range map[string]struct {
		topic   made
		change  func(*topic.Need)
		check   string
		warning bool
		says    []string
	}{
		"that is deleted by age": {as(map[string]string{"cleanup.policy": "delete"}), nil, "cleanup.policy", false,
			[]string{"the topic shop.sales has cleanup.policy=delete", "kafka-configs.sh --bootstrap-server 127.0.0.1:", "--alter --entity-type topics --entity-name shop.sales --add-config cleanup.policy=compact"}},
		"that is compacted and deleted by age": {as(map[string]string{"cleanup.policy": "compact,delete"}), nil, "cleanup.policy", false, []string{"cleanup.policy=compact,delete"}},
		"that nobody can write to": {as(map[string]string{"min.insync.replicas": "4"}), nil, "min.insync.replicas", false,
			[]string{"it has 3 of them at all", "nothing can be written", "min.insync.replicas=2"}},
		"that stops with one broker": {as(map[string]string{"min.insync.replicas": "3"}), nil, "min.insync.replicas", true,
			[]string{"while one broker is down", "min.insync.replicas=2"}},
		"that one disk loses": {as(map[string]string{"min.insync.replicas": "1"}), nil, "min.insync.replicas", true, []string{"one broker alone", "min.insync.replicas=2"}},
		"of small records":    {as(map[string]string{"max.message.bytes": "1000000"}), nil, "max.message.bytes", true, []string{"=1000000: a single wide row", "max.message.bytes=8388608"}},
		"of records smaller than a request": {as(map[string]string{"max.message.bytes": "899999"}), nil, "max.message.bytes", false,
			[]string{"=899999: its stage writes 900000 bytes at once, and would stop: type ", "kafka-configs.sh", "--entity-name shop.sales --add-config max.message.bytes=8388608"}},
		"that forgets states soon": {as(map[string]string{"min.compaction.lag.ms": "0"}), nil, "min.compaction.lag.ms", true,
			[]string{"was away", "min.compaction.lag.ms=604800000"}},
		"that forgets deletes soon": {as(map[string]string{"delete.retention.ms": "86400000"}), nil, "delete.retention.ms", true, []string{"misses deletes", "=1209600000"}},
		"whose leader may be behind": {as(map[string]string{"unclean.leader.election.enable": "true"}), nil, "unclean.leader.election.enable", true,
			[]string{"drop what was acknowledged", "unclean.leader.election.enable=false"}},
		"of other partitions": {made{5, 3, as(nil).settings}, nil, "topics", false, []string{"the source is pinned to 2", "kafka.partitions"}},
		"of one copy": {made{2, 1, map[string]string{"cleanup.policy": "compact"}}, nil, "replication factor", true,
			[]string{"one copy in a cluster of 3 brokers", `"topic":"shop.sales","partition":1,"replicas":[`, "kafka-reassign-partitions.sh", "--execute"}},
		"of other copies than asked for": {as(nil), func(n *topic.Need) { n.Replicas = 2 }, "replication factor", true,
			[]string{"has 3 copies, and kafka.replication_factor is 2", "kafka-reassign-partitions.sh"}},
		"of more copies asked for than brokers": {as(nil), func(n *topic.Need) { n.Replicas = 5 }, "replication factor", true,
			[]string{"kafka.replication_factor is 5", "set kafka.replication_factor to 3 at the most"}},
	} {
		t.Run(name, func(t *testing.T) {
			cluster, client := clusterOf(t, 3)
			c.topic.in(t, cluster, "shop.sales")
			need := wanted("shop.sales")
			if c.change != nil {
				c.change(&need)
			}
			list := client.Examine(t.Context(), topic.Needs{Topics: []topic.Need{need}})
			found := problems(list, c.check)
			if len(found) != 1 || found[0].Warning != c.warning {
				t.Fatalf("the check of %s finds %v in\n%s, want one problem, a warning: %v", c.check, found, lines(list), c.warning)
			}
			for _, words := range c.says {
				if !strings.Contains(found[0].String(), words) {
					t.Errorf("%s\nwant it to say %q", found[0], words)
				}
			}
			differences, err := client.Differences(t.Context(), topic.Needs{Topics: []topic.Need{need}})
			if said := len(problems(differences, c.check)) == 1; err != nil || said != (c.check != "topics") {
				t.Errorf("a start would say %v, %v", differences, err)
			}
		})
	}
}

func TestARequestThatIsTooLargeForItsTopicIsRefusedWithWhatToType(t *testing.T) {
	cluster, client := clusterOf(t, 3)
	as(map[string]string{"max.message.bytes": "1000"}).in(t, cluster, "shop.sales")
	value := make([]byte, 5<<20)
	_, _ = rand.Read(value)
	for size, want := range map[int]string{2000: "=8388608", len(value): "=1048"} { // twice what is refused, above the usual
		_, err := client.Produce(t.Context(), "shop.sales", 0, []topic.Record{{Value: value[:size]}})
		problem, hint := topic.Trouble(err)
		if !errors.Is(err, topic.ErrTooLarge) || !strings.HasPrefix(problem, "kafka: the topic shop.sales takes no records of ") {
			t.Errorf("%d bytes: %v", size, err)
		}
		if !strings.HasPrefix(hint, "type kafka-configs.sh") || !strings.Contains(hint, " --alter --entity-type topics --entity-name shop.sales --add-config max.message.bytes"+want) {
			t.Errorf("%d bytes: the hint is %q, want %s", size, hint, want)
		}
	}
}

func TestExaminationOfAGoodClusterPassesEveryCheck(t *testing.T) {
	cluster, client := clusterOf(t, 3)
	need := wanted("shop.sales")
	need.Replicas = 3
	needs := topic.Needs{Topics: []topic.Need{need}, Groups: []string{"shop.transform"}}
	before := client.Examine(t.Context(), needs)
	if f := one(t, before, "topics"); !f.OK() || !strings.Contains(f.Seen, "made by the first start: shop.sales") {
		t.Errorf("before the first start: %s", f)
	}
	if cluster.TopicInfo("shop.sales") != nil { // a client would answer from its cache
		t.Fatal("the examination made the topic")
	}
	if err := client.Ensure(t.Context(), needs.Made()); err != nil {
		t.Fatal(err)
	}
	list := client.Examine(t.Context(), needs)
	var checks []string
	for _, f := range list {
		checks = append(checks, f.Check)
		if !f.OK() {
			t.Errorf("%s", f)
		}
	}
	want := []string{"reachable", "version", "brokers", "topics", "rights to topics", "rights to groups", "replication factor", "replicas in sync",
		"cleanup.policy", "min.insync.replicas", "max.message.bytes", "min.compaction.lag.ms", "delete.retention.ms", "unclean.leader.election.enable"}
	if !slices.Equal(checks, want) {
		t.Errorf("the checks are %q, want %q", checks, want)
	}
	if f := one(t, list, "version"); !strings.HasPrefix(f.Seen, "Kafka ") {
		t.Errorf("the version is %q", f.Seen)
	}
	if f := one(t, list, "brokers"); f.Seen != "3" {
		t.Errorf("the brokers are %q", f.Seen)
	}
}

func TestOfATopicThatIsOnlyReadTheSettingsAreSomebodyElses(t *testing.T) {
	cluster, client := clusterOf(t, 3)
	made{2, 1, map[string]string{"cleanup.policy": "delete"}}.in(t, cluster, "shop.sales")
	need := topic.Need{Spec: topic.Spec{Name: "shop.sales"}, Rights: topic.Describe | topic.Read}
	for _, f := range client.Examine(t.Context(), topic.Needs{Topics: []topic.Need{need}}) {
		if !f.OK() {
			t.Errorf("%s", f)
		}
	}
	need.Name = "shop.customer"
	if f := one(t, client.Examine(t.Context(), topic.Needs{Topics: []topic.Need{need}}), "topics"); !f.Warning || !strings.Contains(f.String(), "shop.customer is not there: start the stage that makes it") {
		t.Errorf("%s", f)
	}
}

func TestATopicThatTheClusterWouldNotMakeIsSaid(t *testing.T) {
	_, client := clusterOf(t, 1)
	need := wanted("shop.sales")
	need.Replicas = 3
	f := one(t, client.Examine(t.Context(), topic.Needs{Topics: []topic.Need{need}}), "topics")
	if f.OK() || f.Warning || !strings.Contains(f.String(), "set kafka.replication_factor to the number of brokers at the most") {
		t.Errorf("%s", f)
	}
}

func TestATopicThatWouldHaveOneCopyIsSaidBeforeItIsMade(t *testing.T) {
	_, client := clusterOf(t, 3)
	need := wanted("shop.sales")
	need.Replicas = 1
	f := one(t, client.Examine(t.Context(), topic.Needs{Topics: []topic.Need{need}}), "replication factor")
	if !f.Warning || !strings.Contains(f.String(), "one copy in a cluster of 3 brokers") || !strings.HasSuffix(f.Hint, "set kafka.replication_factor to 3") {
		t.Errorf("%s", f)
	}
}

func TestABrokerThatIsTooOldIsSaid(t *testing.T) {
	_, client := clusterOf(t, 1, kfake.MaxVersions(kversion.V2_3_0()))
	if f := one(t, client.Examine(t.Context(), topic.Needs{}), "version"); f.OK() || f.Warning || !strings.Contains(f.String(), "upgrade it: Kafka 2.4") {
		t.Errorf("%s", f)
	}
}

func TestABrokerThatDoesNotAnswerIsOneFault(t *testing.T) {
	client := topic.Dial([]string{"127.0.0.1:1"})
	defer client.Close()
	list := client.Examine(t.Context(), topic.Needs{Topics: []topic.Need{wanted("shop.sales")}})
	if len(list) != 1 || list[0].Check != "reachable" || list[0].OK() || !strings.Contains(list[0].Hint, "kafka.brokers") {
		t.Errorf("%v", list)
	}
}

func problems(list finding.List, check string) (all finding.List) {
	for _, f := range list {
		if f.Check == check && !f.OK() {
			all = append(all, f)
		}
	}
	return all
}

func one(t *testing.T, list finding.List, check string) finding.Finding {
	t.Helper()
	for _, f := range list {
		if f.Check == check {
			return f
		}
	}
	t.Fatalf("no check of %s in\n%s", check, lines(list))
	return finding.Finding{}
}

func lines(list finding.List) string {
	var all []string
	for _, f := range list {
		all = append(all, f.String())
	}
	return strings.Join(all, "\n")
}
