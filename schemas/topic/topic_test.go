package topic_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/schemas/topic/embedded"
)

func broker(t *testing.T, dir string) *topic.Client {
	t.Helper()
	b, err := embedded.Start(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	c := topic.Dial([]string{b.Addr})
	t.Cleanup(func() { c.Close(); b.Close() })
	return c
}

func records(from, n int) (all []topic.Record) {
	for i := range n {
		all = append(all, topic.Record{
			Key: fmt.Appendf(nil, "k%d", from+i), Value: fmt.Appendf(nil, "v%d", from+i),
			Headers: []topic.Header{{Key: "version", Value: []byte("1.1")}},
		})
	}
	return all
}

func TestTheOrdersAreSpreadOverAllPartitions(t *testing.T) {
	seen := map[int]bool{}
	for i := range 200 {
		p := topic.Partition(change.NewRoot("order", uint64(i)), 6)
		if p < 0 || p > 5 {
			t.Fatalf("order/%d goes to partition %d of 6", i, p)
		}
		seen[p] = true
	}
	if len(seen) != 6 {
		t.Errorf("200 orders touch %d of 6 partitions", len(seen))
	}
	if a, b := topic.Partition("order/12", 6), topic.Partition("order/12", 6); a != b {
		t.Errorf("order/12 goes to %d and to %d", a, b)
	}
}

func TestProducedRecordsComeBackInOrderWithHeadersAndTombstones(t *testing.T) {
	c, ctx := broker(t, t.TempDir()), t.Context()
	if err := c.Ensure(ctx, []topic.Spec{{Name: "a.sales", Partitions: 2}}); err != nil {
		t.Fatal(err)
	}
	sent := append(records(0, 3), topic.Record{Key: []byte("k1")})
	if base, err := c.Produce(ctx, "a.sales", 1, sent); err != nil || base != 0 {
		t.Fatalf("produce: base %d, %v", base, err)
	}
	if base, err := c.Produce(ctx, "a.sales", 1, records(3, 1)); err != nil || base != 4 {
		t.Fatalf("second produce: base %d, %v", base, err)
	}
	var got []topic.Record
	if _, err := c.ReadAll(ctx, "a.sales", 1, func(r topic.Record) error { got = append(got, r); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(got) != 5 || string(got[2].Value) != "v2" || got[3].Value != nil || got[0].Header("version") != "1.1" {
		t.Errorf("read back %d records: %+v", len(got), got)
	}
	batch, err := c.Fetch(ctx, "a.sales", 1, 2, time.Second)
	if err != nil || len(batch.Records) == 0 || batch.Records[0].Offset != 2 {
		t.Errorf("fetch from the middle of a batch: %+v, %v; want offset 2 first", batch, err)
	}
}

func TestProduceSplitsWhatIsTooLargeForOneRequest(t *testing.T) {
	c, ctx := broker(t, t.TempDir()), t.Context()
	if err := c.Ensure(ctx, []topic.Spec{{Name: "big", Partitions: 1}}); err != nil {
		t.Fatal(err)
	}
	var sent []topic.Record
	for i := range 5 {
		sent = append(sent, topic.Record{Key: []byte{byte(i)}, Value: make([]byte, 400_000)})
	}
	sent = append(sent, topic.Record{Key: []byte("wide"), Value: noise(3 << 20)})
	if base, err := c.Produce(ctx, "big", 0, sent); err != nil || base != 0 {
		t.Fatalf("produce 5 MB: base %d, %v", base, err)
	}
	n := 0
	if _, err := c.ReadAll(ctx, "big", 0, func(topic.Record) error { n++; return nil }); err != nil || n != 6 {
		t.Errorf("read %d of 6 records, %v", n, err)
	}
}

func TestEnsureRefusesAnotherPartitionCount(t *testing.T) {
	c, ctx := broker(t, t.TempDir()), t.Context()
	if err := c.Ensure(ctx, []topic.Spec{{Name: "x", Partitions: 2}}); err != nil {
		t.Fatal(err)
	}
	if err := c.Ensure(ctx, []topic.Spec{{Name: "x", Partitions: 2}}); err != nil {
		t.Errorf("the same count again: %v", err)
	}
	var mismatch *topic.PartitionCountError
	if err := c.Ensure(ctx, []topic.Spec{{Name: "x", Partitions: 3}}); !errors.As(err, &mismatch) {
		t.Errorf("another count: %v, want a PartitionCountError", err)
	}
}

func TestABookmarkIsBelievedOnlyWhileTheRecordBeforeItIsTheSame(t *testing.T) {
	dir := t.TempDir()
	c, ctx := broker(t, dir), t.Context()
	spec := []topic.Spec{{Name: "x", Partitions: 1}}
	if err := c.Ensure(ctx, spec); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Produce(ctx, "x", 0, records(0, 5)); err != nil {
		t.Fatal(err)
	}
	mark, err := c.ReadAll(ctx, "x", 0, func(topic.Record) error { return nil })
	if err != nil || mark.Offset != 5 {
		t.Fatalf("bookmark %+v, %v", mark, err)
	}
	if offset, ok, err := c.VerifyBookmark(ctx, "x", 0, mark); err != nil || !ok || offset != 5 {
		t.Errorf("same broker: offset %d, believed %v, %v; want 5, true", offset, ok, err)
	}
	other := broker(t, t.TempDir())
	if err := other.Ensure(ctx, spec); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Produce(ctx, "x", 0, records(0, 9)); err != nil {
		t.Fatal(err)
	}
	if offset, ok, err := other.VerifyBookmark(ctx, "x", 0, mark); err != nil || ok || offset != 0 {
		t.Errorf("another broker with the same records: offset %d, believed %v, %v; want 0, false", offset, ok, err)
	}
	if offset, ok, err := other.VerifyBookmark(ctx, "x", 0, topic.Bookmark{Offset: 99, Before: "x"}); err != nil || ok || offset != 0 {
		t.Errorf("beyond the end: offset %d, believed %v, %v; want 0, false", offset, ok, err)
	}
}

func TestConsumeRunsEveryPartitionUntilTheContextEnds(t *testing.T) {
	c := broker(t, t.TempDir())
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := c.Ensure(ctx, []topic.Spec{{Name: "x", Partitions: 3}}); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	seen := map[int]bool{}
	err := c.Consume(ctx, topic.Group{ID: "g", Topics: []string{"x"}}, func(gctx context.Context, a topic.Assignment) error {
		mu.Lock()
		seen[a.Partition] = true
		all := len(seen) == 3
		mu.Unlock()
		if err := a.Commit(int64(a.Partition) + 1); err != nil {
			return err
		}
		if all {
			cancel()
		}
		<-gctx.Done()
		return nil
	})
	if err != nil || len(seen) != 3 {
		t.Errorf("ran %d of 3 partitions, %v", len(seen), err)
	}
	offsets, err := c.GroupOffsets(t.Context(), "g", "x", 3)
	if err != nil || offsets[2] != 3 {
		t.Errorf("group offsets %v, %v; want 3 for partition 2", offsets, err)
	}
}

func TestConsumeReturnsTheErrorOfARun(t *testing.T) {
	c, ctx := broker(t, t.TempDir()), t.Context()
	if err := c.Ensure(ctx, []topic.Spec{{Name: "x", Partitions: 2}}); err != nil {
		t.Fatal(err)
	}
	boom := errors.New("boom")
	err := c.Consume(ctx, topic.Group{ID: "g", Topics: []string{"x"}}, func(gctx context.Context, a topic.Assignment) error {
		if a.Partition == 1 {
			return boom
		}
		<-gctx.Done()
		return nil
	})
	if !errors.Is(err, boom) {
		t.Errorf("consume returned %v, want the run's error", err)
	}
}

func TestAnUnreachableBrokerSaysWhatToDo(t *testing.T) {
	err := topic.Dial([]string{"127.0.0.1:1"}).Ping(t.Context())
	var unreachable *topic.UnreachableError
	if !errors.As(err, &unreachable) {
		t.Fatalf("ping: %v, want an UnreachableError", err)
	}
}

func TestTheEmbeddedBrokerKeepsItsRecordsAndLeavesItsAddress(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	b, err := embedded.Start(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	c := topic.Dial([]string{b.Addr})
	if err := c.Ensure(ctx, []topic.Spec{{Name: "x", Partitions: 1}}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Produce(ctx, "x", 0, records(0, 2)); err != nil {
		t.Fatal(err)
	}
	if addr, err := embedded.Find(dir); err != nil || addr != b.Addr {
		t.Errorf("found %q, %v; want %q", addr, err, b.Addr)
	}
	c.Close()
	b.Close()
	if _, err := embedded.Find(dir); err == nil {
		t.Error("a closed broker is still found")
	}
	again := broker(t, dir)
	if ends, err := again.EndOffsets(ctx, "x", 1); err != nil || ends[0] != 2 {
		t.Errorf("after reopening the end is %v, %v; want 2", ends, err)
	}
}

func TestAGroupThatDoesNotExistHasCommittedNothing(t *testing.T) {
	c, ctx := broker(t, t.TempDir()), t.Context()
	if err := c.Ensure(ctx, []topic.Spec{{Name: "a.sales", Partitions: 2}}); err != nil {
		t.Fatal(err)
	}
	offsets, err := c.GroupOffsets(ctx, "nobody", "a.sales", 2)
	if err != nil || len(offsets) != 2 || offsets[0] != -1 || offsets[1] != -1 {
		t.Errorf("offsets %v, %v; want -1 and -1", offsets, err)
	}
}

// noise is bytes that no compression makes smaller.
func noise(n int) []byte {
	out := make([]byte, n)
	rand.NewChaCha8([32]byte{}).Read(out)
	return out
}
