package transform

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/transform/reference"
	"github.com/mage2sage/mage2sage/transform/state"
)

// A referenceFollower holds the newest reference data for all partitions. Every
// instance reads the whole topic, outside the group.
type referenceFollower struct {
	stage *Stage
	store *state.Partition

	mu      sync.Mutex // guards scan and rows
	scan    *scan
	rows    *reference.Rows // those of the store; nil where it has to be read anew
	current atomic.Pointer[reference.View]
}

func newReferenceFollower(s *Stage, store *state.Partition) *referenceFollower {
	return &referenceFollower{
		stage: s, store: store,
		scan: &scan{
			topics: s.Topics, pipeline: s.pipeline, topic: s.Names.Raw(change.Reference), store: store, shelf: s.shelf,
			place: place{change.Reference, 0, 1}, reached: s.reached,
		},
	}
}

// now is the newest reference data that was read.
func (f *referenceFollower) now() *reference.View { return f.current.Load() }

// load reads the topic to its present end.
func (f *referenceFollower) load(ctx context.Context) error {
	if err := f.scan.resume(ctx); err != nil {
		return err
	}
	if err := f.scan.retry(ctx, f.stage); err != nil {
		return err
	}
	if err := f.refresh(ctx); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.scan.removeUnseen(); err != nil {
		return err
	}
	f.rows = nil
	return f.publish()
}

// refresh reads on to the present end: capture has reference data acknowledged before
// it publishes the rows that need them.
func (f *referenceFollower) refresh(ctx context.Context) error {
	ends, err := f.stage.Topics.EndOffsets(ctx, f.scan.topic, 1)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	records, err := f.readTo(ctx, ends[0])
	if errors.Is(err, topic.ErrOutOfRange) {
		if err := f.scan.restart(ctx); err != nil {
			return err
		}
		records, err = f.readTo(ctx, ends[0])
	}
	if err != nil {
		return err
	}
	return f.apply(records)
}

func (f *referenceFollower) readTo(ctx context.Context, end int64) (records []topic.Record, err error) {
	_, err = f.stage.Topics.ReadTo(ctx, f.scan.topic, 0, f.scan.offset(), end, func(r topic.Record) error {
		records = append(records, r)
		f.stage.Health.Prove(f.scan.topic)
		return nil
	})
	if err == nil {
		err = f.stage.checkOrigin(ctx, f.scan.topic, f.scan.partition, records)
	}
	return records, err
}

// follow reads the topic until ctx ends.
func (f *referenceFollower) follow(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := f.advance(ctx); err != nil {
			return fmt.Errorf("follow reference data: %w", err)
		}
	}
	return nil
}

// advance applies what one fetch brings. It fetches without the lock, which a refresh
// may take meanwhile.
func (f *referenceFollower) advance(ctx context.Context) error {
	f.mu.Lock()
	from := f.scan.offset()
	f.mu.Unlock()
	batch, err := f.stage.Topics.Fetch(ctx, f.scan.topic, 0, from, f.stage.fetchWait)
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case errors.Is(err, topic.ErrOutOfRange):
		return f.scan.restart(ctx)
	case err != nil:
		return err
	}
	if err := f.stage.checkOrigin(ctx, f.scan.topic, f.scan.partition, batch.Records); err != nil {
		return err
	}
	f.stage.Health.Prove(f.scan.topic)
	return f.apply(batch.Records)
}

// apply takes the records that follow the bookmark; a refresh may have read the others
// meanwhile.
func (f *referenceFollower) apply(records []topic.Record) error {
	b := f.store.Begin()
	defer b.Close()
	var changed []*state.Row
	swept := false
	for i := range records {
		r := &records[i]
		if r.Offset < f.scan.offset() {
			continue
		}
		e, err := f.scan.apply(b, r)
		if err != nil {
			return err
		}
		f.scan.state.Bookmark = topic.After(*r)
		swept = swept || e.snapshotEnded != nil
		if e.row != nil {
			changed = append(changed, e.row)
		}
		if err := f.react(b, r, e); err != nil {
			return err
		}
	}
	if err := b.SetScanState(f.scan.state); err != nil {
		return err
	}
	if err := b.Commit(); err != nil || len(changed) == 0 && !swept {
		return err
	}
	if swept {
		f.rows = nil
	}
	if err := f.take(b, changed); err != nil {
		return err
	}
	return f.publish()
}

// take has the rows follow the store, which knows more of each than the record that changed it.
func (f *referenceFollower) take(b *state.Batch, changed []*state.Row) error {
	if f.rows == nil {
		return nil
	}
	for _, r := range changed {
		row, known, err := b.FindRow(r.Root, r.Table, r.PK)
		if err != nil {
			return err
		}
		if known {
			f.rows.Put(referenceRow(row))
		}
	}
	return nil
}

func referenceRow(r state.Row) reference.Row {
	return reference.Row{Table: r.Table, PK: r.PK, Value: r.Value, Version: r.Version, Offset: r.Offset, Created: r.Created, Deleted: r.Deleted}
}

func (f *referenceFollower) react(b *state.Batch, r *topic.Record, e recordEffect) error {
	f.stage.warnOfTable(e.unknownTable)
	switch {
	case e.marker != nil:
		f.scan.closeTransaction(*e.marker, r.Offset)
	case e.snapshotEnded != nil:
		if err := b.Commit(); err != nil {
			return err
		}
		return f.scan.endSnapshot(*e.snapshotEnded, r.Offset)
	}
	return nil
}

// publish makes a view of the rows in the store the newest one.
func (f *referenceFollower) publish() error {
	if f.rows == nil {
		f.rows = &reference.Rows{}
		err := f.store.Rows(func(r state.Row) error {
			f.rows.Put(referenceRow(r))
			return nil
		})
		if err != nil {
			f.rows = nil
			return err
		}
	}
	view, misfits, err := f.rows.View(fmt.Sprintf("%s/%d", f.scan.state.SnapshotDone, f.scan.state.ScanID))
	if err != nil {
		return err
	}
	for _, m := range misfits {
		bad := &RecordError{f.scan.at(m.Row.Offset), keyOfRow(m.Row.Table, m.Row.PK), explainDecode("its row of "+m.Row.Table, m.Err), ""}
		if err := f.stage.shelf.setAside(bad); err != nil {
			return err
		}
	}
	f.current.Store(view)
	return nil
}
