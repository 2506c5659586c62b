package transform

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/testenv/randomshop"
)

// allKinds are the kinds that the rows of a random shop become.
func allKinds() (all []canonical.Kind) {
	for _, k := range canonical.Kinds() {
		all = append(all, k.Kind)
	}
	return all
}

// drawShop draws a shop of so many orders, and of masters.
func drawShop(t *rapid.T, least, most, masters int) randomshop.History {
	h, of := randomshop.Draw(t, least, most), randomshop.DrawMasters(t, 1, masters)
	return randomshop.History{Reference: of.Reference, Orders: h.Orders, Masters: of.Masters}
}

// rowChanges are a transaction of a random shop as the world writes it.
func rowChanges(tx randomshop.Transaction) (all []rowChange) {
	for _, c := range tx {
		all = append(all, rowChange{c.Table, c.Root, c.PK, c.Columns})
	}
	return all
}

// shopWorld is a world with the reference data of a random shop.
func shopWorld(t *testing.T, h randomshop.History) *world {
	w := newWorld(t)
	w.whole()
	w.commit(10, rowChanges(h.Reference)...)
	return w
}

// logsOf is what each raw partition gets of transactions, one record after the other.
func (w *world) logsOf(all []randomshop.Transaction) map[topic.Coordinates][]topic.Record {
	var history []drawn
	for n, tx := range all {
		history = append(history, drawn{version(uint64(20 + n)), rowChanges(tx)})
	}
	return w.logs(history)
}

func (w *world) produceAll(logs map[topic.Coordinates][]topic.Record) {
	for at, records := range logs {
		w.produce(at.Topic, at.Partition, records...)
	}
}

// fromScratch is the newest state of every entity that lives, read in one go by one instance.
func fromScratch(t *testing.T, h randomshop.History, all []randomshop.Transaction) map[canonical.ID]string {
	w := shopWorld(t, h)
	defer w.close()
	w.produceAll(w.logsOf(all))
	r := w.start(t.TempDir())
	r.settled()
	r.end()
	return alive(w.newest(allKinds()...))
}

// TestARandomShopReadLiveIsWhatAReplayFromScratchGives commits one transaction after the
// other to a stage that follows, and the same ones in another order of orders to one that
// begins with an empty state. What follows says nothing twice, and a deletion once.
func TestARandomShopReadLiveIsWhatAReplayFromScratchGives(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		h := drawShop(rt, 1, 4, 2)
		live := shopWorld(t, h)
		defer live.close()
		r := live.start(t.TempDir())
		defer func() { r.end() }()
		r.settled()
		all := randomshop.Merge(rt, h)
		for n, tx := range all {
			live.commit(uint64(20+n), rowChanges(tx)...)
			if rapid.IntRange(0, 5).Draw(rt, "wait until it is read") == 0 {
				r.settled()
			}
		}
		r.settled()
		live.saveAgain(uint64(20+len(all)), all)
		r.settled()
		r.end()
		nothingTwice(rt, live.emissions(allKinds()...))
		if diff := cmp.Diff(fromScratch(t, h, randomshop.Merge(rt, h)), alive(live.newest(allKinds()...))); diff != "" {
			rt.Fatalf("read from scratch and live differ (-scratch +live):\n%s", diff)
		}
	})
}

// ownTables have the row that a root is gone with.
var ownTables = []string{"sales_order", "catalog_product_entity", "customer_entity", "company", "quote"}

// saveAgain writes every row that is there once more, orders and invoices with a later time.
func (w *world) saveAgain(n uint64, all []randomshop.Transaction) {
	type key struct{ table, pk string }
	newest, order := map[key]rowChange{}, []key{}
	for _, c := range rowChanges(slices.Concat(all...)) {
		k := key{c.table, c.pk}
		if _, known := newest[k]; !known {
			order = append(order, k)
		}
		newest[k] = c
	}
	gone := map[string]bool{} // roots whose own row was deleted: nothing of them is saved
	for k, c := range newest {
		if slices.Contains(ownTables, k.table) && c.columns == nil {
			gone[string(c.root)] = true
		}
	}
	var again []rowChange
	for _, k := range order {
		c := newest[k]
		if c.columns == nil || gone[string(c.root)] {
			continue
		}
		if c.columns["updated_at"] != nil {
			c.columns["updated_at"] = "2027-01-01T00:00:00Z"
		}
		again = append(again, c)
	}
	if len(again) > 0 {
		w.commit(n, again...)
	}
}

// nothingTwice holds that no two records of one entity that follow each other say the same,
// not even with other texts of the same amounts, and that nothing follows a deletion.
func nothingTwice(t *rapid.T, all []published) {
	last := map[canonical.ID]published{}
	for _, e := range all {
		before, known := last[e.id]
		if !known {
			last[e.id] = e
			continue
		}
		if before.entity.Head().Deleted && e.id.Kind() != canonical.KindStock { // a SKU may come back
			t.Fatalf("%s was deleted, and then comes %s: %s", e.id, e.kind, e.value)
		}
		if sameNumbers(before.entity.Content(), e.entity.Content()) {
			t.Fatalf("%s is told twice, at %s and at %s as %s:\n%s", e.id, before.version, e.version, e.kind, e.value)
		}
		last[e.id] = e
	}
}

// sameNumbers reports whether two contents say the same; amounts are compared as numbers.
func sameNumbers(a, b canonical.Entity) bool {
	return cmp.Equal(a, b, cmp.Comparer(func(x, y money.Amount) bool { return x.Equal(y) }))
}
