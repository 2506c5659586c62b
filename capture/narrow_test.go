package capture

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

func TestWhatIsSnapshottedWhenATableIsInDoubt(t *testing.T) {
	for table, want := range map[string]string{
		"sales_invoice_item":     "sales/sales_invoice_item",
		"sales_order_address":    "sales/sales_order_address",
		"core_config_data":       "reference/core_config_data",
		"sales_invoice":          "sales/",
		"sales_order":            "sales/",
		"customer_entity":        "customer/ sales/",
		"catalog_product_entity": "catalog/",
		"store":                  "the shop",
		"eav_attribute":          "the shop",
	} {
		t.Run(table, func(t *testing.T) {
			known, ok := magento.ByName(table)
			if !ok {
				t.Fatal("it is not captured")
			}
			scopes, narrow := inDoubt(known)
			var got []string
			for _, of := range scopes {
				got = append(got, string(of.Domain)+"/"+of.Table)
			}
			if !narrow {
				got = []string{"the shop"}
			}
			if text := strings.Join(got, " "); text != want {
				t.Errorf("it is %s, want %s", text, want)
			}
		})
	}
}

// seeded is a shop with some orders, of which the first snapshot is over.
func seeded(t *testing.T, orders int) (*magentoShop, *running) {
	t.Helper()
	s := newShop(t, "m2_")
	s.seed(orders)
	topics, names := newTopics(t)
	r := start(t, s.config, topics, names)
	r.snapshotDone()
	return s, r
}

// read counts the rows that snapshots have brought, by table.
func (r *running) read() map[string]int {
	r.t.Helper()
	all := map[string]int{}
	for _, d := range magento.Domains() {
		for _, t := range magento.InDomain(d) {
			for _, rec := range of(r.t, r.records(d), t.Name) {
				if e, err := change.DecodeEnvelope(rec.Value); err == nil && e != nil && e.Op == change.Read {
					all[t.Name]++
				}
			}
		}
	}
	return all
}

// onlyReadAgain fails where a snapshot has brought rows of other tables than some.
func (r *running) onlyReadAgain(before map[string]int, tables ...string) {
	r.t.Helper()
	for table, n := range r.read() {
		if again := n > before[table]; again != slices.Contains(tables, table) {
			r.t.Errorf("of %s %d rows were read, and %d before; want %v alone read again", table, n, before[table], tables)
		}
	}
}

func TestATableInDoubtIsSnapshottedAndNotTheShop(t *testing.T) {
	t.Parallel()
	const items = "m2_sales_invoice_item"
	for name, c := range map[string]struct {
		doubt string
		again []string
	}{
		"a table that was truncated":         {"TRUNCATE " + items, []string{"sales_invoice_item"}},
		"rows that were logged as SQL":       {"SET SESSION binlog_format=STATEMENT; UPDATE " + items + " SET qty = qty + 1; SET SESSION binlog_format=ROW", []string{"sales_invoice_item"}},
		"a captured column that was altered": {"ALTER TABLE " + items + " MODIFY sku varchar(200)", []string{"sales_invoice_item"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, r := seeded(t, 14)
			before, epoch := r.read(), r.state().Checkpoint.Epoch
			s.exec("INSERT INTO " + items + " (entity_id, parent_id, sku) VALUES (900, 1, 'before')")
			s.exec(c.doubt)
			s.exec("INSERT INTO " + items + " (entity_id, parent_id, sku) VALUES (901, 1, 'after')")
			s.exec("UPDATE m2_sales_invoice SET state = 3 WHERE entity_id = 1")
			r.anotherSnapshot()
			r.snapshotDone()
			s.exec("INSERT INTO " + items + " (entity_id, parent_id, sku) VALUES (902, 1, 'later')")
			r.caughtUp(s)
			r.sameAsShop(s)
			r.onlyReadAgain(before, c.again...)
			if at := r.state().Checkpoint; at.Epoch != epoch || len(at.Doubts) != 0 {
				t.Errorf("the epoch is %d after %d, and in doubt are %v", at.Epoch, epoch, at.Doubts)
			}
			r.halt()
			again := run(t, r.stage)
			s.exec("INSERT INTO " + items + " (entity_id, parent_id, sku) VALUES (903, 1, 'last')")
			again.caughtUp(s)
			again.sameAsShop(s)
			if n := again.ordered(); n != 0 {
				t.Errorf("%d snapshots more were ordered:\n%s", n, again.log)
			}
		})
	}
}

