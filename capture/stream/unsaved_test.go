package stream

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// A lead is a broker that notes by how many transactions a record was ahead of the newest
// checkpoint when it came.
type lead struct {
	*notebook
	rig  *rig
	t    *testing.T
	most uint64
}

func (l *lead) Produce(ctx context.Context, name string, partition int, records []topic.Record) (int64, error) {
	for _, r := range records {
		if v, err := change.ParseVersion(r.Header(change.HeaderVersion)); err == nil && name == "t.sales" {
			saved := change.Checkpoint{Sequence: 7}
			if at := l.rig.saved(l.t); at != nil {
				saved = *at
			}
			l.most = max(l.most, v.Sequence-saved.Sequence)
		}
	}
	return l.notebook.Produce(ctx, name, partition, records)
}

// The flood takes no time, so that no checkpoint is due for its age: a version that is
// further ahead is taken for a forged one.
func TestNothingIsPublishedFurtherAheadOfTheCheckpointThanIsPromised(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, every := range map[string]int{"one order behind much noise": 2*change.MostUnsaved + 100, "an order now and then": 700, "orders alone": 1} {
			r := newStillRig(t)
			l := &lead{notebook: r.out, rig: r, t: t}
			r.streamer.publisher.out = l
			r.script.events = make(chan *row.Batch, 3)
			for i := 1; i <= 2*change.MostUnsaved+100; i++ {
				r.begin()
				if i%every == 0 {
					r.order(t, "1")
				}
				r.commit()
				for len(r.script.events) > 0 { // never a pause in which the Streamer could idle
					if err := r.streamer.take(t.Context(), <-r.script.events, true); err != nil {
						t.Fatal(err)
					}
				}
			}
			if err := r.streamer.flushAndCheckpoint(t.Context()); err != nil {
				t.Fatal(err)
			}
			if l.most == 0 || l.most > change.MostUnsaved {
				t.Errorf("%s: published %d transactions ahead of the checkpoint, want %d at most", name, l.most, change.MostUnsaved)
			}
		}
	})
}
