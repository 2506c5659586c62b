package snapshot

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/health"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// logEvery is how often the log says how far a snapshot has come: often enough to
// see it move, and a page or two for a large shop.
const logEvery = 5 * time.Second

// A Source is the shop's database.
type Source interface {
	Views
	// Captures reports whether a table is captured.
	Captures(magento.Table) bool
	// AsKept is a table as the shop keeps it: editions give some of them other keys.
	AsKept(magento.Table) magento.Table
	// Layout is that of a table as it is now. A table that is not there, or may not be
	// read, is an error: it must never look like one without rows.
	Layout(context.Context, magento.Table) (*row.Layout, error)
	// Expected is how many rows some tables have, by the server's own estimate.
	Expected(context.Context, []magento.Table) (int64, error)
	// Qualified is a table's quoted name with its database.
	Qualified(table string) string
}

// Views gives connections and read views on them.
type Views interface {
	Conn(context.Context) (*sql.Conn, error)
	// OpenView begins a read view that has all that the log held before a place, and returns
	// how far the log had come when it was taken, at the most.
	OpenView(ctx context.Context, conn *sql.Conn, after position.From) (position.Position, error)
	// LocksToSee is what a SELECT ends with so that it sees all that is in the log, and is
	// refused where that cannot be seen yet; "" where OpenView proves it without locks.
	LocksToSee() string
	// LockRefused reports whether that is what an error says.
	LockRefused(error) bool
}

// A Stream publishes, in order with what the log brings.
type Stream interface {
	// RunAtBoundary runs a task where no transaction is open and the log has reached
	// after. The other methods are for such tasks alone.
	RunAtBoundary(ctx context.Context, after position.Position, task func(context.Context) error) error
	// Watermark is where the log stands, and the version of its last transaction.
	Watermark() (position.From, change.Version)
	// AtBoundary has a task run before anything is published that lies behind after. It is for
	// the time before the stream runs.
	AtBoundary(after position.Position, task func(context.Context) error)
	// Advance takes a version that is above those of all rows so far, and saves it with the
	// progress that note makes of it.
	Advance(ctx context.Context, note func(change.Version)) error
	// Watch has touched called for each row that the log brings, until stop is called.
	Watch(touched func(table string, key []byte)) (stop func())
	// Recent are the primary keys, as JSON, of rows that the log brought lately, by table.
	Recent() map[string][]string
	// PublishChunk publishes those of the rows that may leave, and returns their number.
	PublishChunk(ctx context.Context, layout *row.Layout, rows iter.Seq[row.SnapshotRow]) (int64, error)
	// PublishControl publishes a control record in every partition of its domain.
	PublishControl(kind string, body change.Snapshot) error
	// NoteProgress has a snapshot's progress saved with the next checkpoint.
	NoteProgress(change.Scope, change.Progress)
}

// A Snapshotter reads the tables of all domains, chunk by chunk, and hands each chunk
// to the stream.
type Snapshotter struct {
	Source    Source
	Stream    Stream
	ChunkRows int
	// Workers is how many chunks are read side by side; 0 is one.
	Workers int
	// Progress of the epoch, by domain. One that is there and has no beginning is of a domain in
	// doubt.
	Progress map[change.Domain]change.Progress
	// Tables are the progress of the snapshots of single tables that are not done.
	Tables map[string]change.Progress
	// Published is the newest version that an earlier session has published. No snapshot begins
	// before the log is read again up to it: what is published again keeps its version.
	Published change.Version
	// From are the places at which snapshots of what is in doubt begin, and NotBefore, by
	// table, those that the log has to reach before rows are read.
	From      map[change.Scope]position.Position
	NotBefore map[string]position.Position
	// Settle is how long a snapshot waits before its first chunk where the server does not
	// tell what can be seen: what was in the log before the stream may be committed later.
	Settle time.Duration
	Log    zerolog.Logger
	Health *health.Board // where it owes signs of life while it reads rows; nil forgets them

	widths   widths
	finished map[string]change.Progress // by the id of who asked
	logging  sync.Mutex
	logged   time.Time
	settling sync.Mutex
	lasting  *window // nil where every chunk has its own
}

// Run takes the snapshots that are not done. It goes on where an earlier session of
// the same epoch stopped.
func (s *Snapshotter) Run(ctx context.Context) error {
	s.logged = time.Now()
	begun := s.logged
	s.finished = map[string]change.Progress{}
	for _, d := range magento.Domains() {
		p, err := s.begun(ctx, change.Scope{Domain: d})
		if err != nil {
			return err
		}
		if p.Done {
			continue
		}
		if err := s.rest(ctx, begun); err != nil {
			return err
		}
		if err := s.domain(ctx, d, p); err != nil {
			return err
		}
	}
	for _, t := range magento.Tables {
		of := change.Scope{Domain: t.Domain, Table: t.Name}
		p, err := s.begun(ctx, of)
		if err != nil {
			return err
		}
		if p.Epoch == 0 || p.Done {
			continue
		}
		if err := s.rest(ctx, begun); err != nil {
			return err
		}
		if err := s.take(ctx, newLedger(of, p), []magento.Table{t}); err != nil {
			return err
		}
	}
	return s.unsettle(ctx)
}

