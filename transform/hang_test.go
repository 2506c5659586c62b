package transform

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/health"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/transform/state"
)

// silent accepts connections and never answers.
func silent(t *testing.T) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().String()
}

func TestALoopOfTransformThatHangsInItsFirstStepIsNotHiddenByTheOthers(t *testing.T) {
	topics := topic.Dial([]string{silent(t)})
	t.Cleanup(topics.Close)
	names := topic.Names{Prefix: "m"}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	for _, c := range []struct {
		loop string
		run  func(*Stage)
	}{
		{"m.sales/3", func(s *Stage) {
			db, err := state.Open(t.TempDir())
			if err != nil {
				t.Error(err)
				return
			}
			defer db.Close()
			_ = newPartition(s, topic.Assignment{Topic: names.Raw(change.Sales), Partition: 3}, newReferenceFollower(s, db.Partition(change.Reference, 0)), db).run(ctx)
		}},
		{"m.reference", func(s *Stage) { _ = s.run(ctx, func() {}) }},
	} {
		board := &health.Board{}
		done := make(chan struct{})
		go func() {
			defer close(done)
			c.run(&Stage{Config: Config{StateDir: t.TempDir()}, Topics: topics, Names: names, Log: zerolog.Nop(), Health: board})
		}()
		deadline := time.After(20 * time.Second)
		for board.Prove("another"); board.Proof().Loop != c.loop || !board.Proof().At.IsZero(); board.Prove("another") {
			select {
			case <-deadline:
				t.Fatalf("the worst loop is %+v, want %s without any proof", board.Proof(), c.loop)
			case <-time.After(20 * time.Millisecond):
			}
		}
		t.Cleanup(func() { <-done })
	}
}
