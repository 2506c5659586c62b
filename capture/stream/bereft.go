package stream

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// InnoDB deletes the rows below a deleted parent by itself, and the log has the parent's
// delete alone. A root is bereft when a row of it was deleted on which others hang: then
// somebody has to compare what the topic has of it with the tables (capture/cascade.go).
// What was found gone is published here as deleted.
type bereft struct {
	pending map[change.Domain]map[change.Root]bool
	taken   map[change.Domain]map[change.Root]bool // being compared
	// touched are the keys of rows that the log brought since they were taken; nil while
	// nothing is.
	touched map[string]bool
	count   int // of pending
}

// maxBereft bounds the roots that wait, which are in every checkpoint. A snapshot is less
// work than comparing more of them one by one.
const maxBereft = 5000

// A ParentsGoneError says that more parents were deleted than are followed one by one.
type ParentsGoneError struct{}

func (*ParentsGoneError) Error() string {
	return fmt.Sprintf("more than %d rows on which others hang were deleted, and the log does not say what went with them", maxBereft)
}

func newBereft(saved map[change.Domain][]change.Root) *bereft {
	b := &bereft{pending: map[change.Domain]map[change.Root]bool{}}
	for d, roots := range saved {
		for _, root := range roots {
			b.add(d, root)
		}
	}
	return b
}

func (b *bereft) add(d change.Domain, root change.Root) {
	if b.pending[d] == nil {
		b.pending[d] = map[change.Root]bool{}
	}
	if !b.pending[d][root] {
		b.pending[d][root] = true
		b.count++
	}
}

// parents are the tables on whose rows others hang.
var parents = func() map[string]bool {
	all := map[string]bool{}
	for _, t := range magento.Tables {
		if t.Domain == change.Reference || t.Root.Column == t.PK[0] {
			all[t.Name] = true
		}
		if t.Root.Parent != "" {
			all[t.Root.Parent] = true
		}
	}
	return all
}()

// deleted notes the delete of a row. All reference data are one root without a name.
func (b *bereft) deleted(t magento.Table, root change.Root) {
	if parents[t.Name] {
		b.add(t.Domain, root)
	}
}

// saved is what a checkpoint says of it.
func (b *bereft) saved() map[change.Domain][]change.Root {
	var all map[change.Domain][]change.Root
	for _, set := range []map[change.Domain]map[change.Root]bool{b.pending, b.taken} {
		for d, roots := range set {
			for root := range roots {
				if all == nil {
					all = map[change.Domain][]change.Root{}
				}
				all[d] = append(all[d], root)
			}
		}
	}
	for d := range all {
		slices.Sort(all[d])
		all[d] = slices.Compact(all[d])
	}
	return all
}

// A Bereft is what has to be compared with the tables.
type Bereft struct {
	Roots map[change.Domain]map[change.Root]bool
	Ends  map[change.Domain][]int64 // of the partitions: what is behind was published later
	At    position.Position         // where the log stood
}

// TakeBereft returns the bereft roots once everything before is published. It is for
// boundary tasks alone, as PublishGone is.
func (s *Streamer) TakeBereft(ctx context.Context) (Bereft, error) {
	if s.bereft.count == 0 {
		return Bereft{}, nil
	}
	if err := s.publisher.flush(ctx); err != nil {
		return Bereft{}, err
	}
	b := s.bereft
	b.taken, b.pending, b.count, b.touched = b.pending, map[change.Domain]map[change.Root]bool{}, 0, map[string]bool{}
	return Bereft{Roots: b.taken, Ends: s.publisher.ends(), At: s.position}, nil
}

// A Gone is a row that the topic has and its table has not, or no more with a parent.
type Gone struct {
	Table magento.Table
	Root  change.Root
	Key   []byte
	Row   json.RawMessage // as it was published last
	// Parent is the id of the row's parent where the table has the row and not its parent.
	Parent uint64
}

// PublishGone publishes deletes of what was found gone, as if they were a transaction. Rows
// that the log has brought meanwhile are left to it.
func (s *Streamer) PublishGone(rows []Gone) error {
	touched := s.bereft.touched
	s.bereft.taken, s.bereft.touched = nil, nil
	s.pending.moved = true // so that a checkpoint forgets them
	s.origin = s.identity
	s.origin.nowMS, s.origin.gtid, s.origin.tsMS = time.Now().UnixMilli(), s.checkpoint.GTID, s.checkpoint.TSMS
	s.origin.file, s.origin.pos = s.position.File, s.position.Pos
	for _, r := range rows {
		if touched[string(r.Key)] {
			continue
		}
		s.origin.table = r.Table.Name
		s.publish(r.Table, change.Delete, publishable{img: &row.Image{JSON: r.Row, Key: r.Key}, root: r.Root}, publishable{})
		if r.Parent != 0 {
			s.awaited.add(r.Table.Root.Parent, r.Parent)
		}
		s.pending.published = true
		s.metrics.cascades.Inc()
	}
	_, err := s.publisher.mark(s.marker(s.position))
	return err
}
