package snapshot

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"slices"
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
	// Watch has touched called for each row that the log brings; nil ends it.
	Watch(touched func(table string, key []byte))
	// Recent are the primary keys, as JSON, of rows that the log brought lately, by table.
	Recent() map[string][]string
	// PublishChunk publishes those of the rows that may leave, and returns their number.
	PublishChunk(ctx context.Context, layout *row.Layout, rows iter.Seq[row.SnapshotRow]) (int64, error)
	// PublishControl publishes a control record in every partition of its domain.
	PublishControl(kind string, body change.Snapshot) error
	// NoteProgress has a domain's progress saved with the next checkpoint.
	NoteProgress(change.Domain, change.Progress)
}

// A Snapshotter reads the tables of all domains, chunk by chunk, and hands each chunk
// to the stream.
type Snapshotter struct {
	Source    Source
	Stream    Stream
	ChunkRows int
	// Progress of the epoch, by domain.
	Progress map[change.Domain]change.Progress
	// Settle is how long a snapshot waits before its first chunk where the server does not
	// tell what can be seen: what was in the log before the stream may be committed later.
	Settle time.Duration
	Log    zerolog.Logger
	Health *health.Board // where it owes signs of life while it reads rows; nil forgets them

	logged  time.Time
	lasting *window // nil where every chunk has its own
}

// Run takes the snapshots that are not done. It goes on where an earlier session of
// the same epoch stopped.
func (s *Snapshotter) Run(ctx context.Context) error {
	s.logged = time.Now()
	begun := s.logged
	for _, d := range magento.Domains() {
		if s.Progress[d].Done {
			continue
		}
		if err := s.rest(ctx, begun); err != nil {
			return err
		}
		if err := s.domain(ctx, d); err != nil {
			return err
		}
	}
	return nil
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

func (s *Snapshotter) domain(ctx context.Context, d change.Domain) error {
	progress := s.Progress[d]
	if !slices.ContainsFunc(magento.InDomain(d), s.Source.Captures) {
		return s.pass(ctx, d)
	}
	if progress.Begin.IsZero() {
		if err := s.begin(ctx, d, &progress); err != nil {
			return err
		}
	}
	s.lasting = nil // a row that it has may have come before the domain's beginning
	s.Log.Info().Str("domain", string(d)).Stringer("begin", progress.Begin).Msg("snapshot of a domain began")
	for _, t := range magento.InDomain(d) {
		if !s.Source.Captures(t) || slices.Contains(progress.Tables, t.Name) {
			continue
		}
		if err := s.table(ctx, t, &progress); err != nil {
			return err
		}
	}
	if err := s.end(ctx, d, &progress); err != nil {
		return err
	}
	s.Log.Info().Str("domain", string(d)).Int64("rows", progress.Rows).Msg("snapshot of a domain is complete")
	return nil
}

// begin and end publish a domain's control records.
func (s *Snapshotter) begin(ctx context.Context, d change.Domain, progress *change.Progress) error {
	return s.Stream.RunAtBoundary(ctx, position.Position{}, func(context.Context) error {
		_, version := s.Stream.Watermark()
		*progress = change.Progress{Epoch: version.Epoch, Begin: version}
		return s.control(change.KindSnapshotBegin, d, progress)
	})
}

func (s *Snapshotter) end(ctx context.Context, d change.Domain, progress *change.Progress) error {
	return s.Stream.RunAtBoundary(ctx, position.Position{}, func(context.Context) error {
		progress.Done, progress.Table, progress.After, progress.Until = true, "", nil, nil
		return s.control(change.KindSnapshotEnd, d, progress)
	})
}

// pass notes that nothing is asked for of a domain. Its topic stays as it is.
func (s *Snapshotter) pass(ctx context.Context, d change.Domain) error {
	return s.Stream.RunAtBoundary(ctx, position.Position{}, func(context.Context) error {
		_, version := s.Stream.Watermark()
		s.Stream.NoteProgress(d, change.Progress{Epoch: version.Epoch, Begin: version, Done: true})
		return nil
	})
}

func (s *Snapshotter) control(kind string, d change.Domain, progress *change.Progress) error {
	_, version := s.Stream.Watermark()
	if err := s.Stream.PublishControl(kind, change.Snapshot{Domain: d, Version: version, Begin: progress.Begin}); err != nil {
		return fmt.Errorf("snapshot of %s: %w", d, err)
	}
	s.Stream.NoteProgress(d, *progress)
	return nil
}

// table reads one table to the key that was its highest when its snapshot began.
func (s *Snapshotter) table(ctx context.Context, t magento.Table, progress *change.Progress) error {
	layout, err := s.Source.Layout(ctx, t)
	if err != nil {
		return err
	}
	if progress.Table != t.Name {
		progress.Table, progress.After, progress.Until = t.Name, nil, nil
	}
	for done := false; !done; {
		if done, err = s.chunk(ctx, layout, progress); err != nil {
			return err
		}
		s.logProgress(t, progress)
	}
	progress.Tables = append(slices.Clone(progress.Tables), t.Name)
	return nil
}

func (s *Snapshotter) logProgress(t magento.Table, progress *change.Progress) {
	if time.Since(s.logged) < logEvery {
		return
	}
	s.logged = time.Now()
	s.Log.Info().Str("table", t.Name).Int64("rows", progress.Rows).Strs("after", progress.After).Strs("until", progress.Until).Msg("snapshot is under way")
}
