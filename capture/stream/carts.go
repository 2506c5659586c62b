package stream

import (
	"maps"
	"slices"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// A cart leaves as long as its price is negotiated, which another table says. Its rows were
// written before that table's, and not published: when the row comes that says so, the cart is
// wanted, and somebody has to read it (capture/carts.go). All carts together are most of what a
// shop writes, so that those which stay are known by nothing but that they are not listed here.
//
//	log    cart ── negotiable_quote ── cart ──────────────── the negotiable_quote is deleted ── cart
//	topic          negotiable_quote ── cart, as it is ── cart ── deletes of all

// Carts are those whose price is negotiated, as the shop had them when its log had come to
// Until, at the most. What the log brings before is older than that.
type Carts struct {
	Negotiated []uint64
	Until      position.Position
}

// cartList is what the stream knows of carts.
type cartList struct {
	negotiated map[uint64]struct{}
	until      position.Position
	// wanted and its taken ones are the roots whose rows have to be read; all says that these
	// are more than are listed.
	wanted, taken map[change.Root]bool
	all, takenAll bool
	// strays says that carts may be in the topic which are negotiated no more, and that nobody
	// knows which: one was deleted in the part of the log before until that is not listed any
	// more, or went with its store. sought is that it is being found out.
	strays, sought bool
	// listed are the roots that came on the list since rows were taken to be compared; nil
	// while none are.
	listed map[change.Root]bool
}

// maxWanted bounds the roots that are wanted one by one, which are in every checkpoint. Instead
// of more all negotiated carts are read.
const maxWanted = 1000

func newCartList(now Carts, saved change.Checkpoint) *cartList {
	l := &cartList{negotiated: make(map[uint64]struct{}, len(now.Negotiated)), until: now.Until,
		wanted: map[change.Root]bool{}, all: saved.AllWanted, strays: saved.StrayCarts}
	for _, id := range now.Negotiated {
		l.negotiated[id] = struct{}{}
	}
	for _, root := range saved.Wanted {
		l.want(root)
	}
	return l
}

// stays reports whether a row is one of a cart that is not negotiated.
func (l *cartList) stays(t magento.Table, id []byte) bool {
	if t.Filter != magento.NegotiatedCarts {
		return false
	}
	n, ok := parseID(id)
	_, listed := l.negotiated[n]
	return !ok || !listed
}

// published follows what is published of the table that lists the carts. A cart that begins to
// be negotiated is wanted, and so is one that began to in silence. With a deleted store carts go
// that the topic may have in another one.
func (l *cartList) published(t magento.Table, op change.Op, root change.Root) {
	if op == change.Delete && holdsCarts[t.Name] && l.until != (position.Position{}) {
		l.strays = true
	}
	id, ok := root.Number()
	if t.Name != magento.NegotiableTable || !ok {
		return
	}
	if op == change.Delete {
		delete(l.negotiated, id)
		return
	}
	if _, listed := l.negotiated[id]; !listed || op == change.Create {
		l.negotiated[id] = struct{}{}
		l.want(root)
		if l.listed != nil {
			l.listed[root] = true
		}
	}
}

// outdated reports whether what was found out about a row may be older than that its cart is
// negotiated again: the log says nothing of the cart's rows then.
func (l *cartList) outdated(r Gone) bool {
	return r.Table.Filter == magento.NegotiatedCarts && l.listed[r.Root]
}

// holdsCarts are the tables with whose rows carts go.
var holdsCarts = func() map[string]bool {
	all := map[string]bool{}
	for _, l := range magento.Links {
		all[l.Parent] = all[l.Parent] || l.Table == magento.CartTable
	}
	return all
}()

func (l *cartList) want(root change.Root) {
	if l.all {
		return
	}
	if l.wanted[root] = true; len(l.wanted) > maxWanted {
		l.all = true
		clear(l.wanted)
	}
}

// deleted notes the delete of a cart that is not listed. Behind until it was not negotiated;
// before, it may have been when the log had come to that place.
func (l *cartList) deleted(t magento.Table, at position.Position) {
	if t.Name == magento.CartTable && l.until.Reached(at) {
		l.strays = true
	}
}

// gone notes a cart that was found gone. All else that the topic has of it was found out with it
// where its root was compared, and where strays were sought and it was none that is listed.
func (l *cartList) gone(t magento.Table, root change.Root, compared, sought bool) {
	id, ok := root.Number()
	if t.Name != magento.CartTable || !ok {
		return
	}
	_, listed := l.negotiated[id]
	delete(l.negotiated, id)
	if !compared && (listed || !sought) {
		l.strays = true
	}
}

// save says it in a checkpoint.
func (l *cartList) save(c *change.Checkpoint) {
	roots := slices.AppendSeq(slices.Collect(maps.Keys(l.wanted)), maps.Keys(l.taken))
	slices.Sort(roots)
	c.Wanted = slices.Compact(roots)
	c.AllWanted, c.StrayCarts = l.all || l.takenAll, l.strays || l.sought
}

// takeStrays returns the negotiated carts when the topic has to be searched for others, and that
// is possible: the log has come to the place of the list.
func (l *cartList) takeStrays(at position.Position) (negotiated map[uint64]struct{}) {
	if !l.strays || !at.Reached(l.until) {
		return nil
	}
	l.strays, l.sought = false, true
	return maps.Clone(l.negotiated)
}

// Wanted are roots whose rows have to be read; All are those of all negotiated carts.
type Wanted struct {
	Roots []change.Root
	All   bool
}

// TakeWanted returns what is wanted so far. It is for boundary tasks alone, as WantedRead is.
func (s *Streamer) TakeWanted() Wanted {
	l := s.router.filter.carts
	l.taken, l.takenAll = l.wanted, l.all
	l.wanted, l.all = map[change.Root]bool{}, false
	return Wanted{Roots: slices.Sorted(maps.Keys(l.taken)), All: l.takenAll}
}

// WantedRead says that what was taken has been read and published.
func (s *Streamer) WantedRead() {
	l := s.router.filter.carts
	l.taken, l.takenAll = nil, false
	s.pending.moved = true // so that a checkpoint forgets them
}
