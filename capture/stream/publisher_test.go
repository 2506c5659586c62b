package stream

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"

	"github.com/prometheus/client_golang/prometheus"
)

// A notebook is a broker that notes what it was asked to append.
type notebook struct {
	mu    sync.Mutex
	calls []string           // "t.sales/1 ×3" in the order they were answered
	ends  map[string]int64   // by topic/partition
	fail  map[string]error   // by topic/partition
	wrote map[string][]int64 // base offsets
	at    map[string][]topic.Record
}

func newNotebook() *notebook {
	return &notebook{ends: map[string]int64{}, fail: map[string]error{}, wrote: map[string][]int64{}, at: map[string][]topic.Record{}}
}

func (n *notebook) Produce(_ context.Context, name string, partition int, records []topic.Record) (int64, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	place := fmt.Sprintf("%s/%d", name, partition)
	if err := n.fail[place]; err != nil {
		return -1, err
	}
	base := n.ends[place]
	n.ends[place] += int64(len(records))
	n.calls = append(n.calls, fmt.Sprintf("%s ×%d", place, len(records)))
	for _, r := range records {
		r.Key, r.Value, r.Headers = bytes.Clone(r.Key), bytes.Clone(r.Value), slices.Clone(r.Headers)
		for i := range r.Headers {
			r.Headers[i].Value = bytes.Clone(r.Headers[i].Value)
		}
		n.at[place] = append(n.at[place], r)
	}
	return base, nil
}

// records are those that one partition has by now.
func (n *notebook) records(place string) []topic.Record {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.at[place])
}

// twoPartitions is an empty broker's ends of every domain.
func twoPartitions() map[change.Domain][]int64 {
	ends := map[change.Domain][]int64{}
	for _, d := range []change.Domain{change.Reference, change.Customer, change.Sales, change.Catalog} {
		ends[d] = []int64{0, 0}
	}
	return ends
}

func testPublisher(out Producer) *publisher {
	return newPublisher(Config{Out: out, Names: topic.Names{Prefix: "t"}, Metrics: NewMetrics(prometheus.NewRegistry()), EndOffsets: twoPartitions()})
}

func rec(key string) topic.Record { return topic.Record{Key: []byte(key), Value: []byte("{}")} }

func TestReferenceIsAcknowledgedBeforeTheOtherTopics(t *testing.T) {
	n := newNotebook()
	p := testPublisher(n)
	p.add(change.Sales, 1, rec("a"), true)
	p.add(change.Customer, 0, rec("b"), true)
	p.add(change.Reference, 0, rec("c"), true)
	if err := p.flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(n.calls) != 3 || n.calls[0] != "t.reference/0 ×1" {
		t.Errorf("appended %q, want reference first", n.calls)
	}
	if !p.empty() {
		t.Error("after a flush something is left")
	}
	n.fail["t.reference/0"] = errors.New("no")
	p.add(change.Sales, 1, rec("a"), true)
	p.add(change.Reference, 0, rec("c"), true)
	if err := p.flush(t.Context()); err == nil || len(n.calls) != 3 {
		t.Errorf("reference was refused (%v) and %q was appended all the same", err, n.calls[3:])
	}
}

func TestEachTouchedPartitionGetsOneMarkerThatNamesThePreviousOne(t *testing.T) {
	n := newNotebook()
	p := testPublisher(n)
	mark := func(sequence uint64, touch ...int) bool {
		for _, partition := range touch {
			p.add(change.Sales, partition, rec("row"), true)
			p.add(change.Sales, partition, rec("row"), true)
		}
		touched, err := p.mark(change.Commit{Version: change.Version{Epoch: 9, Sequence: sequence}})
		if err != nil {
			t.Fatal(err)
		}
		return touched
	}
	if mark(1, 0, 1); mark(2) {
		t.Error("a transaction without rows got a marker")
	}
	mark(3, 1)
	mark(4, 0)
	if err := p.flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	for partition, want := range map[int][]string{0: {"9.1<", "9.4<9.1"}, 1: {"9.1<", "9.3<9.1"}} {
		var got []string
		for _, r := range n.at[fmt.Sprintf("t.sales/%d", partition)] {
			if r.Header(change.HeaderKind) != change.KindCommit {
				continue
			}
			c, err := change.DecodeCommit(r.Value)
			if err != nil {
				t.Fatal(err)
			}
			previous := ""
			if !c.Previous.IsZero() {
				previous = c.Previous.String()
			}
			got = append(got, c.Version.String()+"<"+previous)
		}
		if !slices.Equal(got, want) {
			t.Errorf("partition %d has markers %q, want %q", partition, got, want)
		}
	}
}

func TestABrokerThatLostRecordsIsNoticedByTheNextAnswer(t *testing.T) {
	n := newNotebook()
	p := testPublisher(n)
	for range 3 {
		p.add(change.Sales, 0, rec("row"), true)
	}
	if err := p.flush(t.Context()); err != nil || p.ends()[change.Sales][0] != 3 {
		t.Fatalf("end %v, %v", p.ends(), err)
	}
	n.ends["t.sales/0"] = 1
	p.add(change.Sales, 0, rec("row"), true)
	err := p.flush(t.Context())
	var lost *LostRecordsError
	if !errors.As(err, &lost) {
		t.Errorf("a base offset below the last end: %v, want a loss that brings a new epoch", err)
	}
	n.ends["t.sales/0"] = 50
	p = testPublisher(n)
	p.add(change.Sales, 0, rec("row"), true)
	if err := p.flush(t.Context()); err == nil || errors.As(err, &lost) {
		t.Errorf("a base offset above the last end: %v, want a failure that begins again in the same epoch", err)
	}
}
