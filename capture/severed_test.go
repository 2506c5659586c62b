package capture

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/secret"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// addLinks makes the foreign keys of magento.Links.
func (s *magentoShop) addLinks() {
	s.t.Helper()
	for _, l := range magento.Links {
		parent, _ := magento.ByName(l.Parent)
		rule := "SET NULL"
		child, _ := magento.ByName(l.Table)
		if child.Domain == change.Catalog || strings.HasPrefix(l.Table, "sales_order_tax") || l.Table == "sales_payment_transaction" || l.Table == "quote" || l.Column == "parent_item_id" || l.Parent == magento.AttributeTable {
			rule = "CASCADE"
		}
		s.exec(fmt.Sprintf("ALTER TABLE m2_%s ADD FOREIGN KEY (%s) REFERENCES m2_%s (%s) ON DELETE %s", l.Table, l.Column, l.Parent, parent.PK[0], rule))
	}
}

// linkedFamily is a family in which all of Magento's keys are. They are made before it is
// captured: a log that does not name its columns asks for a snapshot behind every ALTER.
func linkedFamily(t *testing.T, configure ...func(*Stage)) (*magentoShop, *running) {
	t.Helper()
	return preparedFamily(t, true, magento.Groups(), func(s *magentoShop) {
		s.exec("INSERT INTO m2_catalog_product_super_link (link_id, product_id, parent_id) VALUES (7, 2, 3)")
		s.exec("INSERT INTO m2_quote_item (item_id, quote_id, store_id, sku) VALUES (7, 1, 2, 'from another store')")
		s.exec("INSERT INTO m2_quote_item (item_id, quote_id, parent_item_id, sku) VALUES (8, 1, 1, 'of a bundle')")
		s.addLinks()
	}, configure...)
}

func TestARowThatIsChangedWithAnotherIsChangedInTheTopic(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sql     string
		changed map[string]string // what a row has then, by its table and id
	}{
		"the orders of a customer": {"DELETE FROM m2_customer_entity WHERE entity_id = 2", map[string]string{"sales_order 2": `"customer_id":null`}},
		"what was sold in a store": {"DELETE FROM m2_store WHERE store_id = 2", map[string]string{
			"sales_order 2": `"store_id":null`, "sales_order_item 2": `"store_id":null`, "customer_entity 2": `"store_id":null`,
			"sales_invoice 2": `"store_id":null`, "sales_creditmemo 2": `"store_id":null`, "quote_item 7": `"store_id":null`,
			"quote 2": "", "quote_item 2": "", "quote_address 2": "", "negotiable_quote 2": ""}},
		"what was sold in the store of a website": {"DELETE FROM m2_store_website WHERE website_id = 2", map[string]string{
			"sales_order 2": `"store_id":null`, "sales_order_item 2": `"store_id":null`, "customer_entity 2": `"website_id":null`, "store 2": ""}},
		"the values of an attribute": {"DELETE FROM m2_eav_attribute WHERE attribute_id = 2", map[string]string{
			"customer_entity_varchar 2": "", "customer_address_entity_int 2": ""}},
		"what a product has in a store": {"DELETE FROM m2_store WHERE store_id = 3", map[string]string{"catalog_product_entity_int 3": "", "sales_order 3": `"store_id":null`}},
		"where a product is sold":       {"DELETE FROM m2_store_website WHERE website_id = 3", map[string]string{"catalog_product_website 3,3": "", "catalog_product_entity_int 3": ""}},
		"a product's values":            {"DELETE FROM m2_eav_attribute WHERE attribute_id = 3", map[string]string{"catalog_product_entity_decimal 3": ""}},
		"what lies in a source":         {"DELETE FROM m2_inventory_source WHERE source_code LIKE 's 2%'", map[string]string{"inventory_source_item 2": ""}},
		"companies of a group":          {"DELETE FROM m2_customer_group WHERE customer_group_id = 2", map[string]string{"company 2": `"customer_group_id":null`}},
		"a product in another":          {"DELETE FROM m2_catalog_product_entity WHERE entity_id = 2", map[string]string{"catalog_product_super_link 7": ""}},
		"what a bundle in a cart has":   {"DELETE FROM m2_quote_item WHERE item_id = 1", map[string]string{"quote_item 1": "", "quote_item 8": ""}},
		"the taxes of an item":          {"DELETE FROM m2_sales_order_item WHERE item_id = 2", map[string]string{"sales_order_tax_item 2": ""}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, r := linkedFamily(t)
			epoch := r.state().Checkpoint.Epoch
			s.exec(c.sql)
			r.followed(s)
			for row, want := range c.changed {
				if got := r.lastOf(row); want == "" && got != "" || !strings.Contains(got, want) {
					t.Errorf("%s is %q, want it to have %q, or to be gone", row, got, want)
				}
			}
			if r.state().Checkpoint.Epoch != epoch {
				t.Error("a new epoch began")
			}
		})
	}
}

