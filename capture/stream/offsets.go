package stream

import (
	"context"
	"fmt"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/crash"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// An OffsetsTopic keeps the checkpoints of one source.
type OffsetsTopic struct {
	Out    Producer
	Topic  string
	Source string
}

// Save appends a checkpoint and the progress that belongs to it, in one request.
func (o *OffsetsTopic) Save(ctx context.Context, c change.Checkpoint, progress map[change.Scope]change.Progress) error {
	records, err := o.records(c, progress)
	if err != nil {
		return err
	}
	return o.append(ctx, records)
}

// records are what Save appends.
func (o *OffsetsTopic) records(c change.Checkpoint, progress map[change.Scope]change.Progress) ([]topic.Record, error) {
	record, err := topic.CheckpointRecord(o.Source, c)
	if err != nil {
		return nil, err
	}
	records := []topic.Record{record}
	for of, p := range progress {
		record, err := topic.ProgressRecord(o.Source, of, p)
		if err != nil {
			return nil, err
		}
		records = append(records, record)
	}
	return records, nil
}

func (o *OffsetsTopic) append(ctx context.Context, records []topic.Record) error {
	crash.At(crash.CaptureProduced)
	if _, err := o.Out.Produce(ctx, o.Topic, 0, records); err != nil {
		return fmt.Errorf("save position: %w", err)
	}
	crash.At(crash.CaptureSaved)
	return nil
}

// Invalidate saves that a checkpoint is not to be used any more: the next start
// begins a new epoch. Who strikes it out writes nothing more.
func (o *OffsetsTopic) Invalidate(ctx context.Context, c change.Checkpoint) error {
	c.GTID, c.File, c.Pos, c.Released = "", "", 0, true
	return o.Save(ctx, c, nil)
}
