package topic_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/schemas/topic/embedded"
)

func TestTheStateOfASourceIsItsLastCheckpointAndEachDomainsProgress(t *testing.T) {
	c, ctx, names := broker(t, t.TempDir()), t.Context(), topic.Names{Prefix: "a"}
	if state, err := c.ReadSourceState(ctx, names, "shop"); err != nil || state.Known || state.Partitions(change.Sales) != 0 {
		t.Fatalf("without a topic: %+v, %v; want nothing known", state, err)
	}
	if err := c.Ensure(ctx, []topic.Spec{{Name: names.Offsets(), Partitions: 1}}); err != nil {
		t.Fatal(err)
	}
	last := change.Checkpoint{Epoch: 5, Sequence: 2, GTID: "0-1-2", Partitions: map[change.Domain]int{change.Sales: 6}}
	progress := change.Progress{Epoch: 5, Begin: change.Version{Epoch: 5, Sequence: 1}, Parts: []change.Part{{Table: "sales_order", Until: []string{"7"}}}}
	single := change.Progress{Epoch: 5, Rows: 3}
	var records []topic.Record
	keep := func(r topic.Record, err error) {
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, r)
	}
	keep(topic.CheckpointRecord("shop", change.Checkpoint{Epoch: 5, Sequence: 1, File: "old"}))
	keep(topic.ProgressRecord("shop", change.Scope{Domain: change.Sales}, progress))
	keep(topic.ProgressRecord("shop", change.Scope{Domain: change.Sales, Table: "sales_invoice"}, single))
	keep(topic.CheckpointRecord("shop", last))
	keep(topic.CheckpointRecord("other", change.Checkpoint{Epoch: 9}))
	if _, err := c.Produce(ctx, names.Offsets(), 0, records); err != nil {
		t.Fatal(err)
	}
	got, err := c.ReadSourceState(ctx, names, "shop")
	if err != nil {
		t.Fatal(err)
	}
	want := topic.SourceState{Known: true, Checkpoint: last, Progress: map[change.Domain]change.Progress{change.Sales: progress}, Tables: map[string]change.Progress{"sales_invoice": single}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("state (-want +got):\n%s", diff)
	}
}

func TestAClientThatKnewTheClusterBeforeTheTopicReadsAnEmptyStateAtMost(t *testing.T) {
	dir := t.TempDir()
	b, err := embedded.Start(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	early, late := topic.Dial([]string{b.Addr}), topic.Dial([]string{b.Addr})
	ctx, names := t.Context(), topic.Names{Prefix: "a"}
	if err := early.Ping(ctx); err != nil {
		t.Fatal(err)
	}
	if err := late.Ensure(ctx, []topic.Spec{{Name: names.Offsets(), Partitions: 1}}); err != nil {
		t.Fatal(err)
	}
	record, err := topic.CheckpointRecord("shop", change.Checkpoint{Epoch: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := late.Produce(ctx, names.Offsets(), 0, []topic.Record{record}); err != nil {
		t.Fatal(err)
	}
	if _, err := early.ReadSourceState(ctx, names, "shop"); err != nil {
		t.Errorf("right after the topic was made: %v", err)
	}
}

// A record without the pipeline's header moves nobody, and a second identity neither.
func TestAPositionThatThePipelineHasNotWrittenIsIgnored(t *testing.T) {
	c, ctx, names := broker(t, t.TempDir()), t.Context(), topic.Names{Prefix: "a"}
	if err := c.Ensure(ctx, []topic.Spec{{Name: names.Offsets(), Partitions: 1}}); err != nil {
		t.Fatal(err)
	}
	write := func(pipeline string, r topic.Record, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		records := []topic.Record{r}
		topic.Stamp(records, pipeline)
		if _, err := c.Produce(ctx, names.Offsets(), 0, records); err != nil {
			t.Fatal(err)
		}
	}
	checkpoint := func(sequence uint64) (topic.Record, error) {
		return topic.CheckpointRecord("shop", change.Checkpoint{Epoch: 5, Sequence: sequence})
	}
	r, err := topic.PipelineRecord("P1")
	write("P1", r, err)
	r, err = checkpoint(1)
	write("P1", r, err)
	r, err = checkpoint(900)
	write("", r, err)
	r, err = topic.PipelineRecord("P2")
	write("P2", r, err)
	r, err = checkpoint(901)
	write("P2", r, err)
	state, err := c.ReadSourceState(ctx, names, "shop")
	if err != nil || state.Pipeline != "P1" || state.Checkpoint.Sequence != 1 {
		t.Errorf("pipeline %s at %d, %v; want P1 at 1", state.Pipeline, state.Checkpoint.Sequence, err)
	}
}
