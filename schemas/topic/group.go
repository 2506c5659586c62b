package topic

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
)

// A Group holds the settings of a consumer group.
type Group struct {
	ID     string
	Topics []string
	// SessionTimeout is how long a member that died without leaving the group keeps
	// its partitions; 0 means 10 s.
	SessionTimeout time.Duration
	// Joining is called before each attempt to join, and Joined when a generation begins,
	// even one without a partition for this process; nil when nobody asks.
	Joining, Joined func()
}

// told calls f, if there is one.
func told(f func()) {
	if f != nil {
		f()
	}
}

// An Assignment is one partition that this process reads for a generation.
type Assignment struct {
	Topic     string
	Partition int
	// Committed is the offset that the group has committed, −1 without one. It serves
	// to show the lag and to check a reader's bookmark. A reader does not start there.
	Committed int64

	commit     func(offset int64) error
	membership *membership // of all assignments of the generation
}

// Commit saves in the group how far the reader has come. It fails when the
// generation has ended.
func (a Assignment) Commit(offset int64) error {
	return a.membership.asked(func() error { return a.commit(offset) })
}

// Consume joins a group and calls run for each partition that it is assigned,
// each in a goroutine of its own, with a context that ends with the generation.
// All of them have returned before the next generation begins. It returns the
// first error of a run, and a BrokerError when it could not join for a while; ctx ending
// is no error, nor is an ErrGenerationEnded of a run.
func (c *Client) Consume(ctx context.Context, g Group, run func(context.Context, Assignment) error) error {
	group, err := kafka.NewConsumerGroup(g.config(c))
	if err != nil {
		return fmt.Errorf("join group %s: %w", g.ID, err)
	}
	defer group.Close()
	var failing time.Time // since when no generation has come about
	for {
		told(g.Joining)
		generation, err := group.Next(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, kafka.ErrGroupClosed):
			return fmt.Errorf("group %s: %w", g.ID, err)
		case err != nil: // a rebalance failed; the next call joins again
			if failing.IsZero() {
				failing = time.Now()
			}
			if time.Since(failing) > leaderPatience {
				return fmt.Errorf("join group %s: %w", g.ID, c.classify(err))
			}
			continue
		}
		failing = time.Time{}
		told(g.Joined)
		if err := serve(ctx, assignments(generation, cmp.Or(g.SessionTimeout, defaultSession)), generation, run); err != nil {
			return fmt.Errorf("group %s: %w", g.ID, err)
		}
	}
}

// defaultSession is a compromise: a shorter one takes partitions from a member that
// only pauses, a longer one leaves those of a dead member unread for longer.
const defaultSession = 10 * time.Second

// rejoinPause separates two attempts to join a group. It keeps a broken broker from
// being asked in a tight loop, and it is short beside any session timeout.
const rejoinPause = 200 * time.Millisecond

// config sets ten heartbeats per session, so that a member loses its partitions only
// after several lost in a row, and learns within a tenth of a session that the
// group rebalances. Members have one session to return to a rebalance.
func (g Group) config(c *Client) kafka.ConsumerGroupConfig {
	session := cmp.Or(g.SessionTimeout, defaultSession)
	return kafka.ConsumerGroupConfig{
		ID: g.ID, Brokers: c.brokers, Topics: g.Topics,
		SessionTimeout: session, RebalanceTimeout: session, HeartbeatInterval: session / 10,
		JoinGroupBackoff: rejoinPause, StartOffset: kafka.FirstOffset,
		Dialer: &kafka.Dialer{ClientID: "mage2sage", Timeout: dialTimeout, DualStack: true, SASLMechanism: c.login, TLS: c.tls},
	}
}

// serve runs every assignment of a generation and returns when all have ended, with
// the first error among them. One that finds the generation ended ends it for all.
func serve(ctx context.Context, all []Assignment, generation *kafka.Generation, run func(context.Context, Assignment) error) error {
	var running sync.WaitGroup
	failed := make(chan error, 1)
	ended := make(chan struct{})
	generation.Start(func(gctx context.Context) {
		defer close(ended)
		gctx, stop := context.WithCancel(gctx)
		defer stop()
		context.AfterFunc(ctx, stop)
		for _, a := range all {
			running.Go(func() {
				err := run(gctx, a)
				if errors.Is(err, ErrGenerationEnded) {
					stop()
					return
				}
				if err != nil && gctx.Err() == nil {
					select {
					case failed <- err:
					default:
					}
					stop()
				}
			})
		}
		<-gctx.Done()
		running.Wait()
	})
	<-ended
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}

// assignments lists what the generation gives to this process. That it has joined just
// now is no proof: it may have slept since. The first that writes asks.
func assignments(generation *kafka.Generation, session time.Duration) (all []Assignment) {
	m := &membership{session: session, now: time.Now}
	for name, partitions := range generation.Assignments {
		for _, p := range partitions {
			all = append(all, Assignment{
				Topic: name, Partition: p.ID, Committed: max(p.Offset, -1),
				membership: m,
				commit: func(offset int64) error {
					return generation.CommitOffsets(map[string]map[int]int64{name: {p.ID: offset}})
				},
			})
		}
	}
	return all
}
