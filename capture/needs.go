package capture

import (
	"time"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// Compaction of the raw topics: every state of a row is kept for a week, and a delete
// for two. A transform that was away longer cannot tell from the topics what happened
// in between, and has to assemble everything again.
const (
	compactionLag   = 7 * 24 * time.Hour
	deleteRetention = 14 * 24 * time.Hour
)

// allDomains are those that have a topic, with or without tables as yet.
var allDomains = []change.Domain{change.Reference, change.Customer, change.Sales, change.Catalog}

// Needs are the topics that capture makes, under a prefix, and what it does with them.
// replicas is their replication factor; 0 takes the cluster's default.
func Needs(names topic.Names, partitions, replicas int) topic.Needs {
	const all = topic.Create | topic.Describe | topic.Read | topic.Write
	needs := topic.Needs{Topics: []topic.Need{{Spec: topic.Spec{Name: names.Offsets(), Partitions: 1, Replicas: replicas}, Rights: all}}}
	counts := partitionsOf(partitions)
	for _, d := range allDomains {
		needs.Topics = append(needs.Topics, topic.Need{Rights: all, Spec: topic.Spec{
			Name: names.Raw(d), Partitions: counts[d], Replicas: replicas, MinCompactionLag: compactionLag, DeleteRetention: deleteRetention}})
	}
	return needs
}

// partitionsOf is the count of every domain. Reference has one partition, which every
// transform reads whole.
func partitionsOf(n int) map[change.Domain]int {
	all := map[change.Domain]int{}
	for _, d := range allDomains {
		all[d] = n
	}
	all[change.Reference] = 1
	return all
}
