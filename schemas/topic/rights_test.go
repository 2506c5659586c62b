package topic_test

import (
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/mage2sage/mage2sage/schemas/topic"
)

// restricted is a cluster with rights, the client of an administrator and that of a user.
func restricted(t *testing.T, acls ...kfake.ACL) (admin, user *topic.Client) {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.EnableSASL(), kfake.EnableACLs(), kfake.Superuser("SCRAM-SHA-256", "admin", "a"),
		kfake.User("SCRAM-SHA-256", "mage", "m", acls...))
	if err != nil {
		t.Fatal(err)
	}
	admin, user = topic.Dial([]string{"admin:a@" + cluster.ListenAddrs()[0]}), topic.Dial([]string{"mage:m@" + cluster.ListenAddrs()[0]})
	t.Cleanup(func() { admin.Close(); user.Close(); cluster.Close() })
	return admin, user
}

// may are rights of the user to a topic or a group.
func may(kind kmsg.ACLResourceType, name string, operations ...kmsg.ACLOperation) (all []kfake.ACL) {
	for _, o := range operations {
		all = append(all, kfake.ACL{Resource: kind, Name: name, Pattern: kmsg.ACLResourcePatternTypeLiteral, Operation: o, Allow: true})
	}
	return all
}

func TestMissingRightsAreSaidWithTheStatementThatGrantsThem(t *testing.T) {
	const onTopic, onGroup = kmsg.ACLResourceTypeTopic, kmsg.ACLResourceTypeGroup
	const read, write, create, describe, configs = kmsg.ACLOperationRead, kmsg.ACLOperationWrite, kmsg.ACLOperationCreate, kmsg.ACLOperationDescribe, kmsg.ACLOperationDescribeConfigs
	for name, c := range map[string]struct {
		acls    []kfake.ACL
		there   bool
		check   string
		warning bool
		says    string // "" where nothing is wrong
	}{
		"none to a topic that is there": {nil, true, "rights to topics", false, "lacks Create, Describe, Read, Write on the topic shop.sales"},
		"no write": {may(onTopic, "shop.sales", read, describe, create), true, "rights to topics", false,
			"lacks Write on the topic shop.sales: type kafka-acls.sh --bootstrap-server 127.0.0.1:PORT --command-config admin.properties --add --allow-principal User:mage --operation Write --topic shop.sales"},
		"no read":                          {may(onTopic, "shop.sales", write, describe), true, "rights to topics", false, "lacks Read on the topic shop.sales"},
		"no right to make what is missing": {may(onTopic, "shop.sales", read, write, describe), false, "topics", false, "--operation Create --topic shop.sales"},
		"no look at settings":              {may(onTopic, "shop.sales", read, write, describe), true, "settings", true, "--operation DescribeConfigs --topic shop.sales"},
		"all that are needed":              {may(onTopic, "shop.sales", read, write, describe, create, configs), true, "rights to topics", false, ""},
		"none to the group":                {may(onTopic, "shop.sales", read), true, "rights to groups", false, "lacks Describe, Read on the group shop.sink: type kafka-acls.sh"},
		"no read of the group":             {may(onGroup, "shop.sink", describe), true, "rights to groups", false, "lacks Read on the group shop.sink"},
		"all to the group":                 {may(onGroup, "shop.sink", describe, read), true, "rights to groups", false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			admin, user := restricted(t, c.acls...)
			if c.there {
				if err := admin.Ensure(t.Context(), []topic.Spec{wanted("shop.sales").Spec}); err != nil {
					t.Fatal(err)
				}
			}
			list := user.Examine(t.Context(), topic.Needs{Topics: []topic.Need{wanted("shop.sales")}, Groups: []string{"shop.sink"}})
			found := problems(list, c.check)
			if c.says == "" {
				if len(found) != 0 {
					t.Errorf("%v, want nothing wrong", found)
				}
				return
			}
			if len(found) != 1 || found[0].Warning != c.warning {
				t.Fatalf("the check of %s finds %v in\n%s", c.check, found, lines(list))
			}
			for part := range strings.SplitSeq(c.says, "PORT") {
				if !strings.Contains(found[0].String(), part) {
					t.Errorf("%s\nwant it to say %q", found[0], part)
				}
			}
		})
	}
}

func TestTheNeedsOfTwoStagesAreUnited(t *testing.T) {
	maker := topic.Needs{Topics: []topic.Need{wanted("a")}, Groups: []string{"g"}}
	reader := topic.Needs{Topics: []topic.Need{{Spec: topic.Spec{Name: "b"}, Rights: topic.Read}, {Spec: topic.Spec{Name: "a"}, Rights: topic.Read}}, Groups: []string{"h"}}
	for name, both := range map[string]topic.Needs{"the maker first": maker.And(reader), "the reader first": reader.And(maker)} {
		t.Run(name, func(t *testing.T) {
			if len(both.Topics) != 2 || len(both.Groups) != 2 {
				t.Fatalf("%+v", both)
			}
			for _, n := range both.Topics {
				if n.Name == "a" && (n.Rights != everything || n.Partitions != 2) || n.Name == "b" && n.Rights != topic.Read {
					t.Errorf("%+v", n)
				}
			}
		})
	}
}
