// Package transform turns row changes into whole documents: invoices, credit memos
// and customers, one record per change that anybody could see.
//
//	raw sales/3 ──► rows of order/7 in the store ──► assemble at the commit ──► canonical.invoice/3
//	                                  ▲                                          canonical.creditmemo/3
//	reference ──► stores, groups, attributes, config
//
// Each partition that the consumer group assigns is read by one function. While it
// catches up, rows only make their roots dirty; then each dirty root is assembled
// once; from then on roots are assembled at each commit marker. So catching up
// after days, rebuilding a lost store and taking over a partition are one code, and
// the same rows give the same entities, byte for byte.
//
// An entity is emitted only when its content changed, with a version that never
// falls. The record is acknowledged before the store forgets that it was due, so a
// crash repeats an emission and never loses one.
//
// It does not know Sage, and it never asks Magento.
package transform

import (
	"cmp"
	"context"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
	store "github.com/mage2sage/mage2sage/transform/state"
)

// A Stage is one transform process.
type Stage struct {
	Config Config
	// Source is the configured name of the shop, such as "shop".
	Source  string
	Names   topic.Names
	Topics  *topic.Client
	Log     zerolog.Logger
	Metrics *Metrics
	// SessionTimeout is how long partitions of a member that died stay with it; 0
	// takes the client's default.
	SessionTimeout time.Duration

	wait    time.Duration // see fetchWait
	touched int           // see touchedLimit
}

// fetchWait is how long the broker waits for the first record; one that comes is
// answered at once.
func (s *Stage) fetchWait() time.Duration { return cmp.Or(s.wait, 500*time.Millisecond) }

// touchedLimit bounds the roots that one open transaction keeps in memory; a larger
// one keeps them in the store.
func (s *Stage) touchedLimit() int { return cmp.Or(s.touched, 5000) }

// domains are those whose raw topics have roots to assemble.
var domains = []change.Domain{change.Customer, change.Sales}

// Run assembles until ctx ends. It returns an error for a record that does not
// decode, for a topic with another partition count and for a broker that does not
// answer; beginning again is harmless after each of them.
func (s *Stage) Run(ctx context.Context) error {
	state, err := store.Open(s.Config.StateDir)
	if err != nil {
		return err
	}
	defer state.Close()
	position, err := s.awaitPosition(ctx)
	if err != nil {
		return ended(ctx, err)
	}
	if err := s.ensureTopics(ctx, position); err != nil {
		return ended(ctx, err)
	}
	references := &referenceReader{stage: s, partition: state.Partition(change.Reference, 0)}
	if err := references.load(ctx); err != nil {
		return ended(ctx, err)
	}
	s.Log.Info().Str("stage", "transform").Msg("reference data loaded")
	return s.serve(ctx, state, references)
}

func (s *Stage) serve(ctx context.Context, state *store.Store, references *referenceReader) error {
	group := topic.Group{ID: s.Names.Group("transform"), SessionTimeout: s.SessionTimeout}
	domainOf := map[string]change.Domain{}
	for _, d := range domains {
		group.Topics = append(group.Topics, s.Names.Raw(d))
		domainOf[s.Names.Raw(d)] = d
	}
	all, running := errgroup.WithContext(ctx)
	all.Go(func() error { return references.follow(running) })
	all.Go(func() error {
		return s.Topics.Consume(running, group, func(ctx context.Context, a topic.Assignment) error {
			d := domainOf[a.Topic]
			p := &partition{
				stage: s, assignment: a, domain: d, references: references,
				store: state.Partition(d, a.Partition),
			}
			return ended(ctx, p.run(ctx))
		})
	})
	return ended(ctx, all.Wait())
}

// awaitPosition waits until capture has published where it stands: only then the
// topics exist and their partition counts are pinned.
func (s *Stage) awaitPosition(ctx context.Context) (change.Checkpoint, error) {
	for said := false; ; said = true {
		position, known, err := topic.ReadCheckpoint(ctx, s.Topics, s.Names, s.Source)
		if err != nil {
			return position, err
		}
		if known {
			return position, nil
		}
		if !said {
			s.Log.Info().Str("stage", "transform").Str("topic", s.Names.Offsets()).Msg("waiting for capture")
		}
		select {
		case <-ctx.Done():
			return position, ctx.Err()
		case <-time.After(300 * time.Millisecond):
		}
	}
}

// ensureTopics checks the raw topics' partition counts against the pinned ones and
// makes the canonical topics with the same.
func (s *Stage) ensureTopics(ctx context.Context, position change.Checkpoint) error {
	var specs []topic.Spec
	for _, d := range domains {
		pinned := position.Partitions[d]
		have, err := s.Topics.PartitionCount(ctx, s.Names.Raw(d))
		if err != nil {
			return err
		}
		if have != pinned {
			return &topic.PartitionCountError{Topic: s.Names.Raw(d), Have: have, Want: pinned}
		}
		for _, k := range canonical.KindsOf(d) {
			specs = append(specs, topic.Spec{
				Name: s.Names.Canonical(string(k)), Partitions: pinned, MinCompactionLag: 7 * 24 * time.Hour,
			})
		}
	}
	return s.Topics.Ensure(ctx, specs)
}

// ended drops the error of a call that the end of ctx cut short.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}
