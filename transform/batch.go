package transform

import (
	"cmp"
	"context"
	"errors"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/crash"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/transform/state"
)

const (
	// batchBytes bounds the rows that a batch holds before it is flushed. A batch of half of
	// Pebble's table in memory (8 MB) or more would become a file of its own at once, and
	// doubles what it takes while it grows.
	batchBytes = 2 << 20
	// batchEmissions bounds the entities that wait in memory to be produced: a few
	// megabytes of JSON, at about 3 kB each.
	batchEmissions = 2000
)

// A batch is a run of raw records. Their rows, what was emitted at their markers and
// the bookmark after them become the store's together, once the emitted records are
// acknowledged.
type batch struct {
	p       *partition
	rows    *state.Batch
	last    *topic.Record // the last record applied; nil when there is none
	emitted map[canonical.Kind][]topic.Record
	count   int
	lookup  *lookup // of reference data; a miss reads it on, once per batch
}

func (p *partition) begin() *batch { return &batch{p: p, rows: p.store.Begin()} }

// close ends the batch and drops what was not flushed.
func (b *batch) close() { b.rows.Close() }

// emit queues a record.
func (b *batch) emit(k canonical.Kind, r topic.Record) {
	if b.emitted == nil {
		b.emitted = map[canonical.Kind][]topic.Record{}
	}
	b.emitted[k] = append(b.emitted[k], r)
	b.count++
}

// full reports whether the batch should be flushed before it takes more.
func (b *batch) full() bool { return b.rows.Size() > batchBytes || b.count > batchEmissions }

// leave flushes the batch, r included, and hands on to another state.
func (b *batch) leave(ctx context.Context, r *topic.Record, next stateFunc) (stateFunc, error) {
	b.last = r
	if instead, err := b.flush(ctx); instead != nil || err != nil {
		return instead, err
	}
	return next, nil
}

// flush produces what was emitted, then commits, and leaves the batch empty. When the
// generation has ended, nothing is produced and nothing committed. When a canonical
// partition has lost records, or somebody else has written to it, the partition is opened
// anew, which emits again what does not end on its newest.
func (b *batch) flush(ctx context.Context) (stateFunc, error) {
	intact, err := b.produce(ctx)
	if err != nil {
		return nil, err
	}
	if !intact {
		return b.p.open, nil
	}
	return nil, b.save()
}

// produce appends to the canonical partitions in the order of the kinds. It stops and
// returns false when the records do not follow our last ones: there are fewer records in
// the partition than we wrote, or others. The broker cannot refuse the records of a process
// that wrote, slept and woke up as a former member; so it must have been a member lately,
// and what it wrote nevertheless is seen by the offset.
func (b *batch) produce(ctx context.Context) (intact bool, err error) {
	ends := b.p.scan.state.CanonicalEnds
	for _, k := range canonical.KindsOf(b.p.domain) {
		records := b.emitted[k]
		if len(records) == 0 {
			continue
		}
		if b.p.stage.assembled != nil {
			b.p.stage.assembled()
		}
		if err := cmp.Or(ctx.Err(), b.p.assignment.Member(b.p.committed)); err != nil {
			return false, err
		}
		topic.Stamp(records, b.p.stage.pipeline)
		base, err := b.p.stage.Topics.Produce(ctx, b.p.stage.Names.Canonical(string(k)), b.p.assignment.Partition, records)
		if base >= 0 && base != ends[k] || errors.Is(err, topic.ErrInterleaved) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		ends[k] = base + int64(len(records))
		b.p.stage.metrics.emitted.WithLabelValues(string(k)).Add(float64(len(records)))
	}
	return true, nil
}

// save commits the rows with the dirty roots and the bookmark.
func (b *batch) save() error {
	s := &b.p.scan.state
	if err := b.p.dirty.save(b.rows, s.ScanID); err != nil {
		return err
	}
	if err := b.p.scan.forget(b.rows); err != nil {
		return err
	}
	if b.last != nil {
		s.Bookmark = topic.After(*b.last)
	}
	if err := b.rows.SetScanState(*s); err != nil {
		return err
	}
	if b.count > 0 {
		crash.At(crash.TransformProduced)
	}
	if err := b.rows.Commit(); err != nil {
		return err
	}
	crash.At(crash.TransformKept)
	b.last, b.emitted, b.count, b.lookup = nil, nil, 0, nil
	return nil
}
