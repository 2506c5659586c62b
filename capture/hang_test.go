package capture

import (
	"context"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/stream"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/health"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

func TestASessionThatHangsInItsFirstStepIsNamed(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // it accepts, and never answers
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	topics, names := newTopics(t)
	c := Config{Name: "shop", Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, User: "mage2sage", Database: "magento", ServerID: 7}
	board := &health.Board{}
	run(t, &Stage{Config: c, Partitions: testPartitions, Topics: topics, Names: names, Health: board})
	until(t, "the board names what hangs", func() bool {
		p := board.Proof()
		return p.Loop == beginning && p.At.IsZero() && !p.Owed.IsZero()
	})
}

func TestTheLoopsOfCaptureAreExpectedFromTheirBeginning(t *testing.T) {
	t.Parallel()
	s := newShop(t, "")
	topics, names := newTopics(t)
	board := &health.Board{}
	var owed []string // in the order in which they owed their first sign, and had not given it
	r := run(t, &Stage{Config: s.config, Partitions: testPartitions, Topics: topics, Names: names, Health: board})
	until(t, "each loop has proved itself", func() bool {
		p := board.Proof()
		if p.At.IsZero() && p.Loop != "" && !slices.Contains(owed, p.Loop) {
			owed = append(owed, p.Loop)
		}
		return p.Loop != "" && !p.At.IsZero() && p.Loop != beginning
	})
	if !slices.Contains(owed, locking) {
		t.Errorf("%v owed their first sign, want the lock among them: it is asked for the first time after a while", owed)
	}
	r.alive()
}

// A hangingLog stands where a stream stands, and is not answered by the server.
type hangingLog struct{}

func (hangingLog) RunAtBoundary(ctx context.Context, _ position.Position, task func(context.Context) error) error {
	return task(ctx)
}
func (hangingLog) Reached() position.From { return position.From{} }
func (hangingLog) LogPosition(ctx context.Context) (position.Position, error) {
	<-ctx.Done()
	return position.Position{}, ctx.Err()
}
func (hangingLog) Continues(context.Context, position.From) (string, error) { return "", nil }

// What asks the server or the broker beside the stream is seen when it is not answered,
// though the stream goes on.
func TestAWatchThatHangsIsNamedThoughTheOthersWork(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // it accepts, and never answers
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	for loop, watch := range map[string]func(context.Context, *Stage) error{
		checking: func(ctx context.Context, s *Stage) error {
			return s.watchHistory(ctx, hangingLog{}, hangingLog{})
		},
		watching: func(ctx context.Context, s *Stage) error {
			return s.watchTopics(ctx, map[change.Domain][]int64{change.Sales: {0}})
		},
		comparing: func(ctx context.Context, s *Stage) error {
			_, _, err := s.compare(ctx, nil, stream.Bereft{
				Roots: map[change.Domain]map[change.Root]bool{change.Sales: {"order/1": true}}, Ends: map[change.Domain][]int64{change.Sales: {1}},
			})
			return err
		},
	} {
		t.Run(loop, func(t *testing.T) {
			topics := topic.Dial([]string{l.Addr().String()})
			t.Cleanup(topics.Close)
			s := &Stage{Topics: topics, Names: topic.Names{Prefix: "m"}, Health: &health.Board{}, topicsCheck: time.Millisecond}
			s.clocks.history = time.Millisecond
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- watch(ctx, s) }()
			until(t, "the board names what hangs", func() bool {
				s.Health.Prove(reading)
				p := s.Health.Proof()
				return p.Loop == loop && p.At.IsZero()
			})
			stop()
			<-ended
		})
	}
}
