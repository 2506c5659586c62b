package capture

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/mage2sage/mage2sage/capture/binlog"
	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/capture/snapshot"
	"github.com/mage2sage/mage2sage/capture/source"
	"github.com/mage2sage/mage2sage/capture/stream"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/finding"
)

// What a session does beside each other, as status names it.
const (
	beginning = "beginning a session"
	locking   = "lock"
	reading   = "log"
	watching  = "topics"
	checking  = "history"         // only while it asks the server: a long transaction keeps it waiting
	comparing = "deleted parents" // only while it asks the broker and the server
	resting   = "the pause before a session"
)

// session captures until something fails: the server is looked at, the lock is taken,
// the topics are there, and then the log is read from the resume point on. again is the reset
// that is due, and is no more once what it makes necessary is saved: a session that fails before
// leaves it to the next one.
func (s *Stage) session(ctx context.Context, again *reset) error {
	s.Health.Expect(beginning)
	s.retire(locking, reading, checking, watching, comparing, resting) // of the session before
	db, err := source.Open(ctx, s.Config.source(s.Names.Prefix))
	if err != nil {
		return err
	}
	defer db.Close()
	findings, failed := db.Preflight(ctx)
	// A fault is said first: a check that could not be made may only be its consequence.
	if err := cmp.Or(source.Refusal(findings), failed); err != nil {
		return err
	}
	s.Health.Prove(beginning)
	lock, err := db.Lock(ctx, s.Names.Prefix, source.LockWait)
	if err != nil {
		return err
	}
	defer lock.Release()
	g, ctx := errgroup.WithContext(ctx)
	s.Health.Prove(beginning)
	s.Health.Expect(locking)
	g.Go(func() error { return guard(lock.Watch(ctx, func() { s.Health.Prove(locking) })) })
	g.Go(func() error {
		if err := s.ensureTopics(ctx); err != nil {
			return err
		}
		if err := s.ensureTableTopics(ctx, db); err != nil {
			return err
		}
		if err := s.awaitPredecessor(ctx); err != nil {
			return err
		}
		s.Health.Prove(beginning)
		out, lost, err := s.own(ctx, fenced{s.Topics, lock})
		if err != nil {
			return err
		}
		why := *again
		if lost != "" {
			why = reset{reason: cmp.Or(why.reason, lost), explained: why.explained}
		}
		from, err := s.resumePoint(ctx, db, out, why)
		if err != nil {
			return err
		}
		*again = reset{}
		s.announce(db, findings, from)
		return s.stream(ctx, db, out, from)
	})
	return g.Wait()
}

// announce logs where the session begins, and what could be set up better.
func (s *Stage) announce(db *source.Database, findings finding.List, from resumePoint) {
	if from.resetReason != "" {
		s.metrics.epochs.Inc()
		s.Log.Warn().Str("reason", from.resetReason).Uint64("epoch", from.checkpoint.Epoch).Msg("a new epoch began, and a snapshot is taken")
	}
	if from.doubtReason != "" {
		s.metrics.doubts.Inc()
		s.Log.Warn().Str("reason", from.doubtReason).Strs("tables", slices.Sorted(maps.Keys(from.doubts))).Uint64("epoch", from.checkpoint.Epoch).Msg("a table is in doubt, and a snapshot of it is taken")
	}
	s.advise(findings)
	if from.takenOver {
		s.Log.Warn().Str("server", db.Server.Version).Uint32("server_id", db.Server.ID).Msg("another server answers, and has to prove that it continues what was captured")
	}
	s.Log.Info().Str("server", db.Server.Version).Str("position", from.checkpoint.GTID).Stringer("version", from.checkpoint.Version()).
		Str("place", from.from().At.String()).Msg("capture began")
}

// advise logs what the source could have better, and nothing that the session before has found
// as well.
func (s *Stage) advise(findings finding.List) {
	var advised finding.List
	for _, f := range findings {
		if f.State() != finding.Warn {
			continue
		}
		if advised = append(advised, f); !slices.Contains(s.advised, f) {
			s.Log.Warn().Str("reason", f.Problem).Str("hint", f.Hint).Msg("the source could be set up better")
		}
	}
	s.advised = advised
}

