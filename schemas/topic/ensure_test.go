package topic_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/topic"
)

func TestEnsureMakesNothingWhereOneTopicHasAnotherCount(t *testing.T) {
	c, ctx := withTopic(t, 0), t.Context()
	err := c.Ensure(ctx, []topic.Spec{{Name: "new", Partitions: 1}, {Name: "x", Partitions: 4}})
	var mismatch *topic.PartitionCountError
	if !errors.As(err, &mismatch) || *mismatch != (topic.PartitionCountError{Topic: "x", Have: 1, Want: 4}) || !strings.Contains(err.Error(), "kafka.partitions to 1") {
		t.Errorf("%v, want what there is, what is wanted and what to set", err)
	}
	if err := c.Ensure(ctx, []topic.Spec{{Name: "four", Partitions: 4}}); err != nil {
		t.Fatal(err)
	}
	err = c.Ensure(ctx, []topic.Spec{{Name: "four", Partitions: 4}, {Name: "x", Partitions: 4}})
	if !errors.As(err, &mismatch) || strings.Contains(err.Error(), "kafka.partitions") || !strings.Contains(err.Error(), "delete it") {
		t.Errorf("%v, want it said that x was altered, because the other is as it should be", err)
	}
	if n, err := c.PartitionCount(ctx, "new"); n != 0 || err != nil {
		t.Errorf("new has %d partitions, %v; want that it is not made", n, err)
	}
}