// Without names in the log the columns have to be known at the place where it is read again.
func TestATableThatWasAlteredIsReadAgainWithoutNamesInTheLog(t *testing.T) {
	t.Parallel()
	s, _ := privately(t)
	s.metadata("NO_LOG")
	s.seed(5)
	topics, names := newTopics(t)
	r := start(t, s.config, topics, names)
	r.snapshotDone()
	before := r.read()
	s.exec("ALTER TABLE m2_sales_invoice_item ADD later int FIRST")
	s.exec("INSERT INTO m2_sales_invoice_item (entity_id, parent_id, sku) VALUES (901, 1, 'after')")
	r.anotherSnapshot()
	r.snapshotDone()
	r.onlyReadAgain(before, "sales_invoice_item")
	for id := 902; id < 904; id++ {
		s.exec("INSERT INTO m2_sales_invoice_item (entity_id, parent_id, sku) VALUES (?, 1, 'later')", id)
		r.caughtUp(s)
		r.sameAsShop(s)
		r.halt()
		r = run(t, r.stage)
	}
	r.caughtUp(s)
	if n := r.ordered(); n != 0 {
		t.Errorf("%d snapshots more were ordered:\n%s", n, r.log)
	}
}

// A domain is snapshotted again in the same epoch, even while its first snapshot lasts.
func TestARowsParentInDoubtBringsItsDomain(t *testing.T) {
	t.Parallel()
	s, r := seeded(t, 14)
	before, epoch := r.read(), r.state().Checkpoint.Epoch
	s.exec("TRUNCATE m2_sales_invoice")
	r.anotherSnapshot()
	r.snapshotDone()
	r.caughtUp(s)
	r.sameAsShop(s)
	if r.state().Checkpoint.Epoch != epoch {
		t.Error("a new epoch began")
	}
	for table, n := range r.read() {
		known, _ := magento.ByName(table)
		if again := n > before[table]; again && known.Domain != change.Sales {
			t.Errorf("%d rows of %s were read again", n-before[table], table)
		}
	}
}

// Doubts that follow one another, and sessions that end in their midst, lose nothing.
func TestDoubtsInARowEndWithWhatTheShopHas(t *testing.T) {
	t.Parallel()
	s := newShop(t, "m2_")
	s.seed(14)
	topics, names := newTopics(t)
	stage := &Stage{Config: s.config, Partitions: testPartitions, Topics: topics, Names: names, clocks: quick, cascadeCheck: 200 * time.Millisecond}
	r := run(t, stage)
	for n := range 6 {
		table := []string{"sales_invoice_item", "sales_order_address", "sales_invoice"}[n%3]
		s.exec("DELETE FROM m2_" + table + " WHERE entity_id % 7 = " + fmt.Sprint(n))
		s.exec("CREATE TABLE kept AS SELECT * FROM m2_" + table)
		s.exec("TRUNCATE m2_" + table)
		s.exec("INSERT INTO m2_" + table + " SELECT * FROM kept; DROP TABLE kept")
		if n%2 == 1 {
			r.anotherSnapshot()
			r.halt()
			r = run(t, stage)
		}
	}
	r.caughtUp(s)
	r.snapshotDone()
	r.followed(s) // items whose invoice was deleted go with it
	if r.count(change.Sales, "sales_invoice_item") == 0 {
		t.Error("the shop is empty")
	}
}
