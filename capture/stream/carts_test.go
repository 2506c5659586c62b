package stream

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/change"
)

// cartRow is a row of a table by its primary key and the cart that it belongs to.
func cartRow(t *testing.T, table, pk, cart string) (*row.Layout, *row.Image) {
	t.Helper()
	known := mustTable(t, table)
	kinds, values := map[string]row.Kind{known.PK[0]: row.Integer}, [][]byte{[]byte(pk)}
	if known.Root.Column != known.PK[0] {
		kinds[known.Root.Column], values = row.Integer, [][]byte{[]byte(pk), []byte(cart)}
	}
	layout, err := row.NewLayout(known, kinds)
	if err != nil {
		t.Fatal(err)
	}
	_, img := layout.AppendSelected(nil, values)
	return layout, &img
}

// write tells of a row in a transaction of its own.
func (r *rig) write(t *testing.T, op change.Op, table, pk, cart string) {
	t.Helper()
	layout, img := cartRow(t, table, pk, cart)
	c := row.Change{Before: img, After: img}
	switch op {
	case change.Create:
		c.Before = nil
	case change.Delete:
		c.After = nil
	}
	r.begin()
	r.tell(row.Event{Step: row.Rows, At: r.at(), Layout: layout, Changes: []row.Change{c}})
	r.commit()
}

// newCartRig is a rig of a shop whose listed carts are negotiated when its log is at a place.
func newCartRig(t *testing.T, saved change.Checkpoint, until uint64, listed ...uint64) *rig {
	t.Helper()
	r := newStillRig(t)
	r.streamer.router.filter.carts = newCartList(Carts{Negotiated: listed, Until: position.Position{File: "binlog.000001", Pos: until}}, saved)
	ctx, stop := context.WithCancelCause(t.Context())
	r.stop = stop
	go func() { r.done <- r.streamer.Run(ctx) }()
	return r
}

// ended ends the stream, and is what was saved last.
func (r *rig) ended(t *testing.T) *change.Checkpoint {
	t.Helper()
	synctest.Wait()
	r.stop(nil)
	<-r.done
	return r.saved(t)
}

func TestOnlyRowsOfNegotiatedCartsPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newCartRig(t, change.Checkpoint{}, 0, 7)
		touched := map[string]bool{}
		r.begin()
		r.commit()
		r.task(t, func(context.Context) error {
			r.streamer.Watch(func(_ string, key []byte) { touched[string(key)] = true })
			return nil
		})
		for _, cart := range []string{"7", "8"} {
			r.write(t, change.Update, "quote", cart, cart)
			r.write(t, change.Create, "quote_item", "1"+cart, cart)
		}
		r.write(t, change.Create, "negotiable_quote", "8", "8")
		r.write(t, change.Update, "quote_address", "28", "8")
		r.write(t, change.Delete, "negotiable_quote", "7", "7")
		r.write(t, change.Update, "quote", "7", "7")
		saved := r.ended(t)
		var rows []string
		for _, s := range r.sales() {
			if s[:8] == "estimate" {
				rows = append(rows, s)
			}
		}
		slices.Sort(rows)
		want := []string{"estimate/7 5.10", "estimate/7 5.15", "estimate/7 5.15", "estimate/7 5.9", "estimate/8 5.13", "estimate/8 5.14"} // a delete has a tombstone
		if !slices.Equal(rows, want) {
			t.Errorf("published are %v, want %v", rows, want)
		}
		if key := `{"table":"quote","pk":{"entity_id":8}}`; touched[key] || len(touched) != 5 {
			t.Errorf("a snapshot was told of %v, want nothing of the rows that stay", touched)
		}
		if got := saved.Wanted; len(got) != 1 || got[0] != "estimate/8" {
			t.Errorf("wanted are %v, want cart 8", got)
		}
		if got := saved.Bereft[change.Sales]; len(got) != 1 || got[0] != "estimate/7" || saved.StrayCarts {
			t.Errorf("bereft are %v, want cart 7, and no search for others", got)
		}
	})
}

// A snapshot may have read a cart whose negotiation the log has ended since.
func TestAChunksRowsOfOtherCartsStay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newCartRig(t, change.Checkpoint{}, 0, 7)
		r.begin()
		r.commit()
		for cart, want := range map[string]int64{"7": 1, "8": 0} {
			layout, img := cartRow(t, "quote_item", cart+"0", cart)
			r.task(t, func(ctx context.Context) error {
				n, err := r.streamer.PublishChunk(ctx, layout, slices.Values([]row.SnapshotRow{{Image: *img}}))
				if n != want {
					t.Errorf("%d rows of cart %s were published, want %d", n, cart, want)
				}
				return err
			})
		}
		r.ended(t)
	})
}

func TestWhatIsWantedIsSavedUntilItWasRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newCartRig(t, change.Checkpoint{Wanted: []change.Root{"estimate/5"}}, 0, 6, 8)
		r.write(t, change.Create, "negotiable_quote", "6", "6") // it was listed when this was in the log already
		r.write(t, change.Update, "negotiable_quote", "8", "8")
		var taken Wanted
		r.task(t, func(context.Context) error { taken = r.streamer.TakeWanted(); return nil })
		if fmt.Sprint(taken) != "{[estimate/5 estimate/6] false}" {
			t.Errorf("taken are %v", taken)
		}
		r.write(t, change.Create, "negotiable_quote", "7", "7")
		synctest.Wait()
		r.task(t, func(ctx context.Context) error { return r.streamer.Sync(ctx) })
		if got := r.saved(t).Wanted; fmt.Sprint(got) != "[estimate/5 estimate/6 estimate/7]" {
			t.Errorf("while they are read, saved are %v", got)
		}
		r.task(t, func(context.Context) error { r.streamer.WantedRead(); return nil })
		if got := r.ended(t).Wanted; fmt.Sprint(got) != "[estimate/7]" {
			t.Errorf("once they were read, saved are %v", got)
		}
	})
}

