package topic

import (
	"fmt"
	"strconv"

	"github.com/mage2sage/mage2sage/schemas/finding"
)

// A rule is what a setting of a topic has to be, so that nothing is lost and nothing
// stops.
type rule struct {
	setting string
	// judge says what is wrong with a value. A setting that the cluster does not tell is
	// not judged.
	judge func(value string, n Need, replicas int) judgement
}

// A judgement is what is wrong with a value, "" for nothing, and the value to set.
type judgement struct {
	problem, want string
	warning       bool
}

var rules = []rule{
	{"cleanup.policy", func(value string, _ Need, _ int) judgement {
		if value == "compact" {
			return judgement{}
		}
		return judgement{problem: "what is older than its retention is deleted, and nothing can be assembled from the rest", want: "compact"}
	}},
	{"min.insync.replicas", inSync},
	{sizeSetting, large},
	{"min.compaction.lag.ms", atLeast("a reader that was away for longer cannot tell what happened in between",
		func(n Need) int64 { return n.MinCompactionLag.Milliseconds() })},
	{"delete.retention.ms", atLeast("a reader that was away for longer misses deletes", func(n Need) int64 { return n.DeleteRetention.Milliseconds() })},
	{"unclean.leader.election.enable", func(value string, _ Need, replicas int) judgement {
		if value != "true" || replicas < 2 {
			return judgement{}
		}
		return judgement{problem: "a broker that lags may become leader, and drop what was acknowledged", want: "false", warning: true}
	}},
}

// sizeSetting is how large a request of records a topic takes, in bytes.
const sizeSetting = "max.message.bytes"

// large judges it. What does not take a full request stops its stage on the first day, and what
// takes no more than that on the day of a single wide row.
func large(value string, n Need, replicas int) judgement {
	j := atLeast("a single wide row would stop its stage", func(Need) int64 { return maxMessageBytes })(value, n, replicas)
	if have, err := strconv.ParseInt(value, 10, 64); err == nil && have < maxBatchBytes {
		j.problem, j.warning = fmt.Sprintf("its stage writes %d bytes at once, and would stop", maxBatchBytes), false
	}
	return j
}

// atLeast is a rule of the least value that is right. What is less works, until the day
// that the problem speaks of.
func atLeast(problem string, want func(Need) int64) func(string, Need, int) judgement {
	return func(value string, n Need, _ int) judgement {
		have, err := strconv.ParseInt(value, 10, 64)
		if err != nil || have >= want(n) {
			return judgement{}
		}
		return judgement{problem: problem, want: strconv.FormatInt(want(n), 10), warning: true}
	}
}

// inSync judges min.insync.replicas: how many brokers must have a record before it is
// acknowledged.
func inSync(value string, _ Need, replicas int) judgement {
	switch n, err := strconv.Atoi(value); {
	case err != nil || replicas == 0:
		return judgement{}
	case n > replicas:
		return judgement{problem: fmt.Sprintf("it has %d of them at all, so nothing can be written", replicas), want: strconv.Itoa(max(1, replicas-1))}
	case n == replicas && n > 1:
		return judgement{problem: fmt.Sprintf("it has %d of them at all, so nothing can be written while one broker is down", replicas), want: strconv.Itoa(replicas - 1), warning: true}
	case n == 1 && replicas > 2:
		return judgement{problem: "what one broker alone has acknowledged is lost with its disk", want: "2", warning: true}
	}
	return judgement{}
}

// checkSettings holds the settings of the topics that our stages make against the rules.
func (c *Client) checkSettings(seen cluster, n Needs) (list finding.List) {
	for _, r := range rules {
		var problems finding.List
		for _, need := range n.Topics {
			t := seen.topics[need.Name]
			value, told := t.settings[r.setting]
			if !told || need.Rights&Create == 0 {
				continue
			}
			if j := r.judge(value, need, replicasOf(t)); j.problem != "" {
				problems = append(problems, finding.Finding{Check: r.setting, Warning: j.warning,
					Problem: fmt.Sprintf("the topic %s has %s=%s: %s", need.Name, r.setting, value, j.problem), Hint: "type " + c.alter(need.Name, r.setting, j.want)})
			}
		}
		list = append(list, orPass(r.setting, "", problems)...)
	}
	return list
}

// alter is the command that sets a topic's setting.
func (c *Client) alter(topic, setting, value string) string {
	return fmt.Sprintf("%s --alter --entity-type topics --entity-name %s --add-config %s=%s", c.tool("kafka-configs"), topic, setting, value)
}

// checkReadable says of which topics the settings could not be read.
func (c *Client) checkReadable(seen cluster, n Needs) (list finding.List) {
	for _, need := range n.Topics {
		if t := seen.topics[need.Name]; need.Rights&Create != 0 && t.err == nil && t.unread != nil {
			list = append(list, finding.Finding{Check: "settings", Warning: true,
				Problem: fmt.Sprintf("the settings of the topic %s cannot be read (%v)", need.Name, t.unread),
				Hint:    c.grant([]string{"DescribeConfigs"}, "topic", need.Name)})
		}
	}
	return list
}
