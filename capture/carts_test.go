package capture

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// cart makes carts of two lines and two addresses each, with the foreign keys of Adobe Commerce.
func (s *magentoShop) cart(ids ...int) {
	s.t.Helper()
	for _, id := range ids {
		s.tx(fmt.Sprintf("INSERT INTO m2_quote (entity_id, store_id, quote_currency_code, grand_total) VALUES (%d, 1, 'GBP', %[1]d.5)", id),
			fmt.Sprintf("INSERT INTO m2_quote_item (item_id, quote_id, sku, qty, price) VALUES (%d, %d, 'a', 2, 1.25), (%d, %[2]d, 'b', 1, 3)", 10*id, id, 10*id+1),
			fmt.Sprintf("INSERT INTO m2_quote_address (address_id, quote_id, address_type, tax_amount) VALUES (%d, %d, 'billing', 0), (%d, %[2]d, 'shipping', 1.1)", 10*id, id, 10*id+1))
	}
}

// negotiate has the price of carts negotiated.
func (s *magentoShop) negotiate(ids ...int) {
	s.t.Helper()
	for _, id := range ids {
		s.exec("INSERT INTO m2_negotiable_quote (quote_id, status) VALUES (?, 'created')", id)
	}
}

// newCartShop is a shop with the carts 1 to 4, of which 1 and 2 are negotiated.
func newCartShop(t *testing.T) *magentoShop {
	t.Helper()
	s := newShop(t, "m2_", func(s *magentoShop) {
		s.config.AlsoCapture, s.config.ChunkRows = []magento.Group{magento.EstimateGroup}, 100
	})
	s.addForeignKeys()
	s.exec("INSERT INTO m2_store_website (website_id, code) VALUES (1, 'w'); INSERT INTO m2_store (store_id, website_id, code) VALUES (1, 1, 'a'), (2, 1, 'b')")
	s.exec("ALTER TABLE m2_quote ADD FOREIGN KEY (store_id) REFERENCES m2_store (store_id) ON DELETE CASCADE")
	s.cart(1, 2, 3, 4)
	s.negotiate(1, 2)
	return s
}

// cartShop is such a shop that is captured.
func cartShop(t *testing.T, configure ...func(*Stage)) (*magentoShop, *running) {
	t.Helper()
	s := newCartShop(t)
	return s, s.captured(configure...)
}

// recordsOf counts the records of a cart that are, or were, in the topic.
func (r *running) recordsOf(cart int) (n int) {
	r.t.Helper()
	root := change.NewRoot(change.AggregateEstimate, uint64(cart))
	for _, rec := range r.records(change.Sales) {
		if rec.Header(change.HeaderKind) == "" && rec.Header(change.HeaderRoot) == string(root) {
			n++
		}
	}
	return n
}

// never fails when anything of a cart has left.
func (r *running) never(carts ...int) {
	r.t.Helper()
	for _, cart := range carts {
		if n := r.recordsOf(cart); n > 0 {
			r.t.Errorf("%d records have left of cart %d, which is not negotiated", n, cart)
		}
	}
}

// has wants a reader to know as many carts, with two lines and two addresses each.
func (r *running) has(carts int) {
	r.t.Helper()
	for table, want := range map[string]int{"quote": carts, "quote_item": 2 * carts, "quote_address": 2 * carts} {
		if got := r.count(change.Sales, table); got != want {
			r.t.Errorf("%d rows of %s are known, want %d", got, table, want)
		}
	}
}

// wantedRead waits until what the stream wanted was read.
func (r *running) wantedRead(s *magentoShop) {
	r.t.Helper()
	r.caughtUp(s)
	until(r.t, "all carts that are wanted were read", func() bool {
		r.alive()
		c := r.state().Checkpoint
		return len(c.Wanted) == 0 && !c.AllWanted
	})
	r.sameAsShop(s)
	r.unbroken()
}

func TestACartLeavesFromWhenItIsNegotiatedAndIsWhole(t *testing.T) {
	t.Parallel()
	s, r := cartShop(t)
	epoch := r.state().Checkpoint.Epoch
	r.has(2)
	s.cart(5, 6)
	s.exec("UPDATE m2_quote SET grand_total = grand_total + 1; UPDATE m2_quote_item SET qty = qty + 1; UPDATE m2_quote_address SET tax_amount = 7")
	r.followed(s)
	r.has(2)
	r.never(3, 4, 5, 6)
	s.negotiate(3, 5)
	r.wantedRead(s)
	r.has(4)
	s.exec("UPDATE m2_quote SET grand_total = 9 WHERE entity_id > 3; UPDATE m2_quote_item SET custom_price = 8; DELETE FROM m2_quote_address WHERE address_type = 'billing'")
	r.followed(s)
	if got := r.lastOf("quote 5"); !strings.Contains(got, `"grand_total":"9.0000"`) {
		t.Errorf("cart 5 is %s", got)
	}
	s.exec("UPDATE m2_negotiable_quote SET quote_id = 4 WHERE quote_id = 2") // another cart in its place
	r.wantedRead(s)
	r.followed(s)
	r.never(6)
	if r.state().Checkpoint.Epoch != epoch || strings.Contains(r.log.String(), "capture begins again") {
		t.Errorf("the stream did not go on:\n%s", r.log)
	}
}

