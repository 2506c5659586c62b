package capture

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/topic"
)

// A capture that is killed between the record that says that a cart is negotiated and the cart
// reads it in its next life.
func TestACartThatWasNotReadBeforeAKillIsReadByTheNextSession(t *testing.T) {
	t.Parallel()
	s := newCartShop(t)
	brokers := brokersForTest(t)
	c := childConfig{Config: s.config, Password: s.config.Password.Reveal(), Brokers: brokers, Prefix: fmt.Sprintf("carts%x", rand.Uint32()), Quick: true, Unasked: true}
	watch := &running{t: t, stage: &Stage{Config: s.config, Partitions: testPartitions, Topics: topic.Dial(brokers), Names: topic.Names{Prefix: c.Prefix}}}
	t.Cleanup(watch.stage.Topics.Close)
	watch.log, watch.done = &lines{}, make(chan error, 1)
	child := childThatLogsTo(t, c, watch.log)
	watch.snapshotDone()
	s.negotiate(3)
	until(t, "the checkpoint has it", func() bool { return len(watch.state().Checkpoint.Wanted) == 1 })
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()
	if got := watch.recordsOf(3); got != 1 || watch.state().Checkpoint.Wanted[0] != "estimate/3" {
		t.Fatalf("%d records of cart 3 were published, and %v are wanted", got, watch.state().Checkpoint.Wanted)
	}
	again := run(t, watch.stage)
	again.wantedRead(s)
	again.has(3)
	if strings.Contains(again.log.String(), "a new epoch began") {
		t.Error("a new epoch began")
	}
}

// A session that begins behind the deletes of carts does not know which of them were negotiated.
func TestACartThatWentWhileCaptureWasAwayLeavesTheTopic(t *testing.T) {
	t.Parallel()
	const yes, no, either = "true", "false", "true or false" // MySQL 9.6 and later log what goes with a cart
	for name, c := range map[string]struct {
		sql    string
		strays string
		left   int
	}{
		"a cart":                {"DELETE FROM m2_quote WHERE entity_id = 2", yes, 1},
		"another one":           {"DELETE FROM m2_quote WHERE entity_id = 4", yes, 2},
		"its store":             {"UPDATE m2_quote SET store_id = 2 WHERE entity_id = 2; DELETE FROM m2_store WHERE store_id = 2", yes, 1},
		"that it is negotiated": {"DELETE FROM m2_negotiable_quote WHERE quote_id = 2; UPDATE m2_quote SET grand_total = 1", no, 1},
		"that another is not":   {"INSERT INTO m2_negotiable_quote (quote_id) VALUES (3)", no, 3},
		"a cart that came and went": {"INSERT INTO m2_quote (entity_id, store_id) VALUES (7, 1); INSERT INTO m2_negotiable_quote (quote_id) VALUES (7); " +
			"DELETE FROM m2_quote WHERE entity_id = 7", either, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, r := cartShop(t, func(s *Stage) { s.cascadeCheck = time.Hour })
			r.halt()
			s.exec(c.sql)
			s.exec("UPDATE m2_quote_item SET qty = 5")
			blind := run(t, r.stage)
			blind.caughtUp(s)
			if got := fmt.Sprint(blind.state().Checkpoint.StrayCarts); !strings.Contains(c.strays, got) {
				t.Errorf("carts have to be looked for: %s, want %s", got, c.strays)
			}
			blind.halt()
			r.stage.cascadeCheck = 100 * time.Millisecond
			again := run(t, r.stage)
			until(t, "it has begun", func() bool { return strings.Contains(again.log.String(), "capture began") })
			again.followed(s)
			again.wantedRead(s)
			again.has(c.left)
			again.never(4)
		})
	}
}

// What is deleted while the log is followed is known to have been negotiated, or not.
func TestACartThatIsDeletedUnderOurEyesIsNotSearchedFor(t *testing.T) {
	t.Parallel()
	s, r := cartShop(t, func(s *Stage) { s.cascadeCheck = time.Hour })
	s.exec("INSERT INTO m2_tax_class (class_name) VALUES ('x'); DELETE FROM m2_quote WHERE entity_id = 3")
	r.caughtUp(s)
	if c := r.state().Checkpoint; c.StrayCarts || len(c.Bereft) > 0 {
		t.Errorf("the checkpoint has %v and %v after another cart was deleted", c.StrayCarts, c.Bereft)
	}
}