// lastOf is what the topics have last of "sales_order 2"; "" when it is deleted.
func (r *running) lastOf(row string) (last string) {
	r.t.Helper()
	name, id, _ := strings.Cut(row, " ")
	t, _ := magento.ByName(name)
	for _, e := range of(r.t, r.records(t.Domain), name) {
		var pk []string
		for i, value := range strings.Split(id, ",") {
			pk = append(pk, fmt.Sprintf("%q:%s", t.PK[i], value))
		}
		if string(e.Key) != fmt.Sprintf(`{"table":%q,"pk":{%s}}`, name, strings.Join(pk, ",")) {
			continue
		}
		if row, living := rowOf(e.Record); living {
			last = string(row.Row)
		} else {
			last = ""
		}
	}
	return last
}

func TestWhatIsChangedWithARowIsFoundByTheNextSession(t *testing.T) {
	t.Parallel()
	s, r := linkedFamily(t, func(s *Stage) { s.cascadeCheck = time.Hour })
	s.exec("DELETE FROM m2_customer_entity WHERE entity_id = 2")
	r.caughtUp(s)
	r.halt()
	if got := r.state().Checkpoint.Severed["customer_entity"]; len(got) != 1 || got[0] != "2" {
		t.Fatalf("the checkpoint has %v, want customer 2", got)
	}
	r.stage.cascadeCheck = 100 * time.Millisecond
	again := run(t, r.stage)
	again.followed(s)
	if got := again.lastOf("sales_order 2"); !strings.Contains(got, `"customer_id":null`) {
		t.Errorf("the order is %s", got)
	}
}

// Magento's own keys are followed; another one that changes rows in silence is said, to a user
// who may read alone.
func TestPreflightNamesAKeyThatIsNotFollowed(t *testing.T) {
	t.Parallel()
	s := newShop(t, "m2_", everything)
	s.addForeignKeys()
	s.addLinks()
	s.config.User = s.user("p", "SELECT ON `"+s.config.Database+"`.*", "REPLICATION SLAVE, BINLOG MONITOR ON *.*")
	s.config.Password = secret.String("p")
	said := func() (problem string) {
		for _, f := range Preflight(t.Context(), s.config, topic.Names{Prefix: "p"}) {
			if f.Check == "foreign keys" && !f.Warning {
				t.Error("it keeps capture from its work")
			}
			if f.Check == "foreign keys" {
				problem = "(" + f.Problem + ")"
			}
		}
		return problem
	}
	if got := said(); got != "()" {
		t.Errorf("of Magento's own keys it says %q", got)
	}
	s.exec("CREATE TABLE m2_erp (id int unsigned PRIMARY KEY); ALTER TABLE m2_sales_order ADD FOREIGN KEY (customer_id) REFERENCES m2_erp (id) ON DELETE SET NULL")
	if got := said(); !strings.Contains(got, "m2_sales_order by its key on customer_id when a row of m2_erp is deleted") {
		t.Errorf("of another it says %q", got)
	}
}

// Where changes of products are staged, Magento's own keys are others.
func TestPreflightKnowsTheKeysOfVersions(t *testing.T) {
	s := newShop(t, "m2_", everything, func(s *magentoShop) { s.stages = true })
	s.exec("ALTER TABLE m2_catalog_product_entity ADD FOREIGN KEY (entity_id) REFERENCES m2_sequence_product (sequence_value) ON DELETE CASCADE")
	s.exec("ALTER TABLE m2_catalog_product_entity_int ADD FOREIGN KEY (row_id) REFERENCES m2_catalog_product_entity (row_id) ON DELETE CASCADE")
	s.exec("ALTER TABLE m2_catalog_product_super_link ADD FOREIGN KEY (parent_id) REFERENCES m2_catalog_product_entity (row_id) ON DELETE CASCADE, " +
		"ADD FOREIGN KEY (product_id) REFERENCES m2_sequence_product (sequence_value) ON DELETE CASCADE")
	s.exec("ALTER TABLE m2_catalog_product_website ADD FOREIGN KEY (product_id) REFERENCES m2_sequence_product (sequence_value) ON DELETE CASCADE")
	for _, f := range Preflight(t.Context(), s.config, topic.Names{Prefix: "p"}) {
		if f.Check == "foreign keys" && f.Problem != "" {
			t.Errorf("it says %q", f.Problem)
		}
	}
}

// What another customer has ordered is not touched.
func TestRowsOfOthersAreLeftAlone(t *testing.T) {
	t.Parallel()
	s, r := linkedFamily(t)
	before := len(of(t, r.records(change.Sales), "sales_order"))
	s.exec("DELETE FROM m2_customer_entity WHERE entity_id = 2")
	r.followed(s)
	if n := len(of(t, r.records(change.Sales), "sales_order")) - before; n != 1 {
		t.Errorf("%d records of orders were published, want that of the customer's one", n)
	}
}

// Adobe Commerce deletes versions of products and whole products at one time, and the links of
// both are in one column.
func TestAColumnIsSearchedForTheKeysOfEachTableThatItIsLinkedTo(t *testing.T) {
	for range 20 { // maps have no order
		links := linksTo(map[string]map[string]bool{magento.ProductTable: {"141": true}, "sequence_product": {"6": true}})
		want := map[string]bool{"141": true, "6": true}
		for _, c := range []column{{"catalog_product_super_link", "product_id"}, {"catalog_product_link", "linked_product_id"}, {"catalog_product_bundle_selection", "product_id"}} {
			if diff := cmp.Diff(want, links[c]); diff != "" {
				t.Fatalf("%s.%s (-want +got):\n%s", c.table, c.name, diff)
			}
		}
	}
}