// rest waits until Settle has passed since the beginning, where that is needed.
func (s *Snapshotter) rest(ctx context.Context, begun time.Time) error {
	if s.Source.LocksToSee() == "" {
		return nil
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Until(begun.Add(s.Settle))):
		return nil
	}
}

func (s *Snapshotter) domain(ctx context.Context, d change.Domain, p change.Progress) error {
	tables := slices.DeleteFunc(magento.InDomain(d), func(t magento.Table) bool { return !s.Source.Captures(t) })
	if len(tables) == 0 {
		return s.pass(ctx, d)
	}
	return s.take(ctx, newLedger(change.Scope{Domain: d}, p), tables)
}

// take takes a snapshot between its control records, or what is left of it.
func (s *Snapshotter) take(ctx context.Context, l *ledger, tables []magento.Table) error {
	if err := s.unsettle(ctx); err != nil {
		return err
	}
	for l.p.Begin.IsZero() {
		err := s.Stream.RunAtBoundary(ctx, position.Position{}, func(ctx context.Context) error {
			if _, at := s.Stream.Watermark(); at.Before(s.Published) {
				return nil
			}
			return s.begin(ctx, l)
		})
		if err != nil {
			return err
		}
		if l.p.Begin.IsZero() {
			if err := putOff(ctx); err != nil {
				return err
			}
		}
	}
	expected, err := s.Source.Expected(ctx, tables)
	if err != nil {
		return err
	}
	l.change(func(p *change.Progress) { p.Expected = max(expected, p.Read) })
	s.line(l).Stringer("begin", l.p.Begin).Msg("snapshot began")
	if err := s.deliver(ctx, tables, l); err != nil {
		return err
	}
	if err := s.finish(ctx, l); err != nil {
		return err
	}
	if err := s.unsettle(ctx); err != nil {
		return err
	}
	if l.p.Request != "" {
		s.finished[l.p.Request] = l.progress()
	}
	s.line(l).Int64("rows", l.p.Rows).Msg("snapshot is complete")
	return nil
}

// line is a line of the log that names what a snapshot is of.
func (s *Snapshotter) line(l *ledger) *zerolog.Event {
	line := s.Log.Info().Str("domain", string(l.of.Domain))
	if l.of.Table != "" {
		line.Str("only", l.of.Table)
	}
	return line
}

// begin and finish publish a snapshot's control records. What begins is all to be delivered.
func (s *Snapshotter) begin(ctx context.Context, l *ledger) error {
	err := s.Stream.Advance(ctx, func(version change.Version) {
		l.change(func(p *change.Progress) {
			*p = change.Progress{Epoch: version.Epoch, Begin: version, Request: p.Request}
		})
		l.save(s.Stream)
	})
	if err != nil {
		return err
	}
	return s.control(change.KindSnapshotBegin, l)
}

func (s *Snapshotter) finish(ctx context.Context, l *ledger) error {
	return s.Stream.RunAtBoundary(ctx, position.Position{}, func(context.Context) error {
		l.change(func(p *change.Progress) { p.Done, p.Parts = true, nil })
		return s.control(change.KindSnapshotEnd, l)
	})
}

// pass notes that nothing is asked for of a domain. Its topic stays as it is.
func (s *Snapshotter) pass(ctx context.Context, d change.Domain) error {
	return s.Stream.RunAtBoundary(ctx, position.Position{}, func(context.Context) error {
		_, version := s.Stream.Watermark()
		s.Stream.NoteProgress(change.Scope{Domain: d}, change.Progress{Epoch: version.Epoch, Begin: version, Done: true})
		return nil
	})
}

func (s *Snapshotter) control(kind string, l *ledger) error {
	_, version := s.Stream.Watermark()
	progress := l.progress()
	if err := s.Stream.PublishControl(kind, change.Snapshot{Domain: l.of.Domain, Table: l.of.Table, Version: version, Begin: progress.Begin}); err != nil {
		return fmt.Errorf("snapshot of %s: %w", l.of.Domain, err)
	}
	l.save(s.Stream)
	return nil
}

// logProgress says now and then how far a snapshot is.
func (s *Snapshotter) logProgress(l *ledger) {
	s.logging.Lock()
	defer s.logging.Unlock()
	if time.Since(s.logged) < logEvery {
		return
	}
	s.logged = time.Now()
	p := l.progress()
	if l.report != nil {
		l.report(p)
	}
	line := s.line(l).Int64("rows", p.Rows).Int64("read", p.Read).Int64("expected", p.Expected).Int64("rows_per_second", p.Rate())
	for _, part := range p.Parts {
		line = line.Strs("after", part.Begun).Strs("until", part.Until).Str("table", part.Table)
		break
	}
	line.Msg("snapshot is under way")
}
