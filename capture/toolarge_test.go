package capture

import (
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/change"
)

// TestATopicThatTakesNoRequestOfOursIsATroubleOfKafka has a topic whose limit somebody has lowered,
// and puts it right by the setting that the hint names.
func TestATopicThatTakesNoRequestOfOursIsATroubleOfKafka(t *testing.T) {
	t.Parallel()
	s, r, admin := watchedShop(t)
	sales := r.stage.Names.Raw(change.Sales)
	set(t, admin, sales, "max.message.bytes", "200")
	s.sellUnseen(2)
	until(t, "status says it", func() bool { r.alive(); return len(r.stage.Health.Troubles()) > 0 })
	first := r.stage.Health.Troubles()[0]
	if first.About != aboutBroker || !strings.HasPrefix(first.Problem, "kafka: the topic "+sales+" takes no records of ") ||
		!strings.Contains(first.Hint, " --alter --entity-type topics --entity-name "+sales+" --add-config max.message.bytes=8388608") {
		t.Errorf("the trouble is %+v", first)
	}
	for end := time.Now().Add(10 * quick.longest); time.Now().Before(end); time.Sleep(time.Millisecond) { // some sessions
		if now := r.stage.Health.Troubles(); len(now) != 1 || !now[0].Since.Equal(first.Since) {
			t.Fatalf("it comes and goes with the sessions: %v", now)
		}
	}
	set(t, admin, sales, "max.message.bytes", "8388608")
	r.caughtUp(s)
	r.sameAsShop(s)
	until(t, "it is over", func() bool { r.alive(); return len(r.stage.Health.Troubles()) == 0 })
}
