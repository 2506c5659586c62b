package stream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/topic"

	"github.com/prometheus/client_golang/prometheus"
)

// A script is a log that a test writes event by event.
type script struct {
	events chan *row.Batch
	err    error
	pos    uint64
	gtid   int
}

func (s *script) Events() <-chan *row.Batch { return s.events }
func (s *script) Err() error                { return s.err }

func (s *script) tell(events ...row.Event) { s.events <- &row.Batch{Events: events} }

func (s *script) at() position.Position {
	s.pos += 10
	return position.Position{File: "binlog.000001", Pos: s.pos}
}

func (s *script) begin() {
	s.gtid++
	s.tell(row.Event{Step: row.Begin, At: s.at(), GTID: fmt.Sprintf("0-1-%d", s.gtid), TSMS: 1000})
}

// order inserts an order's row.
func (s *script) order(t *testing.T, id string) {
	img := orderImage(t, id)
	s.tell(row.Event{Step: row.Rows, At: s.at(), Layout: orderLayout(t), Changes: []row.Change{{After: &img}}})
}

func orderLayout(t *testing.T) *row.Layout {
	t.Helper()
	l, err := row.NewLayout(mustTable(t, "sales_order"), map[string]row.Kind{"entity_id": row.Integer})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func orderImage(t *testing.T, id string) row.Image {
	t.Helper()
	_, img := orderLayout(t).AppendSelected(nil, [][]byte{[]byte(id)})
	return img
}

func (s *script) commit() {
	s.tell(row.Event{Step: row.Commit, At: s.at(), Executed: fmt.Sprintf("0-1-%d", s.gtid)})
}

func mustTable(t *testing.T, name string) magento.Table {
	t.Helper()
	table, ok := magento.ByName(name)
	if !ok {
		t.Fatalf("no table %s", name)
	}
	return table
}

// A rig is a Streamer on a script and a notebook, running in a synctest bubble.
type rig struct {
	*script
	streamer *Streamer
	out      *notebook
	stop     context.CancelCauseFunc
	done     chan error
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := newStillRig(t)
	ctx, stop := context.WithCancelCause(t.Context())
	r.stop = stop
	go func() { r.done <- r.streamer.Run(ctx) }()
	return r
}

// newStillRig is a rig whose Streamer does not run.
func newStillRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{script: &script{events: make(chan *row.Batch)}, out: newNotebook(), done: make(chan error, 1)}
	var err error
	r.streamer, err = New(Config{
		Source: "shop", Log: r.script, Out: r.out, Names: topic.Names{Prefix: "t"}, Metrics: NewMetrics(prometheus.NewRegistry()),
		Checkpoint: change.Checkpoint{Epoch: 5, Sequence: 7, File: "binlog.000001"}, EndOffsets: twoPartitions(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// sales are the keys and kinds appended to the sales topic, with their versions.
func (r *rig) sales() (all []string) {
	for _, partition := range []string{"t.sales/0", "t.sales/1"} {
		for _, rec := range r.out.records(partition) {
			what := rec.Header(change.HeaderKind)
			if what == "" {
				what = rec.Header(change.HeaderRoot)
			}
			all = append(all, what+" "+rec.Header(change.HeaderVersion))
		}
	}
	return all
}

// saved is the last position saved; nil before the first.
func (r *rig) saved(t *testing.T) *change.Checkpoint {
	t.Helper()
	records := r.out.records("t.offsets/0")
	if len(records) == 0 {
		return nil
	}
	var at change.Checkpoint
	if err := json.Unmarshal(records[len(records)-1].Value, &at); err != nil {
		t.Fatal(err)
	}
	return &at
}

func TestRowsDoNotWaitForTheEndOfTheirTransactionAndPositionsDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.begin()
		r.order(t, "1")
		pass(10 * time.Second)
		if got := r.sales(); !slices.Equal(got, []string{"order/1 5.8"}) {
			t.Errorf("in the middle of a transaction %q was published, want its row", got)
		}
		if at := r.saved(t); at != nil {
			t.Errorf("in the middle of a transaction the position %+v was saved", at)
		}
		r.commit()
		synctest.Wait()
		if got := r.sales(); !slices.Equal(got, []string{"order/1 5.8", "commit 5.8"}) {
			t.Errorf("after the commit %q was published", got)
		}
		pass(time.Second)
		at := r.saved(t)
		if at == nil || at.Sequence != 8 || at.GTID != "0-1-1" || at.Pos != r.pos || at.EndOffsets[change.Sales][topic.Partition("order/1", 2)] != 2 {
			t.Errorf("the position saved is %+v", at)
		}
		r.stop(nil)
		<-r.done
	})
}

func TestAFloodOfNoiseDoesNotHoldBackWhatWasCommitted(t *testing.T) {
	r := newStillRig(t)
	r.script.events = make(chan *row.Batch, 2*maxTransactionsPerFlush+3)
	r.begin()
	r.order(t, "1")
	r.commit()
	for range maxTransactionsPerFlush {
		r.begin()
		r.commit()
	}
	for len(r.script.events) > 0 { // never a pause in which the Streamer could idle
		if err := r.streamer.take(t.Context(), <-r.script.events, true); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.streamer.publisher.land(); err != nil {
		t.Fatal(err)
	}
	if got := r.sales(); !slices.Equal(got, []string{"order/1 5.8", "commit 5.8"}) {
		t.Errorf("after %d transactions of noise %q was published, want the order and its commit", maxTransactionsPerFlush, got)
	}
}

func TestAFloodOfNoiseDoesNotHoldBackThePosition(t *testing.T) {
	r := newStillRig(t)
	r.script.events = make(chan *row.Batch, 2)
	for range 3 {
		r.begin()
		r.commit()
		for range 2 {
			if err := r.streamer.take(t.Context(), <-r.script.events, true); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := r.streamer.publisher.land(); err != nil {
		t.Fatal(err)
	}
	if at := r.saved(t); at == nil || at.Sequence != 8 || len(r.out.records("t.offsets/0")) != 1 {
		t.Errorf("saved %+v in %d records, want the first boundary saved and the next ones after a second", at, len(r.out.records("t.offsets/0")))
	}
}

func TestTransactionsOfUnwantedTablesCountAndAreSavedOnceASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		for range 100 {
			r.begin()
			r.commit()
			pass(50 * time.Millisecond)
		}
		pass(2 * time.Second)
		if at := r.saved(t); at == nil || at.Sequence != 107 {
			t.Errorf("saved %+v, want sequence 107 after 100 transactions", at)
		}
		if n := len(r.out.records("t.offsets/0")); n > 7 {
			t.Errorf("%d positions were saved in five seconds of noise, want one a second", n)
		}
		r.stop(nil)
		<-r.done
	})
}

func TestATaskWaitsForItsPositionAndForTheEndOfATransaction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		var served []string
		give := func(name string, after uint64) {
			go func() {
				_ = r.streamer.RunAtBoundary(t.Context(), position.Position{File: "binlog.000001", Pos: after}, func(context.Context) error {
					served = append(served, name)
					return nil
				})
			}()
			synctest.Wait()
		}
		r.begin() // 10
		r.order(t, "1")
		pass(time.Second)
		give("at once", 0)
		give("after 30", 30)
		give("after 60", 60)
		pass(time.Second)
		if len(served) > 0 {
			t.Errorf("%q was served inside of a transaction", served)
		}
		r.commit() // 30
		synctest.Wait()
		if want := []string{"at once", "after 30"}; !slices.Equal(served, want) {
			t.Errorf("at 30 %q was served, want %q", served, want)
		}
		r.begin()
		r.commit() // 50
		synctest.Wait()
		if len(served) != 2 {
			t.Errorf("at 50 %q was served", served)
		}
		r.tell(row.Event{Step: row.Moved, At: r.at()}) // 60
		synctest.Wait()
		if len(served) != 3 {
			t.Errorf("at 60 %q was served, want all three", served)
		}
		r.stop(nil)
		<-r.done
	})
}

