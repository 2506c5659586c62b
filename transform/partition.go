package transform

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/transform/assemble"
	"github.com/mage2sage/mage2sage/transform/state"
)

// A partition is one raw partition for the time of one generation of the group.
//
//	open ──► catchUp ──► settle ──► live
//	          ▲   │        ▲         │ snapshot_begin
//	          │   ▼        │         │
//	          │  snapshot ─┘         │
//	          │   ▲ snapshot_end     │
//	rescan ───┘   └──────────────────┘
//
// In catchUp and snapshot rows make their roots dirty, and nothing is assembled. settle
// assembles what is dirty, once. In live the roots of a transaction are assembled at
// its commit marker.
//
// From every state the partition goes back to open when a canonical partition has lost
// records, and to rescan when a raw record is missing.
type partition struct {
	stage      *Stage
	log        zerolog.Logger
	assignment topic.Assignment
	domain     change.Domain
	references *referenceFollower
	aggregates []string // kinds of aggregates that the domain has
	dependents []string // those of them that change with reference data
	clocked    []string // those of them that change as time passes
	store      *state.Partition

	scan    *scan
	dirty   dirtyRoots
	fetched fetched

	committed   int64 // the offset that the group knows: everything before it has had its effect
	committedAt time.Time
	comparedAt  time.Time // when the canonical ends were last looked at

	replaying *replay         // under way; nil while none is
	replayed  map[string]bool // ids of replays that were done: their answers may not have been read yet

	emittedAt int64 // the newest occurred_at that was read from the canonical partitions, in Unix seconds
}

// A stateFunc is one state of a partition. It works until something moves the
// partition on and returns the state that follows; nil when the generation has ended.
// Functions that a state calls return one as well: not nil means that the state has to
// be left for it at once, and that what was not flushed is dropped.
type stateFunc func(context.Context) (stateFunc, error)

func newPartition(s *Stage, a topic.Assignment, references *referenceFollower, db *state.DB) *partition {
	d := s.domainOf(a.Topic)
	store := db.Partition(d, a.Partition)
	return &partition{
		stage: s, assignment: a, committed: max(a.Committed, 0), domain: d, references: references,
		aggregates: assemble.Aggregates(d), dependents: assemble.ReferenceDependents(d), clocked: assemble.TimeDependents(d), store: store,
		log: s.Log.With().Str("topic", a.Topic).Int("partition", a.Partition).Logger(),
		scan: &scan{
			topics: s.Topics, pipeline: s.pipeline, topic: a.Topic, partition: a.Partition, store: store, shelf: s.shelf,
			place: place{d, a.Partition, s.pinned[d]}, reached: s.reached,
		},
	}
}

// run reads the partition until the generation ends.
func (p *partition) run(ctx context.Context) error {
	p.stage.Health.Expect(p.name())
	p.stage.Progress.begin(p.part())
	defer p.leave()
	for enter := stateFunc(p.open); enter != nil; {
		next, err := enter(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name(), err)
		}
		enter = next
	}
	return nil
}

// leave takes what is about the partition from the board.
func (p *partition) leave() {
	p.stage.Health.Retire(p.name())
	p.stage.Progress.leave(p.part())
	p.stage.shelf.leave(p.assignment.Topic, p.assignment.Partition)
	for _, k := range canonical.KindsOf(p.domain) {
		p.stage.shelf.leave(p.stage.Names.Canonical(string(k)), p.assignment.Partition)
	}
}

func (p *partition) part() part { return part{p.assignment.Topic, p.assignment.Partition} }

// name is the partition as people know it: mage2sage.sales/3.
func (p *partition) name() string {
	return fmt.Sprintf("%s/%d", p.assignment.Topic, p.assignment.Partition)
}

// open finds out how far the partition was read and what was emitted from it.
func (p *partition) open(ctx context.Context) (stateFunc, error) {
	p.drop()
	if err := p.scan.resume(ctx); err != nil {
		return nil, err
	}
	if err := p.scan.retry(ctx, p.stage); err != nil {
		return nil, err
	}
	if err := p.restoreEmitted(ctx); err != nil {
		return nil, err
	}
	return p.toCatchUp(ctx)
}

// rescan begins at the start of the topic: something is missing in what was read.
func (p *partition) rescan(reason string) stateFunc {
	return func(ctx context.Context) (stateFunc, error) {
		p.log.Warn().Int64("offset", p.scan.offset()).Str("reason", reason).Msg("reading the partition again from its start")
		p.drop()
		if err := p.scan.restart(ctx); err != nil {
			return nil, err
		}
		return p.toCatchUp(ctx)
	}
}

// drop forgets what was fetched and not applied, and what was not flushed. A replay begins anew.
func (p *partition) drop() { p.dirty, p.fetched, p.replaying = dirtyRoots{}, fetched{}, nil }

// toCatchUp makes the present end the one from which on the partition is live.
func (p *partition) toCatchUp(ctx context.Context) (stateFunc, error) {
	ends, err := p.stage.Topics.EndOffsets(ctx, p.assignment.Topic, p.assignment.Partition+1)
	if err != nil {
		return nil, err
	}
	end := ends[p.assignment.Partition]
	p.stage.Progress.at(p.part(), end-p.scan.offset())
	p.log.Info().Int64("offset", p.scan.offset()).Int64("end", end).Msg("catching up")
	return p.catchUp(end), nil
}

