package sink

import (
	"testing"

	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/sink/work"
	"github.com/mage2sage/mage2sage/testenv/fixture"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

// TestTheRightsThatTheSinkNeedsSuffice posts as a user of the cluster who has no others.
func TestTheRightsThatTheSinkNeedsSuffice(t *testing.T) {
	t.Parallel()
	admin, user := fixture.Restricted(t, Needs(topic.Names{Prefix: "test"}))
	w := newWorldOn(t, simulator.Options{}, admin, "test")
	w.publish(invoiceOf(1, ada))
	w.topics = topic.Dial([]string{user})
	t.Cleanup(w.topics.Close)
	w.start()
	w.reaches("invoice:1", work.ItemPosted, "")
}
