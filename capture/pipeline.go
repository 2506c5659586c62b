package capture

import (
	"context"
	"crypto/rand"

	"github.com/mage2sage/mage2sage/capture/stream"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// A stamped producer says in every record which pipeline writes it.
type stamped struct {
	out      stream.Producer
	pipeline string
}

func (s stamped) Produce(ctx context.Context, name string, partition int, records []topic.Record) (int64, error) {
	topic.Stamp(records, s.pipeline)
	return s.out.Produce(ctx, name, partition, records)
}

// own returns a producer of the pipeline that the topics belong to. An offsets topic that
// was just made has none: then another pipeline begins, whose versions nobody compares
// with those of one before it, whatever the clock says. A checkpoint that is there without
// one does not hold, for the reason that is returned: the topic has lost its front. The
// lock must be held.
func (s *Stage) own(ctx context.Context, out stream.Producer) (owned stream.Producer, lost string, err error) {
	state, err := s.Topics.ReadSourceState(ctx, s.Names, s.Config.Name)
	if err != nil {
		return nil, "", err
	}
	if state.Pipeline != "" {
		return stamped{out, state.Pipeline}, "", nil
	}
	if state.Known {
		lost = "kafka lost records: " + s.Names.Offsets() + " does not say any more whose topics these are"
	}
	id := rand.Text()
	record, err := topic.PipelineRecord(id)
	if err != nil {
		return nil, "", err
	}
	if _, err := (stamped{out, id}).Produce(ctx, s.Names.Offsets(), 0, []topic.Record{record}); err != nil {
		return nil, "", err
	}
	s.Log.Info().Str("pipeline", id).Msg("a new pipeline began")
	return stamped{out, id}, lost, nil
}