// stream runs the streamer and the snapshot until one fails.
func (s *Stage) stream(ctx context.Context, db *source.Database, out stream.Producer, from resumePoint) error {
	g, ctx := errgroup.WithContext(ctx)
	log, err := s.openLog(ctx, db, from)
	if err != nil {
		return err
	}
	defer log.Close()
	tables, err := s.tableTopics(ctx, db)
	if err != nil {
		return err
	}
	carts, err := negotiatedCarts(ctx, db)
	if err != nil {
		return err
	}
	streamer, err := stream.New(stream.Config{
		Source: s.Config.Name, Database: db.Name(), Attributes: s.Config.attributes(), Carts: carts,
		Log: log, Lookup: db, Out: out, Names: s.Names, Metrics: s.metrics.stream,
		Checkpoint: from.checkpoint, EndOffsets: from.endOffsets, ServerID: db.Server.ID, ServerUUID: db.Server.UUID,
		Tables:     tables,
		KeepRecent: db.LocksToSee() != "",
		Proved:     func() { s.Health.Prove(reading) },
	})
	if err != nil {
		return err
	}
	streamer.RepeatDeletes(from.untold)
	shots := &snapshot.Snapshotter{
		Source: db, Stream: streamer, ChunkRows: s.Config.ChunkRows, Workers: s.Config.SnapshotWorkers, Settle: s.clocks.unseen,
		Progress: from.progress, Tables: from.tables, Published: from.published, From: from.beginnings(db), NotBefore: from.notBefore(db), Log: s.Log, Health: s.Health,
	}
	shots.BeginDoubted()
	s.Health.Expect(reading)
	s.Health.Retire(beginning)
	g.Go(func() error { return runStreamer(ctx, streamer) })
	g.Go(func() error { return s.over(ctx, streamer) })
	g.Go(func() error { return s.watchHistory(ctx, db, streamer) })
	g.Go(func() error { return s.watchTopics(ctx, from.endOffsets) })
	g.Go(func() error { return s.watchCascades(ctx, db, streamer) })
	g.Go(func() error {
		if err := shots.Run(ctx); err != nil {
			return err
		}
		s.Health.Clear(aboutTopics)
		g.Go(func() error {
			if sleep(ctx, s.clocks.settled) {
				s.repeated.settled()
			}
			return nil
		})
		return (&requester{stage: s, db: db, streamer: streamer, shots: shots, out: out}).run(ctx)
	})
	return g.Wait()
}

// over takes what ended the session before from the board, once the log is being read. Records that
// were too large for their topic come again, so that is over when a session has lasted.
func (s *Stage) over(ctx context.Context, streamer *stream.Streamer) error {
	if s.tooLarge && !sleep(ctx, s.clocks.long) {
		return nil
	}
	return streamer.RunAtBoundary(ctx, position.Position{}, func(context.Context) error {
		s.Health.Clear(aboutSource)
		s.Health.Clear(aboutBroker)
		return nil
	})
}

// A lostAtError says between which transactions a stream ended, and the version of the one
// before.
type lostAtError struct {
	error
	at      position.Position
	version change.Version
}

func (e *lostAtError) Unwrap() error { return e.error }

// runStreamer streams. After what cannot be read, and after another writer, the checkpoint
// is struck out: whoever begins the next session takes a snapshot, because the topics may
// not end on the newest rows.
func runStreamer(ctx context.Context, s *stream.Streamer) error {
	err := s.Run(ctx)
	var table *binlog.TableLostError
	var columns *binlog.ColumnsLostError
	if errors.As(err, &table) || errors.As(err, &columns) {
		at, version := s.Watermark()
		return &lostAtError{err, at.At, version}
	}
	var unreadable *binlog.UnreadableError
	var foreign *stream.ForeignWriterError
	if errors.As(err, &unreadable) || errors.As(err, &foreign) {
		return errors.Join(err, s.Invalidate(ctx))
	}
	return err
}

func (s *Stage) openLog(ctx context.Context, db *source.Database, from resumePoint) (*binlog.Session, error) {
	charsets, err := db.Charsets(ctx)
	if err != nil {
		return nil, err
	}
	o := s.Config.source(s.Names.Prefix)
	return binlog.Open(ctx, binlog.Config{
		Flavor: db.Server.Flavor, Numbered: db.LocksToSee() == "",
		Host: o.Host, Port: uint16(o.Port), Socket: o.Socket, User: o.User, Password: o.Password,
		TLS: o.TLS, ServerID: o.ServerID, Name: o.Replica,
		Database: db.Name(), FoldNames: db.Server.FoldsNames, Tables: db.CapturedTables(), Charsets: charsets,
		TableType:            func(database, table string) (string, error) { return db.TableType(ctx, database, table) },
		HasHistoryPartitions: func(table string) (bool, error) { return db.HasHistoryPartitions(ctx, table) },
		Layouts:              from.layouts,
		Doubts:               from.doubts,
		Understood:           s.repeated.understood,
		Columns:              func(table string) ([]row.Definition, error) { return db.Columns(ctx, table) },
	}, from.from())
}
