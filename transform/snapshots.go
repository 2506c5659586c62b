package transform

import (
	"maps"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/transform/state"
)

// A scan follows the snapshots of its domain, and those of single tables between them. The
// snapshot of a domain brings every table, so that its beginning ends theirs.

// inSnapshot reports whether a snapshot has begun and not ended.
func (s *scan) inSnapshot() bool {
	for _, t := range s.state.Tables {
		if !t.Open.IsZero() {
			return true
		}
	}
	return !s.state.SnapshotOpen.IsZero()
}

// newSnapshot reports whether a snapshot has not ended before, by itself or by that of the
// domain, and was not begun again meanwhile.
func (s *scan) newSnapshot(snapshot change.Snapshot) bool {
	open, done := s.state.SnapshotOpen, s.state.SnapshotDone
	if snapshot.Table != "" {
		t := s.state.Tables[snapshot.Table]
		open, done = change.Latest(open, t.Open), change.Latest(done, t.Done)
	}
	return done.Before(snapshot.Begin) && !snapshot.Begin.Before(open)
}

// openSnapshot notes the beginning of a snapshot and reports whether it is one that has not
// ended. The record may be read again, and capture writes it again in each session: what counts
// is where it stood first.
func (s *scan) openSnapshot(snapshot change.Snapshot, offset int64) bool {
	if !s.newSnapshot(snapshot) {
		return false
	}
	open := s.state.SnapshotOpen
	if snapshot.Table != "" {
		open = s.state.Tables[snapshot.Table].Open
	}
	if open == snapshot.Begin {
		return true
	}
	if snapshot.Table == "" {
		s.state.SnapshotOpen, s.state.SnapshotOpenedAt = snapshot.Begin, offset
		s.changeTables(func(tables map[string]state.TableSnapshot) {
			for name, t := range tables {
				tables[name] = state.TableSnapshot{Done: t.Done}
			}
		})
		return true
	}
	s.changeTables(func(tables map[string]state.TableSnapshot) {
		tables[snapshot.Table] = state.TableSnapshot{Open: snapshot.Begin, OpenedAt: offset, Done: tables[snapshot.Table].Done}
	})
	return true
}

// changeTables changes a copy: a trial of a scan shares the map of the scan.
func (s *scan) changeTables(do func(map[string]state.TableSnapshot)) {
	tables := maps.Clone(s.state.Tables)
	if tables == nil {
		tables = map[string]state.TableSnapshot{}
	}
	do(tables)
	s.state.Tables = tables
}

// endSnapshot removes the rows that are older than the snapshot that ends. Everything
// before its end has to be in the store. A crash before the state is saved reads the
// end again and removes again.
func (s *scan) endSnapshot(snapshot change.Snapshot, offset int64) error {
	err := s.store.Sweep(func(row state.Row) bool {
		return (snapshot.Table == "" || snapshot.Table == row.Table) && row.Version.Before(snapshot.Begin)
	})
	if err != nil {
		return err
	}
	s.state.SnapshotDoneAt = change.Latest(s.state.SnapshotDoneAt, snapshot.Version)
	s.state.ClosedOffset = offset + 1
	if snapshot.Table != "" {
		begun := s.state.Tables[snapshot.Table]
		s.changeTables(func(tables map[string]state.TableSnapshot) {
			tables[snapshot.Table] = state.TableSnapshot{OpenedAt: begun.OpenedAt, Done: snapshot.Begin}
		})
		return s.shelf.healedTable(s.at(begun.OpenedAt), snapshot.Table)
	}
	s.state.SnapshotOpen, s.state.SnapshotDone = change.Version{}, snapshot.Begin
	return s.shelf.healed(s.at(s.state.SnapshotOpenedAt))
}
