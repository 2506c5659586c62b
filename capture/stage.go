package capture

import (
	"context"
	"errors"
	"fmt"
	"time"

	gomysql "github.com/go-mysql-org/go-mysql/mysql"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"github.com/mage2sage/mage2sage/capture/binlog"
	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// A Stage captures one source until its context ends.
type Stage struct {
	Config Config
	// Partitions of the sales, customer and catalog topics. The first start pins
	// it; another number later is refused.
	Partitions int
	Topics     *topic.Client
	Names      topic.Names
	Log        zerolog.Logger
	Metrics    prometheus.Registerer // nil registers nowhere

	metrics *metrics
}

// The pauses between sessions, doubled after each short one.
const (
	shortestPause = time.Second
	longestPause  = 10 * time.Second
	longSession   = 10 * time.Second
)

// Run captures until ctx is done and then returns nil. It returns early with a
// SetupError, a LockedError, a topic.PartitionCountError or a topic.UnreachableError
// when something has to be put right before anything can begin, and with a
// binlog.UnreadableError when the log holds what no program can read over. All
// other failures end the session, and the next one begins at the saved position.
func (s Stage) Run(ctx context.Context) error {
	s.Config = s.Config.WithDefaults()
	if err := s.Config.Validate(); err != nil {
		return err
	}
	if s.Partitions < 1 {
		return fmt.Errorf("kafka.partitions %d: want at least 1", s.Partitions)
	}
	s.metrics = newMetrics(s.Metrics, s.Config.Name)
	s.Log = s.Log.With().Str("stage", "capture").Str("source", s.Config.Name).Logger()
	if err := s.Topics.Ping(ctx); err != nil {
		return err
	}
	var lost string
	for pause, first := shortestPause, true; ; first = false {
		began := time.Now()
		err := s.session(ctx, lost)
		if ctx.Err() != nil {
			return nil
		}
		if fatal(err, first) {
			return err
		}
		if time.Since(began) > longSession {
			pause = shortestPause
		}
		if lost = reason(err); lost == "" {
			s.Log.Warn().Str("reason", firstLine(err.Error())).Dur("pause", pause).Msg("capture begins again at the last saved position")
		}
		if !sleep(ctx, pause) {
			return nil
		}
		pause = min(2*pause, longestPause)
		s.metrics.redials.Inc()
	}
}

// fatal tells whether a person has to do something first. What refuses a first
// session may pass by itself before a later one.
func fatal(err error, first bool) bool {
	var setup *SetupError
	var locked *LockedError
	var count *topic.PartitionCountError
	var unreadable *binlog.UnreadableError
	return errors.As(err, &count) || errors.As(err, &unreadable) || first && (errors.As(err, &setup) || errors.As(err, &locked))
}

// reason is why the saved position is worth nothing any more; empty when it is.
func reason(err error) string {
	var lost *binlog.LostError
	var records *lostRecordsError
	switch {
	case errors.As(err, &lost):
		return lost.Error()
	case errors.As(err, &records):
		return records.Error()
	}
	return ""
}

// sleep returns false when ctx ended first.
func sleep(ctx context.Context, pause time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(pause):
		return true
	}
}

// session captures until something fails.
func (s *Stage) session(ctx context.Context, lost string) error {
	db, err := s.Config.open()
	if err != nil {
		return err
	}
	defer db.Close()
	who, err := preflight(ctx, db, s.Config)
	if err != nil {
		return err
	}
	held, err := acquire(ctx, db, s.Names.Prefix, lockWait)
	if err != nil {
		return err
	}
	defer held.release()
	if err := s.ensure(ctx); err != nil {
		return err
	}
	shop := shop{db, s.Config}
	from, err := s.begin(ctx, shop, who, lost)
	if err != nil {
		return err
	}
	s.announce(ctx, shop, who, from)
	return s.stream(ctx, shop, held, from)
}

// announce logs where the session begins, and a setting that would be better.
func (s *Stage) announce(ctx context.Context, shop shop, who server, from beginning) {
	if from.fresh != "" {
		s.metrics.epochs.Inc()
		s.Log.Warn().Str("reason", from.fresh).Uint64("epoch", from.at.Epoch).Msg("a new epoch began, and a snapshot is taken")
	}
	if metadata, err := shop.rowMetadata(ctx); err == nil && metadata != "FULL" {
		s.Log.Warn().Str("reason", "binlog_row_metadata is "+metadata).
			Str("hint", "SET GLOBAL binlog_row_metadata=FULL; and in my.cnf, so that an altered table is never misread").
			Msg("the binary log does not name its columns")
	}
	s.Log.Info().Str("server", who.version).Str("position", from.at.GTID).Stringer("version", from.at.Version()).
		Str("place", place(from.at).String()).Msg("capture began")
}

// stream runs the pump, the snapshot and the watch over the lock until one fails.
func (s *Stage) stream(ctx context.Context, shop shop, held *lock, from beginning) error {
	g, ctx := errgroup.WithContext(ctx)
	charsets, err := shop.charsets(ctx)
	if err != nil {
		return err
	}
	log, err := binlog.Open(ctx, binlog.Config{
		Flavor: gomysql.MariaDBFlavor,
		Host:   s.Config.Host, Port: uint16(s.Config.Port), User: s.Config.User, Password: s.Config.Password,
		TLS: s.Config.tls(), ServerID: s.Config.ServerID, Name: replicaName,
		Database: s.Config.Database, Tables: shop.wanted(), Charsets: charsets,
		Columns: func(table string) ([]binlog.Column, error) { return shop.columns(ctx, table) },
	}, position.From{GTID: from.at.GTID, At: place(from.at)})
	if err != nil {
		return err
	}
	defer log.Close()
	pump, err := s.pump(shop, log, from)
	if err != nil {
		return err
	}
	g.Go(func() error { return s.pumped(ctx, pump) })
	g.Go(func() error { return held.watch(ctx) })
	if !complete(from.progress) {
		snapshots := &snapshotter{shop: shop, pump: pump, progress: from.progress, log: s.Log, said: time.Now()}
		g.Go(func() error { return snapshots.run(ctx) })
	}
	return g.Wait()
}

// pumped runs the pump. After what cannot be read, the saved position is struck
// out: once a person has put it right, the next start takes a snapshot.
func (s *Stage) pumped(ctx context.Context, p *pump) error {
	err := p.run(ctx)
	var unreadable *binlog.UnreadableError
	if errors.As(err, &unreadable) {
		at := p.at
		at.EndOffsets, at.Markers = p.publisher.ends(), p.publisher.markers()
		if failed := s.book().forget(ctx, at); failed != nil {
			return errors.Join(err, failed)
		}
	}
	return err
}

// pump wires a pump that goes on where a session begins.
func (s *Stage) pump(shop shop, log *binlog.Session, from beginning) (*pump, error) {
	roots, err := newRoots(shop)
	if err != nil {
		return nil, err
	}
	return &pump{
		source: s.Config.Name, database: s.Config.Database, log: log, roots: roots, filter: newFilter(shop),
		publisher: &publisher{out: s.Topics, lanes: s.lanes(from), metrics: s.metrics},
		book:      s.book(), metrics: s.metrics, orders: make(chan *order),
		at: from.at, place: place(from.at), version: from.at.Version(),
	}, nil
}
