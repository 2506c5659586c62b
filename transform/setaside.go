package transform

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/health"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/transform/state"
)

// A shelf keeps which records were set aside: their contract is broken, and the others
// pass. What such a record would have changed is missing until its row changes again, a
// snapshot brings the whole table, or a version that can read it reads it again, which
// every start tries. The state folder has the shelf, so that a restart forgets nothing,
// and the health board names it.
type shelf struct {
	stage *Stage
	db    *state.DB

	mu    sync.Mutex
	parts map[part]map[int64]state.Aside // by offset
}

// A part is one partition of a topic.
type part struct {
	topic     string
	partition int
}

// shelfLimit is how many records of a partition the shelf keeps. With more, something is
// wrong with all of them, and at the next start the partition is read from its beginning.
const shelfLimit = 1000

func newShelf(s *Stage, db *state.DB) *shelf {
	return &shelf{stage: s, db: db, parts: map[part]map[int64]state.Aside{}}
}

// open brings back what is set aside of a partition, by offset.
func (s *shelf) open(topic string, partition int) ([]state.Aside, error) {
	if s == nil {
		return nil, nil
	}
	all, err := s.db.Asides(topic, partition)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := part{topic, partition}
	s.parts[p] = map[int64]state.Aside{}
	kept := all[:0]
	for _, a := range all {
		if s.skipped(a.At) && a.Root == "" {
			if err := s.db.DropAside(a.At); err != nil {
				return nil, err
			}
			continue
		}
		s.parts[p][a.At.Offset] = a
		kept = append(kept, a)
	}
	s.tell(p)
	return kept, nil
}

// setAside keeps a record and names it, unless somebody has decided that it is passed over.
func (s *shelf) setAside(bad *RecordError) error {
	if s == nil || s.skipped(bad.At) {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := part{bad.At.Topic, bad.At.Partition}
	if s.parts[p] == nil {
		s.parts[p] = map[int64]state.Aside{}
	}
	a := state.Aside{At: bad.At, Key: bad.Key, Reason: bad.Err.Error(), Root: bad.Root}
	before, again := s.parts[p][bad.At.Offset]
	if again && before == a {
		return nil
	}
	if !again {
		s.stage.metrics.setAside.WithLabelValues(bad.At.Topic).Inc()
	}
	if !again && len(s.parts[p]) >= shelfLimit {
		return nil
	}
	s.parts[p][bad.At.Offset] = a
	s.tell(p)
	s.stage.Log.Warn().Str("topic", bad.At.Topic).Int("partition", bad.At.Partition).Int64("offset", bad.At.Offset).
		Str("reason", a.Reason).Str("hint", hint(bad.At.Topic)).Msg("record set aside")
	return s.db.SetAside(a)
}

// healed drops what was set aside below the beginning of a snapshot that has ended: the
// snapshot has brought all rows. What was set aside of the snapshot itself stays.
func (s *shelf) healed(begin topic.Coordinates) error {
	return s.dropIf(begin, func(a state.Aside) bool { return a.At.Offset < begin.Offset })
}

// healedTable is healed for the rows of one table.
func (s *shelf) healedTable(begin topic.Coordinates, table string) error {
	return s.dropIf(begin, func(a state.Aside) bool {
		key, err := change.DecodeKey([]byte(a.Key))
		return err == nil && key.Table == table && a.At.Offset < begin.Offset
	})
}

// passed drops what was set aside under a record's key before: the row has changed again.
func (s *shelf) passed(at topic.Coordinates, key []byte) error {
	return s.dropIf(at, func(a state.Aside) bool { return a.At.Offset < at.Offset && a.Key == string(key) })
}

// assembled drops what was set aside of rows of a root of which entities were made now: they fit since
// another row or reference data has changed.
func (s *shelf) assembled(of part, root change.Root, rows []state.Row) error {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.parts[of]) == 0 { // as of almost every partition
		return nil
	}
	for _, r := range rows {
		if a, there := s.parts[of][r.Offset]; there && a.Root == root {
			if err := s.dropLocked(a.At); err != nil {
				return err
			}
		}
	}
	return nil
}

// dropIf drops some of what is set aside of a partition.
func (s *shelf) dropIf(of topic.Coordinates, drop func(state.Aside) bool) error {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.parts[part{of.Topic, of.Partition}] {
		if !drop(a) {
			continue
		}
		if err := s.dropLocked(a.At); err != nil {
			return err
		}
	}
	return nil
}

// drop takes one record away.
func (s *shelf) drop(at topic.Coordinates) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dropLocked(at)
}

func (s *shelf) dropLocked(at topic.Coordinates) error {
	p := part{at.Topic, at.Partition}
	delete(s.parts[p], at.Offset)
	s.tell(p)
	return s.db.DropAside(at)
}

// clear forgets what was set aside of a partition: all of it is read again.
func (s *shelf) clear(topic string, partition int) error {
	if s == nil {
		return nil
	}
	s.leave(topic, partition)
	return s.db.DropAsides(topic, partition)
}

// leave takes a partition from the board: another instance has it now.
func (s *shelf) leave(topic string, partition int) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := part{topic, partition}
	delete(s.parts, p)
	s.tell(p)
}

// namedPlaces is how many records of a partition the board names in its words. It lists more,
// for record list.
const namedPlaces = 3

// tell puts on the board how many records of a partition are set aside, and names the first.
func (s *shelf) tell(p part) {
	about := fmt.Sprintf("records of %s/%d", p.topic, p.partition)
	all := make([]state.Aside, 0, len(s.parts[p]))
	for _, a := range s.parts[p] {
		all = append(all, a)
	}
	if len(all) == 0 {
		s.stage.Health.Clear(about)
		return
	}
	slices.SortFunc(all, func(a, b state.Aside) int { return int(a.At.Offset - b.At.Offset) })
	var named []string
	for _, a := range all[:min(len(all), namedPlaces)] {
		named = append(named, fmt.Sprintf("%s: %s", a.At, a.Reason))
	}
	var listed []health.Record
	for _, a := range all[:min(len(all), health.ListedRecords)] {
		listed = append(listed, health.Record{Topic: a.At.Topic, Partition: a.At.Partition, Offset: a.At.Offset, Reason: a.Reason})
	}
	more := ""
	if len(all) > namedPlaces {
		more = "; and others"
	}
	s.stage.Health.RaiseOf(about, fmt.Sprintf("%d set aside: %s%s", len(all), strings.Join(named, "; "), more), hint(p.topic), listed)
}

// keyOfRow is the key of the record that carries a row.
func keyOfRow(table, pk string) string {
	return `{"table":` + strconv.Quote(table) + `,"pk":` + pk + `}`
}