func TestOfMoreWantedCartsAllAreWanted(t *testing.T) {
	l := newCartList(Carts{}, change.Checkpoint{})
	for id := range uint64(maxWanted + 1) {
		l.want(change.NewRoot(change.AggregateEstimate, id))
	}
	var c change.Checkpoint
	l.save(&c)
	if !c.AllWanted || len(c.Wanted) > 0 {
		t.Errorf("saved are %d and all: %v", len(c.Wanted), c.AllWanted)
	}
	again := newCartList(Carts{}, c)
	again.want("estimate/1")
	if !again.all || len(again.wanted) > 0 {
		t.Error("the next session wants some of them alone")
	}
	again.takenAll, again.all = true, false
	again.save(&c)
	if !c.AllWanted {
		t.Error("they are forgotten while they are read")
	}
}

// Before the place of the list a cart that is not on it may have been negotiated; behind it not.
func TestADeletedCartOfWhichNobodyKnowsIsLookedForBehindThePlaceOfTheList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newCartRig(t, change.Checkpoint{}, 100, 7)
		r.write(t, change.Delete, "quote_item", "30", "3")
		take := func() (b Bereft) {
			r.task(t, func(ctx context.Context) (err error) { b, err = r.streamer.TakeBereft(ctx); return err })
			return b
		}
		if !take().Nothing() {
			t.Error("a line that nobody knows is looked for")
		}
		r.write(t, change.Delete, "quote", "3", "3")
		if !take().Nothing() {
			t.Error("it is looked for before the log has come to the list's place")
		}
		for range 4 {
			r.write(t, change.Update, "quote", "9", "9")
		}
		b := take()
		if _, listed := b.Negotiated[7]; b.Nothing() || len(b.Negotiated) != 1 || !listed {
			t.Errorf("taken is %+v, want the carts that are negotiated", b)
		}
		r.task(t, func(ctx context.Context) error { return r.streamer.Sync(ctx) })
		if !r.saved(t).StrayCarts {
			t.Error("it is forgotten while they are looked for")
		}
		r.task(t, func(context.Context) error { return r.streamer.PublishGone(nil) })
		r.write(t, change.Delete, "quote", "4", "4")
		if saved := r.ended(t); saved.StrayCarts {
			t.Error("one that was deleted behind the place of the list is looked for")
		}
	})
}

// What went with a cart that went with its store is not known by its root.
func TestACartThatWasFoundGoneHasStrays(t *testing.T) {
	for name, c := range map[string]struct {
		listed  uint64
		deleted bool // by the log, so that its root is compared
		strays  bool
	}{"with its store": {7, false, true}, "with its store before it was listed": {5, false, true}, "by itself": {7, true, false}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newCartRig(t, change.Checkpoint{}, 0, c.listed)
				r.write(t, change.Update, "quote", "7", "7")
				if c.deleted {
					r.write(t, change.Delete, "quote", "7", "7")
				}
				r.task(t, func(ctx context.Context) error { _, err := r.streamer.TakeBereft(ctx); return err })
				_, img := cartRow(t, "quote", "7", "7")
				r.task(t, func(context.Context) error {
					return r.streamer.PublishGone([]Gone{{PK: "7", Table: mustTable(t, "quote"), Root: "estimate/7", Key: img.Key, Row: json.RawMessage(img.JSON)}})
				})
				synctest.Wait()
				before := countOf(r.sales(), "estimate/7")
				r.write(t, change.Update, "quote", "7", "7") // it leaves no more
				if saved := r.ended(t); saved.StrayCarts != c.strays || before != countOf(r.sales(), "estimate/7") {
					t.Errorf("others are looked for: %v, want %v", saved.StrayCarts, c.strays)
				}
			})
		})
	}
}

// A comparison that was under way knows nothing of a cart that is negotiated again: its rows are
// read, and compared once more.
func TestACartThatIsNegotiatedAgainMeanwhileIsNotPublishedAsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newCartRig(t, change.Checkpoint{}, 0, 7, 8)
		r.write(t, change.Delete, "negotiable_quote", "7", "7")
		r.write(t, change.Delete, "negotiable_quote", "8", "8")
		r.task(t, func(ctx context.Context) error { _, err := r.streamer.TakeBereft(ctx); return err })
		r.write(t, change.Create, "negotiable_quote", "7", "7")
		var gone []Gone
		for _, cart := range []string{"7", "8"} {
			layout, img := cartRow(t, "quote_item", cart+"0", cart)
			gone = append(gone, Gone{PK: cart + "0", Table: layout.Table, Root: change.Root("estimate/" + cart), Key: img.Key, Row: json.RawMessage(img.JSON)})
		}
		synctest.Wait()
		before := r.sales()
		r.task(t, func(context.Context) error { return r.streamer.PublishGone(gone) })
		saved := r.ended(t)
		after := r.sales()
		if n := countOf(after, "estimate/7") - countOf(before, "estimate/7"); n != 0 {
			t.Errorf("%d records of the cart that is negotiated again follow", n)
		}
		if n := countOf(after, "estimate/8") - countOf(before, "estimate/8"); n != 2 {
			t.Errorf("%d records of the other one follow, want a delete and its tombstone", n)
		}
		if got := saved.Bereft[change.Sales]; fmt.Sprint(got) != "[estimate/7]" {
			t.Errorf("to be compared are %v", got)
		}
	})
}
