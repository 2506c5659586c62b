package binlog

import (
	"bytes"

	"github.com/go-mysql-org/go-mysql/replication"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/row"
)

// A Doubt is a stretch of the log, between two transactions, in which what it says of one table
// is passed over: its rows cannot be told there, and a snapshot brings them. The log of the
// other tables is read.
type Doubt struct {
	From, Until position.Position
	// Columns are the table's at the end; nil where they are not known.
	Columns []row.Definition

	begun bool
}

// doubted reports whether a captured table, by its name in the log, is in doubt at hand.
func (s *Session) doubted(table string) bool {
	d, in := s.config.Doubts[s.config.folded(table)]
	return in && d.begun
}

// crossDoubts begins and ends the doubts whose places are reached by the boundary at hand.
// Every statement names its tables anew, so that no plan needs to outlive it.
func (s *Session) crossDoubts() {
	for table, d := range s.config.Doubts {
		switch {
		case s.at.Reached(d.Until):
			delete(s.config.Doubts, table)
			if delete(s.config.Layouts, table); d.Columns != nil {
				s.config.Layouts[table] = d.Columns
			}
		case !d.begun && s.at.Reached(d.From):
			d.begun = true
			s.config.Doubts[table] = d
		default:
			continue
		}
		clear(s.plans)
	}
}

// passOver notes the map of a table in doubt, so that its rows are known when they come.
func (s *Session) passOver(body []byte, e *replication.TableMapEvent) {
	s.plans[e.TableID] = &plan{name: string(e.Table), raw: bytes.Clone(body), doubted: true}
}

// passRows passes over rows of a table in doubt. Those of a transaction that is only prepared
// may be committed when the doubt is over, and nothing brings them then.
func (s *Session) passRows() {
	if s.transaction.prepares {
		s.prepared[s.transaction.xid].forget()
	}
}
