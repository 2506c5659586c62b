package stream

import (
	"context"
	"slices"
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

// The next session has to know that a part of a transaction is published, though its records
// stand before the ends that were saved.
func TestACheckpointWithinATransactionSaysThatAPartIsPublished(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		for range 2 { // one is saved, and one waits
			r.begin()
			r.commit()
		}
		r.begin()
		img := orderImage(t, "1")
		for range 2 {
			r.tell(row.Event{Step: row.Rows, At: r.at(), Layout: orderLayout(t), Changes: slices.Repeat([]row.Change{{After: &img}}, flushBytes/len(img.JSON))})
			pass(2 * time.Second)
		}
		if at := r.saved(t); at.Sequence != 9 || at.EndOffsets[change.Sales] == nil || !at.InPart {
			t.Errorf("within a transaction %+v was saved, want that it is published in part", at)
		}
		r.commit()
		pass(2 * time.Second)
		if at := r.saved(t); at.Sequence != 10 || at.InPart {
			t.Errorf("behind the transaction %+v was saved", at)
		}
		r.stop(nil)
		<-r.done
	})
}

func TestAStreamThatEndsWithinATransactionSaysWhetherAPartIsPublished(t *testing.T) {
	for _, has := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t)
			r.begin()
			if has {
				r.order(t, "2")
			}
			pass(time.Second)
			r.stop(nil)
			<-r.done
			if at := r.saved(t); !at.Released || at.InPart != has {
				t.Errorf("with rows %t it saved %+v", has, at)
			}
		})
	}
}
