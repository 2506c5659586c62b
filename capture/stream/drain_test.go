package stream

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// A slow broker takes its time for one topic, and gives up with the request's context, as
// the client does.
type slow struct {
	*notebook
	topic string
	takes time.Duration
}

func (s *slow) Produce(ctx context.Context, name string, partition int, records []topic.Record) (int64, error) {
	if name == s.topic {
		select {
		case <-time.After(s.takes):
		case <-ctx.Done():
			return -1, ctx.Err()
		}
	}
	return s.notebook.Produce(ctx, name, partition, records)
}

// slowly is a rig in the middle of a request to a topic.
func slowly(t *testing.T, topic string, takes time.Duration) *rig {
	t.Helper()
	r := newStillRig(t)
	r.streamer.publisher.out = &slow{r.out, topic, takes}
	r.streamer.offsets.Out = r.streamer.publisher.out
	ctx, stop := context.WithCancelCause(t.Context())
	r.stop = stop
	go func() { r.done <- r.streamer.Run(ctx) }()
	r.begin()
	r.order(t, "1")
	r.commit()
	synctest.Wait()
	return r
}

func TestAnEndInTheMiddleOfARequestWaitsForItAndHandsOver(t *testing.T) {
	for name, c := range map[string]struct {
		topic string
		takes time.Duration
		saved bool
	}{
		"to a raw topic":                      {"t.sales", drainTime - time.Second, true},
		"to the offsets":                      {"t.offsets", drainTime/2 - time.Second, true}, // another one follows
		"that takes longer than an end may":   {"t.sales", time.Minute, false},
		"of two that take too long together":  {"t.offsets", drainTime - time.Second, false},
		"to a broker that never answers this": {"t.offsets", time.Hour, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := slowly(t, c.topic, c.takes)
				began := time.Now()
				r.stop(nil)
				if err := <-r.done; err == nil {
					t.Error("the Streamer returned nil, as if the log had ended")
				}
				if took := time.Since(began); took > drainTime {
					t.Errorf("the end took %v, want %v at most", took, drainTime)
				}
				if at := r.saved(t); c.saved != (at != nil && at.Released && at.Sequence == 8) {
					t.Errorf("saved %+v, want that nothing follows: %v", at, c.saved)
				}
			})
		})
	}
}

func TestALockThatIsLostCutsARequestOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := slowly(t, "t.sales", time.Second)
		began := time.Now()
		r.stop(ErrMayNotPublish)
		if err := <-r.done; !errors.Is(err, context.Canceled) || time.Since(began) != 0 {
			t.Errorf("the Streamer returned %v after %v", err, time.Since(began))
		}
		if at := r.saved(t); at != nil || len(r.sales()) != 0 {
			t.Errorf("published %v, and saved %+v", r.sales(), at)
		}
	})
}

func TestATaskIsFinishedBeforeTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		go func() {
			_ = r.streamer.RunAtBoundary(context.Background(), position.Position{}, func(ctx context.Context) error {
				select {
				case <-time.After(time.Second):
					return nil
				case <-ctx.Done():
					return ctx.Err()
				}
			})
		}()
		synctest.Wait()
		r.stop(nil)
		<-r.done
		if at := r.saved(t); at == nil || !at.Released {
			t.Errorf("saved %+v, want that nothing follows", at)
		}
	})
}

// A log that ends with the Streamer's context, which is what closes its connection.
type endsToo struct {
	stop   context.CancelCauseFunc
	events chan *row.Batch
}

func (l endsToo) Events() <-chan *row.Batch { l.stop(nil); return l.events }
func (l endsToo) Err() error                { return errors.New("the connection was closed") }

func TestALogThatEndsTogetherWithTheStreamerIsNoFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newStillRig(t)
		ctx, stop := context.WithCancelCause(t.Context())
		log := endsToo{stop, make(chan *row.Batch)}
		close(log.events)
		r.streamer.log = log
		if err := r.streamer.Run(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("the Streamer returned %v", err)
		}
		if at := r.saved(t); at == nil || !at.Released {
			t.Errorf("saved %+v, want that nothing follows", at)
		}
	})
}
