package capture

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// flushBytes is when records are produced although more wait behind them.
const flushBytes = 2 << 20

// A producer appends records to one partition and returns the first one's offset.
type producer interface {
	Produce(ctx context.Context, topic string, partition int, records []topic.Record) (base int64, err error)
}

// A publisher collects records by partition and produces them: in order within a
// partition, all partitions at once, reference before the others.
type publisher struct {
	out     producer
	lanes   map[change.Domain][]*lane
	metrics *metrics
	bytes   int // collected and not produced
}

// A lane is one partition.
type lane struct {
	topic     string
	partition int
	records   []topic.Record // collected
	end       int64          // offset after the last acknowledged record
	marker    change.Version // of the last commit marker collected
	touched   bool           // holds rows after the last marker
}

// add collects a record for a partition; a row makes the partition touched.
func (p *publisher) add(d change.Domain, partition int, r topic.Record, row bool) {
	l := p.lanes[d][partition]
	l.records = append(l.records, r)
	l.touched = l.touched || row
	p.bytes += r.Size()
}

// full tells that it is time to flush.
func (p *publisher) full() bool { return p.bytes >= flushBytes }

// empty tells that nothing is collected.
func (p *publisher) empty() bool { return p.bytes == 0 }

// mark closes a transaction or chunk: every touched partition gets a marker that
// names the partition's previous one. It tells whether there was any.
func (p *publisher) mark(c change.Commit) (touched bool, err error) {
	for d, lanes := range p.lanes {
		for i, l := range lanes {
			if !l.touched {
				continue
			}
			c.Previous = l.marker
			record, err := controlRecord(change.KindCommit, change.CommitKey, c.Version, c)
			if err != nil {
				return touched, err
			}
			p.add(d, i, record, false)
			l.marker, l.touched, touched = c.Version, false, true
		}
	}
	return touched, nil
}

// flush produces everything collected. When it returns nil all of it is
// acknowledged; after an error nothing is known, and the publisher is done with.
func (p *publisher) flush(ctx context.Context) error {
	if p.empty() {
		return nil
	}
	if err := p.produce(ctx, change.Reference); err != nil {
		return err
	}
	others := slices.DeleteFunc(p.domains(), func(d change.Domain) bool { return d == change.Reference })
	if err := p.produce(ctx, others...); err != nil {
		return err
	}
	p.bytes = 0
	return nil
}

// produce sends the lanes of some domains, one request in flight per partition.
func (p *publisher) produce(ctx context.Context, domains ...change.Domain) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, d := range domains {
		for _, l := range p.lanes[d] {
			if len(l.records) == 0 {
				continue
			}
			g.Go(func() error {
				n := len(l.records)
				err := l.produce(ctx, p.out)
				if err == nil {
					p.metrics.records.WithLabelValues(string(d)).Add(float64(n))
				}
				return err
			})
		}
	}
	return g.Wait()
}

// produce sends one lane and checks that its records follow the last ones.
func (l *lane) produce(ctx context.Context, out producer) error {
	base, err := out.Produce(ctx, l.topic, l.partition, l.records)
	if err != nil {
		return err
	}
	if base < l.end {
		return &lostRecordsError{fmt.Sprintf("%s/%d", l.topic, l.partition), base, l.end}
	}
	if base > l.end {
		return fmt.Errorf("publish to %s/%d: records of somebody else stand at %d to %d", l.topic, l.partition, l.end, base)
	}
	l.end += int64(len(l.records))
	clear(l.records)
	l.records = l.records[:0]
	return nil
}

func (p *publisher) domains() (all []change.Domain) {
	for d := range p.lanes {
		all = append(all, d)
	}
	return all
}

// ends and markers are what a position saves.
func (p *publisher) ends() map[change.Domain][]int64 {
	return ofLanes(p, func(l *lane) int64 { return l.end })
}

func (p *publisher) markers() map[change.Domain][]change.Version {
	return ofLanes(p, func(l *lane) change.Version { return l.marker })
}

func ofLanes[T any](p *publisher, of func(*lane) T) map[change.Domain][]T {
	all := map[change.Domain][]T{}
	for d, lanes := range p.lanes {
		for _, l := range lanes {
			all[d] = append(all[d], of(l))
		}
	}
	return all
}
