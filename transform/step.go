package transform

import (
	"context"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/topic"
	store "github.com/mage2sage/mage2sage/transform/state"
)

// A step is a run of raw records: their rows, what was emitted at their markers and
// the bookmark after them become the store's together, once the emitted records are
// acknowledged.
type step struct {
	*store.Step
	p       *partition
	last    *topic.Record // the last record taken; nil when there is none
	pending map[canonical.Kind][]topic.Record
	count   int
	view    *view // reference data as the step sees it: a miss reads it once
}

func (p *partition) begin() *step { return &step{Step: p.store.Begin(), p: p} }

// emit queues a record.
func (s *step) emit(k canonical.Kind, r topic.Record) {
	if s.pending == nil {
		s.pending = map[canonical.Kind][]topic.Record{}
	}
	s.pending[k] = append(s.pending[k], r)
	s.count++
}

// full tells whether the step should be flushed before it takes more.
func (s *step) full() bool { return s.Size() > stepBytes || s.count > stepEmissions }

// flush produces what was emitted, then commits, then opens the next step. When
// the generation has ended nothing is produced and nothing committed.
func (s *step) flush(ctx context.Context) error {
	p := s.p
	if err := p.produce(ctx, s.pending); err != nil {
		return err
	}
	if err := p.touched.save(s.Step, p.state.Reading); err != nil {
		return err
	}
	if !p.live || len(p.touched.order) > p.stage.touchedLimit() {
		p.touched.spill()
	}
	if s.last != nil {
		p.state.Bookmark, s.last = topic.After(*s.last), nil
	}
	if err := s.SetState(p.state); err != nil {
		return err
	}
	if err := s.Commit(); err != nil {
		return err
	}
	*s = *p.begin()
	return nil
}

// produce appends to the canonical partitions in a fixed order of kinds.
func (p *partition) produce(ctx context.Context, pending map[canonical.Kind][]topic.Record) error {
	for _, k := range canonical.KindsOf(p.domain) {
		records := pending[k]
		if len(records) == 0 {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		base, err := p.topics.Produce(ctx, p.stage.Names.Canonical(string(k)), p.number, records)
		if err != nil {
			return err
		}
		if base < p.state.Ends[k] {
			return errLost
		}
		p.state.Ends[k] = base + int64(len(records))
		p.stage.Metrics.emitted.WithLabelValues(string(k)).Add(float64(len(records)))
	}
	return nil
}

// tell commits the offset to the group, for people to see: whenever everything is
// read, else once a second.
func (p *partition) tell() {
	at := max(p.state.Bookmark.Offset, p.next)
	if at == p.told || !p.idle && time.Since(p.toldAt) < time.Second {
		return
	}
	p.told, p.toldAt = at, time.Now()
	if err := p.assignment.Commit(at); err != nil {
		p.stage.Log.Debug().Str("stage", "transform").Str("topic", p.name).Int("partition", p.number).
			Str("reason", err.Error()).Msg("offset not told to the group")
	}
}
