package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// patience bounds what a subject may take for one phase.
const patience = 5 * time.Minute

// stand has a new subject follow the log to its end, and stops it there. Debezium keeps no
// place before it has written a record.
func (w *world) stand(ctx context.Context, s *subject) error {
	launch := s.launch
	if s.begin != nil {
		launch = s.begin
	}
	p, err := launch(ctx)
	if err != nil {
		return err
	}
	defer p.Stop()
	if err := w.until(ctx, "it follows the log", s.snapshotted); err != nil {
		return err
	}
	mark, err := w.mark(ctx)
	if err != nil {
		return err
	}
	if err := w.arrived(ctx, s, mark); err != nil {
		return err
	}
	time.Sleep(2 * time.Second) // offsets are saved each second
	return nil
}

// drain measures how a subject goes on to a mark. The clock starts when the first record
// arrives.
func (w *world) drain(ctx context.Context, s *subject, mark string, total *work) error {
	before, err := w.end(ctx, s)
	if err != nil {
		return err
	}
	p, err := s.launch(ctx)
	if err != nil {
		return err
	}
	defer p.Stop()
	from, err := w.firstRecord(ctx, s, p, before)
	if err != nil {
		return err
	}
	if err := w.arrived(ctx, s, mark); err != nil {
		return err
	}
	to, err := usageOf(p.PID())
	total.add(from, to)
	return err
}

// firstRecord waits until the topic of orders is longer than it was.
func (w *world) firstRecord(ctx context.Context, s *subject, p *servers.Process, before int64) (usage, error) {
	err := w.until(ctx, "the first record arrives", func(ctx context.Context) (bool, error) {
		now, err := w.end(ctx, s)
		return now > before, err
	})
	if err != nil {
		return usage{}, err
	}
	return usageOf(p.PID())
}

// warmUp is how long transactions are written that nobody measures: what follows the log has
// just connected then, and a virtual machine has not compiled what it runs.
const warmUp = 3 * time.Second

// live measures a snapshot and then each rate.
func (w *world) live(ctx context.Context, s *subject, rows int64, p plan, r *result) error {
	process, err := s.launch(ctx)
	if err != nil {
		return err
	}
	defer process.Stop()
	from, err := w.firstRecord(ctx, s, process, 0)
	if err != nil {
		return err
	}
	if err := w.until(ctx, "the snapshot is complete", s.snapshotted); err != nil {
		return err
	}
	to, err := usageOf(process.PID())
	if err != nil {
		return err
	}
	r.snapshot.add(from, to)
	r.snapshot.count += rows
	if _, err := w.latency(ctx, s, p.rates[0], warmUp); err != nil {
		return fmt.Errorf("warm up: %w", err)
	}
	for _, rate := range p.rates {
		all, err := w.latency(ctx, s, rate, p.length)
		if err != nil {
			return fmt.Errorf("latency at %d tx/s: %w", rate, err)
		}
		r.latency[rate] = append(r.latency[rate], all...)
	}
	return nil
}

// until polls.
func (w *world) until(ctx context.Context, what string, ok func(context.Context) (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		done, err := ok(ctx)
		if err != nil || done {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waited in vain until %s: %w", what, ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// end sums the ends of the topic of orders; 0 where it is not there yet.
func (w *world) end(ctx context.Context, s *subject) (int64, error) { return w.endOf(ctx, s.arrives) }

func (w *world) endOf(ctx context.Context, name string) (sum int64, err error) {
	n, err := w.topics.PartitionCount(ctx, name)
	if err != nil || n == 0 {
		return 0, err
	}
	ends, err := w.topics.EndOffsets(ctx, name, n)
	for _, end := range ends {
		sum += end
	}
	return sum, err
}

// recordsOf counts those of the topics that Debezium has drained the log into, but for the
// one by which it found its place.
func (w *world) recordsOf(ctx context.Context, subjects []*subject) (sum int64, err error) {
	for _, s := range subjects {
		for _, t := range tables() {
			if s.name != peer {
				break
			}
			n, err := w.endOf(ctx, s.names.Table(w.database, t.Name))
			if err != nil {
				return 0, err
			}
			sum += n
		}
	}
	return sum - 1, nil
}

// arrived waits for a mark.
func (w *world) arrived(ctx context.Context, s *subject, mark string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := w.consume(ctx, s, false, func(state []byte) error {
		if string(state) == mark {
			return errArrived
		}
		return nil
	})
	if errors.Is(err, errArrived) {
		return nil
	}
	return err
}

var errArrived = errors.New("it has arrived")

// state is what stands before the column by which rows of orders are marked.
var state = []byte(`"state":"`)

// consume reads the topic of orders, all partitions at once, and calls each for the state that
// every record gives to its order, one call at a time, until it fails. tail begins at the end.
func (w *world) consume(ctx context.Context, s *subject, tail bool, each func(state []byte) error) error {
	if err := w.until(ctx, "the topic is there", func(ctx context.Context) (bool, error) {
		n, err := w.topics.PartitionCount(ctx, s.arrives)
		return n > 0, err
	}); err != nil {
		return err
	}
	starts, ends, err := w.topics.Ranges(ctx, s.arrives, partitions)
	if err != nil {
		return err
	}
	if tail {
		starts = ends
	}
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	for number, offset := range starts {
		g.Go(func() error {
			for {
				batch, err := w.topics.Fetch(ctx, s.arrives, number, offset, 200*time.Millisecond)
				if err != nil {
					return err
				}
				offset = batch.Next
				mu.Lock()
				for _, r := range batch.Records {
					if err = each(stateOf(r)); err != nil {
						break
					}
				}
				mu.Unlock()
				if err != nil {
					return err
				}
			}
		})
	}
	return g.Wait()
}

// stateOf finds the state in a record's after, which stands behind its before.
func stateOf(r topic.Record) []byte {
	at := bytes.LastIndex(r.Value, state)
	if at < 0 {
		return nil
	}
	text, _, _ := bytes.Cut(r.Value[at+len(state):], []byte(`"`))
	return text
}
