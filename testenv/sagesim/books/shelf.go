package books

import "time"

// A Record is what everything on a shelf has. Times are UTC; Deleted is zero
// while the thing lives.
type Record struct {
	ID       string
	Sequence int    // order of creation within the business
	Contact  string // contact id; empty for contacts themselves
	Created  time.Time
	Updated  time.Time
	Deleted  time.Time
}

// Meta is the record itself, for whoever handles things of many kinds.
func (r *Record) Meta() *Record { return r }

// Gone says whether the thing was deleted.
func (r *Record) Gone() bool { return !r.Deleted.IsZero() }

// Recorded is anything that embeds a Record.
type Recorded interface{ Meta() *Record }

// A Shelf keeps things in order of creation, deleted ones included, indexed by
// id and by contact.
type Shelf[T Recorded] struct {
	order     []T
	byID      map[string]T
	byContact map[string][]T
}

func newShelf[T Recorded]() *Shelf[T] {
	return &Shelf[T]{byID: map[string]T{}, byContact: map[string][]T{}}
}

func (s *Shelf[T]) add(item T) {
	r := item.Meta()
	s.order = append(s.order, item)
	s.byID[r.ID] = item
	if r.Contact != "" {
		s.byContact[r.Contact] = append(s.byContact[r.Contact], item)
	}
}

// Get returns the thing with this id unless it was deleted.
func (s *Shelf[T]) Get(id string) (T, bool) {
	item, ok := s.byID[id]
	if !ok || item.Meta().Gone() {
		var none T
		return none, false
	}
	return item, true
}

// Find returns the thing with this id, deleted or not.
func (s *Shelf[T]) Find(id string) (T, bool) {
	item, ok := s.byID[id]
	return item, ok
}

// All returns everything ever put here, in order.
func (s *Shelf[T]) All() []T { return s.order }

// Of returns everything of one contact, in order.
func (s *Shelf[T]) Of(contact string) []T { return s.byContact[contact] }
