package stream

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

const (
	// linger is how long the records of an open transaction wait for more. A reader
	// cannot use them before the commit, so they may wait; and the shop's next
	// statement usually follows sooner, which saves a request to Kafka each.
	linger = 2 * time.Millisecond
	// maxTransactionsPerFlush is how many transactions a committed record waits for
	// while events keep coming: under a flood of noise nothing else would flush it. More
	// of them make larger requests, and let a commit wait longer for its readers.
	maxTransactionsPerFlush = 200
	// mostTransactionsPerFlush is how many, while what was sent before is still on its way:
	// the next ones are read meanwhile, and a checkpoint stays within change.MostUnsaved.
	mostTransactionsPerFlush = change.MostUnsaved / 4
	// checkpointInterval and idleCheckpointInterval bound how often a checkpoint is
	// saved: after something was published, and while only tables that are not captured
	// change. What lies behind the last one is published again after a crash; each one
	// costs a request to Kafka.
	checkpointInterval     = 200 * time.Millisecond
	idleCheckpointInterval = time.Second
	// roundEvery is how soon the loop comes round when nothing happens, to show that it
	// does: a fraction of health.ProofLimit.
	roundEvery = time.Second
	// drainTime is what publishing and saving may take after the end was asked for; a
	// service manager kills what is not gone after ten seconds.
	drainTime = 5 * time.Second
)

// ErrMayNotPublish is the cause of a context's end after which a Streamer publishes
// and saves nothing more, because another capture may have taken over.
var ErrMayNotPublish = errors.New("nothing more may be published")

// A Log is what a Streamer reads: binlog.Session in production.
type Log interface {
	// Events are batches, of which the Streamer keeps nothing once it has released them.
	Events() <-chan *row.Batch
	Err() error
}

// Config is what a Streamer needs.
type Config struct {
	Source   string // configured name of the shop
	Database string // of the shop, as envelopes name it
	Log      Log
	Lookup   Lookup
	// Attributes are the codes of the EAV attributes that may leave, by the kind of their
	// aggregate.
	Attributes map[string][]string
	// Carts are the negotiated ones of a shop whose carts are captured.
	Carts   Carts
	Out     Producer
	Names   topic.Names
	Metrics *Metrics
	// Checkpoint is where the log begins, and EndOffsets is where each partition of
	// each domain ends now.
	Checkpoint change.Checkpoint
	// ServerID and ServerUUID are those of the server that answers now. They are saved with
	// the first place of its log.
	ServerID   uint32
	ServerUUID string
	EndOffsets map[change.Domain][]int64
	// Tables are the topics of tables beside those of domains; nil where there are none.
	Tables *TableTopics
	// KeepRecent remembers the rows that came lately, for Recent.
	KeepRecent bool
	// Proved is called whenever the streaming loop has come round; nil when nobody asks.
	Proved func()
}

// A Streamer publishes what a log brings, and runs the snapshot's tasks between two
// transactions.
type Streamer struct {
	log       Log
	router    *router
	publisher *publisher
	tables    *tableWriter // nil where there are none
	offsets   *OffsetsTopic
	metrics   *Metrics
	proved    func()
	tasks     chan *boundaryTask
	identity  origin // source, database and server: what all origins share
	server    serverIdentity

	checkpoint           change.Checkpoint // at the last boundary; end offsets and markers are the publisher's
	position             position.Position // where the log stands at the last boundary
	placed               bool              // position is one of the log that is being read
	open                 bool              // in a transaction
	origin               origin
	version              change.Version  // of the open transaction, or of the last one
	waiting              []*boundaryTask // taken, and not due yet
	watches              []*watch
	pending              pendingCheckpoint
	filled               nameSet // tables that had rows
	bereft               *bereft
	awaited              awaitedParents
	recent               *recentRows // nil where nobody asks
	boundariesSinceFlush int         // with something collected
}

// A serverIdentity tells servers apart.
type serverIdentity struct {
	id   uint32
	uuid string
}

// New prepares a Streamer that goes on from a checkpoint.
func New(c Config) (*Streamer, error) {
	router, err := newRouter(c.Lookup, c.Attributes, newCartList(c.Carts, c.Checkpoint), c.Metrics.orphans)
	if err != nil {
		return nil, err
	}
	c.Checkpoint.Layouts, c.Checkpoint.Doubts = maps.Clone(c.Checkpoint.Layouts), maps.Clone(c.Checkpoint.Doubts)
	var recent *recentRows
	if c.KeepRecent {
		recent = &recentRows{}
	}
	publisher := newPublisher(c)
	return &Streamer{
		log: c.Log, router: router, metrics: c.Metrics, tasks: make(chan *boundaryTask),
		publisher: publisher, tables: newTableWriter(c, publisher),
		offsets:  &OffsetsTopic{Out: c.Out, Topic: c.Names.Offsets(), Source: c.Source},
		identity: origin{source: c.Source, database: c.Database, serverID: c.ServerID},
		server:   serverIdentity{c.ServerID, c.ServerUUID}, placed: !c.Checkpoint.ByGTID && c.Checkpoint.ServerID == c.ServerID && c.Checkpoint.ServerUUID == c.ServerUUID,
		checkpoint: c.Checkpoint, position: position.Position{File: c.Checkpoint.File, Pos: c.Checkpoint.Pos},
		proved:  c.proved(),
		version: c.Checkpoint.Version(), pending: pendingCheckpoint{sequence: c.Checkpoint.Sequence}, filled: newNameSet(c.Checkpoint.Filled),
		recent: recent, bereft: newBereft(c.Checkpoint), awaited: newAwaited(c.Checkpoint.Awaited),
	}, nil
}

