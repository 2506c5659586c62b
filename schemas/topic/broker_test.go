package topic_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/mage2sage/mage2sage/schemas/topic"
)

// withTopic is a broker with one topic of one partition, and n records in it.
func withTopic(t *testing.T, n int) *topic.Client {
	t.Helper()
	c := broker(t, t.TempDir())
	if err := c.Ensure(t.Context(), []topic.Spec{{Name: "x", Partitions: 1}}); err != nil {
		t.Fatal(err)
	}
	if n > 0 {
		if _, err := c.Produce(t.Context(), "x", 0, records(0, n)); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func TestProduceStopsAtTheFirstRequestThatIsRefused(t *testing.T) {
	c, ctx := withTopic(t, 0), t.Context()
	tooLarge := topic.Record{Key: []byte("wide"), Value: incompressible(9 << 20)}
	base, err := c.Produce(ctx, "x", 0, append(append(records(0, 2), tooLarge), records(2, 2)...))
	if err == nil || base != 0 {
		t.Fatalf("base %d, %v; want an error after what came before", base, err)
	}
	ends, err := c.EndOffsets(ctx, "x", 1)
	if err != nil || ends[0] != 2 {
		t.Errorf("the end is %v, %v; want 2: what follows the refused record must not be sent", ends, err)
	}
}

// incompressible is a value that no compression makes smaller.
func incompressible(n int) []byte {
	b, x := make([]byte, n), uint32(1)
	for i := range b {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		b[i] = byte(x)
	}
	return b
}

func TestProducingNothingAsksNoBroker(t *testing.T) {
	if base, err := topic.Dial([]string{"127.0.0.1:1"}).Produce(t.Context(), "x", 0, nil); err != nil || base != -1 {
		t.Errorf("base %d, %v; want -1 and no error", base, err)
	}
}

func TestAWriteThatFailsIsNotRepeated(t *testing.T) {
	began := time.Now()
	if _, err := topic.Dial([]string{"127.0.0.1:1"}).Produce(t.Context(), "x", 0, records(0, 1)); err == nil || time.Since(began) > 10*time.Second {
		t.Errorf("after %s: %v", time.Since(began), err)
	}
}

func TestReadToStopsBeforeItsEndAndSaysWhereToContinue(t *testing.T) {
	c, ctx := withTopic(t, 6), t.Context()
	for name, stop := range map[string]struct{ from, end, want int64 }{
		"a part in the middle": {1, 4, 4},
		"up to the end":        {3, 6, 6},
		"nothing":              {2, 2, 2},
		"an end behind":        {4, 2, 4},
	} {
		t.Run(name, func(t *testing.T) {
			var got []int64
			next, err := c.ReadTo(ctx, "x", 0, stop.from, stop.end, func(r topic.Record) error { got = append(got, r.Offset); return nil })
			if err != nil || next != stop.want || len(got) != int(max(stop.end-stop.from, 0)) {
				t.Errorf("read %v, next %d, %v", got, next, err)
			}
		})
	}
}

func TestReadToStopsAtTheFirstRecordThatIsRefused(t *testing.T) {
	c, bad := withTopic(t, 6), errors.New("bad record")
	next, err := c.ReadTo(t.Context(), "x", 0, 0, 6, func(r topic.Record) error {
		if r.Offset == 3 {
			return bad
		}
		return nil
	})
	if !errors.Is(err, bad) || next != 3 {
		t.Errorf("next %d, %v; want 3 and the error", next, err)
	}
}

func TestReadToWaitsForRecordsUntilItsContextEnds(t *testing.T) {
	c := withTopic(t, 2)
	ctx, cancel := context.WithCancel(t.Context())
	next, err := c.ReadTo(ctx, "x", 0, 0, 99, func(r topic.Record) error {
		if r.Offset == 1 {
			cancel()
		}
		return nil
	})
	if err == nil || next != 2 {
		t.Errorf("next %d, %v; want 2 and an error", next, err)
	}
}

func TestAFetchOutsideOfThePartitionSaysSo(t *testing.T) {
	c, ctx := withTopic(t, 2), t.Context()
	if _, err := c.Fetch(ctx, "x", 0, 99, time.Second); !errors.Is(err, topic.ErrOutOfRange) || !strings.Contains(err.Error(), "x/0@99") {
		t.Errorf("beyond the end: %v, want ErrOutOfRange and the coordinates", err)
	}
	if _, err := c.ReadTo(ctx, "x", 0, 99, 100, nil); !errors.Is(err, topic.ErrOutOfRange) {
		t.Errorf("ReadTo gives %v", err)
	}
	batch, err := c.Fetch(ctx, "x", 0, 2, 50*time.Millisecond)
	if err != nil || len(batch.Records) != 0 || batch.Next != 2 || batch.End != 2 {
		t.Errorf("at the end: %+v, %v; want an empty batch", batch, err)
	}
}

func TestAnUnknownTopicSaysSo(t *testing.T) {
	c, ctx := withTopic(t, 1), t.Context()
	if _, err := c.EndOffsets(ctx, "y", 1); !errors.Is(err, topic.ErrUnknownTopic) {
		t.Errorf("its end offsets: %v", err)
	}
	if _, err := c.EndOffsets(ctx, "x", 2); !errors.Is(err, topic.ErrUnknownTopic) {
		t.Errorf("a partition too many: %v", err)
	}
	if n, err := c.PartitionCount(ctx, "y"); n != 0 || err != nil {
		t.Errorf("it has %d partitions, %v; want 0", n, err)
	}
	if n, err := c.PartitionCount(ctx, "x"); n != 1 || err != nil {
		t.Errorf("x has %d partitions, %v; want 1", n, err)
	}
	if at, err := c.StartOffset(ctx, "x", 0); at != 0 || err != nil {
		t.Errorf("x begins at %d, %v", at, err)
	}
}

func TestTheBookmarkOfTheBeginningAndOfAnEmptyPartition(t *testing.T) {
	c, ctx := withTopic(t, 0), t.Context()
	mark, err := c.ReadAll(ctx, "x", 0, func(topic.Record) error { return nil })
	if err != nil || mark != (topic.Bookmark{}) {
		t.Errorf("of an empty partition: %+v, %v", mark, err)
	}
	if offset, believed, err := c.VerifyBookmark(ctx, "x", 0, mark); offset != 0 || !believed || err != nil {
		t.Errorf("it gives %d, %v, %v", offset, believed, err)
	}
	if offset, believed, err := c.VerifyBookmark(ctx, "x", 0, topic.Bookmark{Offset: 1, Before: "x"}); offset != 0 || believed || err != nil {
		t.Errorf("a bookmark of lost records gives %d, %v, %v", offset, believed, err)
	}
}

func TestAPartitionIsReadByOneMemberAtATime(t *testing.T) {
	c := withTopic(t, 0)
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	var running atomic.Int32
	group := topic.Group{ID: "g", Topics: []string{"x"}, SessionTimeout: 2 * time.Second}
	member := func(ctx context.Context, started chan<- topic.Assignment) error {
		return c.Consume(ctx, group, func(gctx context.Context, a topic.Assignment) error {
			if running.Add(1) > 1 {
				t.Error("two members read the partition")
			}
			defer running.Add(-1)
			if err := a.Commit(max(a.Committed, 0) + 5); err != nil {
				return err
			}
			started <- a
			<-gctx.Done()
			return nil
		})
	}
	firstCtx, leave := context.WithCancel(ctx)
	first, second, done := make(chan topic.Assignment, 9), make(chan topic.Assignment, 9), make(chan error, 2)
	go func() { done <- member(firstCtx, first) }()
	if a := <-first; a.Committed != -1 {
		t.Errorf("a group without history has committed %d", a.Committed)
	}
	leave()
	if err := <-done; err != nil {
		t.Errorf("the first left with %v", err)
	}
	go func() { done <- member(ctx, second) }()
	if a := <-second; a.Committed != 5 || a.Topic != "x" || a.Partition != 0 {
		t.Errorf("the second took over %+v, want what the first has committed", a)
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("the second left with %v", err)
	}
}

func TestConsumeReturnsAfterEveryRunHasReturned(t *testing.T) {
	c := withTopic(t, 0)
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	leaving, release, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- c.Consume(ctx, topic.Group{ID: "g", Topics: []string{"x"}}, func(gctx context.Context, _ topic.Assignment) error {
			cancel()
			<-gctx.Done()
			close(leaving)
			<-release
			return nil
		})
	}()
	<-leaving
	select {
	case err := <-done:
		t.Fatalf("it has returned %v while a partition is still read: the next owner would begin beside the last", err)
	case <-time.After(time.Second): // leaving a group takes less
	}
	close(release)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestReadersPassOffsetsThatCompactionRemoved(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	c, ctx := topic.Dial(cluster.ListenAddrs()), t.Context()
	if err := c.Ensure(ctx, []topic.Spec{{Name: "x", Partitions: 1, MinCompactionLag: 0}}); err != nil {
		t.Fatal(err)
	}
	var marks []topic.Bookmark
	for i := range 20 { // two keys, so that compaction keeps the first record and the last
		if _, err := c.Produce(ctx, "x", 0, records(min(i, 1), 1)); err != nil {
			t.Fatal(err)
		}
		mark, err := c.ReadAll(ctx, "x", 0, func(topic.Record) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		marks = append(marks, mark)
	}
	cluster.Compact()
	var got []int64
	next, err := c.ReadTo(ctx, "x", 0, 0, 20, func(r topic.Record) error { got = append(got, r.Offset); return nil })
	if err != nil || next != 20 || len(got) >= 20 || len(got) < 2 || got[len(got)-1] != 19 {
		t.Fatalf("read %v, next %d, %v; want the first, the last and fewer than 20", got, next, err)
	}
	if offset, believed, err := c.VerifyBookmark(ctx, "x", 0, marks[19]); offset != 20 || !believed || err != nil {
		t.Errorf("the bookmark after the newest gives %d, %v, %v", offset, believed, err)
	}
	if offset, believed, err := c.VerifyBookmark(ctx, "x", 0, marks[3]); offset != 0 || believed || err != nil {
		t.Errorf("a bookmark after a removed record gives %d, %v, %v", offset, believed, err)
	}
	if batch, err := c.Fetch(ctx, "x", 0, 1, time.Second); err != nil || len(batch.Records) == 0 || batch.Records[0].Offset != got[1] {
		t.Errorf("a fetch of a removed record gives %+v, %v; want the next that is there, %d", batch, err, got[1])
	}
}

func TestAStateThatDoesNotDecodeNamesItsOffset(t *testing.T) {
	for name, record := range map[string]topic.Record{
		"a key":   {Key: []byte("shop"), Value: []byte("{}")},
		"a value": {Key: []byte(`{"source":"shop"}`), Value: []byte("{")},
	} {
		t.Run(name, func(t *testing.T) {
			c, ctx, names := broker(t, t.TempDir()), t.Context(), topic.Names{Prefix: "a"}
			if err := c.Ensure(ctx, []topic.Spec{{Name: names.Offsets(), Partitions: 1}}); err != nil {
				t.Fatal(err)
			}
			if _, err := c.Produce(ctx, names.Offsets(), 0, []topic.Record{record}); err != nil {
				t.Fatal(err)
			}
			if _, err := c.ReadSourceState(ctx, names, "shop"); err == nil || !strings.Contains(err.Error(), "offset 0") {
				t.Errorf("%v, want an error with the offset", err)
			}
		})
	}
}
