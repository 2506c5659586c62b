package topic

import (
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// part is a partition with its replicas, those in sync and its leader.
func part(number int32, replicas, inSync []int32, leader int32) kmsg.MetadataResponseTopicPartition {
	return kmsg.MetadataResponseTopicPartition{Partition: number, Replicas: replicas, ISR: inSync, Leader: leader}
}

func TestReplicasThatAreNotInSyncAreSaid(t *testing.T) {
	all, none := []int32{1, 2, 3}, int32(-1)
	for name, c := range map[string]struct {
		partitions []kmsg.MetadataResponseTopicPartition
		needed     string
		warning    bool
		says       string // "" where nothing is wrong
	}{
		"all are":                        {[]kmsg.MetadataResponseTopicPartition{part(0, all, all, 1)}, "2", false, ""},
		"one is behind":                  {[]kmsg.MetadataResponseTopicPartition{part(1, all, []int32{1, 2}, 1), part(0, all, all, 1)}, "2", true, "in its partitions [1]"},
		"fewer than a write needs":       {[]kmsg.MetadataResponseTopicPartition{part(0, all, []int32{1}, 1)}, "2", false, "fewer than the 2 replicas in sync that a write needs, in its partitions [0]"},
		"no leader":                      {[]kmsg.MetadataResponseTopicPartition{part(0, all, []int32{1}, none), part(1, all, all, 1)}, "2", false, "no leader for its partitions [0]"},
		"the setting is not told":        {[]kmsg.MetadataResponseTopicPartition{part(0, all, []int32{1}, 1)}, "", true, "not in sync"},
		"more are needed than there are": {[]kmsg.MetadataResponseTopicPartition{part(0, []int32{1}, []int32{1}, 1)}, "2", false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := replicasInSync(Need{Spec: Spec{Name: "x"}}, described{partitions: c.partitions, settings: map[string]string{"min.insync.replicas": c.needed}})
			if (c.says == "") != f.OK() || f.Warning != c.warning || !strings.Contains(f.String(), c.says) {
				t.Errorf("%s, want %q, a warning: %v", f, c.says, c.warning)
			}
		})
	}
}

func TestAReassignmentKeepsWhatIsThereAndGoesRoundTheBrokers(t *testing.T) {
	for name, c := range map[string]struct {
		partitions []kmsg.MetadataResponseTopicPartition
		want       int
		file       string
	}{
		"from one copy to three": {[]kmsg.MetadataResponseTopicPartition{part(1, []int32{2}, nil, 2), part(0, []int32{1}, nil, 1)}, 3,
			`{"version":1,"partitions":[{"topic":"x","partition":0,"replicas":[1,2,3]},{"topic":"x","partition":1,"replicas":[2,3,4]}]}`},
		"from three to two": {[]kmsg.MetadataResponseTopicPartition{part(0, []int32{3, 1, 2}, nil, 3)}, 2, `{"version":1,"partitions":[{"topic":"x","partition":0,"replicas":[3,1]}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := reassignment("x", described{partitions: c.partitions}, []int32{4, 2, 1, 3}, c.want); got != c.file {
				t.Errorf("%s, want %s", got, c.file)
			}
		})
	}
}