// proved is Proved, or a function that tells nobody.
func (c Config) proved() func() {
	if c.Proved == nil {
		return func() {}
	}
	return c.Proved
}

// Run streams until the log ends or ctx does; then it finishes what it has begun, and
// publishes and saves what it has, if it can, within drainTime: a request that was cut off
// would leave it not known what the topics have.
func (s *Streamer) Run(ctx context.Context) error {
	work, done := outlasting(ctx, drainTime)
	defer done()
	err := s.follow(ctx, work)
	if landed := s.publisher.land(); landed != nil && !errors.Is(err, landed) {
		return errors.Join(err, landed)
	}
	return err
}

// follow takes the log's events until it ends or ctx does, and works as long as work lasts.
func (s *Streamer) follow(ctx, work context.Context) error {
	if err := s.runDueTasks(work); err != nil {
		return err
	}
	for ctx.Err() == nil {
		s.proved()
		err := s.round(work, ctx.Done())
		switch ended := errors.Is(err, errLogEnded); {
		case ended && ctx.Err() == nil:
			return s.log.Err()
		case err != nil && !ended:
			return err
		}
	}
	if errors.Is(context.Cause(ctx), ErrMayNotPublish) { // another capture may hold the lock by now
		return ctx.Err()
	}
	if err := s.drain(work); err != nil {
		return err
	}
	return ctx.Err()
}

// outlasting is a context that ends so much later than ctx, and together with it when
// nothing more may be published.
func outlasting(ctx context.Context, limit time.Duration) (work context.Context, done func()) {
	work, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		cause := context.Cause(ctx)
		if !errors.Is(cause, ErrMayNotPublish) {
			select {
			case <-time.After(limit):
			case <-work.Done():
			}
		}
		cancel(cause)
	})
	return work, func() { stop(); cancel(nil) }
}

// round takes events that are queued, or does what is to be done without one, until end.
func (s *Streamer) round(ctx context.Context, end <-chan struct{}) error {
	select {
	case b, ok := <-s.log.Events():
		return s.take(ctx, b, ok)
	default:
		return s.idle(ctx, end)
	}
}

// errLogEnded says that the log has no more events.
var errLogEnded = errors.New("the log ended")

// take handles the events of a batch; ok is false when the log has ended.
func (s *Streamer) take(ctx context.Context, b *row.Batch, ok bool) error {
	if !ok {
		return errLogEnded
	}
	defer b.Release()
	for _, e := range b.Events {
		if err := s.handle(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

func (s *Streamer) handle(ctx context.Context, e row.Event) error {
	switch e.Step {
	case row.Begin:
		s.begin(e)
		return nil
	case row.Rows:
		return s.rows(ctx, e)
	case row.Altered:
		delete(s.checkpoint.Layouts, e.Table)
		return nil
	case row.Commit:
		if err := s.commit(e); err != nil {
			return err
		}
	}
	return s.boundary(ctx, e.At, e.Created)
}

// idle runs when no event is queued: unless something is on its way, it sends what is
// collected and a checkpoint if one is due. It waits for an event, a task, what is on its way,
// the timer or end.
func (s *Streamer) idle(ctx context.Context, end <-chan struct{}) error {
	var timer <-chan time.Time
	switch {
	case s.publisher.flying():
	case s.open && !s.publisher.empty():
		timer = time.After(linger)
	default:
		if err := s.dispatch(ctx); err != nil {
			return err
		}
		timer = time.After(roundEvery)
		if s.pending.moved {
			timer = time.After(time.Until(s.pending.due()))
		}
	}
	select {
	case b, ok := <-s.log.Events():
		return s.take(ctx, b, ok)
	case t := <-s.tasks:
		s.waiting = append(s.waiting, t)
		return s.runDueTasks(ctx)
	case <-s.publisher.landed():
		return s.publisher.land()
	case <-timer:
		return s.dispatch(ctx)
	case <-end:
		return nil
	}
}

// drain publishes and saves once more, and says that nothing follows.
func (s *Streamer) drain(ctx context.Context) error {
	if err := s.publisher.flush(ctx); err != nil {
		return err
	}
	s.checkpoint.Released = true
	return s.saveCheckpoint(ctx)
}
