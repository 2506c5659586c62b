package sink

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"github.com/mage2sage/mage2sage/schemas/health"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/sink/binding"
	"github.com/mage2sage/mage2sage/sink/deliver"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/sage/auth"
	"github.com/mage2sage/mage2sage/sink/work"
)

// Config is where the sink keeps its tables, and how it reaches Sage.
type Config struct {
	Postgres postgres.Config
	Sage     sage.Config
	// Retention says how long what is not needed any more is kept; the zero Retention is the default.
	Retention work.Retention
}

// A Stage is the sink. Several of them may run on the same database: partitions, sync
// items and businesses are each worked on by one at a time.
type Stage struct {
	Config  Config
	Names   topic.Names
	Topics  *topic.Client
	Log     zerolog.Logger
	Metrics prometheus.Registerer // nil disables metrics
	Health  *health.Board         // what troubles the stage now; nil forgets it

	interval time.Duration // 0 is interval; a test never polls, to see that loops are woken
	// A test lets the process sleep at the worst moment: with records in hand, or around what
	// is asked of the queue. nil: nobody looks.
	fetched func()
	queue   func(deliver.Store) deliver.Store
}

// Run runs the three loops, and those that keep what they rest on in order, until ctx ends, and then returns nil. It returns an error that
// says what to type for a database that cannot be used, and an error for encryption keys
// that cannot be read. To run again is harmless after each of them.
//
//	intake ──plan──► planner ──deliver──► deliverer
//	                    ▲                     │
//	                    └───────plan──────────┘
func (s *Stage) Run(ctx context.Context) error {
	if err := s.run(ctx); ctx.Err() == nil {
		return err
	}
	return nil
}

func (s *Stage) run(ctx context.Context) error {
	log := s.Log.With().Str("stage", "sink").Logger()
	keys, err := auth.NewKeyring(s.Config.Sage.EncryptionKeys)
	if err != nil {
		return err
	}
	s.Health.Expect(opening)
	db, err := postgres.Open(ctx, s.Config.Postgres)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := warnUnbound(ctx, db, log); err != nil {
		return err
	}
	network := sage.NewNetwork(s.Config.Sage)
	network.ReportTo(s.Health)
	network.ShareRates(db)
	defer network.Close()

	plan, deliveries := newBell(), newBell()
	metrics := newMetrics(s.Metrics)
	if s.Metrics != nil {
		s.Metrics.MustRegister(network)
		defer s.Metrics.Unregister(network)
	}
	failures := &failures{log: log, health: s.Health}
	origins := &origins{topics: s.Topics, names: s.Names}
	memory := &memory{db: db, topics: s.Topics, names: s.Names, origins: origins, log: log}
	in := &intake{db: db, topics: s.Topics, names: s.Names, metrics: metrics, log: log, failures: failures, taken: plan.ring, fetched: s.fetched,
		origins: origins, memory: memory}
	pl := &planner{db: db, metrics: metrics, log: log, planned: deliveries.ring, planning: func() { s.Health.Prove(planning) }, now: time.Now}
	tokens := func(name, business string) sage.Tokens {
		return &auth.TokenSource{App: network.App(), Store: binding.TokenStore{Store: db, Keys: keys, Binding: name, Business: business}, Binding: name}
	}
	de := &deliver.Deliverer{
		Config: s.Config.Sage, Store: s.queueOf(db), Owner: rand.Text(), Log: log,
		Clients: &deliver.Clients{Network: network, Tokens: tokens},
		Observe: metrics.observeCall, Recorded: plan.ring, LookAgain: deliveries.ring,
		DrainEnded: func(b work.Business, err error) { failures.noteOf("delivery interrupted", b.ID, b.Bindings, err) },
	}
	bindings := &bindingWatch{db: db, board: s.Health, drop: de.Drop}
	budget := &budgetWatch{db: db, app: s.Config.Sage.ClientID, limit: s.Config.Sage.AppLimit(), board: s.Health}
	rebuilds := &rebuilder{
		db: db, topics: s.Topics, names: s.Names, memory: memory, doubt: s.Config.Sage.Doubt(), log: log, failures: failures, opened: deliveries.ring,
		client: func(b work.Binding) *sage.Client {
			return sage.NewClient(network, tokens(b.Name, b.Business), b.Name, b.Business).As(work.CanWait)
		},
		paused: budget.paused.Load,
	}
	detector := &detector{db: db, client: rebuilds.client, paused: budget.paused.Load, log: log, board: s.Health, failures: failures, now: time.Now}
	house := &housekeeper{db: db, retention: cmp.Or(s.Config.Retention, work.DefaultRetention()), now: time.Now, log: log}
	seals := &sealWatch{db: db, keys: keys, failures: failures}
	deliver := func(ctx context.Context) error {
		if err := errors.Join(bindings.look(ctx), seals.look(ctx), budget.look(ctx), memory.compare(ctx)); err != nil {
			return err
		}
		return de.Step(ctx)
	}
	interval := cmp.Or(s.interval, interval)
	s.Health.Expect(planning, delivery, keeping, rebuilding, detecting, housekeeping, joining)
	s.Health.Retire(opening)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return in.run(ctx) })
	group.Go(func() error {
		return loop{keeping, newBell(), memory.keep, interval, failures}.run(ctx)
	})
	group.Go(func() error {
		return loop{rebuilding, newBell(), rebuilds.step, interval, failures}.run(ctx)
	})
	group.Go(func() error {
		return loop{detecting, newBell(), detector.step, max(interval, detectEvery), failures}.run(ctx)
	})
	group.Go(func() error {
		return loop{housekeeping, newBell(), house.step, max(interval, houseEvery), failures}.run(ctx)
	})
	group.Go(func() error {
		return loop{planning, plan, pl.step, interval, failures}.run(ctx)
	})
	group.Go(func() error {
		defer de.Wait()
		return loop{delivery, deliveries, deliver, interval, failures}.run(ctx)
	})
	return group.Wait()
}

func (s *Stage) queueOf(db *postgres.DB) deliver.Store {
	if s.queue == nil {
		return db
	}
	return s.queue(db)
}

// warnUnbound logs that there is no binding: what is taken in then goes nowhere until a
// person imports one.
func warnUnbound(ctx context.Context, db *postgres.DB, log zerolog.Logger) error {
	all, err := db.Bindings(ctx)
	if err == nil && len(all) == 0 {
		log.Warn().Str("hint", "mage2sage binding import").Msg("no binding: documents are kept, and none is posted")
	}
	return err
}
