package topic

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/mage2sage/mage2sage/schemas/finding"
)

// Examine looks at the cluster and at everything that is needed of it, changes nothing,
// and returns what each check has found. A check that found several topics wrong has a
// finding for each.
func (c *Client) Examine(ctx context.Context, n Needs) finding.List {
	if err := c.Ping(ctx); err != nil {
		return finding.List{trouble("reachable", err)}
	}
	list := finding.List{{Check: "reachable", Seen: strings.Join(c.brokers, ", ")}}
	seen, err := c.look(ctx, n)
	if err != nil {
		return append(list, trouble("examination", c.classify(err)))
	}
	list = append(list, seen.version(), finding.Finding{Check: "brokers", Seen: fmt.Sprint(len(seen.brokers))})
	for _, found := range []finding.List{
		c.checkThere(seen, n), c.checkRights(seen, n), c.checkGroups(seen, n), c.checkReplicas(seen, n), c.checkReadable(seen, n), c.checkSettings(seen, n),
	} {
		list = append(list, found...)
	}
	return list
}

// Differences returns what is set otherwise on topics that are there than it would be if
// they were made now. Nothing is changed about it, because whoever set it had a reason,
// or has to copy a topic for it.
func (c *Client) Differences(ctx context.Context, n Needs) (finding.List, error) {
	seen, err := c.look(ctx, Needs{Topics: n.Topics})
	if err != nil {
		return nil, c.classify(err)
	}
	list := append(c.checkReplicas(seen, n), c.checkSettings(seen, n)...)
	return slices.DeleteFunc(list, finding.Finding.OK), nil
}

func trouble(check string, err error) finding.Finding {
	problem, hint := Trouble(err)
	return finding.Finding{Check: check, Problem: problem, Hint: hint}
}

// produceKey and produceVersion tell a broker of release 2.4 or later: its produce
// requests (key 0) have version 8. It is the oldest whose protocol is ours throughout.
const produceKey, produceVersion = 0, 8

func (s cluster) version() finding.Finding {
	f := finding.Finding{Check: "version"}
	guess := "Kafka " + s.versions.VersionGuess()
	if v, _ := s.versions.LookupMaxKeyVersion(produceKey); v < produceVersion {
		f.Problem, f.Hint = "the broker is "+guess, "upgrade it: Kafka 2.4 or later is needed"
		return f
	}
	f.Seen = guess
	return f
}

// orPass is a list of problems, or the word that there is none.
func orPass(check, seen string, problems finding.List) finding.List {
	if len(problems) > 0 {
		return problems
	}
	return finding.List{{Check: check, Seen: seen}}
}

// checkThere sees that every topic is there or can be made, with the right number of
// partitions.
func (c *Client) checkThere(seen cluster, n Needs) finding.List {
	var problems finding.List
	var missing []string
	for _, need := range n.Topics {
		t := seen.topics[need.Name]
		f := finding.Finding{Check: "topics"}
		switch {
		case errors.Is(t.err, kerr.TopicAuthorizationFailed): // the check of rights says it
			continue
		case errors.Is(t.err, kerr.UnknownTopicOrPartition) && need.Rights&Create == 0:
			f.Problem, f.Warning = "the topic "+need.Name+" is not there", true
			f.Hint = "start the stage that makes it"
		case errors.Is(t.err, kerr.UnknownTopicOrPartition) && t.unread == nil:
			missing = append(missing, need.Name)
			continue
		case errors.Is(t.err, kerr.UnknownTopicOrPartition):
			f = c.unmakeable(need, t.unread)
		case t.err != nil:
			f.Problem, f.Hint = fmt.Sprintf("the topic %s cannot be used (%v)", need.Name, t.err), "look at the broker's log, and try again"
		case len(t.partitions) != need.Partitions && need.Partitions > 0:
			f.Problem, f.Hint, _ = strings.Cut((&PartitionCountError{need.Name, len(t.partitions), need.Partitions, seen.anyAsWanted(n)}).Error(), ": ")
		default:
			continue
		}
		problems = append(problems, f)
	}
	seenTopics := ""
	if len(missing) > 0 {
		seenTopics = "made by the first start: " + strings.Join(missing, ", ")
	}
	return orPass("topics", seenTopics, problems)
}