func TestAWatcherIsToldOfEachRowOfTheLogAndOfNoneOfAChunk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		var touched []string
		do := func(f func(context.Context) error) {
			if err := r.streamer.RunAtBoundary(t.Context(), position.Position{}, f); err != nil {
				t.Error(err)
			}
		}
		stop := func() {}
		do(func(context.Context) error {
			stop = r.streamer.Watch(func(table string, key []byte) { touched = append(touched, table+string(key)) })
			return nil
		})
		r.begin()
		r.order(t, "2")
		r.commit()
		do(func(ctx context.Context) error {
			n, err := r.streamer.PublishChunk(ctx, orderLayout(t), slices.Values([]row.SnapshotRow{{Image: orderImage(t, "1")}}))
			if n != 1 {
				t.Errorf("%d rows of the chunk were published", n)
			}
			stop()
			return err
		})
		r.begin()
		r.order(t, "3")
		r.commit()
		pass(time.Second)
		if want := []string{`sales_order{"table":"sales_order","pk":{"entity_id":2}}`}; !slices.Equal(touched, want) {
			t.Errorf("the watcher was told of %q, want %q", touched, want)
		}
		if got := strings.Join(r.sales(), ", "); !strings.Contains(got, "order/1 5.8") || strings.Count(got, "commit 5.8") != 2 {
			t.Errorf("published %s, want the chunk's row with the version of the last transaction, and a marker after it", got)
		}
		r.stop(nil)
		<-r.done
	})
}

func TestAStreamerThatIsStoppedSavesWhatItHasUnlessTheLockIsLost(t *testing.T) {
	for name, c := range map[string]struct {
		cause error
		saves bool
	}{"told to stop": {nil, true}, "lock lost": {ErrMayNotPublish, false}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				r.begin()
				r.order(t, "1")
				r.commit()
				synctest.Wait() // the first save comes at once
				r.begin()
				r.order(t, "2")
				r.commit()
				synctest.Wait()
				r.stop(c.cause)
				if err := <-r.done; !errors.Is(err, context.Canceled) {
					t.Errorf("the Streamer returned %v", err)
				}
				if at := r.saved(t); at == nil || (at.Sequence == 9) != c.saves {
					t.Errorf("saved %+v, want the second transaction saved: %v", at, c.saves)
				}
			})
		})
	}
}

func TestAFailedRequestEndsTheStreamerAndSavesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		boom := errors.New("boom")
		r.out.fail["t.sales/0"], r.out.fail["t.sales/1"] = boom, boom
		r.begin()
		r.order(t, "1")
		r.commit()
		if err := <-r.done; !errors.Is(err, boom) {
			t.Errorf("the Streamer returned %v, want the broker's error", err)
		}
		if at := r.saved(t); at != nil {
			t.Errorf("the position %+v was saved", at)
		}
	})
}

// pass lets time go by on synctest's clock.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}
