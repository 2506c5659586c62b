package transform

import (
	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// Needs are the topics that transform reads and makes, under a prefix, and its consumer
// group. partitions tells a domain's pinned count, which its canonical topics have too;
// replicas is their replication factor, and 0 takes the cluster's default.
func Needs(names topic.Names, partitions func(change.Domain) int, replicas int) topic.Needs {
	const read = topic.Describe | topic.Read
	needs := topic.Needs{
		Topics: []topic.Need{{Spec: topic.Spec{Name: names.Offsets()}, Rights: read | topic.Write}}, // writes its heartbeat, and what became of a replay
		Groups: []string{names.Group("transform")},
	}
	for _, d := range append(domains(), change.Reference) {
		needs.Topics = append(needs.Topics, topic.Need{Spec: topic.Spec{Name: names.Raw(d)}, Rights: read})
	}
	for _, d := range domains() {
		for _, k := range canonical.KindsOf(d) {
			needs.Topics = append(needs.Topics, topic.Need{Rights: read | topic.Write | topic.Create,
				Spec: topic.Spec{Name: names.Canonical(string(k)), Partitions: partitions(d), Replicas: replicas, MinCompactionLag: compactionLag}})
		}
	}
	return needs
}
