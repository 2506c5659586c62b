package capture

import (
	"context"
	"fmt"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// Forget strikes out the saved position of a source, so that its next start begins
// a new epoch with a snapshot of everything. Capture must not be running.
func Forget(ctx context.Context, client *topic.Client, names topic.Names, source string) error {
	state, err := client.ReadSourceState(ctx, names, source)
	if err != nil {
		return err
	}
	if !state.Known {
		return nil
	}
	return (&book{out: client, topic: names.Offsets(), source: source}).forget(ctx, state.Checkpoint)
}

// A book keeps positions in the offsets topic.
type book struct {
	out    producer
	topic  string
	source string
}

// save appends a position and the progress that belongs to it, in one request.
func (b *book) save(ctx context.Context, at change.Checkpoint, progress map[change.Domain]change.Progress) error {
	record, err := topic.CheckpointRecord(b.source, at)
	if err != nil {
		return err
	}
	records := []topic.Record{record}
	for d, p := range progress {
		record, err := topic.ProgressRecord(b.source, d, p)
		if err != nil {
			return err
		}
		records = append(records, record)
	}
	if _, err := b.out.Produce(ctx, b.topic, 0, records); err != nil {
		return fmt.Errorf("save position: %w", err)
	}
	return nil
}

// forget saves that the position is not to be used any more: the next start
// begins a new epoch.
func (b *book) forget(ctx context.Context, at change.Checkpoint) error {
	at.GTID, at.File, at.Pos = "", "", 0
	return b.save(ctx, at, nil)
}
