package binlog

import (
	"errors"
	"fmt"

	"github.com/go-mysql-org/go-mysql/replication"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/row"
)

// HandleEvent takes one event that the library has parsed.
func (s *Session) HandleEvent(e *replication.BinlogEvent) error {
	if s.ctx.Err() != nil {
		return s.ctx.Err()
	}
	if e.Header.LogPos > 0 && e.Header.EventType != replication.HEARTBEAT_EVENT {
		s.inside = position.Position{File: s.inside.File, Pos: uint64(e.Header.LogPos)}
	}
	s.failed = s.handle(e)
	return s.failed
}

func (s *Session) handle(e *replication.BinlogEvent) error {
	if t, ok := s.flavor.begins(e); ok {
		return s.begin(e.Header, t)
	}
	switch event := e.Event.(type) {
	case *replication.FormatDescriptionEvent:
		s.trailer = 0
		if event.ChecksumAlgorithm == replication.BINLOG_CHECKSUM_ALG_CRC32 {
			s.trailer = replication.BinlogChecksumLength
		}
		if err := s.opened(int64(e.Header.Timestamp)); err != nil {
			return err
		}
	case *replication.RotateEvent:
		s.inside, s.created = position.Position{File: string(event.NextLogName), Pos: event.Position}, 0
		return s.moved(s.inside)
	case *replication.HeartbeatEvent:
		return s.moved(position.Position{File: event.Filename, Pos: uint64(e.Header.LogPos)})
	case *replication.XIDEvent:
		return s.commit()
	case *replication.QueryEvent:
		return s.query(event)
	case *replication.ExecuteLoadQueryEvent:
		return s.query(loadStatement(e.RawData, s.trailer))
	}
	if e.Header.EventType == replication.XA_PREPARE_LOG_EVENT {
		return s.prepare(e.RawData)
	}
	return s.other(e.Header)
}

// opened learns when the server began the file at hand. A file under the name of the one
// where we stood, and begun at another time, belongs to another history.
func (s *Session) opened(created int64) error {
	if s.from.Created != 0 && created != 0 && s.inside.File == s.from.At.File && created != s.from.Created {
		return &LostError{fmt.Sprintf("the file %s was begun anew: the server's log was reset, or the server was restored", s.inside.File)}
	}
	s.created = created
	return nil
}

// other handles the events that carry nothing, and those that we cannot read.
func (s *Session) other(h *replication.EventHeader) error {
	switch {
	case h.EventType == replication.INCIDENT_EVENT:
		return &UnreadableError{"an INCIDENT event, by which the server says that it lost changes", s.inside,
			"look into the server's error log, then start again: a new snapshot is taken"}
	case h.EventType > s.flavor.lastKnown() && h.Flags&replication.LOG_EVENT_IGNORABLE_F == 0:
		return &UnreadableError{fmt.Sprintf("an event of the unknown type %d", h.EventType), s.inside,
			"this release of the server is too new for this program"}
	}
	return s.moved(s.inside)
}

// prepare ends the part of an XA transaction that is its rows.
func (s *Session) prepare(raw []byte) error {
	if s.flavor.commitsAtOnce(raw) {
		s.transaction.completes = true
		return s.commitXA()
	}
	return s.commit()
}

// moved says that the log has gone further. It never goes back: after
// connecting, the server first names the beginning of a file. Before another server has
// proved itself no place of its log means anything.
func (s *Session) moved(to position.Position) error {
	if s.open || s.from.Again.GTID != "" || s.at.Reached(to) && (!s.seeking || to != s.at) {
		return nil
	}
	s.seeking = false
	s.at = to
	s.crossDoubts()
	return s.emit(row.Event{Step: row.Moved, At: to})
}

func (s *Session) begin(h *replication.EventHeader, t transaction) error {
	if t.tsMS == 0 {
		t.tsMS = int64(h.Timestamp) * 1000
	}
	if t.gtid == "" && s.config.Numbered {
		return errors.New("read binlog: the server has stopped giving GTIDs")
	}
	s.open, s.transaction = true, t
	if t.prepares {
		s.prepared[t.xid] = &preparation{}
	}
	if err := s.flavor.add(s.executed, t.gtid); err != nil {
		return fmt.Errorf("GTID %s at %s: %w", t.gtid, s.inside, err)
	}
	if s.from.Again.GTID != "" {
		return s.prove(t)
	}
	return s.emit(row.Event{Step: row.Begin, At: s.inside, TSMS: t.tsMS, Micros: t.micros, GTID: t.gtid})
}

func (s *Session) commit() error {
	s.open, s.at, s.seeking = false, s.inside, false
	s.crossDoubts()
	if s.passing {
		s.passing = false
		delete(s.prepared, s.transaction.xid) // its rows were not put by
		return s.emit(row.Event{Step: row.Moved, At: s.at})
	}
	return s.emit(row.Event{Step: row.Commit, At: s.at, Executed: s.flavor.print(s.executed)})
}
