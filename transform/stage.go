// Package transform turns row changes into whole entities: orders with their payments
// and documents, customers, companies, estimates, products and stock, one record per change
// that anyone could see.
//
//	raw sales/3 ──► rows of order/7 on disk ──► assembled at the commit ──► canonical.invoice/3
//	                                  ▲                                     canonical.creditmemo/3
//	reference ──► stores, groups, attributes, inventory, config
//
// Each partition that the consumer group assigns is read by one goroutine, which is in
// one of three states (partition.go). While it catches up, or while a snapshot is open,
// rows only make their roots dirty; then each dirty root is assembled once; live, roots
// are assembled at each commit marker. So catching up after days, rebuilding lost state
// and taking over a partition are one code, and the same rows give the same entities,
// byte for byte; those that change as time passes, at the same time (time.go).
//
//	assemble    rows and reference data → entities; pure
//	reference   immutable views of the reference data
//	state       rows, bookmarks and what was emitted, on disk
//
// An entity is emitted only when its content changed, with a version that never
// falls. The record is acknowledged before the state forgets that it was due, so a
// crash repeats an emission and never loses one.
//
// The package does not know Sage, and it never asks Magento.
package transform

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/health"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/schemas/topic/registry"
	"github.com/mage2sage/mage2sage/transform/state"
)

// A Stage is one transform process.
type Stage struct {
	Config Config
	// Source is the configured name of the shop, such as "shop".
	Source string
	// SessionTimeout is how long the partitions of a member that died stay with it; 0
	// takes the client's default.
	SessionTimeout time.Duration
	// Replicas is the replication factor of topics that are made; 0 takes the cluster's
	// default.
	Replicas int
	Names    topic.Names
	Topics   *topic.Client
	Log      zerolog.Logger
	Metrics  prometheus.Registerer // nil disables metrics
	Health   *health.Board         // what troubles the stage now; nil forgets it
	// Anew has the stage forget what it has read and emitted, and read the topics from their
	// beginning. What was emitted is read there, too, so that nothing is emitted twice.
	Anew bool
	// Schemas is where the schemas of the entities are registered; the values of records begin
	// with their ids then. nil: nowhere, and they are JSON alone. Both are read.
	Schemas  *registry.Client
	Progress *Progress // how far it has come; nil forgets it

	metrics   *metrics
	schemaIDs map[canonical.Kind]uint32 // as the registry has them
	pipeline  string                    // whose records the topics hold
	successor *successorQuestion
	reached   *atomic.Pointer[change.Version] // how far the source has come, at least
	pinned    map[change.Domain]int           // partitions of the raw topics

	shelf      *shelf
	orders     *orderFollower
	warned     *sync.Map        // tables that warnOfTable has named
	assembled  func()           // called before each request to a canonical partition; nil does nothing
	fetchWait  time.Duration    // 0 means defaultFetchWait
	dirtyLimit int              // 0 means defaultDirtyLimit
	steady     time.Duration    // 0 means defaultSteady
	pause      time.Duration    // 0 means shortestPause
	orderPoll  time.Duration    // 0 means defaultOrderPoll
	replayTurn time.Duration    // 0 means replayTurn
	clock      func() time.Time // nil means time.Now
}

const (
	// defaultFetchWait is how long the broker holds a fetch that finds nothing. A
	// record that comes is answered at once, so a longer wait would not be slower; it
	// would only let a stage that is told to end wait longer.
	defaultFetchWait = 500 * time.Millisecond
	// defaultDirtyLimit is how many roots of one open transaction are kept in memory.
	// A shop's own transactions touch a few. An import touches a hundred thousand; those
	// are left to the disk, and assembled from there.
	defaultDirtyLimit = 5000
	// compactionLag keeps every state of an entity for a week, so that a consumer that
	// was down for a long weekend still sees each event.
	compactionLag = 7 * 24 * time.Hour
	// checkpointPoll is how often a stage that starts before capture looks for its first
	// checkpoint: often enough that a person does not notice, seldom enough that the
	// broker does not.
	checkpointPoll = 300 * time.Millisecond
)

// joining is the loop that asks the group for partitions.
const joining = "joining the group"

// Run assembles until ctx ends and then returns nil. It outlives a broker that is away, a
// topic that is gone until its owner has made it again, and whatever else may pass by
// itself, and says so on the health board. It returns what a person has to put right: a
// topic.PartitionCountError for a topic with another partition count, a LaterStateError,
// and an error for a state folder that cannot be used. To run again is harmless after
// each of them.
func (s *Stage) Run(ctx context.Context) error {
	own := *s
	own.Log = s.Log.With().Str("stage", "transform").Logger()
	own.metrics, own.warned = newMetrics(s.Metrics), &sync.Map{}
	own.successor, own.reached = &successorQuestion{}, &atomic.Pointer[change.Version]{}
	own.fetchWait = cmp.Or(s.fetchWait, defaultFetchWait)
	own.steady, own.pause = cmp.Or(s.steady, defaultSteady), cmp.Or(s.pause, shortestPause)
	own.dirtyLimit, own.orderPoll = cmp.Or(s.dirtyLimit, defaultDirtyLimit), cmp.Or(s.orderPoll, defaultOrderPoll)
	return own.runs(ctx)
}

