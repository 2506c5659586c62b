package topic_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// TestExaminationOfTheBrokerOfThisRun is that of Apache Kafka with KAFKA=real.
func TestExaminationOfTheBrokerOfThisRun(t *testing.T) {
	addr := servers.KafkaForTest(t)
	client := topic.Dial([]string{addr})
	defer client.Close()
	prefix := fmt.Sprintf("p%x", rand.Uint32())
	good, bad, impossible := wanted(prefix+".good"), wanted(prefix+".bad"), wanted(prefix+".impossible")
	impossible.Replicas = 3
	if err := client.Ensure(t.Context(), []topic.Spec{good.Spec}); err != nil {
		t.Fatal(err)
	}
	made{3, 1, map[string]string{"cleanup.policy": "delete", "min.insync.replicas": "2", "min.compaction.lag.ms": "0", "max.message.bytes": "1000000"}}.at(t, addr, bad.Name)
	needs := topic.Needs{Topics: []topic.Need{good, bad, impossible, wanted(prefix + ".new")}, Groups: []string{prefix + ".sink"}}
	list := client.Examine(t.Context(), needs)
	for range 20 { // a broker that nobody has asked for a group makes its coordinator first
		if len(problems(list, "rights to groups")) == 0 {
			break
		}
		list = client.Examine(t.Context(), needs)
	}
	t.Log("\n" + lines(list))
	for check, n := range map[string]int{"reachable": 0, "version": 0, "topics": 2, "rights to topics": 0, "rights to groups": 0, "replication factor": 0, "replicas in sync": 0,
		"cleanup.policy": 1, "min.insync.replicas": 1, "max.message.bytes": 1, "min.compaction.lag.ms": 1, "delete.retention.ms": 1} {
		if found := problems(list, check); len(found) != n || n == 0 && !one(t, list, check).OK() {
			t.Errorf("the check of %s finds %v, want %d problems", check, found, n)
		}
	}
	for _, f := range list {
		if strings.Contains(f.Problem, good.Name) {
			t.Errorf("%s", f)
		}
	}
	fresh := topic.Dial([]string{addr}) // the other answers from its cache
	defer fresh.Close()
	if n, err := fresh.PartitionCount(t.Context(), prefix+".new"); err != nil || n != 0 {
		t.Errorf("the examination made a topic: %d partitions, %v", n, err)
	}
}
