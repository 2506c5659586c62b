package stream

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/change"
)

// saves are the ways in which a boundary task saves a checkpoint.
var saves = map[string]func(context.Context, *Streamer) error{
	"Sync":    func(ctx context.Context, s *Streamer) error { return s.Sync(ctx) },
	"Advance": func(ctx context.Context, s *Streamer) error { return s.Advance(ctx, func(change.Version) {}) },
}

func TestATaskSavesNoCheckpointAheadOfWhatIsAcknowledged(t *testing.T) {
	for name, save := range saves {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := slowly(t, "t.sales", flightTime) // one order is on its way
				r.task(t, func(ctx context.Context) error {
					_, err := r.streamer.PublishChunk(ctx, orderLayout(t), slices.Values([]row.SnapshotRow{{Image: orderImage(t, "1")}, {Image: orderImage(t, "3")}}))
					if err := errors.Join(err, save(ctx, r.streamer)); err != nil {
						return err
					}
					have := []int64{r.out.ends["t.sales/0"], r.out.ends["t.sales/1"]}
					if at := r.saved(t); at == nil || !slices.Equal(at.EndOffsets[change.Sales], have) || have[0]+have[1] != 6 {
						t.Errorf("saved %+v where the topic ends at %v, want two rows and a marker behind one and one", at, have)
					}
					return nil
				})
				r.stop(nil)
				<-r.done
			})
		})
	}
}

func TestATaskSavesNoCheckpointWhenRecordsAreRefused(t *testing.T) {
	for name, save := range saves {
		t.Run(name, func(t *testing.T) {
			r, refused := newStillRig(t), errors.New("refused")
			r.out.fail["t.sales/0"], r.out.fail["t.sales/1"] = refused, refused
			_, err := r.streamer.PublishChunk(t.Context(), orderLayout(t), slices.Values([]row.SnapshotRow{{Image: orderImage(t, "1")}}))
			if err != nil {
				t.Fatal(err)
			}
			if err := save(t.Context(), r.streamer); !errors.Is(err, refused) || r.saved(t) != nil {
				t.Errorf("it saved %+v and returned %v", r.saved(t), err)
			}
		})
	}
}