// catchUp reads to an end. Rows make their roots dirty.
func (p *partition) catchUp(end int64) stateFunc {
	apply := func(ctx context.Context, b *batch, r *topic.Record, e recordEffect) (stateFunc, error) {
		if next, err := p.applyCollecting(ctx, b, r, e); next != nil || err != nil || r.Offset+1 < end {
			return next, err
		}
		return b.leave(ctx, r, p.caughtUp)
	}
	return func(ctx context.Context) (stateFunc, error) {
		for p.scan.offset() < end && !p.fetched.nothingUpTo(end) {
			if next, err := p.read(ctx, apply); next != nil || err != nil {
				return next, err
			}
		}
		return p.caughtUp, nil
	}
}

func (p *partition) caughtUp(context.Context) (stateFunc, error) {
	if p.scan.inSnapshot() {
		return p.snapshot, nil
	}
	return p.settle, nil
}

// snapshot reads until the open snapshot of the domain ends. Rows make their roots
// dirty: what is absent may still come.
func (p *partition) snapshot(ctx context.Context) (stateFunc, error) {
	p.dirty = dirtyRoots{}
	for ctx.Err() == nil {
		next, err := p.read(ctx, func(ctx context.Context, b *batch, r *topic.Record, e recordEffect) (stateFunc, error) {
			if next, err := p.applyCollecting(ctx, b, r, e); next != nil || err != nil || p.scan.inSnapshot() {
				return next, err
			}
			return b.leave(ctx, r, p.settle)
		})
		if next != nil || err != nil {
			return next, err
		}
	}
	return nil, nil
}

// settle assembles every dirty root. It is entered when everything that was read is in
// the store and no snapshot is open.
func (p *partition) settle(ctx context.Context) (stateFunc, error) {
	if err := p.scan.removeUnseen(); err != nil {
		return nil, err
	}
	if _, err := p.markOutdated(); err != nil {
		return nil, err
	}
	if next, err := p.drain(ctx); next != nil || err != nil {
		return next, err
	}
	return p.live, nil
}

// live assembles the roots of each transaction at its commit marker, and those that
// depend on reference data or on the time when these have changed.
func (p *partition) live(ctx context.Context) (stateFunc, error) {
	p.stage.Progress.live(p.part())
	for ctx.Err() == nil {
		marked, err := p.markOutdated()
		if err != nil {
			return nil, err
		}
		if marked {
			if next, err := p.drain(ctx); next != nil || err != nil {
				return next, err
			}
		}
		if next, err := p.read(ctx, p.applyLive); next != nil || err != nil {
			return next, err
		}
		if next, err := p.compareEnds(ctx); next != nil || err != nil {
			return next, err
		}
		if next, err := p.replayAsked(ctx); next != nil || err != nil {
			return next, err
		}
	}
	return nil, nil
}

// compareEnds looks now and then whether the canonical partitions still end with our last
// records. A former member that woke up, wrote and died is seen by nobody else, and a topic
// that was deleted would be missed only at the next emission.
func (p *partition) compareEnds(ctx context.Context) (stateFunc, error) {
	if !p.fetched.empty || time.Since(p.comparedAt) < cmp.Or(p.stage.SessionTimeout, defaultCompare) {
		return nil, nil
	}
	p.comparedAt = time.Now()
	for _, k := range canonical.KindsOf(p.domain) {
		ends, err := p.stage.Topics.EndOffsets(ctx, p.stage.Names.Canonical(string(k)), p.assignment.Partition+1)
		if err != nil {
			return nil, err
		}
		if ends[p.assignment.Partition] != p.scan.state.CanonicalEnds[k] {
			return p.open, nil
		}
	}
	return nil, nil
}

// defaultCompare is as long as the client's default of a session: a former member is over
// by then.
const defaultCompare = 10 * time.Second

// markReferenceDependents makes the roots dirty that were assembled with other reference
// data than today's: all of the kinds that follow them, and of the others those that lacked
// something. Each kind looks at what it is made with alone.
func (p *partition) markReferenceDependents() (marked bool, err error) {
	now, before := p.references.now(), p.scan.state.References
	today, changed := map[string]string{}, map[string]bool{}
	for _, kind := range p.aggregates {
		today[kind] = now.Fingerprint(kind)
		changed[kind] = today[kind] != before[kind]
	}
	if maps.Equal(today, before) {
		return false, nil
	}
	p.scan.state.References = today
	if len(before) == 0 {
		return true, nil // nothing was assembled yet: all is due, by its rows or by what was emitted before
	}
	if err := p.store.MarkLacking(func(root change.Root) bool { return changed[root.Kind()] }); err != nil {
		return true, err
	}
	follows := func(kind string) bool { return changed[kind] && slices.Contains(p.dependents, kind) }
	if !slices.ContainsFunc(p.aggregates, follows) {
		return true, nil
	}
	return true, p.store.MarkAll(func(root change.Root) bool { return follows(root.Kind()) })
}

func (p *partition) dependsOnReference(root change.Root) bool {
	return slices.Contains(p.dependents, root.Kind())
}
