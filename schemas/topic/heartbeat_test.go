package topic_test

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/health"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

func TestHeartbeatsLiveBesideTheCheckpointAndEndWithATombstone(t *testing.T) {
	c, ctx, names := broker(t, t.TempDir()), t.Context(), topic.Names{Prefix: "a"}
	if err := c.Ensure(ctx, []topic.Spec{{Name: names.Offsets(), Partitions: 1}}); err != nil {
		t.Fatal(err)
	}
	key := func(stage, instance string) change.SourceKey {
		return change.SourceKey{Source: "shop", Stage: stage, Instance: instance}
	}
	at := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	newest := health.Heartbeat{Started: at, Sent: at.Add(time.Minute), EveryMS: 5000, Loop: "planning", Proved: at.Add(time.Minute)}
	var records []topic.Record
	keep := func(r topic.Record, err error) {
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, r)
	}
	checkpoint := change.Checkpoint{Epoch: 5, Sequence: 2}
	keep(topic.CheckpointRecord("shop", checkpoint))
	keep(topic.HeartbeatRecord(key("sink", "a/1"), health.Heartbeat{Started: at}))
	keep(topic.HeartbeatRecord(key("sink", "b/2"), health.Heartbeat{Started: at}))
	keep(topic.HeartbeatRecord(change.SourceKey{Source: "other", Stage: "sink"}, health.Heartbeat{Started: at}))
	keep(topic.HeartbeatRecord(key("sink", "a/1"), newest))
	keep(topic.HeartbeatEnd(key("sink", "b/2")))
	broken, err := topic.HeartbeatEnd(key("transform", "c/3"))
	broken.Value = []byte("no JSON")
	keep(broken, err)
	if _, err := c.Produce(ctx, names.Offsets(), 0, records); err != nil {
		t.Fatal(err)
	}
	got, err := c.ReadSourceState(ctx, names, "shop")
	if err != nil {
		t.Fatalf("%v: a heartbeat must never keep a stage from its checkpoint", err)
	}
	want := topic.SourceState{Known: true, Checkpoint: checkpoint, Progress: map[change.Domain]change.Progress{}, Tables: map[string]change.Progress{},
		Heartbeats: map[change.SourceKey]health.Heartbeat{key("sink", "a/1"): newest}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("state (-want +got):\n%s", diff)
	}
}

func TestHeartbeatsOfAnotherPipelineThatHadThePrefixDoNotCount(t *testing.T) {
	c, ctx, names := broker(t, t.TempDir()), t.Context(), topic.Names{Prefix: "a"}
	if err := c.Ensure(ctx, []topic.Spec{{Name: names.Offsets(), Partitions: 1}}); err != nil {
		t.Fatal(err)
	}
	beat := func(instance, pipeline string) topic.Record {
		r, err := topic.HeartbeatRecord(change.SourceKey{Source: "shop", Stage: "sink", Instance: instance}, health.Heartbeat{EveryMS: 5000, Pipeline: pipeline})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	identity, err := topic.PipelineRecord("P2")
	if err != nil {
		t.Fatal(err)
	}
	topic.Stamp([]topic.Record{identity}, "P2")
	records := []topic.Record{beat("was here before", "P1"), beat("did not know", ""), identity, beat("still runs", "P1"), beat("ours", "P2")}
	if _, err := c.Produce(ctx, names.Offsets(), 0, records); err != nil {
		t.Fatal(err)
	}
	got, err := c.ReadSourceState(ctx, names, "shop")
	if err != nil {
		t.Fatal(err)
	}
	want := map[change.SourceKey]health.Heartbeat{{Source: "shop", Stage: "sink", Instance: "ours"}: {EveryMS: 5000, Pipeline: "P2"}}
	if diff := cmp.Diff(want, got.Heartbeats); diff != "" {
		t.Errorf("heartbeats (-want +got):\n%s", diff)
	}
}

func TestTheEndOfTheTrailCountsOnlyForItsOwnPipeline(t *testing.T) {
	for pipeline, want := range map[string]int64{"P1": 0, "": 0, "P2": 12} {
		c, ctx, names := broker(t, t.TempDir()), t.Context(), topic.Names{Prefix: "a"}
		if err := c.Ensure(ctx, []topic.Spec{{Name: names.Offsets(), Partitions: 1}}); err != nil {
			t.Fatal(err)
		}
		identity, err := topic.PipelineRecord("P2")
		if err != nil {
			t.Fatal(err)
		}
		trail, err := topic.TrailRecord(change.Trail{Last: 12})
		if err != nil {
			t.Fatal(err)
		}
		records := []topic.Record{identity, trail}
		topic.Stamp(records[1:], pipeline)
		if _, err := c.Produce(ctx, names.Offsets(), 0, records); err != nil {
			t.Fatal(err)
		}
		got, err := c.ReadSourceState(ctx, names, "")
		if err != nil || got.Trail.Last != want {
			t.Errorf("what pipeline %q says counts as %d, %v; want %d", pipeline, got.Trail.Last, err, want)
		}
	}
}

func TestAnEndOfTheTrailThatDoesNotDecodeStopsNobodyAndIsTheHighest(t *testing.T) {
	c, ctx, names := broker(t, t.TempDir()), t.Context(), topic.Names{Prefix: "a"}
	if err := c.Ensure(ctx, []topic.Spec{{Name: names.Offsets(), Partitions: 1}}); err != nil {
		t.Fatal(err)
	}
	identity, err := topic.PipelineRecord("P2")
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range []string{`{"last":`, `{"last":"x"}`, `{"last":99999999999999999999}`, `[]`} {
		records := []topic.Record{identity, {Key: []byte(change.TrailKey), Value: []byte(value)}}
		topic.Stamp(records[1:], "P2")
		if _, err := c.Produce(ctx, names.Offsets(), 0, records); err != nil {
			t.Fatal(err)
		}
		if got, err := c.ReadSourceState(ctx, names, ""); err != nil || got.Trail.Last != math.MaxInt64 {
			t.Errorf("%s counts as %d, %v; want the highest number", value, got.Trail.Last, err)
		}
	}
}
