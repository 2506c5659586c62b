package stream

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/mage2sage/mage2sage/schemas/change"
)

// A flight is what is on its way to Kafka while more is collected: records of all partitions,
// and behind them the checkpoint that speaks of them. There is one at a time, so that nothing
// overtakes.
type flight struct {
	memory memory // of the records
	bytes  int
	landed chan struct{} // closed when err is known
	err    error
}

// load takes everything collected to be sent, once what was sent before is acknowledged.
func (p *publisher) load() error {
	if err := p.land(); err != nil {
		return err
	}
	for q := range p.all() {
		q.records, q.sent, q.first = q.sent, q.records, q.end
		q.end += int64(len(q.sent))
	}
	p.memory, p.flight.memory = p.flight.memory, p.memory
	p.bytes, p.flight.bytes = 0, p.bytes
	return nil
}

// launch sends what was loaded and returns at once. then runs when all of it is acknowledged,
// and never before; it may be nil.
func (p *publisher) launch(ctx context.Context, then func(context.Context) error) {
	f := p.flight
	if f.bytes == 0 && then == nil {
		return
	}
	f.landed = make(chan struct{})
	go func() {
		defer close(f.landed)
		if f.err = p.fly(ctx); f.err == nil && then != nil {
			f.err = then(ctx)
		}
	}()
}

// landed is closed when what was sent is acknowledged or has failed; nil while nothing is on
// its way.
func (p *publisher) landed() <-chan struct{} { return p.flight.landed }

// flying reports whether something is on its way.
func (p *publisher) flying() bool {
	select {
	case <-p.flight.landed:
		return false
	default:
		return p.flight.landed != nil
	}
}

// land waits until nothing is on its way. When it returns nil all that was sent is
// acknowledged; after an error nothing is known, every call returns it, and the publisher is
// done with.
func (p *publisher) land() error {
	f := p.flight
	if f.landed == nil {
		return nil
	}
	<-f.landed
	if f.err != nil {
		return f.err
	}
	f.landed = nil
	f.memory.reset()
	for q := range p.all() {
		clear(q.sent)
		q.sent = q.sent[:0]
	}
	return nil
}

// all are the partitions of all topics.
func (p *publisher) all() iter.Seq[*partition] {
	return func(yield func(*partition) bool) {
		for _, partitions := range append(p.domains(), p.tables) {
			for _, q := range partitions {
				if !yield(q) {
					return
				}
			}
		}
	}
}

// domains are the partitions of each domain's topic; but is left out.
func (p *publisher) domains(but ...change.Domain) (all [][]*partition) {
	for d, partitions := range p.partitions {
		if !slices.Contains(but, d) {
			all = append(all, partitions)
		}
	}
	return all
}

// send hands everything collected over to be produced.
func (p *publisher) send(ctx context.Context) error {
	if err := p.load(); err != nil {
		return err
	}
	p.launch(ctx, nil)
	return nil
}

// flush produces everything collected. When it returns nil all of it is acknowledged.
func (p *publisher) flush(ctx context.Context) error {
	if err := p.send(ctx); err != nil {
		return err
	}
	return p.land()
}

// fly produces what was loaded: reference before the other domains, and these before the topics
// of tables. What a domain's topic has is taken back there when its parent is gone by the time
// that it is read again, and with it what the topic of the table has.
func (p *publisher) fly(ctx context.Context) error {
	for _, topics := range [][][]*partition{{p.partitions[change.Reference]}, p.domains(change.Reference), {p.tables}} {
		if err := p.produce(ctx, topics...); err != nil {
			return err
		}
	}
	p.metrics.bytes.Add(float64(p.flight.bytes))
	return nil
}

// produce sends those of some topics, one request in flight per partition.
func (p *publisher) produce(ctx context.Context, topics ...[]*partition) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, partitions := range topics {
		for _, q := range partitions {
			if len(q.sent) == 0 {
				continue
			}
			g.Go(func() error {
				err := q.produce(ctx, p.out)
				if err == nil {
					p.metrics.records.WithLabelValues(q.label).Add(float64(len(q.sent)))
				}
				return err
			})
		}
	}
	return g.Wait()
}

// produce sends those of one partition and checks that they follow the last ones. Those of a
// table's topic may repeat, and nobody keeps count of them.
func (q *partition) produce(ctx context.Context, out Producer) error {
	base, err := out.Produce(ctx, q.topic, q.number, q.sent)
	if err != nil || q.label == tablesLabel {
		return err
	}
	if base < q.first {
		return &LostRecordsError{fmt.Sprintf("%s/%d", q.topic, q.number), base, q.first}
	}
	if base > q.first {
		return &ForeignWriterError{fmt.Sprintf("%s/%d", q.topic, q.number), q.first, base}
	}
	return nil
}
