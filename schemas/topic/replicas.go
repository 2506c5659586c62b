package topic

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/mage2sage/mage2sage/schemas/finding"
)

// advisedReplicas is the replication factor of Kafka's own manual for what must not be
// lost: one broker may be down while another fails.
const advisedReplicas = 3

// checkReplicas sees on how many brokers the topics are, and on how many of them now.
func (c *Client) checkReplicas(seen cluster, n Needs) finding.List {
	var factors, inSync finding.List
	for _, need := range n.Topics {
		t := seen.topics[need.Name]
		if len(t.partitions) == 0 || need.Rights&Create == 0 {
			continue
		}
		if f := c.replicationFactor(seen, need, t); f.Problem != "" {
			factors = append(factors, f)
		}
		if f := replicasInSync(need, t); t.err == nil && f.Problem != "" {
			inSync = append(inSync, f)
		}
	}
	return append(orPass("replication factor", "", factors), orPass("replicas in sync", "", inSync)...)
}

// replicationFactor judges the number of copies of a topic, also of one that is not there
// yet.
func (c *Client) replicationFactor(seen cluster, need Need, t described) finding.Finding {
	have, brokers := replicasOf(t), len(seen.brokers)
	f := finding.Finding{Check: "replication factor", Warning: true}
	want := need.Replicas
	switch {
	case want > 0 && have != want:
		f.Problem = fmt.Sprintf("the topic %s has %s, and kafka.replication_factor is %d", need.Name, copies(have), want)
	case have == 1 && brokers > 1:
		want = min(advisedReplicas, brokers)
		f.Problem = fmt.Sprintf("the topic %s has one copy in a cluster of %d brokers: it is lost with the disk of one", need.Name, brokers)
	default:
		return finding.Finding{Check: f.Check}
	}
	switch {
	case want > brokers:
		f.Hint = fmt.Sprintf("set kafka.replication_factor to %d at the most, or start more brokers", brokers)
		return f
	case t.err != nil: // not there yet
		f.Problem += ", when it is made"
		f.Hint = fmt.Sprintf("set kafka.replication_factor to %d", want)
		return f
	}
	f.Hint = fmt.Sprintf("type echo '%s' > %s.json; %s --execute --reassignment-json-file %s.json", reassignment(need.Name, t, seen.brokers, want), need.Name,
		c.tool("kafka-reassign-partitions"), need.Name)
	return f
}

func copies(n int) string {
	if n == 1 {
		return "one copy"
	}
	return fmt.Sprintf("%d copies", n)
}

// reassignment is the file that Kafka's own tool takes to give every partition a number
// of replicas. What is there stays; what is added goes round the brokers.
func reassignment(topic string, t described, brokers []int32, want int) string {
	type place struct {
		Topic     string  `json:"topic"`
		Partition int32   `json:"partition"`
		Replicas  []int32 `json:"replicas"`
	}
	file := struct {
		Version    int     `json:"version"`
		Partitions []place `json:"partitions"`
	}{Version: 1}
	brokers = slices.Sorted(slices.Values(brokers))
	for _, p := range sorted(t.partitions) {
		replicas := slices.Clone(p.Replicas[:min(want, len(p.Replicas))])
		for i := range brokers {
			next := brokers[(int(p.Partition)+1+i)%len(brokers)]
			if len(replicas) < want && !slices.Contains(replicas, next) {
				replicas = append(replicas, next)
			}
		}
		file.Partitions = append(file.Partitions, place{topic, p.Partition, replicas})
	}
	text, _ := json.Marshal(file) // of numbers and a topic's name, which cannot fail
	return string(text)
}

func sorted(all []kmsg.MetadataResponseTopicPartition) []kmsg.MetadataResponseTopicPartition {
	return slices.SortedFunc(slices.Values(all), func(a, b kmsg.MetadataResponseTopicPartition) int { return int(a.Partition - b.Partition) })
}

// replicasInSync judges how many brokers have all of a topic now.
func replicasInSync(need Need, t described) finding.Finding {
	f := finding.Finding{Check: "replicas in sync", Hint: "start the other brokers, and see in their logs what they lack"}
	needed, err := strconv.Atoi(t.settings["min.insync.replicas"])
	if err != nil {
		needed = 1
	}
	var without, below, behind []int32
	for _, p := range sorted(t.partitions) {
		switch {
		case p.Leader < 0:
			without = append(without, p.Partition)
		case len(p.ISR) < needed && needed <= len(p.Replicas): // more than there are is said of the setting
			below = append(below, p.Partition)
		case len(p.ISR) < len(p.Replicas):
			behind = append(behind, p.Partition)
		}
	}
	switch {
	case len(without) > 0:
		f.Problem = fmt.Sprintf("the topic %s has no leader for its partitions %v: they can be neither read nor written", need.Name, without)
	case len(below) > 0:
		f.Problem = fmt.Sprintf("the topic %s has fewer than the %d replicas in sync that a write needs, in its partitions %v", need.Name, needed, below)
	case len(behind) > 0:
		f.Problem, f.Warning = fmt.Sprintf("the topic %s has replicas that are not in sync, in its partitions %v", need.Name, behind), true
	default:
		return finding.Finding{Check: f.Check}
	}
	return f
}

// replicasOf is the replication factor of a topic: that of its partition with the fewest.
func replicasOf(t described) int {
	fewest := 0
	for _, p := range t.partitions {
		if n := len(p.Replicas); fewest == 0 || n < fewest {
			fewest = n
		}
	}
	return fewest
}
