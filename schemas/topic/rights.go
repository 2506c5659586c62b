package topic

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// Rights are operations that a cluster allows somebody on a topic or a group. The bits
// are those of Kafka's protocol (KIP-430).
type Rights int32

// The rights that stages need.
const (
	Read     Rights = 1 << kmsg.ACLOperationRead
	Write    Rights = 1 << kmsg.ACLOperationWrite
	Create   Rights = 1 << kmsg.ACLOperationCreate
	Describe Rights = 1 << kmsg.ACLOperationDescribe
)

// rightNames are in the order of README's table.
var rightNames = []struct {
	right Rights
	name  string
}{{Create, "Create"}, {Describe, "Describe"}, {Read, "Read"}, {Write, "Write"}}

// Names returns the words of Kafka's tools for the rights.
func (r Rights) Names() (all []string) {
	for _, known := range rightNames {
		if r&known.right != 0 {
			all = append(all, known.name)
		}
	}
	return all
}

// A Need is a topic that a stage works with, and what it does there. Of a topic that the
// stage only reads, the settings are somebody else's: without Create they count for nothing.
type Need struct {
	Spec
	Rights Rights
}

// Needs are what one or several stages want of a cluster.
type Needs struct {
	Topics []Need
	Groups []string // consumer groups, to read and describe
}

// Made are the topics that are made where they are missing.
func (n Needs) Made() (all []Spec) {
	for _, need := range n.Topics {
		if need.Rights&Create != 0 {
			all = append(all, need.Spec)
		}
	}
	return all
}

// And joins the needs of two stages. Of a topic that both name the rights are united, and
// its settings are those of the stage that makes it.
func (n Needs) And(other Needs) Needs {
	all := Needs{Groups: append(append([]string{}, n.Groups...), other.Groups...)}
	place := map[string]int{}
	for _, need := range append(append([]Need{}, n.Topics...), other.Topics...) {
		i, again := place[need.Name]
		if !again {
			place[need.Name] = len(all.Topics)
			all.Topics = append(all.Topics, need)
			continue
		}
		if known := &all.Topics[i]; need.Rights&Create != 0 && known.Rights&Create == 0 {
			known.Spec = need.Spec
		}
		all.Topics[i].Rights |= need.Rights
	}
	return all
}

// tool is the beginning of the command of Kafka's own that a hint gives. A cluster with a
// login asks for one of its administrators there.
func (c *Client) tool(name string) string {
	command := name + ".sh --bootstrap-server " + strings.Join(c.brokers, ",")
	if c.as.User != "" {
		command += " --command-config admin.properties"
	}
	return command
}

// grant is the command that gives our user rights to a topic or a group.
func (c *Client) grant(names []string, kind, resource string) string {
	operations := ""
	for _, name := range names {
		operations += " --operation " + name
	}
	return fmt.Sprintf("type %s --add --allow-principal User:%s%s --%s %s", c.tool("kafka-acls"), cmp.Or(c.as.User, "ANONYMOUS"), operations, kind, resource)
}
