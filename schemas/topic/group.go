package topic

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
)

// A Group is a consumer group's settings.
type Group struct {
	ID     string
	Topics []string
	// SessionTimeout is how long a member that died without a word keeps its
	// partitions; 0 means 10 s.
	SessionTimeout time.Duration
}

// An Assignment is one partition that this process reads for a generation.
type Assignment struct {
	Topic     string
	Partition int
	// Committed is the group's own copy of the offset, −1 without one. It is told
	// to people and compared with a reader's bookmark, never read from.
	Committed int64

	commit func(offset int64) error
}

// Commit tells the group how far the reader is. It fails when the generation has
// ended.
func (a Assignment) Commit(offset int64) error { return a.commit(offset) }

// Consume joins a group and calls run for each partition that it is assigned,
// each in a goroutine of its own, with a context that ends with the generation.
// All of them have returned before the next generation begins. It returns the
// first error of a run; ctx ending is no error.
func (c *Client) Consume(ctx context.Context, g Group, run func(context.Context, Assignment) error) error {
	group, err := kafka.NewConsumerGroup(g.config(c))
	if err != nil {
		return fmt.Errorf("join group %s: %w", g.ID, err)
	}
	defer group.Close()
	for {
		generation, err := group.Next(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, kafka.ErrGroupClosed):
			return fmt.Errorf("group %s: %w", g.ID, err)
		case err != nil: // a rebalance that did not come about: the library joins again
			continue
		}
		if err := serve(ctx, generation, run); err != nil {
			return fmt.Errorf("group %s: %w", g.ID, err)
		}
	}
}

func (g Group) config(c *Client) kafka.ConsumerGroupConfig {
	session := g.SessionTimeout
	if session == 0 {
		session = 10 * time.Second
	}
	return kafka.ConsumerGroupConfig{
		ID: g.ID, Brokers: c.brokers, Topics: g.Topics,
		SessionTimeout: session, RebalanceTimeout: session, HeartbeatInterval: session / 10,
		JoinGroupBackoff: 200 * time.Millisecond, StartOffset: kafka.FirstOffset,
		Dialer: &kafka.Dialer{ClientID: "mage2sage", Timeout: 3 * time.Second, DualStack: true},
	}
}

// serve runs a generation to its end.
func serve(ctx context.Context, generation *kafka.Generation, run func(context.Context, Assignment) error) error {
	var all sync.WaitGroup
	failed := make(chan error, 1)
	ended := make(chan struct{})
	generation.Start(func(gctx context.Context) {
		defer close(ended)
		gctx, stop := context.WithCancel(gctx)
		defer stop()
		context.AfterFunc(ctx, stop)
		for _, a := range assignments(generation) {
			all.Go(func() {
				if err := run(gctx, a); err != nil && gctx.Err() == nil {
					select {
					case failed <- err:
					default:
					}
					stop()
				}
			})
		}
		<-gctx.Done()
		all.Wait()
	})
	<-ended
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}

func assignments(generation *kafka.Generation) (all []Assignment) {
	for name, partitions := range generation.Assignments {
		for _, p := range partitions {
			all = append(all, Assignment{
				Topic: name, Partition: p.ID, Committed: max(p.Offset, -1),
				commit: func(offset int64) error {
					return generation.CommitOffsets(map[string]map[int]int64{name: {p.ID: offset}})
				},
			})
		}
	}
	return all
}
