package capture

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/health"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// catalogShop is a shop of three products that is captured whole. Product 1 is a configurable
// one, a bundle and a group of 2 and 3; where changes are staged it has the versions 1 and 11.
func catalogShop(t *testing.T, stages bool, configure ...func(*Stage)) (*magentoShop, *running) {
	t.Helper()
	s := newShop(t, "", everything, func(s *magentoShop) { s.stages = stages })
	s.exec("INSERT INTO eav_attribute (attribute_id, attribute_code) VALUES (1, 'price'), (2, 'description'), (3, 'shoe_size')")
	for id := 1; id <= 3; id++ {
		s.product(id, id)
	}
	if stages {
		s.product(11, 1)
	}
	s.exec("INSERT INTO catalog_product_super_link (link_id, product_id, parent_id) VALUES (1, 2, 1), (2, 3, 1)")
	s.exec("INSERT INTO catalog_product_bundle_option (option_id, parent_id, required) VALUES (1, 1, 1)")
	s.exec("INSERT INTO catalog_product_bundle_selection (selection_id, option_id, parent_product_id, product_id) VALUES (1, 1, 1, 2), (2, 1, 1, 3)")
	s.exec("INSERT INTO catalog_product_link (link_id, product_id, linked_product_id, link_type_id) VALUES (1, 1, 2, 3), (2, 1, 3, 3), (3, 2, 3, 1)")
	return s, s.captured(configure...)
}

// product makes a product, or one of its versions, with a price and a description.
func (s *magentoShop) product(version, id int) {
	s.t.Helper()
	if s.stages {
		s.exec("INSERT IGNORE INTO sequence_product VALUES (?, 0)", id)
		s.exec("INSERT INTO catalog_product_entity (row_id, entity_id, sku, type_id, created_in) VALUES (?, ?, ?, 'simple', ?)", version, id, fmt.Sprint("sku", id), version)
	} else {
		s.exec("INSERT INTO catalog_product_entity (entity_id, sku, type_id) VALUES (?, ?, 'simple')", id, fmt.Sprint("sku", id))
	}
	hangs := map[bool]string{true: "row_id", false: "entity_id"}[s.stages]
	s.exec("INSERT INTO catalog_product_entity_decimal (attribute_id, store_id, "+hangs+", value) VALUES (1, 0, ?, ?)", version, version*10)
	s.exec("INSERT INTO catalog_product_entity_text (attribute_id, store_id, "+hangs+", value) VALUES (2, 0, ?, 'long')", version)
	if version == id {
		s.exec("INSERT INTO catalog_product_website (product_id, website_id) VALUES (?, 1), (?, 2)", id, id)
		s.exec("INSERT INTO cataloginventory_stock_item (product_id, stock_id, qty) VALUES (?, 1, 5)", id)
	}
}

// count is how many rows of a table a reader of a domain knows in the end.
func (r *running) count(d change.Domain, name string) (n int) {
	r.t.Helper()
	for place := range table(r.t, r.records(d)) {
		if strings.Contains(place, `"table":"`+name+`"`) {
			n++
		}
	}
	return n
}

func TestAProductIsInThePartitionOfItsIdWithAllThatHangsOnIt(t *testing.T) {
	for name, stages := range map[string]bool{"Open Source": false, "changes staged": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, r := catalogShop(t, stages)
			r.sameAsShop(s)
			s.product(4, 4)
			s.exec("UPDATE catalog_product_entity_decimal SET value = value + 1")
			if stages {
				s.product(14, 4) // a change that is scheduled
			}
			r.caughtUp(s)
			r.sameAsShop(s)
			versions := map[bool]int{true: 6, false: 4}[stages]
			for table, want := range map[string]int{
				"catalog_product_entity": versions, "catalog_product_entity_decimal": versions, "catalog_product_entity_text": 0,
				"catalog_product_website": 8, "catalog_product_link": 2, "catalog_product_super_link": 2,
			} {
				if got := r.count(change.Catalog, table); got != want {
					t.Errorf("%d rows of %s are known, want %d", got, table, want)
				}
			}
			for place, row := range table(t, r.records(change.Catalog)) {
				if root := change.Root(row.root); !strings.HasPrefix(place, fmt.Sprint(topic.Partition(root, testPartitions), "/")) || root.Kind() != change.AggregateProduct {
					t.Errorf("%s has the root %s", place, root)
				}
			}
		})
	}
}

