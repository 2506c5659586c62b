package transform

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
	store "github.com/mage2sage/mage2sage/transform/state"
)

const (
	// stepBytes and stepEmissions bound a step in the middle of a fetched batch.
	stepBytes     = 8 << 20
	stepEmissions = 2000
)

var (
	// errHole says that a marker names a predecessor that was not read.
	errHole = errors.New("hole in the chain of commit markers")
	// errLost says that a canonical partition ends before our last record in it.
	errLost = errors.New("canonical topic lost records")
)

// A partition is one raw partition for the time of one generation.
type partition struct {
	stage      *Stage
	assignment topic.Assignment
	domain     change.Domain
	references *referenceReader
	store      *store.Partition

	reading
	target  int64 // the end offset that catching up goes to
	live    bool  // caught up, and no snapshot open
	touched touched
	next    int64 // offset to fetch from, which passes what compaction emptied
	idle    bool  // the last fetch came to the end of the partition
	told    int64 // the offset that the group knows
	toldAt  time.Time
}

// run reads the partition until the generation ends.
func (p *partition) run(ctx context.Context) error {
	if err := p.open(ctx); err != nil {
		return fmt.Errorf("open %s/%d: %w", p.name, p.number, err)
	}
	for ctx.Err() == nil {
		if err := p.settle(ctx); err != nil {
			return fmt.Errorf("settle %s/%d: %w", p.name, p.number, err)
		}
		p.tell()
		batch, err := p.topics.Fetch(ctx, p.name, p.number, p.state.Bookmark.Offset, p.stage.fetchWait())
		if err == nil {
			err = p.apply(ctx, batch)
		}
		if errors.Is(err, errLost) {
			err = p.open(ctx)
		}
		if errors.Is(err, errHole) || errors.Is(err, topic.ErrOutOfRange) {
			err = p.reread(ctx, err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// open finds out where the partition stands and what was emitted from it.
func (p *partition) open(ctx context.Context) error {
	p.reading = reading{
		topics: p.stage.Topics, name: p.stage.Names.Raw(p.domain), number: p.assignment.Partition, store: p.store,
	}
	if err := p.resume(ctx); err != nil {
		return err
	}
	if err := p.learn(ctx); err != nil {
		return err
	}
	return p.catchUp(ctx)
}

// catchUp makes the present end the place from which on the partition is live.
func (p *partition) catchUp(ctx context.Context) error {
	ends, err := p.topics.EndOffsets(ctx, p.name, p.number+1)
	if err != nil {
		return err
	}
	p.live, p.target, p.touched = false, ends[p.number], touched{}
	p.stage.Log.Info().Str("stage", "transform").Str("topic", p.name).Int("partition", p.number).
		Int64("offset", p.state.Bookmark.Offset).Int64("end", p.target).Msg("catching up")
	return nil
}

// reread begins at the start of the topic: something is missing from what was read.
func (p *partition) reread(ctx context.Context, why error) error {
	p.stage.Log.Warn().Str("stage", "transform").Str("topic", p.name).Int("partition", p.number).
		Int64("offset", p.state.Bookmark.Offset).Str("reason", why.Error()).Msg("reading the partition again from its start")
	if err := p.again(ctx); err != nil {
		return err
	}
	return p.catchUp(ctx)
}

// settle ends catching up once the target is reached and no snapshot is open, and
// assembles again what depends on reference data that changed. It is called between
// batches, when everything that was read is in the store.
func (p *partition) settle(ctx context.Context) error {
	if p.state.Bookmark.Offset < p.target || !p.state.Open.IsZero() {
		return nil
	}
	renewed, err := p.renew()
	if err != nil || p.live && !renewed {
		return err
	}
	if !p.live {
		if err := p.sweep(); err != nil {
			return err
		}
	}
	if err := p.drain(ctx); err != nil {
		return err
	}
	p.live = true
	return nil
}

// renew makes every root dirty when they were assembled with other reference data.
// The documents of orders keep the store and group of their time.
func (p *partition) renew() (renewed bool, err error) {
	now := p.references.now().fingerprint
	if p.domain != change.Customer || p.state.Reference == now {
		return false, nil
	}
	p.state.Reference = now
	return true, p.store.MarkAll()
}
