package stream

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// flightTime is how long a request takes in these tests.
const flightTime = time.Second

// commitOrders publishes an order in a transaction of its own, for each id.
func (r *rig) commitOrders(t *testing.T, ids ...string) {
	t.Helper()
	for _, id := range ids {
		r.begin()
		r.order(t, id)
		r.commit()
	}
}

func TestTheLogIsReadWhileRecordsAreOnTheirWayAndThoseFollow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := slowly(t, "t.sales", flightTime)
		began := time.Now()
		r.commitOrders(t, "1", "1", "1")
		if took := time.Since(began); took != 0 {
			t.Errorf("the log was kept waiting for %v", took)
		}
		if got := r.sales(); len(got) != 0 {
			t.Errorf("%q are there before the first answer", got)
		}
		pass(flightTime)
		if got := r.sales(); len(got) != 2 {
			t.Errorf("after the first answer %q are there, want the first transaction alone", got)
		}
		pass(flightTime)
		if got := r.sales(); len(got) != 8 || len(r.out.calls) > 4 {
			t.Errorf("after the second answer %q are there by %q, want the others by one request", got, r.out.calls)
		}
		r.stop(nil)
		<-r.done
	})
}

func TestNoCheckpointSpeaksOfWhatIsOnItsWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := slowly(t, "t.sales", flightTime)
		r.commitOrders(t, "1", "1")
		pass(flightTime - 1)
		if at := r.saved(t); at != nil {
			t.Errorf("saved %+v before the first answer", at)
		}
		pass(1)
		if at := r.saved(t); at == nil || at.Sequence != 8 || at.EndOffsets[change.Sales][topic.Partition("order/1", 2)] != 2 {
			t.Errorf("saved %+v after the first answer, want the first transaction's end", at)
		}
		r.stop(nil)
		<-r.done
	})
}

// watched is a broker that looks at the records again when it answers.
type watched struct {
	*notebook
	t *testing.T
}

func (w watched) Produce(ctx context.Context, name string, partition int, records []topic.Record) (int64, error) {
	var before [][]byte
	for _, r := range records {
		before = append(before, bytes.Clone(r.Key), bytes.Clone(r.Value), bytes.Clone(r.Headers[0].Value))
	}
	time.Sleep(flightTime)
	for i, r := range records {
		for j, b := range [][]byte{r.Key, r.Value, r.Headers[0].Value} {
			if !bytes.Equal(b, before[3*i+j]) {
				w.t.Errorf("while record %d was on its way, %q became %q", i, before[3*i+j], b)
			}
		}
	}
	return w.notebook.Produce(ctx, name, partition, records)
}

func TestWhatIsCollectedIsNotWrittenOverWhatIsOnItsWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.streamer.publisher.out = watched{r.out, t}
		for range 5 {
			r.commitOrders(t, "1", "22", "333", "4444")
			pass(flightTime / 3)
		}
		pass(5 * flightTime)
		if got := r.sales(); len(got) != 40 {
			t.Errorf("published %d records, want 40", len(got))
		}
		r.stop(nil)
		<-r.done
	})
}

func TestWhoseRecordsAreOnTheirWayKeepsTheNextOnesOfItsPartitionWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNotebook()
		p := testPublisher(&slow{n, "t.sales", flightTime})
		add := func(d change.Domain, key string) {
			p.add(d, 0, rec(key), true)
			if err := p.send(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		add(change.Sales, "a")
		add(change.Reference, "b")
		add(change.Sales, "c")
		if err := p.land(); err != nil {
			t.Fatal(err)
		}
		if want := []string{"t.sales/0 ×1", "t.reference/0 ×1", "t.sales/0 ×1"}; !slices.Equal(n.calls, want) {
			t.Errorf("appended %q, want %q", n.calls, want)
		}
	})
}

func TestAStreamThatEndsTellsWhatBecameOfWhatWasOnItsWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := slowly(t, "t.sales", flightTime)
		r.out.mu.Lock()
		r.out.ends["t.sales/0"], r.out.ends["t.sales/1"] = 9, 9 // somebody else was there first
		r.out.mu.Unlock()
		r.script.err = errors.New("the server is gone")
		close(r.script.events)
		var foreign *ForeignWriterError
		if err := <-r.done; !errors.Is(err, r.script.err) || !errors.As(err, &foreign) {
			t.Errorf("the Streamer returned %v, want the log's error and the other writer", err)
		}
		r.stop(nil)
	})
}

func TestAFailedRequestEndsAStreamThatIsNeverIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newStillRig(t)
		refused := errors.New("refused")
		r.out.fail["t.sales/0"], r.out.fail["t.sales/1"] = refused, refused
		r.script.events = make(chan *row.Batch, 3)
		var err error
		for n := 0; err == nil && n < 3*maxTransactionsPerFlush; n++ {
			r.commitOrders(t, "1")
			for err == nil && len(r.script.events) > 0 {
				err = r.streamer.take(t.Context(), <-r.script.events, true)
			}
			synctest.Wait()
		}
		if !errors.Is(err, refused) {
			t.Errorf("it went on (%v) after a request was refused", err)
		}
	})
}

func TestAPublisherWhoseRecordsWereRefusedIsDoneWith(t *testing.T) {
	n, refused := newNotebook(), errors.New("refused")
	p := testPublisher(n)
	n.fail["t.sales/0"] = refused
	p.add(change.Sales, 0, rec("a"), true)
	if err := p.send(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := p.land(); !errors.Is(err, refused) {
		t.Errorf("it landed with %v", err)
	}
	delete(n.fail, "t.sales/0")
	p.add(change.Sales, 1, rec("b"), true)
	for name, again := range map[string]func() error{
		"land": p.land, "send": func() error { return p.send(t.Context()) }, "flush": func() error { return p.flush(t.Context()) },
	} {
		if err := again(); !errors.Is(err, refused) || len(n.calls) > 0 {
			t.Errorf("%s says %v behind what was refused, and %q was appended", name, err, n.calls)
		}
	}
}

func TestTheMemoryOfRecordsIsUsedAgain(t *testing.T) {
	p := testPublisher(newNotebook())
	for range 100 {
		for range 100 {
			r := rec("a")
			r.Value = p.memory.copied(make([]byte, 10_000))
			p.add(change.Sales, 0, r, true)
		}
		if err := p.send(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.land(); err != nil {
		t.Fatal(err)
	}
	if n := len(p.memory.slabs) + len(p.flight.memory.slabs); n > 10 {
		t.Errorf("%d slabs are kept, want those of what is collected and of what is on its way", n)
	}
}