func TestAProductThatIsAskedForIsReadByTheKeysThatTheShopHas(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		stages  bool
		request change.SnapshotRequest
		read    map[string]int
		column  string
	}{
		"a product": {false, change.SnapshotRequest{Root: "product/2"},
			map[string]int{"catalog_product_entity": 1, "catalog_product_entity_decimal": 1, "catalog_product_website": 2, "cataloginventory_stock_item": 1}, ""},
		"a product with its versions": {true, change.SnapshotRequest{Root: "product/1"},
			map[string]int{"sequence_product": 1, "catalog_product_entity": 2, "catalog_product_entity_decimal": 2, "catalog_product_website": 2, "cataloginventory_stock_item": 1,
				"catalog_product_super_link": 2, "catalog_product_bundle_option": 1, "catalog_product_bundle_selection": 2, "catalog_product_link": 2}, ""},
		"products":                   {false, change.SnapshotRequest{Table: "catalog_product_entity", From: "3", To: "11"}, map[string]int{"catalog_product_entity": 1}, ""},
		"versions":                   {true, change.SnapshotRequest{Table: "catalog_product_entity", From: "3", To: "11"}, map[string]int{"catalog_product_entity": 2}, "row_id"},
		"values, which have one key": {true, change.SnapshotRequest{Table: "catalog_product_entity_decimal", From: "2", To: "2"}, map[string]int{"catalog_product_entity_decimal": 1}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, r := catalogShop(t, c.stages)
			before := r.read()
			if a := r.ask(c.request); a.Problem != "" || a.Column != c.column {
				t.Errorf("it is answered with %+v, want the column %q", a, c.column)
			}
			for table, n := range r.read() {
				if n -= before[table]; n != c.read[table] {
					t.Errorf("%d rows of %s were read, want %d", n, table, c.read[table])
				}
			}
			r.followed(s)
		})
	}
}

func TestWhatGoesWithAProductIsDeletedInTheTopic(t *testing.T) {
	t.Parallel()
	const children = "DELETE FROM catalog_product_website WHERE product_id = 2; DELETE FROM cataloginventory_stock_item WHERE product_id = 2; " +
		"DELETE FROM catalog_product_super_link WHERE product_id = 2; DELETE FROM catalog_product_bundle_selection WHERE product_id = 2; " +
		"DELETE FROM catalog_product_link WHERE product_id = 2 OR linked_product_id = 2; "
	for name, c := range map[string]struct {
		stages   bool
		silently string // what InnoDB does by itself
		logged   string
		left     map[string]int
	}{
		"a product": {false, children + "DELETE FROM catalog_product_entity_decimal WHERE entity_id = 2", "DELETE FROM catalog_product_entity WHERE entity_id = 2",
			map[string]int{"catalog_product_entity": 2, "catalog_product_entity_decimal": 2, "catalog_product_website": 4, "catalog_product_super_link": 1, "catalog_product_link": 1, "catalog_product_bundle_selection": 1}},
		"a version": {true, "DELETE FROM catalog_product_entity_decimal WHERE row_id = 11", "DELETE FROM catalog_product_entity WHERE row_id = 11",
			map[string]int{"catalog_product_entity": 3, "catalog_product_entity_decimal": 3, "catalog_product_super_link": 2}},
		"the version with the links": {true, "DELETE FROM catalog_product_super_link WHERE parent_id = 1", "DELETE FROM catalog_product_entity WHERE row_id = 1",
			map[string]int{"catalog_product_entity": 3, "catalog_product_entity_decimal": 3, "catalog_product_super_link": 0, "catalog_product_bundle_selection": 0}},
		"a product by its number alone": {true, children + "DELETE FROM catalog_product_entity WHERE entity_id = 2; DELETE FROM catalog_product_entity_decimal WHERE row_id = 2",
			"DELETE FROM sequence_product WHERE sequence_value = 2",
			map[string]int{"catalog_product_entity": 3, "catalog_product_entity_decimal": 3, "catalog_product_website": 4, "catalog_product_super_link": 1, "catalog_product_link": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, r := catalogShop(t, c.stages)
			epoch := r.state().Checkpoint.Epoch
			s.silently(c.silently)
			s.exec(c.logged)
			r.followed(s)
			for table, want := range c.left {
				if got := r.count(change.Catalog, table); got != want {
					t.Errorf("%d rows of %s are known, want %d", got, table, want)
				}
			}
			if r.state().Checkpoint.Epoch != epoch {
				t.Error("a new epoch began")
			}
		})
	}
}

