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

	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/sage/auth"
	"github.com/mage2sage/mage2sage/sink/store"
)

// poll is how often a loop looks without being woken: other processes, retries and
// deadlines have no other way to be heard.
const poll = time.Second

// A Stage is the sink. Several of them may run on the same database: partitions,
// documents and businesses are each worked on by one at a time.
type Stage struct {
	Config  sage.Config
	Store   *store.Store
	Topics  *topic.Client
	Names   topic.Names
	Log     zerolog.Logger
	Metrics prometheus.Registerer // nil counts for nobody

	poll time.Duration // 0 is poll; a test polls never, to see that loops are woken
}

// Run runs the three loops until ctx ends, or a record does not decode.
//
//	intake ──plan──► planner ──deliver──► deliverer
//	                    ▲                     │
//	                    └───────plan──────────┘
func (s *Stage) Run(ctx context.Context) error {
	keys, err := auth.NewKeyring(s.Config.EncryptionKeys)
	if err != nil {
		return err
	}
	network := sage.NewNetwork(s.Config)
	defer network.Close()
	plan, deliver := newBell(), newBell()
	metrics := newMetrics(s.Metrics)
	in := &intake{s.Store, s.Topics, s.Names, metrics, s.Log, plan.ring}
	pl := &planner{s.Store, metrics, deliver.ring, time.Now}
	de := &deliverer{
		config: s.Config, store: s.Store, clients: newClients(s.Store, network, keys), owner: rand.Text(),
		log: s.Log, metrics: metrics, settled: plan.ring, next: deliver.ring,
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return in.run(ctx) })
	group.Go(func() error { return s.loop(ctx, plan, pl.step, "planning put off") })
	group.Go(func() error {
		defer de.wait()
		return s.loop(ctx, deliver, de.step, "delivery put off")
	})
	if err := group.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// loop takes a step whenever it is woken, and at least every second. A step that
// fails is taken again: its database may be restarting.
func (s *Stage) loop(ctx context.Context, b bell, step func(context.Context) error, put string) error {
	interval := cmp.Or(s.poll, poll)
	for {
		if err := step(ctx); err != nil && ctx.Err() == nil {
			s.Log.Warn().Err(err).Msg(put)
			sleep(ctx, poll)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-b:
		case <-time.After(interval):
		}
	}
}

// A bell wakes a loop. Ringing never blocks, and one ring while it rings is enough.
type bell chan struct{}

func newBell() bell { return make(bell, 1) }

func (b bell) ring() {
	select {
	case b <- struct{}{}:
	default:
	}
}

// sleep waits, or not when ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
