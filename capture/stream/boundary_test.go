package stream

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mage2sage/mage2sage/capture/binlog"
	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/change"
)

func TestEventsOutOfOrderAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		event row.Event
		says  string
	}{
		"rows without a transaction":     {row.Event{Step: row.Rows, Layout: orderLayout(t)}, "outside of a transaction"},
		"a commit without a transaction": {row.Event{Step: row.Commit}, "has no beginning"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newStillRig(t)
			if err := r.streamer.handle(t.Context(), c.event); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want it to say %q", err, c.says)
			}
		})
	}
}

func TestALogThatEndsEndsTheStreamWithItsOwnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.script.err = &binlog.LostError{Reason: "purged"}
		close(r.script.events)
		if err := <-r.done; !errors.Is(err, r.script.err) {
			t.Errorf("the Streamer returned %v, want the log's error", err)
		}
		if at := r.saved(t); at != nil {
			t.Errorf("the position %+v was saved", at)
		}
		r.stop(nil)
	})
}

func TestATaskThatFailsEndsTheStreamAndItsCallerIsLetGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		boom := errors.New("boom")
		ctx, cancel := context.WithCancel(t.Context())
		asked := make(chan error, 1)
		go func() {
			asked <- r.streamer.RunAtBoundary(ctx, position.Position{}, func(context.Context) error { return boom })
		}()
		if err := <-r.done; !errors.Is(err, boom) {
			t.Errorf("the Streamer returned %v, want the task's error", err)
		}
		cancel()
		if err := <-asked; !errors.Is(err, context.Canceled) {
			t.Errorf("the caller got %v", err)
		}
		r.stop(nil)
	})
}

func TestATaskThatIsNotTakenIsGivenUpWithItsContext(t *testing.T) {
	r := newStillRig(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.streamer.RunAtBoundary(ctx, position.Position{}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("the caller got %v", err)
	}
}

func TestATaskThatWasGivenUpBeforeItsPlaceNeverRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		ctx, cancel := context.WithCancel(t.Context())
		asked := make(chan error, 1)
		go func() {
			asked <- r.streamer.RunAtBoundary(ctx, position.Position{File: "binlog.000001", Pos: 20}, func(context.Context) error {
				t.Error("the task ran, though nobody waited for it any more")
				return nil
			})
		}()
		synctest.Wait()
		cancel()
		if err := <-asked; !errors.Is(err, context.Canceled) {
			t.Errorf("the caller got %v", err)
		}
		r.begin()
		r.commit() // 20
		synctest.Wait()
		r.stop(nil)
	})
}

func TestACallerThatGivesUpWaitsForItsTaskThatIsRunning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		ctx, cancel := context.WithCancel(t.Context())
		running, goOn := make(chan struct{}), make(chan struct{})
		var returned atomic.Bool
		go func() {
			_ = r.streamer.RunAtBoundary(ctx, position.Position{}, func(context.Context) error {
				close(running)
				<-goOn
				return nil
			})
			returned.Store(true)
		}()
		<-running
		cancel()
		synctest.Wait()
		if returned.Load() {
			t.Error("RunAtBoundary returned while its task was running")
		}
		close(goOn)
		synctest.Wait()
		if !returned.Load() {
			t.Error("RunAtBoundary has not returned, though its task has")
		}
		r.stop(nil)
	})
}

func TestControlRecordsAreInEveryPartitionAndProgressIsSavedBehindThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.out.fail["t.sales/1"] = errors.New("not yet")
		err := r.streamer.RunAtBoundary(t.Context(), position.Position{}, func(context.Context) error {
			at, version := r.streamer.Watermark()
			if at.At.File != "binlog.000001" || version != (change.Version{Epoch: 5, Sequence: 7}) {
				t.Errorf("the watermark is %v of %s", at, version)
			}
			r.streamer.NoteProgress(change.Scope{Domain: change.Sales}, change.Progress{Epoch: 5, Begin: version})
			return r.streamer.PublishControl(change.KindSnapshotBegin, change.Snapshot{Domain: change.Sales, Version: version})
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := <-r.done; err == nil || r.saved(t) != nil {
			t.Errorf("a partition refused its record (%v), and the progress was saved: %v", err, r.saved(t))
		}
		r.stop(nil)
	})
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		err := r.streamer.RunAtBoundary(t.Context(), position.Position{}, func(context.Context) error {
			r.streamer.NoteProgress(change.Scope{Domain: change.Sales}, change.Progress{Epoch: 5})
			return r.streamer.PublishControl(change.KindSnapshotBegin, change.Snapshot{Domain: change.Sales, Version: change.Version{Epoch: 5, Sequence: 7}})
		})
		if err != nil {
			t.Fatal(err)
		}
		pass(time.Second)
		if got, want := r.sales(), []string{"snapshot_begin 5.7", "snapshot_begin 5.7"}; !slices.Equal(got, want) {
			t.Errorf("published %q, want %q", got, want)
		}
		if n := len(r.out.records("t.offsets/0")); n != 2 {
			t.Errorf("%d records were saved, want checkpoint and progress", n)
		}
		r.stop(nil)
		<-r.done
	})
}

func TestARowThatMovedIsDeletedWhereItWasAndCreatedWhereItIs(t *testing.T) {
	one, two := orderImage(t, "1"), orderImage(t, "2")
	for name, c := range map[string]struct {
		change row.Change
		want   []string // in the order of publication
	}{
		"an insert":      {row.Change{After: &one}, []string{"c order/1"}},
		"a delete":       {row.Change{Before: &one}, []string{"d order/1", "tombstone order/1"}},
		"an update":      {row.Change{Before: &one, After: &one}, []string{"u order/1"}},
		"another key":    {row.Change{Before: &one, After: &two}, []string{"d order/1", "tombstone order/1", "c order/2"}},
		"nothing at all": {row.Change{}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := newStillRig(t)
			r.streamer.publisher.partitions[change.Sales] = r.streamer.publisher.partitions[change.Sales][:1]
			r.streamer.begin(row.Event{Step: row.Begin, GTID: "0-1-1"})
			if err := r.streamer.change(t.Context(), mustTable(t, "sales_order"), c.change); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, rec := range r.streamer.publisher.partitions[change.Sales][0].records {
				op := "tombstone"
				if e, err := change.DecodeEnvelope(rec.Value); err != nil {
					t.Fatal(err)
				} else if e != nil {
					op = string(e.Op)
				}
				got = append(got, op+" "+rec.Header(change.HeaderRoot))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("published %q, want %q", got, c.want)
			}
		})
	}
}