// run assembles until something fails; working is called when the topics are there and
// the reference data is read.
func (s *Stage) run(ctx context.Context, working func()) error {
	s.Health.Expect(s.Names.Raw(change.Reference)) // what is read first
	db, err := state.OpenTelling(ctx, s.Config.StateDir, s.tellRoom)
	if err != nil {
		return err
	}
	defer db.Close()
	source, err := s.awaitCheckpoint(ctx)
	if err != nil {
		return err
	}
	reached := source.Checkpoint.Version()
	s.reached.Store(&reached)
	s.pipeline, s.pinned = source.Pipeline, source.Checkpoint.Partitions
	s.shelf, s.orders = newShelf(s, db), newOrderFollower(s)
	if err := s.orders.read(ctx); err != nil {
		return err
	}
	removed, err := db.BelongTo(s.pipeline)
	if err != nil {
		return err
	}
	if s.Anew {
		if err := db.Clear(); err != nil {
			return err
		}
		s.Anew = false // of another run after an outage
	}
	if removed {
		s.Log.Warn().Str("pipeline", s.pipeline).Msg("the state was that of another pipeline, and is made anew from the topics")
	}
	if err := s.ensureTopics(ctx, source.Checkpoint); err != nil {
		return err
	}
	if err := s.registerSchemas(ctx); err != nil {
		return err
	}
	references := newReferenceFollower(s, db.Partition(change.Reference, 0))
	if err := references.load(ctx); err != nil {
		return err
	}
	s.Log.Info().Msg("reference data loaded")
	working()
	return s.serve(ctx, db, references)
}

// serve follows the reference data and the partitions that the group assigns.
func (s *Stage) serve(ctx context.Context, db *state.DB, references *referenceFollower) error {
	group := topic.Group{ID: s.Names.Group("transform"), SessionTimeout: s.SessionTimeout}
	if s.SessionTimeout < health.ProofLimit { // a longer one may keep a healthy member waiting for as long
		group.Joining, group.Joined = func() { s.Health.Expect(joining) }, func() { s.Health.Retire(joining) }
		defer s.Health.Retire(joining)
	}
	for _, d := range domains() {
		group.Topics = append(group.Topics, s.Names.Raw(d))
	}
	all, running := errgroup.WithContext(ctx)
	all.Go(func() error { return references.follow(running) })
	all.Go(func() error { return s.orders.follow(running) })
	all.Go(func() error {
		return s.Topics.Consume(running, group, func(ctx context.Context, a topic.Assignment) error {
			return endedWith(ctx, newPartition(s, a, references, db).run(ctx))
		})
	})
	return all.Wait()
}

// domains lists those whose raw topics have roots to assemble.
func domains() (all []change.Domain) {
	for _, info := range canonical.Kinds() {
		if !slices.Contains(all, info.Domain) {
			all = append(all, info.Domain)
		}
	}
	return all
}

// domainOf is the domain of a raw topic that the group was asked for.
func (s *Stage) domainOf(raw string) change.Domain {
	all := domains()
	return all[slices.IndexFunc(all, func(d change.Domain) bool { return s.Names.Raw(d) == raw })]
}

// awaitCheckpoint waits until capture has published its first checkpoint: only then
// the topics exist and their partition counts are pinned.
func (s *Stage) awaitCheckpoint(ctx context.Context) (topic.SourceState, error) {
	for logged := false; ; logged = true {
		state, err := s.Topics.ReadSourceState(ctx, s.Names, s.Source)
		if err != nil || state.Known {
			return state, err
		}
		s.Health.Prove(s.Names.Raw(change.Reference))
		if !logged {
			s.Log.Info().Str("topic", s.Names.Offsets()).Msg("waiting for capture")
		}
		select {
		case <-ctx.Done():
			return state, ctx.Err()
		case <-time.After(checkpointPoll):
		}
	}
}

// ensureTopics checks the raw topics' partition counts against the pinned ones and
// makes the canonical topics with the same.
func (s *Stage) ensureTopics(ctx context.Context, checkpoint change.Checkpoint) error {
	for _, d := range domains() {
		pinned := checkpoint.Partitions[d]
		have, err := s.Topics.PartitionCount(ctx, s.Names.Raw(d))
		if err != nil {
			return err
		}
		if have == 0 {
			return fmt.Errorf("topic %s: %w", s.Names.Raw(d), topic.ErrUnknownTopic)
		}
		if have != pinned {
			return &topic.PartitionCountError{Topic: s.Names.Raw(d), Have: have, Want: pinned}
		}
	}
	needs := Needs(s.Names, func(d change.Domain) int { return checkpoint.Partitions[d] }, s.Replicas)
	return s.Topics.Ensure(ctx, needs.Made())
}

// warnOfTable says once of each table that its rows are left out; "" is none.
func (s *Stage) warnOfTable(table string) {
	if table == "" {
		return
	}
	if _, again := s.warned.LoadOrStore(table, true); !again {
		s.Log.Warn().Str("table", table).Str("hint", "capture is newer than transform: run one version of both").
			Msg("rows of a table that this version does not know are left out")
	}
}

// endedWith drops the error of a call that the end of ctx cut short.
func endedWith(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}