func TestTheStockOfASKUIsInOnePartitionHoweverItIsSpelled(t *testing.T) {
	t.Parallel()
	s, r := catalogShop(t, false)
	for i, sku := range []string{"GRÖSSE 1 ", "grosse 1"} {
		s.exec("INSERT INTO inventory_source_item (source_code, sku, quantity) VALUES (?, ?, 5)", fmt.Sprint("source", i), sku)
		s.exec("INSERT INTO inventory_reservation (stock_id, sku, quantity) VALUES (1, ?, -1)", sku)
	}
	s.exec("INSERT INTO inventory_source (source_code, name) VALUES ('a, \"b\"', 'c')")
	r.caughtUp(s)
	r.sameAsShop(s)
	var roots []string
	for _, row := range table(t, r.records(change.Catalog)) {
		if strings.HasPrefix(row.root, "stock/") {
			roots = append(roots, row.root)
		}
	}
	slices.Sort(roots)
	if got := slices.Compact(slices.Clone(roots)); len(roots) != 4 || len(got) != 1 || got[0] != "stock/GROSSE 1" {
		t.Errorf("their roots are %q", roots)
	}
}

func TestAnAttributeThatGetsACapturedCodeBringsItsValues(t *testing.T) {
	t.Parallel()
	s, r := catalogShop(t, false)
	epoch := r.state().Checkpoint.Epoch
	s.exec("INSERT INTO eav_attribute (attribute_id, attribute_code) VALUES (4, 'cost'); INSERT INTO catalog_product_entity_decimal (attribute_id, store_id, entity_id, value) VALUES (4, 0, 1, 7)")
	s.exec("UPDATE eav_attribute SET attribute_code = 'shoe_number' WHERE attribute_id = 3") // neither is captured
	r.caughtUp(s)
	if got := r.count(change.Catalog, "catalog_product_entity_decimal"); got != 4 || r.state().Checkpoint.Epoch != epoch {
		t.Fatalf("%d values are known of a new attribute and three products, epoch %d after %d", got, r.state().Checkpoint.Epoch, epoch)
	}
	for _, c := range []struct {
		code string
		want int
	}{{"name", 3}, {"description", 0}} { // one after the other: the attribute has the second code to begin with
		s.exec("UPDATE eav_attribute SET attribute_code = ? WHERE attribute_id = 2", c.code)
		until(t, "a new epoch began", func() bool { r.alive(); return r.state().Checkpoint.Epoch > epoch })
		epoch = r.state().Checkpoint.Epoch
		r.snapshotDone()
		r.caughtUp(s)
		r.sameAsShop(s)
		if got := r.count(change.Catalog, "catalog_product_entity_text"); got != c.want {
			t.Errorf("%d values of the attribute with the code %s are known, want %d", got, c.code, c.want)
		}
	}
}

