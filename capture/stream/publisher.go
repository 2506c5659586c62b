package stream

import (
	"context"
	"fmt"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// flushBytes is when records are produced although more wait behind them: well below
// what topic.Client puts into one request, and enough that requests are not the cost.
const flushBytes = 2 << 20

// A Producer appends records to one partition and returns the first one's offset. It keeps
// nothing of records whose offset it has returned: their memory is used again.
type Producer interface {
	Produce(ctx context.Context, topic string, partition int, records []topic.Record) (base int64, err error)
}

// A publisher collects records by partition and produces them: in order within a
// partition, all partitions at once, domains in the order of fly.
type publisher struct {
	out        Producer
	partitions map[change.Domain][]*partition
	tables     []*partition // of the topics of tables; none where there are none
	metrics    *Metrics
	bytes      int    // collected
	memory     memory // of what is collected
	flight     *flight
}

// A partition is one partition of a raw topic, or of a table's topic.
type partition struct {
	topic   string
	label   string // of the metric of its records
	number  int
	records []topic.Record // collected
	sent    []topic.Record // on their way
	first   int64          // offset that the first of sent is to have
	end     int64          // offset behind sent
	marker  change.Version // of the last commit marker collected
	touched bool           // holds rows after the last marker
}

// newPublisher has the partitions of all domains as they are.
func newPublisher(c Config) *publisher {
	p := &publisher{out: c.Out, partitions: map[change.Domain][]*partition{}, metrics: c.Metrics, flight: &flight{}}
	for d, ends := range c.EndOffsets {
		for i, end := range ends {
			q := &partition{topic: c.Names.Raw(d), label: string(d), number: i, end: end}
			if markers := c.Checkpoint.Markers[d]; i < len(markers) {
				q.marker = markers[i]
			}
			p.partitions[d] = append(p.partitions[d], q)
		}
	}
	return p
}

// addRow collects a row's record in the partition of its root; rows without a root
// are in the first.
func (p *publisher) addRow(d change.Domain, root change.Root, r topic.Record) {
	number := 0
	if root != "" {
		number = topic.Partition(root, len(p.partitions[d]))
	}
	p.add(d, number, r, true)
}

// addToAll collects a control record in every partition of a domain.
func (p *publisher) addToAll(d change.Domain, r topic.Record) {
	for number := range p.partitions[d] {
		p.add(d, number, r, false)
	}
}

// add collects a record for a partition; a row makes the partition touched.
func (p *publisher) add(d change.Domain, partition int, r topic.Record, row bool) {
	q := p.partitions[d][partition]
	q.touched = q.touched || row
	p.collect(q, r)
}

func (p *publisher) collect(q *partition, r topic.Record) {
	q.records = append(q.records, r)
	p.bytes += r.Size()
}

// full reports whether it is time to flush.
func (p *publisher) full() bool { return p.bytes >= flushBytes }

// empty reports whether nothing is collected.
func (p *publisher) empty() bool { return p.bytes == 0 }

// mark closes a transaction or chunk: every touched partition gets a marker that
// names the partition's previous one. It reports whether there was any.
func (p *publisher) mark(c change.Commit) (touched bool, err error) {
	for d, partitions := range p.partitions {
		for i, q := range partitions {
			if !q.touched {
				continue
			}
			c.Previous = q.marker
			record, err := controlRecord(change.KindCommit, change.CommitKey, c.Version, c)
			if err != nil {
				return touched, err
			}
			p.add(d, i, record, false)
			q.marker, q.touched, touched = c.Version, false, true
		}
	}
	return touched, nil
}

// ends and markers are what a position saves, of all that was sent.
func (p *publisher) ends() map[change.Domain][]int64 {
	return ofPartitions(p, func(q *partition) int64 { return q.end })
}

func (p *publisher) markers() map[change.Domain][]change.Version {
	return ofPartitions(p, func(q *partition) change.Version { return q.marker })
}

func ofPartitions[T any](p *publisher, of func(*partition) T) map[change.Domain][]T {
	all := map[change.Domain][]T{}
	for d, partitions := range p.partitions {
		for _, q := range partitions {
			all[d] = append(all[d], of(q))
		}
	}
	return all
}

// A ForeignWriterError says that somebody else has written to a partition: a capture that
// hung in the middle of a request has woken, and the request went on. What it wrote may
// be older than what we had written, and stands behind it.
type ForeignWriterError struct {
	Partition string // topic/partition
	From, To  int64  // the offsets that are not ours
}

func (e *ForeignWriterError) Error() string {
	return fmt.Sprintf("publish to %s: another writer has appended offsets %d to %d", e.Partition, e.From, e.To)
}

// A LostRecordsError says that a partition ends before what was acknowledged.
type LostRecordsError struct {
	Partition  string // topic/partition
	Have, Want int64  // its end, and the end that was acknowledged
}

func (e *LostRecordsError) Error() string {
	return fmt.Sprintf("kafka lost records: %s ends at %d, and %d was acknowledged", e.Partition, e.Have, e.Want)
}
