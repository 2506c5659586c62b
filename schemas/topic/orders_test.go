package topic_test

import (
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

func TestPlacesOfRecordsAreReadAsTheyArePrinted(t *testing.T) {
	at := topic.Coordinates{Topic: "a/b@c.sales", Partition: 3, Offset: 17}
	if got, err := topic.ParseCoordinates(at.String()); err != nil || got != at {
		t.Errorf("%s is %+v, %v", at, got, err)
	}
	for _, text := range []string{"", "sales", "sales/3", "sales@17", "/3@17", "sales/x@17", "sales/3@x", "sales/-1@17", "sales/3@-1", "sales/03@17", "sales/3@17 "} {
		if got, err := topic.ParseCoordinates(text); err == nil {
			t.Errorf("%q is %+v", text, got)
		}
	}
}

// ordering is a broker with an offsets topic, and a function that writes to it as a pipeline.
func ordering(t *testing.T) (c *topic.Client, names topic.Names, write func(pipeline string, all ...topic.Record)) {
	c, names = broker(t, t.TempDir()), topic.Names{Prefix: "a"}
	if err := c.Ensure(t.Context(), []topic.Spec{{Name: names.Offsets(), Partitions: 1}}); err != nil {
		t.Fatal(err)
	}
	return c, names, func(pipeline string, all ...topic.Record) {
		topic.Stamp(all, pipeline)
		if _, err := c.Produce(t.Context(), names.Offsets(), 0, all); err != nil {
			t.Fatal(err)
		}
	}
}

func record(t *testing.T) func(topic.Record, error) topic.Record {
	return func(r topic.Record, err error) topic.Record {
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
}

func TestOrdersAreWhatThePipelineWasToldAndNotAnswered(t *testing.T) {
	c, names, write := ordering(t)
	of := record(t)
	write("P", of(topic.PipelineRecord("P")))
	reader := &topic.OrderReader{Client: c, Names: names, Source: "shop", Pipeline: "P"}
	if _, changed, err := reader.Read(t.Context()); err != nil || changed {
		t.Errorf("without orders: %v, %v", changed, err)
	}
	one, three := 1, 3
	at, other := topic.Coordinates{Topic: "a.sales", Offset: 4}, topic.Coordinates{Topic: "a.sales", Offset: 5}
	write("P",
		of(topic.ReplayRecord("shop", change.ReplayRequest{ID: "second", AtMS: 2, Kind: "invoice"})),
		of(topic.ReplayRecord("shop", change.ReplayRequest{ID: "first", AtMS: 1, Kind: "order", Partition: &one})),
		of(topic.ReplayRecord("shop", change.ReplayRequest{ID: "elsewhere", AtMS: 1, Kind: "order", Partition: &three})),
		of(topic.ReplayRecord("other", change.ReplayRequest{ID: "of another shop", Kind: "order"})),
		of(topic.SkipRecord("shop", at, change.Skip{Note: "why"})),
	)
	write("Q", of(topic.ReplayRecord("shop", change.ReplayRequest{ID: "of another pipeline", Kind: "order"})), of(topic.SkipRecord("shop", other, change.Skip{Note: "why"})))
	orders, changed, err := reader.Read(t.Context())
	if open := orders.Open(1); err != nil || !changed || len(open) != 2 || open[0].ID != "first" || open[1].ID != "second" {
		t.Errorf("partition 1 has %+v, %v, want the first and the second", orders.Open(1), err)
	}
	if len(orders.Skips) != 1 || orders.Skips[at].Note != "why" {
		t.Errorf("what is passed over is %+v", orders.Skips)
	}
	write("P", of(topic.ReplayAnswerRecord("shop", "second", 1, change.ReplayAnswer{Read: 5})), of(topic.ReplayAnswerRecord("shop", "first", 1, change.ReplayAnswer{Done: true})))
	later, _, err := reader.Read(t.Context())
	if open := later.Open(1); err != nil || len(open) != 1 || open[0].ID != "second" || len(later.Open(0)) != 1 {
		t.Errorf("partition 1 has %+v, %v, want the second alone", later.Open(1), err)
	}
	if len(orders.Open(1)) != 2 {
		t.Error("what was read before has changed")
	}
	state, err := c.ReadSourceState(t.Context(), names, "shop")
	if err != nil || len(state.Orders.Replays) != 3 || state.Orders.Answered["second"][1].Read != 5 || state.Known {
		t.Errorf("the source's state has %+v, %v", state, err)
	}
	gone, err := state.Orders.ForgetReplay("shop", "first")
	if err != nil || len(gone) != 2 {
		t.Fatalf("%v, %v", gone, err)
	}
	write("P", gone...)
	if last, _, err := reader.Read(t.Context()); err != nil || len(last.Replays) != 2 || len(last.Answered) != 1 {
		t.Errorf("once one is forgotten: %+v, %v", last, err)
	}
}

// TestTheFirstDecisionStands has two people decide about one record before either has read of the other.
func TestTheFirstDecisionStands(t *testing.T) {
	c, names, write := ordering(t)
	of := record(t)
	at := topic.Coordinates{Topic: "a.sales", Offset: 4}
	first := change.Skip{AtMS: 7, By: "ada", Note: "a test order"}
	forget := of(topic.SkipRecord("shop", at, change.Skip{}))
	forget.Value = nil
	write("P", of(topic.PipelineRecord("P")), of(topic.SkipRecord("shop", at, first)))
	reader := &topic.OrderReader{Client: c, Names: names, Source: "shop", Pipeline: "P"}
	if orders, _, err := reader.Read(t.Context()); err != nil || orders.Skips[at] != first {
		t.Fatalf("decided is %+v, %v", orders.Skips, err)
	}
	write("P", of(topic.SkipRecord("shop", at, change.Skip{AtMS: 7, By: "bob", Note: "another"})))
	orders, _, err := reader.Read(t.Context())
	if state, failed := c.ReadSourceState(t.Context(), names, "shop"); err != nil || failed != nil || orders.Skips[at] != first || state.Orders.Skips[at] != first {
		t.Errorf("transform reads %+v, %v, and the command %+v, %v: want the first", orders.Skips, err, state.Orders.Skips, failed)
	}
	write("P", forget)
	if orders, _, err := reader.Read(t.Context()); err != nil || len(orders.Skips) != 0 {
		t.Errorf("once it is forgotten: %+v, %v", orders.Skips, err)
	}
}

func TestAReplayIsExpectedForAWeek(t *testing.T) {
	now := time.Now()
	r := change.ReplayRequest{AtMS: now.UnixMilli()}
	if r.Expired(now.Add(7*24*time.Hour-time.Minute)) || !r.Expired(now.Add(7*24*time.Hour+time.Minute)) {
		t.Error("it is not a week")
	}
}
