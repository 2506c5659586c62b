package transform

import (
	"context"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
	store "github.com/mage2sage/mage2sage/transform/state"
)

// A reading is the passage over one raw partition: it keeps rows, follows markers
// and snapshots, and knows where it stands.
//
// When the bookmark is not believed the topic is read again from its start and the
// rows are kept: to wipe them would call every document deleted until the topic is
// whole again. What became of the kept rows is settled in one of two ways. The topic
// is intact, for the reading comes to the marker at which the one before stood:
// compaction keeps the newest record of each row, so a row that this reading has not
// seen was deleted, and its tombstone is gone (sweep). Or the topic was made anew or
// has lost its end: then capture begins an epoch with a snapshot, whose end removes
// what is older than its beginning.
type reading struct {
	topics *topic.Client
	name   string // of the raw topic
	number int    // of the partition
	store  *store.Partition
	state  store.State
}

// resume stands where the store stood, or at the start of the topic.
func (r *reading) resume(ctx context.Context) (err error) {
	if r.state, err = r.store.State(); err != nil {
		return err
	}
	offset, believed, err := r.topics.VerifyBookmark(ctx, r.name, r.number, r.state.Bookmark)
	if err != nil {
		return err
	}
	if r.state.Reading == 0 || !believed {
		r.begin(offset)
	}
	return nil
}

// again goes back to the start of the topic.
func (r *reading) again(ctx context.Context) error {
	start, err := r.topics.StartOffset(ctx, r.name, r.number)
	if err != nil {
		return err
	}
	r.begin(start)
	return nil
}

func (r *reading) begin(start int64) {
	r.state.Reading++
	r.state.Bookmark = topic.Bookmark{Offset: start}
	r.state.Resumed, r.state.Reached, r.state.Closed = r.state.Marker, change.Version{}, 0
}

// whole tells whether a snapshot has ended here: what is absent does not exist.
func (r *reading) whole() bool { return !r.state.Done.IsZero() }

// place names a record of the partition.
func (r *reading) place(offset int64) topic.Coordinates {
	return topic.Coordinates{Topic: r.name, Partition: r.number, Offset: offset}
}

// An event is what a record turned out to be.
type event struct {
	kept     *store.Row       // a row that the store keeps
	commit   *change.Commit   // a commit marker
	begun    bool             // a snapshot that was not known has begun
	finished *change.Snapshot // a snapshot ends: see finish
}

// take reads one record into the step. It returns a RecordError for one that does
// not decode.
func (r *reading) take(step *store.Step, record topic.Record) (event, error) {
	e, err := r.read(step, record)
	if err != nil {
		return e, &RecordError{r.place(record.Offset), err}
	}
	return e, nil
}

func (r *reading) read(step *store.Step, record topic.Record) (event, error) {
	switch record.Header(change.HeaderKind) {
	case change.KindCommit:
		c, err := change.DecodeCommit(record.Value)
		return event{commit: &c}, err
	case change.KindSnapshotBegin:
		s, err := change.DecodeSnapshot(record.Value)
		return event{begun: err == nil && r.opens(s)}, err
	case change.KindSnapshotEnd:
		s, err := change.DecodeSnapshot(record.Value)
		if err != nil || s.Begin.Before(r.state.Open) || !r.state.Done.Before(s.Begin) {
			return event{}, err // left over from one that was begun again, or known
		}
		return event{finished: &s}, nil
	}
	row, ok, err := rowRecord(record)
	if err != nil || !ok {
		return event{}, err
	}
	row.Reading = r.state.Reading
	kept, err := step.Put(row)
	if err != nil || !kept {
		return event{}, err
	}
	return event{kept: &row}, nil
}

// opens notes the beginning of a snapshot, unless it has ended already: a record
// that is read again.
func (r *reading) opens(s change.Snapshot) bool {
	if !r.state.Done.Before(s.Begin) || s.Begin.Before(r.state.Open) {
		return false
	}
	r.state.Open = s.Begin
	return true
}

// passed notes a marker. It is called when everything before it is in the store.
func (r *reading) passed(c change.Commit, offset int64) {
	r.state.Marker = change.Latest(r.state.Marker, c.Version)
	r.state.Reached = change.Latest(r.state.Reached, c.Version)
	r.state.Closed = offset + 1
}

// finish removes the rows that are older than the snapshot that ends. Everything
// before its end is committed to the store; a crash before the state is saved reads
// the end again and finishes again.
func (r *reading) finish(s change.Snapshot, offset int64) error {
	if err := r.store.Sweep(func(row store.Row) bool { return row.Version.Before(s.Begin) }); err != nil {
		return err
	}
	r.state.Open, r.state.Done = change.Version{}, s.Begin
	r.state.DoneAt = change.Latest(r.state.DoneAt, s.Version)
	r.state.Closed = offset + 1
	return nil
}

// sweep removes the rows that this whole reading of an intact topic has not seen.
func (r *reading) sweep() error {
	s := &r.state
	if s.Resumed.IsZero() || s.Reached.Epoch != s.Resumed.Epoch || s.Reached.Before(s.Resumed) {
		return nil
	}
	s.Resumed = change.Version{}
	return r.store.Sweep(func(row store.Row) bool { return row.Reading != s.Reading })
}
