package transform

import (
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// TestMain keeps the property test short unless -rapid.checks says otherwise: every
// check starts two brokers.
func TestMain(m *testing.M) {
	if addr := os.Getenv(sleeperBroker); addr != "" {
		sleeper(addr)
	}
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if !given {
		flag.Set("rapid.checks", "20")
	}
	os.Exit(m.Run())
}

// A transaction of the property test touches one or two roots.
type drawn struct {
	version change.Version
	rows    []rowChange
}

// drawHistory draws transactions over three orders and two customers that follow
// each other as in a shop: documents after orders, deletions, saves without change.
// Magento does not use an id twice.
func drawHistory(t *rapid.T) (all []drawn) {
	invoiced, ordered, finished, left := map[int]bool{}, map[int]bool{}, map[int]bool{}, map[int]bool{}
	for n := range rapid.IntRange(1, 25).Draw(t, "transactions") {
		id := rapid.IntRange(1, 3).Draw(t, "id")
		var rows []rowChange
		switch rapid.SampledFrom([]string{"order", "invoice", "pay", "tax", "memo", "delete order", "delete invoice", "customer", "address", "delete customer"}).Draw(t, "what") {
		case "order":
			if !finished[id] {
				rows, ordered[id] = orderRows(id), true
			}
		case "invoice":
			if ordered[id] {
				rows, invoiced[id] = invoiceRows(id, 1), true
			}
		case "pay":
			if invoiced[id] {
				rows = []rowChange{invoiceRow(id, 2, nil)}
			}
		case "tax":
			rows = taxRows(id)
		case "memo":
			if invoiced[id] {
				rows = memoRows(id)
			}
		case "delete order":
			rows = []rowChange{gone(orderRow(id, nil))}
			ordered[id], invoiced[id], finished[id] = false, false, true
		case "delete invoice":
			rows = []rowChange{gone(invoiceRow(id, 1, nil)), gone(invoiceItemRow(id))}
			invoiced[id] = false
		case "customer":
			if !left[id] {
				rows = []rowChange{customerRow(id, columns{"group_id": n % 2})}
			}
		case "address":
			if !left[id] {
				rows = []rowChange{customerRow(id, nil), customerAddressRow(id)}
			}
		case "delete customer":
			rows, left[id] = []rowChange{gone(customerRow(id, nil))}, true
		}
		if len(rows) > 0 {
			all = append(all, drawn{version(uint64(20 + n)), rows})
		}
	}
	return all
}

// logs is what each raw partition gets, one record after the other.
func (w *world) logs(history []drawn) map[topic.Coordinates][]topic.Record {
	out := map[topic.Coordinates][]topic.Record{}
	for _, tx := range history {
		for at, records := range w.transaction(tx.version, tx.rows) {
			out[at] = append(out[at], records...)
		}
	}
	return out
}

// TestAnyWayOfReadingAHistoryEndsInTheSameEntities reads histories live and after
// restarts, with stretches that capture publishes twice, and compares them with one
// reading from the start.
func TestAnyWayOfReadingAHistoryEndsInTheSameEntities(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		history := drawHistory(rt)
		once, torn := newWorld(t), newWorld(t)
		for _, w := range []*world{once, torn} {
			defer w.close()
			w.whole()
			w.commit(10, referenceRows("General")...)
		}
		for at, records := range once.logs(history) {
			once.produce(at.Topic, at.Partition, records...)
		}
		late := once.start(t.TempDir())
		late.settled()
		late.end()

		dir := t.TempDir()
		r := torn.start(dir)
		defer func() { r.end() }()
		r.settled()
		for at, records := range torn.logs(history) {
			for begin := 0; begin < len(records); {
				end := rapid.IntRange(begin+1, len(records)).Draw(rt, "cut")
				again := rapid.IntRange(0, begin).Draw(rt, "again from")
				torn.produce(at.Topic, at.Partition, records[again:end]...)
				if begin = end; rapid.IntRange(0, 3).Draw(rt, "restart") == 0 {
					r.end()
					if rapid.Bool().Draw(rt, "lose the store") {
						dir = t.TempDir()
					}
					r = torn.start(dir)
				}
			}
		}
		r.settled()
		r.end()
		if diff := cmp.Diff(alive(once.newest()), alive(torn.newest())); diff != "" {
			rt.Fatalf("read in one go and torn differ (-once +torn):\n%s", diff)
		}
	})
}

// alive leaves out what is deleted: whether something was ever emitted of it depends
// on when it was read.
func alive(all map[canonical.ID]string) map[canonical.ID]string {
	for id, content := range all {
		if e, err := canonical.Decode(id.Kind(), []byte(content)); err == nil && e.Head().Deleted {
			delete(all, id)
		}
	}
	return all
}
