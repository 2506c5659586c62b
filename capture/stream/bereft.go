package stream

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
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
// What was found gone is published here as deleted. To some deleted rows others are linked
// that have another root (magento.Links): those rows are severed, and somebody has to look
// for what was linked to them.
type bereft struct {
	pending map[change.Domain]map[change.Root]bool
	taken   map[change.Domain]map[change.Root]bool // being compared
	// severed and its taken ones are deleted rows, by table and the JSON of the primary key.
	severed, takenSevered map[string]map[string]bool
	// touched are the keys of rows that the log brought since they were taken; nil while
	// nothing is.
	touched map[string]bool
	count   int // of pending and severed
}

// maxBereft bounds the roots that wait, which are in every checkpoint. A snapshot is less
// work than comparing more of them one by one.
const maxBereft = 5000

// A ParentsGoneError says that more parents were deleted than are followed one by one.
type ParentsGoneError struct{}

func (*ParentsGoneError) Error() string {
	return fmt.Sprintf("more than %d rows on which others hang were deleted, and the log does not say what went with them", maxBereft)
}

func newBereft(c change.Checkpoint) *bereft {
	b := &bereft{pending: map[change.Domain]map[change.Root]bool{}, severed: map[string]map[string]bool{}}
	for d, roots := range c.Bereft {
		for _, root := range roots {
			b.add(d, root)
		}
	}
	for table, ids := range c.Severed {
		for _, id := range ids {
			b.sever(table, id)
		}
	}
	return b
}

func (b *bereft) sever(table, id string) {
	if b.severed[table] == nil {
		b.severed[table] = map[string]bool{}
	}
	if !b.severed[table][id] {
		b.severed[table][id] = true
		b.count++
	}
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
		if magento.HasReferences(t.Name) || len(t.PK) == 1 && t.Root.Column == t.PK[0] {
			all[t.Name] = true
		}
		if t.Root.Parent != "" {
			all[t.Root.Parent] = true
		}
		for _, l := range magento.LinksTo(t.Name) {
			child, _ := magento.ByName(l.Table)
			all[t.Name] = all[t.Name] || child.Root.Kind == t.Root.Kind
		}
	}
	return all
}()

// deleted notes the delete of a row. All reference data are one root without a name.
func (b *bereft) deleted(t magento.Table, root change.Root, img *row.Image) {
	if parents[t.Name] {
		b.add(t.Domain, root)
	}
	if linkedFromOtherRoots[t.Name] {
		b.sever(t.Name, string(img.PK))
	}
}

// linkedFromOtherRoots are the tables to whose rows rows of other roots are linked.
var linkedFromOtherRoots = func() map[string]bool {
	all := map[string]bool{}
	for _, l := range magento.Links {
		child, _ := magento.ByName(l.Table)
		parent, _ := magento.ByName(l.Parent)
		all[l.Parent] = all[l.Parent] || l.Apart || child.Root.Kind != parent.Root.Kind
	}
	return all
}()

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

// savedSevered is what a checkpoint says of the severed.
func (b *bereft) savedSevered() map[string][]string {
	var all map[string][]string
	for _, set := range []map[string]map[string]bool{b.severed, b.takenSevered} {
		for table, ids := range set {
			if all == nil {
				all = map[string][]string{}
			}
			all[table] = slices.AppendSeq(all[table], maps.Keys(ids))
		}
	}
	for table := range all {
		slices.Sort(all[table])
		all[table] = slices.Compact(all[table])
	}
	return all
}

// A Bereft is what has to be compared with the tables.
type Bereft struct {
	Roots map[change.Domain]map[change.Root]bool
	// Severed are deleted rows to which rows of other roots may be linked, by table and the
	// JSON of the primary key.
	Severed map[string]map[string]bool
	// Negotiated are all negotiated carts, where the topic may have others too; else nil.
	Negotiated map[uint64]struct{}
	Ends       map[change.Domain][]int64 // of the partitions: what is behind was published later
	At         position.From             // where the log stood
}

// TakeBereft returns the bereft roots once everything before is published. It is for
// boundary tasks alone, as PublishGone is.
func (s *Streamer) TakeBereft(ctx context.Context) (Bereft, error) {
	b, carts := s.bereft, s.router.filter.carts
	negotiated := carts.takeStrays(s.position)
	if b.count == 0 && negotiated == nil {
		return Bereft{}, nil
	}
	if err := s.publisher.flush(ctx); err != nil {
		return Bereft{}, err
	}
	carts.listed = map[change.Root]bool{}
	b.taken, b.pending, b.count, b.touched = b.pending, map[change.Domain]map[change.Root]bool{}, 0, map[string]bool{}
	b.takenSevered, b.severed = b.severed, map[string]map[string]bool{}
	return Bereft{Roots: b.taken, Severed: b.takenSevered, Negotiated: negotiated, Ends: s.publisher.ends(), At: s.Reached()}, nil
}

// Nothing reports whether there is nothing to compare.
func (b Bereft) Nothing() bool { return len(b.Roots)+len(b.Severed) == 0 && b.Negotiated == nil }

// A Gone is a row that the topic has and its table has not, or no more with a parent, or
// that the table has with another content.
type Gone struct {
	PK    string // JSON of the primary key's first column
	Table magento.Table
	Root  change.Root
	Key   []byte
	Row   json.RawMessage // as it was published last
	// Parent is the id of the row's parent where the table has the row and not its parent.
	Parent uint64
	// Now is the row with another content; nil where it is to be deleted.
	Now json.RawMessage
}

// PublishGone publishes what was found gone or changed, as if it were a transaction. Rows
// that the log has brought meanwhile are left to it.
func (s *Streamer) PublishGone(rows []Gone) error {
	touched, taken, carts := s.bereft.touched, s.bereft.taken, s.router.filter.carts
	sought := carts.sought
	s.bereft.taken, s.bereft.takenSevered, s.bereft.touched, carts.sought = nil, nil, nil, false
	s.pending.moved = true // so that a checkpoint forgets them
	s.origin = s.identity
	s.origin.nowMS, s.origin.gtid, s.origin.tsMS = time.Now().UnixMilli(), s.checkpoint.GTID, s.checkpoint.TSMS
	s.origin.file, s.origin.pos, s.origin.began = s.position.File, s.position.Pos, s.position.String()
	s.tables.gone(s.checkpoint.Last, s.position)
	for _, r := range rows {
		if touched[string(r.Key)] {
			continue
		}
		if carts.outdated(r) {
			s.bereft.add(r.Table.Domain, r.Root)
			continue
		}
		s.origin.table = r.Table.Name
		s.publishGone(r)
		if r.Now == nil {
			carts.gone(r.Table, r.Root, taken[r.Table.Domain][r.Root], sought)
		}
		if r.Parent != 0 {
			s.awaited.add(r.Table.Root.Parent, r.Parent)
		}
		s.pending.published = true
		s.metrics.cascades.Inc()
	}
	carts.listed = nil
	_, err := s.publisher.mark(s.marker(s.position))
	return err
}

// publishGone publishes one. What is linked to a row that is gone is looked for next.
func (s *Streamer) publishGone(r Gone) {
	before := publishable{img: &row.Image{JSON: r.Row, Key: r.Key}, root: r.Root}
	if r.Now != nil {
		s.publish(r.Table, change.Update, before, publishable{img: &row.Image{JSON: r.Now, Key: r.Key}, root: r.Root})
		return
	}
	s.publish(r.Table, change.Delete, before, publishable{})
	if linkedFromOtherRoots[r.Table.Name] {
		s.bereft.sever(r.Table.Name, r.PK)
	}
}
