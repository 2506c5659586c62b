package sink

import (
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/sink/plan"
)

// Needs are the topics that the sink reads, under a prefix, and its consumer group.
func Needs(names topic.Names) topic.Needs {
	const read = topic.Describe | topic.Read
	needs := topic.Needs{
		Topics: []topic.Need{{Spec: topic.Spec{Name: names.Offsets()}, Rights: read | topic.Write}}, // writes its heartbeat, and how far its audit trail goes
		Groups: []string{names.Group("sink")},
	}
	for _, k := range plan.Kinds() {
		needs.Topics = append(needs.Topics, topic.Need{Spec: topic.Spec{Name: names.Canonical(string(k))}, Rights: read})
	}
	return needs
}
