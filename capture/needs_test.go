package capture

import (
	"testing"

	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/testenv/fixture"
)

// TestTheRightsThatCaptureNeedsSuffice captures as a user of the cluster who has no others.
func TestTheRightsThatCaptureNeedsSuffice(t *testing.T) {
	t.Parallel()
	s, names := newShop(t, "m2_"), topic.Names{Prefix: "p"}
	s.seed(5)
	_, user := fixture.Restricted(t, Needs(names, testPartitions, 0))
	topics := topic.Dial([]string{user})
	t.Cleanup(topics.Close)
	r := start(t, s.config, topics, names)
	r.snapshotDone()
	s.exec("UPDATE m2_sales_order SET state = 'closed'")
	r.caughtUp(s)
	r.sameAsShop(s)
}
