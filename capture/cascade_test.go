package capture

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// foreignKeys are those of Magento's between captured tables.
var foreignKeys = [][3]string{
	{"sales_order_item", "order_id", "sales_order"}, {"sales_order_address", "parent_id", "sales_order"}, {"sales_order_payment", "parent_id", "sales_order"},
	{"sales_invoice", "order_id", "sales_order"}, {"sales_invoice_item", "parent_id", "sales_invoice"},
	{"sales_creditmemo", "order_id", "sales_order"}, {"sales_creditmemo_item", "parent_id", "sales_creditmemo"},
	{"sales_creditmemo_comment", "parent_id", "sales_creditmemo"},
	{"customer_address_entity", "parent_id", "customer_entity"}, {"customer_entity_varchar", "entity_id", "customer_entity"},
	{"customer_address_entity_varchar", "entity_id", "customer_address_entity"}, {"store", "website_id", "store_website"},
	{"negotiable_quote", "quote_id", "quote"}, {"quote_item", "quote_id", "quote"}, {"quote_address", "quote_id", "quote"},
}

func (s *magentoShop) addForeignKeys() {
	s.t.Helper()
	for _, k := range foreignKeys {
		parent := "entity_id"
		if k[2] == "store_website" {
			parent = "website_id"
		}
		s.exec(fmt.Sprintf("ALTER TABLE m2_%s ADD FOREIGN KEY (%s) REFERENCES m2_%s (%s) ON DELETE CASCADE", k[0], k[1], k[2], parent))
	}
}

// family is a shop with three of everything, each child below a parent, that is captured;
// with foreign keys or without.
func family(t *testing.T, keys bool, configure ...func(*Stage)) (*magentoShop, *running) {
	t.Helper()
	return preparedFamily(t, keys, nil, func(*magentoShop) {}, configure...)
}

// preparedFamily is a family of which more is asked for than documents and customers, and to
// which something is done before it is captured.
func preparedFamily(t *testing.T, keys bool, also []magento.Group, prepare func(*magentoShop), configure ...func(*Stage)) (*magentoShop, *running) {
	t.Helper()
	s := newShop(t, "m2_")
	s.config.CustomerAttributes, s.config.AlsoCapture = []string{"vat_office", "shoe_size"}, also
	if keys {
		s.addForeignKeys()
	}
	s.exec("SET FOREIGN_KEY_CHECKS=0")
	s.oneOfEach(3)
	s.exec("SET FOREIGN_KEY_CHECKS=1")
	prepare(s)
	return s, s.captured(configure...)
}

// captured has captured the shop, and looks soon for what goes with its parents.
func (s *magentoShop) captured(configure ...func(*Stage)) *running {
	s.t.Helper()
	topics, names := newTopics(s.t)
	stage := &Stage{Config: s.config, Partitions: testPartitions, Topics: topics, Names: names, cascadeCheck: 100 * time.Millisecond}
	for _, f := range configure {
		f(stage)
	}
	r := run(s.t, stage)
	r.snapshotDone()
	r.caughtUp(s)
	return r
}

// followed waits until all that went with its parents is deleted in the topics.
func (r *running) followed(s *magentoShop) {
	r.t.Helper()
	r.caughtUp(s)
	until(r.t, "the topics are as the shop", func() bool {
		r.alive()
		c := r.state().Checkpoint
		return len(c.Bereft)+len(c.Severed)+len(c.Wanted) == 0 && !c.StrayCarts && !c.AllWanted
	})
	r.sameAsShop(s)
	r.unbroken()
}

func TestARowThatGoesWithItsParentIsDeletedInTheTopic(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		keys bool
		sql  string
		gone map[string]int // deletes by table
	}{
		"an invoice":                            {true, "DELETE FROM m2_sales_invoice WHERE entity_id = 2", map[string]int{"sales_invoice": 1, "sales_invoice_item": 1}},
		"an order with everything":              {true, "DELETE FROM m2_sales_order WHERE entity_id = 2", map[string]int{"sales_order": 1, "sales_order_item": 1, "sales_invoice_item": 1, "sales_creditmemo_item": 1}},
		"all orders at once":                    {true, "DELETE FROM m2_sales_order", map[string]int{"sales_order": 3, "sales_invoice_item": 3}},
		"a customer with addresses":             {true, "DELETE FROM m2_customer_entity WHERE entity_id = 2", map[string]int{"customer_address_entity": 1, "customer_address_entity_varchar": 1, "customer_entity_varchar": 1}},
		"a website with its store":              {true, "DELETE FROM m2_store_website WHERE website_id = 2", map[string]int{"store_website": 1, "store": 1}},
		"items that stay without their invoice": {false, "DELETE FROM m2_sales_invoice WHERE entity_id = 2", map[string]int{"sales_invoice": 1, "sales_invoice_item": 1}},
		"items that stay without their order":   {false, "DELETE FROM m2_sales_order WHERE entity_id = 2", map[string]int{"sales_order": 1, "sales_order_item": 0}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, r := family(t, c.keys)
			epoch := r.state().Checkpoint.Epoch
			s.exec(c.sql)
			r.followed(s)
			if r.state().Checkpoint.Epoch != epoch {
				t.Error("a new epoch began")
			}
			got := map[string]int{}
			for _, d := range []change.Domain{change.Reference, change.Customer, change.Sales} {
				for table := range c.gone {
					for _, e := range envelopes(t, r.records(d), table) {
						if e != nil && e.Op == change.Delete {
							got[table]++
						}
						if e != nil && e.Op == change.Delete && !strings.HasPrefix(string(e.Before), "{") {
							t.Errorf("a delete in %s has the row %s", table, e.Before)
						}
					}
				}
			}
			for table, want := range c.gone {
				if got[table] != want {
					t.Errorf("%d deletes in %s, want %d", got[table], table, want)
				}
			}
		})
	}
}

