package transform

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/mage2sage/mage2sage/schemas/topic"
)

// defaultOrderPoll is how often a stage looks for what it is told to do: a person waits for it.
const defaultOrderPoll = time.Second

// An orderFollower reads what people have told transform to do, for all partitions.
type orderFollower struct {
	stage   *Stage
	reader  *topic.OrderReader
	current atomic.Pointer[topic.Orders]
}

func newOrderFollower(s *Stage) *orderFollower {
	f := &orderFollower{stage: s, reader: &topic.OrderReader{Client: s.Topics, Names: s.Names, Source: s.Source, Pipeline: s.pipeline}}
	f.current.Store(&topic.Orders{})
	return f
}

// now is what was read of them.
func (f *orderFollower) now() topic.Orders { return *f.current.Load() }

// read takes what is new.
func (f *orderFollower) read(ctx context.Context) error {
	orders, changed, err := f.reader.Read(ctx)
	if err != nil {
		return fmt.Errorf("read what transform is told to do: %w", err)
	}
	if !changed {
		return nil
	}
	f.current.Store(&orders)
	return f.stage.shelf.skip(orders.Skips)
}

// follow reads until ctx ends. What keeps it from reading keeps nobody from assembling: it is
// tried again, and those who read more of the topics say what is wrong.
func (f *orderFollower) follow(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(f.stage.orderPoll):
		}
		if err := f.read(ctx); err != nil {
			f.stage.Log.Debug().Str("reason", err.Error()).Msg("what transform is told to do was not read")
		}
	}
}
