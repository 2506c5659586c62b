package view

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/health"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/schemas/topic/embedded"
)

var names = topic.Names{Prefix: "t"}

func newTopics(t *testing.T, specs ...topic.Spec) *topic.Client {
	t.Helper()
	broker, err := embedded.Start(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	c := topic.Dial([]string{broker.Addr})
	t.Cleanup(func() { c.Close(); broker.Close() })
	if err := c.Ensure(t.Context(), specs); err != nil {
		t.Fatal(err)
	}
	return c
}

func produce(t *testing.T, c *topic.Client, name string, partition int, records ...topic.Record) {
	t.Helper()
	if _, err := c.Produce(t.Context(), name, partition, records); err != nil {
		t.Fatal(err)
	}
}

func TestBeforeCaptureHasBegunThereIsNoPosition(t *testing.T) {
	p, err := ReadPipeline(t.Context(), newTopics(t), names, "shop", Stages)
	if err != nil || p.Position != nil || p.Lags != nil {
		t.Errorf("got %+v, %v", p, err)
	}
}

func TestPositionSnapshotsAndLagsComeFromTheTopics(t *testing.T) {
	c := newTopics(t, topic.Spec{Name: names.Offsets(), Partitions: 1}, topic.Spec{Name: names.Raw(change.Sales), Partitions: 2})
	at := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	position, err := topic.CheckpointRecord("shop", change.Checkpoint{Epoch: 5, Sequence: 7, GTID: "0-1-9", File: "b.1", Pos: 42, TSMS: at.UnixMilli()})
	if err != nil {
		t.Fatal(err)
	}
	produce(t, c, names.Offsets(), 0, position,
		progress(t, change.Reference, change.Progress{Epoch: 5, Begin: change.Version{Epoch: 5}, Done: true, Rows: 3, Read: 4, Expected: 5, ReadMS: 2000}),
		progress(t, change.Sales, change.Progress{Epoch: 4, Done: true, Rows: 99})) // of an epoch that is over
	produce(t, c, names.Raw(change.Sales), 1, topic.Record{Key: []byte("a")}, topic.Record{Key: []byte("b")})

	got, err := ReadPipeline(t.Context(), c, names, "shop", Stages)
	if err != nil {
		t.Fatal(err)
	}
	if got.Checkpoint == nil || got.Checkpoint.Pos != 42 {
		t.Errorf("the checkpoint is %+v", got.Checkpoint)
	}
	got.Checkpoint = nil
	want := Pipeline{
		Stages:   []Stage{{Stage: "capture", State: StageAbsent}, {Stage: "transform", State: StageAbsent}, {Stage: "sink", State: StageAbsent}},
		Source:   "shop",
		Position: &Position{GTID: "0-1-9", File: "b.1", Pos: 42, Version: change.Version{Epoch: 5, Sequence: 7}, Time: at},
		Snapshots: []Snapshot{
			{Domain: change.Reference, Begun: true, Done: true, Rows: 3, Read: 4, Expected: 5, RowsPerSecond: 2}, {Domain: change.Customer}, {Domain: change.Sales}, {Domain: change.Catalog},
		},
		Lags: []Lag{{Stage: "transform", Topic: "t.sales"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("while no stage works, how far it is behind is not known (-want +got):\n%s", diff)
	}
	alive(t, c, "capture", "transform")
	got, err = ReadPipeline(t.Context(), c, names, "shop", Stages)
	if err != nil || got.Lags[0].Records == nil || *got.Lags[0].Records != 2 || *got.Lags[0].Seconds > 60 {
		t.Errorf("lags %+v, %v; want 2 records of this minute behind once the stages work", got.Lags, err)
	}
}

// TestAPipelineShowsTheStagesThatAreAskedFor has capture and transform at work, and no sink. How far
// transform is behind is known by capture's heartbeat, though nobody asks for capture.
func TestAPipelineShowsTheStagesThatAreAskedFor(t *testing.T) {
	c := newTopics(t, topic.Spec{Name: names.Offsets(), Partitions: 1}, topic.Spec{Name: names.Raw(change.Sales), Partitions: 1}, topic.Spec{Name: names.Canonical("invoice"), Partitions: 1})
	position, err := topic.CheckpointRecord("shop", change.Checkpoint{Epoch: 5})
	if err != nil {
		t.Fatal(err)
	}
	produce(t, c, names.Offsets(), 0, position)
	alive(t, c, "capture", "transform")
	for _, asked := range []struct{ shown, lags []string }{
		{[]string{"capture"}, nil},
		{[]string{"transform"}, []string{"transform t.sales"}},
		{[]string{"capture", "transform"}, []string{"transform t.sales"}},
		{[]string{"sink"}, []string{"sink t.canonical.invoice"}},
	} {
		p, err := ReadPipeline(t.Context(), c, names, "shop", asked.shown)
		if err != nil {
			t.Fatal(err)
		}
		var stages, lags []string
		for _, s := range p.Stages {
			stages = append(stages, s.Stage)
		}
		for _, l := range p.Lags {
			lags = append(lags, l.Stage+" "+l.Topic)
			if known := l.Records != nil; known != (l.Stage == "transform") {
				t.Errorf("for %v how far %s is behind is known: %v", asked.shown, l.Stage, known)
			}
		}
		if diff := cmp.Diff([][]string{asked.shown, asked.lags}, [][]string{stages, lags}); diff != "" {
			t.Errorf("for %v it shows (-want +got):\n%s", asked.shown, diff)
		}
	}
}

// alive has stages prove now that they work.
func alive(t *testing.T, c *topic.Client, stages ...string) {
	t.Helper()
	now := time.Now().UTC()
	for _, stage := range stages {
		beat, err := topic.HeartbeatRecord(change.SourceKey{Source: "shop", Stage: stage}, health.Heartbeat{Started: now, Sent: now, EveryMS: 60_000, Proved: now})
		if err != nil {
			t.Fatal(err)
		}
		produce(t, c, names.Offsets(), 0, beat)
	}
}

func progress(t *testing.T, d change.Domain, p change.Progress) topic.Record {
	t.Helper()
	key, err := json.Marshal(change.SourceKey{Source: "shop", Snapshot: d})
	if err != nil {
		t.Fatal(err)
	}
	value, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	return topic.Record{Key: key, Value: value}
}
