package transform

import (
	"testing"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/testenv/fixture"
)

// TestTheRightsThatTransformNeedsSuffice assembles as a user of the cluster who has no
// others; somebody else has made the raw topics and filled them.
func TestTheRightsThatTransformNeedsSuffice(t *testing.T) {
	t.Parallel()
	admin, user := fixture.Restricted(t, Needs(topic.Names{Prefix: "m"}, func(change.Domain) int { return partitions }, 0))
	w := worldOn(t, admin, "m", func() {})
	w.makeTopics()
	history(w)
	w.client.Close()
	w.client = dial(user)
	w.start(t.TempDir()).settled()
	if n := len(w.newest()); n == 0 {
		t.Error("nothing was emitted")
	}
}
