package capture

import (
	"testing"

	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/schemas/topic/embedded"
)

// An identity is made once for an offsets topic, and every record carries it; another
// offsets topic has another.
func TestAPipelineLivesAsLongAsItsOffsetsTopic(t *testing.T) {
	seen := map[string]bool{}
	for range 2 {
		b, err := embedded.Start(t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(b.Close)
		topics := topic.Dial([]string{b.Addr})
		t.Cleanup(topics.Close)
		s := &Stage{Config: Config{Name: "shop"}, Partitions: 1, Names: topic.Names{Prefix: "p"}, Topics: topics, Log: zerolog.Nop()}
		if err := s.ensureTopics(t.Context()); err != nil {
			t.Fatal(err)
		}
		for range 2 { // two sessions
			out, _, err := s.own(t.Context(), topics)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.offsets(out).Save(t.Context(), change.Checkpoint{Epoch: 1}, nil); err != nil {
				t.Fatal(err)
			}
		}
		state, err := topics.ReadSourceState(t.Context(), s.Names, "shop")
		if err != nil || len(state.Pipeline) < 20 || seen[state.Pipeline] {
			t.Fatalf("pipeline %q, %v; want an identity of its own", state.Pipeline, err)
		}
		seen[state.Pipeline] = true
		if _, err := topics.ReadAll(t.Context(), s.Names.Offsets(), 0, func(r topic.Record) error {
			if got := r.Header(change.HeaderPipeline); got != state.Pipeline {
				t.Errorf("record %s carries %q, want %s", r.Key, got, state.Pipeline)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// save saves a position as the pipeline itself does.
func (r *running) save(p change.Checkpoint) {
	r.t.Helper()
	r.saveAll(p, nil)
}

// saveAll saves the progress of snapshots with it.
func (r *running) saveAll(p change.Checkpoint, progress map[change.Scope]change.Progress) {
	r.t.Helper()
	out, _, err := r.stage.own(r.t.Context(), r.stage.Topics)
	if err != nil {
		r.t.Fatal(err)
	}
	if err := r.stage.offsets(out).Save(r.t.Context(), p, progress); err != nil {
		r.t.Fatal(err)
	}
}