func TestACartThatGoesOrIsNegotiatedNoMoreLeavesTheTopic(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sql  string
		left int
	}{
		"a cart":                          {"DELETE FROM m2_quote WHERE entity_id = 2", 1},
		"all carts":                       {"DELETE FROM m2_quote", 0},
		"that it is negotiated":           {"DELETE FROM m2_negotiable_quote WHERE quote_id = 2; UPDATE m2_quote SET grand_total = 1; UPDATE m2_quote_item SET qty = 7", 1},
		"its lines after that":            {"DELETE FROM m2_negotiable_quote WHERE quote_id = 2; DELETE FROM m2_quote_item WHERE quote_id = 2", 1},
		"a cart whose lines nobody takes": {"SET FOREIGN_KEY_CHECKS=0; DELETE FROM m2_quote WHERE entity_id = 2; DELETE FROM m2_quote_item WHERE quote_id = 2; DELETE FROM m2_quote_address WHERE quote_id = 2; SET FOREIGN_KEY_CHECKS=1", 1},
		"its store":                       {"UPDATE m2_quote SET store_id = 2 WHERE entity_id = 2; DELETE FROM m2_store WHERE store_id = 2", 1},
		"its website":                     {"DELETE FROM m2_store_website", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, r := cartShop(t)
			s.exec(c.sql)
			r.followed(s)
			until(t, "the topic is as the shop", func() bool { r.alive(); return r.count(change.Sales, "quote_address") == 2*c.left })
			r.followed(s)
			r.has(c.left)
			s.exec("UPDATE m2_quote SET grand_total = 17; UPDATE m2_quote_item SET qty = 17")
			r.followed(s)
			r.never(3, 4)
		})
	}
}

func TestMoreCartsThanAreNamedAreReadAtOnce(t *testing.T) {
	t.Parallel()
	s, r := cartShop(t)
	for _, first := range []int{1000, 2000} {
		s.exec(fmt.Sprintf("INSERT INTO m2_quote (entity_id, store_id) SELECT %d + seq, 1 FROM seq_1_to_700", first))
		s.exec(fmt.Sprintf("INSERT INTO m2_quote_item (quote_id, sku) SELECT %d + seq, 'a' FROM seq_1_to_700", first))
	}
	s.exec("BEGIN; INSERT INTO m2_negotiable_quote (quote_id) SELECT 1000 + seq FROM seq_1_to_600; INSERT INTO m2_negotiable_quote (quote_id) SELECT 2000 + seq FROM seq_1_to_600; COMMIT")
	r.wantedRead(s)
	if got := r.count(change.Sales, "quote_item"); got != 1204 {
		t.Errorf("%d lines are known, want those of 1200 carts, and 4", got)
	}
	r.never(3, 4, 1601, 2700)
}

func TestASnapshotReadsNegotiatedCartsAlone(t *testing.T) {
	t.Parallel()
	s, r := cartShop(t)
	for _, request := range []change.SnapshotRequest{
		{Table: "quote"}, {Table: "quote_item"}, {Table: "quote_item", From: "25", To: "100"}, {Domain: change.Sales}, {Root: "estimate/3"}, {Root: "estimate/2"},
	} {
		a := r.ask(request)
		want := map[string]int64{"quote": 2, "quote_item": 4, "estimate/2": 6}[request.Table+string(request.Root)]
		if request.From != "" {
			want = 0
		}
		if request.Domain != "" {
			want = 12
		}
		if a.Problem != "" || a.Read != want || a.Rows != want {
			t.Errorf("%+v is answered with %+v, want that %d rows are read", request, a, want)
		}
	}
	r.followed(s)
	r.has(2)
	r.never(3, 4)
	// One that began in silence is found with its record.
	s.silently("INSERT INTO m2_negotiable_quote (quote_id, status) VALUES (4, 'created')")
	r.ask(change.SnapshotRequest{Table: "negotiable_quote"})
	r.wantedRead(s)
	r.has(3)
}

func TestAShopInWhichNothingIsNegotiatedHasNoCarts(t *testing.T) {
	t.Parallel()
	s := newShop(t, "m2_", func(s *magentoShop) { s.config.AlsoCapture = []magento.Group{magento.EstimateGroup} })
	s.exec("DROP TABLE m2_negotiable_quote")
	s.cart(1, 2)
	topics, names := newTopics(t)
	r := start(t, s.config, topics, names)
	r.snapshotDone()
	s.cart(3)
	s.exec("UPDATE m2_quote SET grand_total = 4; DELETE FROM m2_quote WHERE entity_id = 1")
	r.caughtUp(s)
	r.never(1, 2, 3)
	if c := r.state().Checkpoint; c.StrayCarts {
		t.Error("carts are looked for")
	}
	negotiable, _ := magento.ByName(magento.NegotiableTable)
	epoch := r.state().Checkpoint.Epoch
	s.exec(s.createTable(negotiable))
	s.negotiate(2)
	until(t, "a new epoch began", func() bool { r.alive(); return r.state().Checkpoint.Epoch > epoch })
	r.snapshotDone()
	r.wantedRead(s)
	r.has(1)
	r.never(3)
}
