package transform

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
	store "github.com/mage2sage/mage2sage/transform/state"
)

// A referenceReader holds the newest reference data for all partitions. Every
// instance reads the whole topic, outside the group.
type referenceReader struct {
	stage     *Stage
	partition *store.Partition

	mu      sync.Mutex // of the reading
	reading reading
	current atomic.Pointer[reference]
}

// now is the newest reference data that was read.
func (rr *referenceReader) now() *reference { return rr.current.Load() }

// load reads the topic to its present end.
func (rr *referenceReader) load(ctx context.Context) error {
	rr.reading = reading{topics: rr.stage.Topics, name: rr.stage.Names.Raw(change.Reference), store: rr.partition}
	if err := rr.reading.resume(ctx); err != nil {
		return err
	}
	if err := rr.refresh(ctx); err != nil {
		return err
	}
	rr.mu.Lock()
	defer rr.mu.Unlock()
	if err := rr.reading.sweep(); err != nil {
		return err
	}
	return rr.rebuild()
}

// refresh reads on to the present end: capture acknowledges reference data before
// the rows that need it.
func (rr *referenceReader) refresh(ctx context.Context) error {
	ends, err := rr.reading.topics.EndOffsets(ctx, rr.reading.name, 1)
	if err != nil {
		return err
	}
	var records []topic.Record
	rr.mu.Lock()
	defer rr.mu.Unlock()
	_, err = rr.reading.topics.ReadTo(ctx, rr.reading.name, 0, rr.reading.state.Bookmark.Offset, ends[0], func(r topic.Record) error {
		records = append(records, r)
		return nil
	})
	if err != nil {
		return err
	}
	return rr.apply(records)
}

// follow reads the topic until ctx ends.
func (rr *referenceReader) follow(ctx context.Context) error {
	for ctx.Err() == nil {
		rr.mu.Lock()
		from := rr.reading.state.Bookmark.Offset
		rr.mu.Unlock()
		batch, err := rr.reading.topics.Fetch(ctx, rr.reading.name, 0, from, rr.stage.fetchWait())
		if err != nil && !errors.Is(err, topic.ErrOutOfRange) {
			return fmt.Errorf("follow reference data: %w", err)
		}
		if err := rr.advance(ctx, batch, err != nil); err != nil {
			return fmt.Errorf("follow reference data: %w", err)
		}
	}
	return nil
}

func (rr *referenceReader) advance(ctx context.Context, batch topic.Batch, outOfRange bool) error {
	rr.mu.Lock()
	defer rr.mu.Unlock()
	if outOfRange {
		return rr.reading.again(ctx)
	}
	return rr.apply(batch.Records)
}

// apply takes records that follow the bookmark; those before it were read by a
// refresh meanwhile.
func (rr *referenceReader) apply(records []topic.Record) error {
	step := rr.partition.Begin()
	defer func() { step.Drop() }()
	changed := false
	for _, r := range records {
		if r.Offset < rr.reading.state.Bookmark.Offset {
			continue
		}
		e, err := rr.reading.take(step, r)
		if err != nil {
			return err
		}
		rr.reading.state.Bookmark = topic.After(r)
		changed = changed || e.kept != nil
		if e.commit != nil {
			rr.reading.passed(*e.commit, r.Offset)
		}
		if e.finished == nil {
			continue
		}
		if err := step.Commit(); err != nil {
			return err
		}
		step, changed = rr.partition.Begin(), true
		if err := rr.reading.finish(*e.finished, r.Offset); err != nil {
			return err
		}
	}
	if err := step.SetState(rr.reading.state); err != nil {
		return err
	}
	if err := step.Commit(); err != nil {
		return err
	}
	step = rr.partition.Begin()
	if !changed {
		return nil
	}
	return rr.rebuild()
}

// rebuild makes the newest reference from the store.
func (rr *referenceReader) rebuild() error {
	var rows []store.Row
	if err := rr.partition.Rows(func(row store.Row) error { rows = append(rows, row); return nil }); err != nil {
		return err
	}
	ref, err := newReference(rows)
	if err != nil {
		return err
	}
	rr.current.Store(ref)
	return nil
}

// A view answers from reference data for one root. What is missing makes it read
// the topic to its present end, once.
type view struct {
	ctx       context.Context
	reader    *referenceReader
	refreshed bool
	err       error
}

func (rr *referenceReader) view(ctx context.Context) *view { return &view{ctx: ctx, reader: rr} }

// missing reads what is new; it tells whether to look again.
func (v *view) missing() bool {
	if v.refreshed {
		return false
	}
	v.refreshed = true
	v.err = v.reader.refresh(v.ctx)
	return v.err == nil
}

func (v *view) Store(id int) *canonical.StoreView {
	s := v.reader.now().Store(id)
	if s == nil && v.missing() {
		s = v.reader.now().Store(id)
	}
	return s
}

func (v *view) Group(id int) (string, bool) {
	code, ok := v.reader.now().Group(id)
	if !ok && v.missing() {
		code, ok = v.reader.now().Group(id)
	}
	return code, ok
}

func (v *view) Attribute(id int) (string, bool) {
	code, ok := v.reader.now().Attribute(id)
	if !ok && v.missing() {
		code, ok = v.reader.now().Attribute(id)
	}
	return code, ok
}