// What goes with a parent is found also after a crash, and where the log has the children's
// deletes behind their parent's, which is in no table by then.
func TestWhatGoesWithAParentIsFoundByTheNextSession(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		keys bool
		away bool
		sql  string
	}{
		"it ended before it looked":          {true, false, "DELETE FROM m2_sales_order WHERE entity_id = 2"},
		"it was away":                        {true, true, "DELETE FROM m2_sales_order WHERE entity_id = 2"},
		"it was away, and the log tells all": {false, true, "DELETE FROM m2_sales_invoice WHERE entity_id = 2; DELETE FROM m2_sales_invoice_item WHERE parent_id = 2"},
		"the children went before":           {false, true, "DELETE FROM m2_sales_invoice_item WHERE parent_id = 2; DELETE FROM m2_sales_invoice WHERE entity_id = 2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, r := family(t, c.keys, func(s *Stage) { s.cascadeCheck = time.Hour })
			if c.away {
				r.halt()
			}
			s.exec(c.sql)
			if !c.away {
				r.caughtUp(s)
				r.halt()
				if got := r.state().Checkpoint.Bereft[change.Sales]; len(got) != 1 || got[0] != "order/2" {
					t.Fatalf("the checkpoint has %v, want order/2", got)
				}
			}
			r.stage.cascadeCheck = 100 * time.Millisecond
			again := run(t, r.stage)
			until(t, "it has begun", func() bool { return strings.Contains(again.log.String(), "capture began") })
			again.followed(s)
			if strings.Contains(again.log.String(), "a new epoch began") {
				t.Error("a new epoch began")
			}
		})
	}
}

func TestARowWithoutAParentComesWhenTheParentDoes(t *testing.T) {
	t.Parallel()
	s, r := family(t, true)
	epoch := r.state().Checkpoint.Epoch
	s.exec("SET FOREIGN_KEY_CHECKS=0; INSERT INTO m2_sales_invoice_item (entity_id, parent_id, sku) VALUES (77, 99, 'orphan'); SET FOREIGN_KEY_CHECKS=1")
	r.caughtUp(s)
	r.sameAsShop(s) // an orphan has no place in the topic
	r.halt()
	if got := r.state().Checkpoint.Awaited["sales_invoice"]; len(got) != 1 || got[0] != 99 {
		t.Fatalf("the checkpoint awaits %v, want invoice 99", got)
	}
	r = run(t, r.stage)
	s.exec("INSERT INTO m2_sales_invoice (entity_id, order_id, state) VALUES (98, 1, 2)") // not the one
	r.caughtUp(s)
	if r.state().Checkpoint.Epoch != epoch {
		t.Error("a new epoch began for another invoice")
	}
	s.exec("INSERT INTO m2_sales_invoice (entity_id, order_id, state) VALUES (99, 1, 2)")
	until(t, "a new epoch began", func() bool { r.alive(); return r.state().Checkpoint.Epoch > epoch })
	r.snapshotDone()
	r.caughtUp(s)
	r.sameAsShop(s)
	if n := len(of(t, r.records(change.Sales), "sales_invoice_item")); n != 4 && n != 7 {
		t.Logf("%d records of items", n)
	}
	if len(r.state().Checkpoint.Awaited) != 0 {
		t.Errorf("the checkpoint still awaits %v", r.state().Checkpoint.Awaited)
	}
}

func TestARowThatIsMovedToAnotherOrderTakesWhatHangsOnItAlong(t *testing.T) {
	t.Parallel()
	s, r := family(t, true)
	epoch := r.state().Checkpoint.Epoch
	s.exec("UPDATE m2_sales_invoice SET order_id = 2 WHERE entity_id = 1")
	until(t, "a new epoch began", func() bool { r.alive(); return r.state().Checkpoint.Epoch > epoch })
	r.snapshotDone()
	r.caughtUp(s)
	r.sameAsShop(s)
}
