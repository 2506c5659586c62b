package stream

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// A lead is a broker that notes by how many transactions a record was ahead of the newest
// checkpoint when it came.
type lead struct {
	*notebook
	rig   *rig
	t     *testing.T
	takes time.Duration
	most  uint64
}

func (l *lead) Produce(ctx context.Context, name string, partition int, records []topic.Record) (int64, error) {
	time.Sleep(l.takes)
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
		for name, c := range map[string]struct {
			every int
			takes time.Duration
		}{
			"one order behind much noise":     {2*change.MostUnsaved + 100, 0},
			"an order now and then":           {700, 0},
			"orders alone":                    {1, 0},
			"orders alone, for a slow broker": {1, time.Second},
		} {
			r := newStillRig(t)
			l := &lead{notebook: r.out, rig: r, t: t, takes: c.takes}
			r.streamer.publisher.out = l
			r.script.events = make(chan *row.Batch, 3)
			for i := 1; i <= 2*change.MostUnsaved+100; i++ {
				r.begin()
				if i%c.every == 0 {
					r.order(t, "1")
				}
				r.commit()
				for len(r.script.events) > 0 { // never a pause in which the Streamer could idle
					if err := r.streamer.take(t.Context(), <-r.script.events, true); err != nil {
						t.Fatal(err)
					}
				}
			}
			if err := r.streamer.dispatch(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := r.streamer.publisher.land(); err != nil {
				t.Fatal(err)
			}
			if l.most == 0 || l.most > change.MostUnsaved {
				t.Errorf("%s: published %d transactions ahead of the checkpoint, want %d at most", name, l.most, change.MostUnsaved)
			}
		}
	})
}
