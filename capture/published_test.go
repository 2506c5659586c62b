package capture

import (
	"testing"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

func TestWhatWasPublishedBehindACheckpointIsKnownByItsNewestVersion(t *testing.T) {
	topics, names := newTopics(t)
	if err := topics.Ensure(t.Context(), []topic.Spec{{Name: names.Raw(change.Sales), Partitions: 2}}); err != nil {
		t.Fatal(err)
	}
	for partition, versions := range [][]string{{"5.3", "5.9", "5.7"}, {"5.4", "4.99", "nonsense", "5.99999999999"}} {
		for _, v := range versions {
			r := topic.Record{Key: []byte("k"), Value: []byte("{}"), Headers: []topic.Header{{Key: change.HeaderVersion, Value: []byte(v)}}}
			if _, err := topics.Produce(t.Context(), names.Raw(change.Sales), partition, []topic.Record{r}); err != nil {
				t.Fatal(err)
			}
		}
	}
	s := &Stage{Topics: topics, Names: names}
	ends := map[change.Domain][]int64{change.Sales: {3, 4}}
	for name, c := range map[string]struct {
		saved  []int64
		inPart bool
		want   change.Version
	}{
		"nothing behind it":                       {[]int64{3, 4}, false, change.Version{}},
		"the last of one partition":               {[]int64{2, 4}, false, change.Version{Epoch: 5, Sequence: 7}},
		"the newest is not the last":              {[]int64{1, 4}, false, change.Version{Epoch: 5, Sequence: 9}},
		"a part stands before it":                 {[]int64{3, 4}, true, change.Version{Epoch: 5, Sequence: 3}},
		"a part before it, and another behind it": {[]int64{2, 4}, true, change.Version{Epoch: 5, Sequence: 7}},
		"those of others alone":                   {[]int64{3, 1}, false, change.Version{}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := s.publishedSince(t.Context(), change.Checkpoint{Epoch: 5, Sequence: 2, InPart: c.inPart, EndOffsets: map[change.Domain][]int64{change.Sales: c.saved}}, ends)
			if err != nil || got != c.want {
				t.Errorf("it is %s, %v, want %s", got, err, c.want)
			}
		})
	}
}
