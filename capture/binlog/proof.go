package binlog

import (
	"fmt"

	"github.com/mage2sage/mage2sage/capture/position"
)

// Another server proves that it has our history by the last transaction that was captured:
// it is read once more, and must be the same in GTID and in the time of its first commit.
// The GTID alone proves nothing, because a server whose log was reset counts through the
// numbers again. What stands in it was published, so it is passed over.

// prove compares the first transaction that another server has sent with the one that it
// has to have.
func (s *Session) prove(t transaction) error {
	want := s.from.Again
	if t.gtid != want.GTID || t.tsMS != want.TSMS {
		return &LostError{fmt.Sprintf("another server has GTID %s where %s was captured, or of another time", t.gtid, want.GTID)}
	}
	s.from.Again, s.passing = position.Transaction{}, true
	return nil
}

// passed handles a statement of the transaction that is passed over.
func (s *Session) passed(verb string) error {
	if s.transaction.single || verb == "COMMIT" || s.transaction.completes {
		return s.commit()
	}
	return nil
}