func TestWhatIsAskedForLaterIsBrought(t *testing.T) {
	t.Parallel()
	s, r := catalogShop(t, false)
	for name, c := range map[string]struct {
		ask  func(*Config)
		want map[string]int
	}{
		"another attribute": {func(c *Config) { c.ProductAttributes = []string{"description"} }, map[string]int{"catalog_product_entity": 3, "catalog_product_entity_text": 3}},
		"no catalog":        {func(c *Config) { c.AlsoCapture = nil }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r.halt()
			epoch := r.state().Checkpoint.Epoch
			stage := *r.stage
			stage.Config = s.config
			c.ask(&stage.Config)
			again := run(t, &stage)
			until(t, "a new epoch began", func() bool { again.alive(); return again.state().Checkpoint.Epoch > epoch })
			again.snapshotDone()
			again.caughtUp(s)
			for table, want := range c.want {
				if got := again.count(change.Catalog, table); got != want {
					t.Errorf("%d rows of %s are known, want %d", got, table, want)
				}
			}
			again.halt()
			epoch = again.state().Checkpoint.Epoch
			published := len(again.records(change.Catalog))
			once := run(t, &stage)
			s.exec("UPDATE catalog_product_entity SET sku = CONCAT(sku, 'x'); INSERT INTO tax_class (class_name) VALUES ('y')")
			once.caughtUp(s)
			once.halt()
			if more := len(once.records(change.Catalog)) > published; more != (c.want != nil) {
				t.Errorf("changes of products are published: %v", more)
			}
			if once.state().Checkpoint.Epoch != epoch {
				t.Error("asking for the same begins a new epoch")
			}
		})
	}
}

// optionalTables are those that a shop may lack.
func optionalTables() (names []string) {
	for _, t := range magento.Tables {
		if t.Optional {
			names = append(names, t.Name)
		}
	}
	return names
}

func TestATableThatAnEditionLacksIsAbsentUntilItIsMade(t *testing.T) {
	t.Parallel()
	s := newShop(t, "m2_", everything)
	company, _ := magento.ByName("company")
	for _, name := range optionalTables() {
		s.exec("DROP TABLE m2_" + name)
	}
	topics, names := newTopics(t)
	var board health.Board
	r := run(t, &Stage{Config: s.config, Partitions: testPartitions, Topics: topics, Names: names, Health: &board})
	r.snapshotDone()
	if all := board.Troubles(); len(all) > 0 {
		t.Errorf("there are the troubles %+v", all)
	}
	epoch := r.state().Checkpoint.Epoch
	s.exec(s.createTable(company))
	s.exec("INSERT INTO m2_company (entity_id, company_name) VALUES (1, 'A')")
	until(t, "a new epoch began", func() bool { r.alive(); return r.state().Checkpoint.Epoch > epoch })
	r.snapshotDone()
	s.exec("INSERT INTO m2_company (entity_id, company_name) VALUES (2, 'B')")
	r.caughtUp(s)
	if got := r.count(change.Customer, "company"); got != 2 {
		t.Errorf("%d companies are known, want 2", got)
	}
	// Once it had rows, its absence is waited out: somebody may be restoring it.
	r.halt()
	epoch = r.state().Checkpoint.Epoch
	s.silently("RENAME TABLE m2_company TO away")
	again := run(t, r.stage)
	until(t, "capture says that it waits", func() bool {
		again.alive()
		return strings.Contains(again.log.String(), "the tables company had rows and are empty or gone")
	})
	if again.state().Checkpoint.Epoch != epoch {
		t.Error("a new epoch began without the table")
	}
	s.silently("RENAME TABLE away TO m2_company")
	s.exec("INSERT INTO m2_company (entity_id, company_name) VALUES (3, 'C')")
	again.caughtUp(s)
	if got := again.count(change.Customer, "company"); got != 3 {
		t.Errorf("%d companies are known, want 3", got)
	}
}
