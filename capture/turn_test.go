package capture

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/capture/source"
	"github.com/mage2sage/mage2sage/capture/stream"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/schemas/topic/embedded"
)

// A process that was stopped holds its connections, and wakes up with rows in hand.
func TestACaptureThatHangsIsSucceededAndWritesNothingWhenItWakes(t *testing.T) {
	t.Parallel()
	s := newShop(t, "m2_")
	s.seed(200)
	broker, err := embedded.Start(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(broker.Close)
	c := childConfig{Config: s.config, Password: s.config.Password.Reveal(), Brokers: []string{broker.Addr}, Prefix: "hangs"}
	watch := &running{t: t, stage: &Stage{Config: s.config, Partitions: testPartitions, Topics: topic.Dial(c.Brokers), Names: topic.Names{Prefix: c.Prefix}}, log: &lines{}, done: make(chan error, 1)}
	ctx, stop := context.WithCancel(t.Context())
	var traders sync.WaitGroup
	traders.Go(func() { s.trade(ctx, 1) })
	var said lines
	first := childThatLogsTo(t, c, &said)
	t.Cleanup(func() {
		_ = first.Process.Signal(syscall.SIGCONT)
		_ = first.Process.Signal(syscall.SIGTERM)
		_ = first.Wait()
	})
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the first said:\n%s", said.String())
		}
	})
	watch.snapshotDone()
	if err := first.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	hung, holder, epoch := time.Now(), watch.state().Checkpoint.Holder, watch.state().Checkpoint.Epoch
	second := start(t, s.config, watch.stage.Topics, watch.stage.Names)
	until(t, "the second capture has taken over", func() bool {
		second.alive()
		return second.state().Checkpoint.Holder != holder
	})
	if took := time.Since(hung); took > source.LockWait+source.Lease+30*time.Second {
		t.Errorf("it took %v", took)
	}
	if err := first.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	until(t, "the first has seen that it lost its turn", func() bool {
		return strings.Contains(said.String(), "holds the lock") || strings.Contains(said.String(), stream.ErrMayNotPublish.Error())
	})
	stop()
	traders.Wait()
	second.snapshotDone()
	second.caughtUp(s)
	s.exec("UPDATE m2_sales_order SET state = 'closed'") // reaches every partition of the domain
	second.caughtUp(s)
	second.snapshotDone() // of the epoch that a late append may have begun
	second.caughtUp(s)
	second.sameAsShop(s)
	second.unbroken()
	// A request that was half sent when the process stopped goes on when it wakes, and
	// nothing can call it back; then a new epoch puts every row right.
	if now := second.state().Checkpoint.Epoch; strings.Contains(second.log.String(), "another writer") == (now == epoch) {
		t.Errorf("epoch %d, then %d:\n%s", epoch, now, second.log)
	}
}

// What a capture that hung had half sent stands behind newer states of the same rows.
func TestRowsThatAnotherWriterAppendedArePutRight(t *testing.T) {
	t.Parallel()
	s, r := streaming(t)
	s.exec("INSERT INTO m2_sales_order (entity_id, state) VALUES (1, 'new')")
	r.caughtUp(s)
	epoch := r.state().Checkpoint.Epoch
	old := of(t, r.records(change.Sales), "sales_order")[0]
	s.exec("UPDATE m2_sales_order SET state = 'closed'")
	r.caughtUp(s)
	if _, err := r.stage.Topics.Produce(t.Context(), r.stage.Names.Raw(change.Sales), old.partition, []topic.Record{old.Record}); err != nil {
		t.Fatal(err)
	}
	s.exec("UPDATE m2_sales_order SET increment_id = '7'")
	until(t, "a new epoch began", func() bool { r.alive(); return r.state().Checkpoint.Epoch > epoch })
	r.snapshotDone()
	r.caughtUp(s)
	r.sameAsShop(s)
}

func TestACaptureThatEndedInOrderIsSucceededAtOnce(t *testing.T) {
	s, r := streaming(t)
	r.halt()
	if !r.state().Checkpoint.Released {
		t.Error("the last checkpoint does not say that nothing follows")
	}
	again := start(t, s.config, r.stage.Topics, r.stage.Names)
	s.exec("INSERT INTO m2_sales_order (state) VALUES ('new')")
	again.caughtUp(s)
	if strings.Contains(again.log.String(), "given time to notice") {
		t.Error("it waited for a capture that had ended")
	}
	if again.state().Checkpoint.Released {
		t.Error("a capture at work says that it is done")
	}
}

type turn struct{ err error }

func (t turn) Held() error { return t.err }

type countingProducer struct{ calls int }

func (c *countingProducer) Produce(context.Context, string, int, []topic.Record) (int64, error) {
	c.calls++
	return 0, nil
}

func TestNothingIsWrittenWithoutAFreshProofOfTheLock(t *testing.T) {
	out := &countingProducer{}
	if _, err := (fenced{out, turn{source.ErrLockLost}}).Produce(t.Context(), "t", 0, nil); !errors.Is(err, stream.ErrMayNotPublish) || out.calls != 0 {
		t.Errorf("%d calls, %v; want none and ErrMayNotPublish", out.calls, err)
	}
	if _, err := (fenced{out, turn{}}).Produce(t.Context(), "t", 0, nil); err != nil || out.calls != 1 {
		t.Errorf("%d calls, %v; want one", out.calls, err)
	}
}

func TestOnlyAProcessThatIsSurelyDeadIsNotWaitedFor(t *testing.T) {
	gone := exec.Command("true")
	if err := gone.Run(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		holder string
		want   bool
	}{
		"this one":                    {newHolder(), false},
		"one that has ended":          {fmt.Sprintf("%s/%d/x", processes(), gone.Process.Pid), true},
		"one of another machine":      {fmt.Sprintf("elsewhere/%d/x", gone.Process.Pid), false},
		"one that did not say who":    {"", false},
		"one that could not say more": {fmt.Sprintf("/%d/x", gone.Process.Pid), false},
		"all of a process group":      {processes() + "/-1/x", false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := dead(c.holder); got != c.want {
				t.Errorf("dead: %v, want %v", got, c.want)
			}
		})
	}
}