// anyAsWanted reports whether one of several topics has the partitions that it should have.
func (seen cluster) anyAsWanted(n Needs) bool {
	return slices.ContainsFunc(n.Topics, func(need Need) bool {
		return need.Partitions > 1 && len(seen.topics[need.Name].partitions) == need.Partitions
	})
}

// unmakeable says why the cluster would not make a topic, and how an administrator makes
// it.
func (c *Client) unmakeable(need Need, refused error) finding.Finding {
	f := finding.Finding{Check: "topics", Problem: fmt.Sprintf("the topic %s is not there, and the cluster would not make it (%v)", need.Name, refused)}
	switch {
	case errors.Is(refused, kerr.TopicAuthorizationFailed), errors.Is(refused, kerr.ClusterAuthorizationFailed):
		f.Hint = c.grant([]string{"Create"}, "topic", need.Name)
	case errors.Is(refused, kerr.InvalidReplicationFactor):
		f.Hint = "set kafka.replication_factor to the number of brokers at the most, or start the other brokers"
	default:
		f.Hint = "type " + c.creationCommand(need)
	}
	return f
}

func (c *Client) creationCommand(need Need) string {
	command := fmt.Sprintf("%s --create --topic %s --partitions %d", c.tool("kafka-topics"), need.Name, need.Partitions)
	if need.Replicas > 0 {
		command += fmt.Sprintf(" --replication-factor %d", need.Replicas)
	}
	for _, e := range need.config().ConfigEntries {
		command += " --config " + e.ConfigName + "=" + e.ConfigValue
	}
	return command
}

// checkRights sees that our user may do with the topics what the stages do.
func (c *Client) checkRights(seen cluster, n Needs) finding.List {
	var problems finding.List
	known := false
	for _, need := range n.Topics {
		t := seen.topics[need.Name]
		wanted := need.Rights &^ Create // whether it may be made is asked of those that are not there
		switch {
		case errors.Is(t.err, kerr.TopicAuthorizationFailed):
			problems = append(problems, c.lacking("topic", need.Name, need.Rights))
		case t.err == nil && t.rights != 0:
			known = true
			if lacks := wanted &^ t.rights; lacks != 0 {
				problems = append(problems, c.lacking("topic", need.Name, lacks))
			}
		}
	}
	return orPass("rights to topics", unlessTold(known), problems)
}

// unlessTold says why rights are not known: the topics are not there yet, or the broker is too old
// to tell.
func unlessTold(known bool) string {
	if known {
		return ""
	}
	return "the cluster tells nothing against it"
}

func (c *Client) lacking(kind, name string, rights Rights) finding.Finding {
	return finding.Finding{Check: "rights to " + kind + "s",
		Problem: fmt.Sprintf("the user lacks %s on the %s %s", strings.Join(rights.Names(), ", "), kind, name), Hint: c.grant(rights.Names(), kind, name)}
}

// checkGroups sees that our user may join the consumer groups.
func (c *Client) checkGroups(seen cluster, n Needs) finding.List {
	if len(n.Groups) == 0 {
		return nil
	}
	var problems finding.List
	known := false
	for _, name := range n.Groups {
		g := seen.groups[name]
		switch {
		case errors.Is(g.err, kerr.GroupAuthorizationFailed):
			problems = append(problems, c.lacking("group", name, Describe|Read))
		case g.err != nil && !errors.Is(g.err, kerr.GroupIDNotFound): // nobody has joined it yet
			problems = append(problems, finding.Finding{Check: "rights to groups", Problem: fmt.Sprintf("the group %s cannot be used (%v)", name, g.err),
				Hint: "ask again in a minute; where it stays so, start the other brokers, or lower their offsets.topic.replication.factor to how many there are"})
		case g.rights != 0:
			known = true
			if lacks := (Describe | Read) &^ g.rights; lacks != 0 {
				problems = append(problems, c.lacking("group", name, lacks))
			}
		}
	}
	return orPass("rights to groups", unlessTold(known), problems)
}
