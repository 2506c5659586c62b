package binlog

import "github.com/mage2sage/mage2sage/capture/row"

// maxPrepared bounds the bytes of rows that wait for their XA COMMIT. What is larger is
// forgotten, and its commit is a loss that a snapshot makes good.
const maxPrepared = 64 << 20

// A preparation holds the rows of an XA transaction that is prepared and not complete.
type preparation struct {
	rows []row.Event
	size int
}

// keep takes the rows of one event.
func (p *preparation) keep(e row.Event) {
	for _, c := range e.Changes {
		for _, img := range []*row.Image{c.Before, c.After} {
			if img != nil {
				p.size += len(img.JSON) + len(img.Key)
			}
		}
	}
	if p.rows = append(p.rows, e.Clone()); p.size > maxPrepared {
		p.rows = nil
	}
}

// forget makes the commit a loss.
func (p *preparation) forget() { p.rows, p.size = nil, maxPrepared+1 }

// emitRows hands rows on, or puts them by when their transaction is only prepared.
func (s *Session) emitRows(e row.Event) error {
	if s.transaction.prepares {
		s.prepared[s.transaction.xid].keep(e)
		return nil
	}
	return s.emit(e)
}

// completeXA ends a prepared transaction: its rows come with its commit, and never
// with its rollback. One that was prepared before this session began brings nothing that
// could be published, so its commit is a loss.
func (s *Session) completeXA(verb token) error {
	switch {
	case s.transaction.prepares && (verb.is("START") || verb.is("BEGIN")):
		s.prepared[s.transaction.xid] = &preparation{}
		return nil
	case !verb.is("COMMIT") && !verb.is("ROLLBACK"):
		return nil // XA END, before the rest of the transaction
	case !s.transaction.completes && verb.is("ROLLBACK"):
		return &LostError{"a transaction was rolled back after its rows were logged"}
	case !s.transaction.completes || verb.is("ROLLBACK"):
		delete(s.prepared, s.transaction.xid)
		return s.commit()
	}
	return s.commitXA()
}

// commitXA hands on what was put by.
func (s *Session) commitXA() error {
	p, known := s.prepared[s.transaction.xid]
	if !known || p.size > maxPrepared {
		return &LostError{"an XA transaction was committed whose rows were logged before capture began, or were too many to be held"}
	}
	delete(s.prepared, s.transaction.xid)
	for _, e := range p.rows {
		e.At = s.inside
		if err := s.emit(e); err != nil {
			return err
		}
	}
	return s.commit()
}
