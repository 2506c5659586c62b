package e2e

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// TestACommerceShopsEntitiesAreWhatItsTablesSay follows an Adobe Commerce shop with staged
// products, companies and negotiated carts, and asks its tables what holds at the moment.
func TestACommerceShopsEntitiesAreWhatItsTablesSay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{alsoCapture: "catalog, companies, estimates"})
	w.makeCommerce()
	w.trade(plan(5))
	w.start("capture", "transform")
	w.commerceAgrees(60 * time.Second)

	t.Run("staged versions take over", func(t *testing.T) { w.within(t, w.stagedVersionsTakeOver) })
	t.Run("transform is killed around a moment", func(t *testing.T) { w.within(t, w.killedAroundAMoment) })
	t.Run("versions and products are deleted", func(t *testing.T) { w.within(t, w.versionsAreDeleted) })
	t.Run("companies and negotiated carts", func(t *testing.T) { w.within(t, w.businessIsDone) })
	t.Run("transform rebuild", func(t *testing.T) { w.within(t, w.rebuiltAsItWas) })
	w.versionsNeverFall()
}

// within has the world fail the test of a part.
func (w *world) within(t *testing.T, part func()) {
	outer := w.t
	w.t = t
	defer func() { w.t = outer }()
	part()
}

const priceOfVersion = "UPDATE catalog_product_entity_decimal SET value = %s WHERE row_id = {row} AND attribute_id = 77"

func setPrice(price string) string { return fmt.Sprintf(priceOfVersion, price) }

// stagedVersionsTakeOver stages two versions, of which the second is the first one's rollback, one
// that is moved to a later moment, and those of composites.
func (w *world) stagedVersionsTakeOver() {
	soon := time.Now().Unix() + 3
	w.stagedVersion(1, soon, setPrice("7.123456"), "UPDATE catalog_product_entity SET sku = 'MUG-NEW' WHERE row_id = {row}")
	w.stagedVersion(1, soon+2, setPrice("9.5"), "UPDATE catalog_product_entity SET sku = 'MUG' WHERE row_id = {row}")
	moved := w.stagedVersion(2, soon, setPrice("5"))
	w.together(fmt.Sprintf("UPDATE catalog_product_entity SET updated_in = %d WHERE entity_id = 2 AND created_in = 1", soon+3),
		fmt.Sprintf("UPDATE catalog_product_entity SET created_in = %d WHERE row_id = %d", soon+3, moved))
	w.stagedVersion(12, soon+1, "DELETE FROM catalog_product_super_link WHERE parent_id = {row}", "INSERT INTO catalog_product_super_link (product_id, parent_id) VALUES (6, {row})")
	w.stagedVersion(13, soon+1, "DELETE FROM catalog_product_bundle_selection WHERE parent_product_id = {row} AND product_id = 2",
		"INSERT INTO catalog_product_entity_decimal (attribute_id, store_id, value, row_id) VALUES (77, 0, 12.5, {row})")
	w.commerceAgrees(20 * time.Second)
	for unix := soon; unix <= soon+3; unix++ {
		time.Sleep(time.Until(time.Unix(unix, 0).Add(1200 * time.Millisecond)))
		w.commerceAgrees(time.Second)
	}
	w.tookOverAt(map[string]int64{"1 7.123456": soon, "1 9.5": soon + 2, "2 5": soon + 3})
}

// tookOverAt wants products with their prices to have come out in the second for which they were
// staged, and not before.
func (w *world) tookOverAt(want map[string]int64) {
	w.t.Helper()
	w.eachEmission(canonical.KindProduct, func(r topic.Record) {
		e, err := canonical.Decode(canonical.KindProduct, r.Value)
		w.must(err)
		p := e.(*canonical.Product)
		if p.Price == nil {
			return
		}
		this := fmt.Sprint(p.MagentoID, " ", p.Price.Reduced())
		at := time.Unix(want[this], 0).UTC().Format(time.RFC3339)
		if _, asked := want[this]; asked && p.OccurredAt != at {
			w.t.Errorf("product %d costs %s since %s, want %s", p.MagentoID, p.Price, p.OccurredAt, at)
		}
		delete(want, this)
	})
	if len(want) > 0 {
		w.t.Errorf("never came out: %v", want)
	}
}

// killedAroundAMoment kills transform before the moment of one version and after that of another.
func (w *world) killedAroundAMoment() {
	soon := time.Now().Unix() + 2
	w.stagedVersion(3, soon, setPrice("30.5"))
	w.stagedVersion(4, soon+4, setPrice("40.5"))
	for range 5 {
		time.Sleep(time.Duration(400+w.one("SELECT FLOOR(RAND() * 700)")) * time.Millisecond)
		w.stage("transform").Kill()
		w.start("transform")
	}
	time.Sleep(time.Until(time.Unix(soon+4, 0)))
	w.commerceAgrees(20 * time.Second)
}

// versionsAreDeleted deletes one that was staged, one that holds, a product by its number alone, and
// a variant.
func (w *world) versionsAreDeleted() {
	far := time.Now().Unix() + 3600
	staged := w.stagedVersion(5, far, setPrice("55"))
	w.commerceAgrees(20 * time.Second)
	w.together(fmt.Sprintf("DELETE FROM catalog_product_entity WHERE row_id = %d", staged), "UPDATE catalog_product_entity SET updated_in = 2147483647 WHERE entity_id = 5")
	w.commerceAgrees(20 * time.Second)
	w.stagedVersion(6, far, setPrice("66"))
	w.together("DELETE FROM sequence_product WHERE sequence_value = 6")
	w.commerceAgrees(20 * time.Second)
	w.together("DELETE FROM catalog_product_entity WHERE entity_id = 1 AND created_in = 1", "DELETE FROM catalog_product_entity WHERE entity_id = 7", "DELETE FROM sequence_product WHERE sequence_value = 7")
	w.commerceAgrees(20 * time.Second)
	// The number comes again, as an import with numbers of its own may have it.
	w.together("INSERT INTO sequence_product VALUES (6)", "INSERT INTO catalog_product_entity (entity_id, sku, type_id) VALUES (6, 'SHIRT-S2', 'simple')",
		"INSERT INTO catalog_product_website VALUES (6, 1)")
	w.commerceAgrees(20 * time.Second)
}

// businessIsDone has companies come, change and go, and carts be negotiated, ordered and deleted.
func (w *world) businessIsDone() {
	customer := w.one("SELECT MIN(entity_id) FROM customer_entity")
	order := w.one("SELECT MIN(entity_id) FROM sales_order")
	w.together("INSERT INTO company (company_name, status, super_user_id, customer_group_id) VALUES ('Kettle & Söhne', 0, 1, 1), ('Gone', 1, 1, NULL)",
		fmt.Sprintf("INSERT INTO company_advanced_customer_entity (customer_id, company_id) VALUES (%d, 1)", customer),
		fmt.Sprintf("INSERT INTO company_order_entity (order_id, company_id, company_name) VALUES (%d, 1, 'Kettle & Söhne')", order))
	var cart = w.one("SELECT COALESCE(MAX(entity_id), 0) + 1 FROM quote")
	for i := range 3 {
		w.together(
			fmt.Sprintf("INSERT INTO quote (entity_id, store_id, base_currency_code, quote_currency_code, base_to_quote_rate, grand_total, base_grand_total, subtotal, base_subtotal) VALUES (%d, 1, 'GBP', 'GBP', 1, 17, 17, 10, 10)", cart+i),
			fmt.Sprintf("INSERT INTO quote_item (quote_id, store_id, product_id, sku, name, qty, price, base_price, row_total, base_row_total, tax_amount, tax_percent, product_type) VALUES (%d, 1, 3, 'BOOK', 'Book', 2, 5, 5, 10, 10, 2, 20, 'simple')", cart+i),
			fmt.Sprintf("INSERT INTO quote_address (quote_id, address_type, tax_amount, shipping_amount) VALUES (%d, 'billing', 0, 0), (%[1]d, 'shipping', 2, 5)", cart+i))
	}
	w.together(fmt.Sprintf("INSERT INTO negotiable_quote (quote_id, status, is_regular_quote) VALUES (%d, 'created', 1), (%d, 'created', 1)", cart, cart+1))
	w.commerceAgrees(20 * time.Second)
	w.together("UPDATE company SET status = 3", fmt.Sprintf("UPDATE negotiable_quote SET status = 'submitted_by_admin', negotiated_price_type = 3, negotiated_price_value = 9.5 WHERE quote_id = %d", cart),
		fmt.Sprintf("UPDATE quote SET grand_total = 16.5 WHERE entity_id IN (%d, %d)", cart, cart+2))
	w.commerceAgrees(20 * time.Second)
	w.together("DELETE FROM company WHERE company_name = 'Gone'", fmt.Sprintf("DELETE FROM quote WHERE entity_id = %d", cart+1))
	w.commerceAgrees(20 * time.Second)
}

// rebuiltAsItWas makes the state anew, and goes on.
func (w *world) rebuiltAsItWas() {
	w.rebuiltTheSame()
	w.start("transform")
	w.commerceAgrees(20 * time.Second)
}

// commerceAgrees waits until the entities are what the tables come to now.
func (w *world) commerceAgrees(patience time.Duration) {
	w.t.Helper()
	var got, want catalog
	if !w.eventually(patience, func() bool {
		got, want = w.catalog(), w.stagedInMagento()
		maps.Copy(got, w.business())
		return maps.Equal(got, want)
	}) {
		w.differ(got, want)
		w.t.Fatalf("after %s the entities say %d things, the tables %d", patience, len(got), len(want))
	}
	w.t.Logf("%d things are said", len(want))
}

// holding are the versions that hold now.
const holding = "(SELECT * FROM catalog_product_entity WHERE created_in <= UNIX_TIMESTAMP() AND updated_in > UNIX_TIMESTAMP()) p"

// wholeVersions are the statements for what a product has once, by its version that holds.
var wholeVersions = map[string]string{
	"sku":  "SELECT entity_id, sku FROM " + holding,
	"type": "SELECT entity_id, type_id FROM " + holding,
	"tax class": "SELECT entity_id, class_name FROM " + holding + ` JOIN catalog_product_entity_int v USING (row_id) JOIN tax_class ON class_id = value
		WHERE attribute_id = 136 AND store_id = 0`,
	"websites":   wholeProducts["websites"],
	"quantity":   wholeProducts["quantity"],
	"variants":   "SELECT p.entity_id, GROUP_CONCAT(l.product_id ORDER BY l.product_id) FROM " + holding + " JOIN catalog_product_super_link l ON l.parent_id = row_id GROUP BY 1",
	"selections": "SELECT p.entity_id, GROUP_CONCAT(s.product_id ORDER BY s.product_id) FROM " + holding + " JOIN catalog_product_bundle_selection s ON s.parent_product_id = row_id GROUP BY 1",
	"next":       "SELECT entity_id, MIN(created_in) FROM catalog_product_entity WHERE created_in > UNIX_TIMESTAMP() GROUP BY 1",
	"company":    "SELECT entity_id, CONCAT(company_name, ' ', status) FROM company",
	"estimate":   "SELECT entity_id, CONCAT(status, ' ', grand_total, ' ', COALESCE(negotiated_price_value, '')) FROM negotiable_quote JOIN quote ON entity_id = quote_id",
	"buyer":      "SELECT customer_id, company_id FROM company_advanced_customer_entity",
	"ordered by": "SELECT order_id, company_id FROM company_order_entity",
}

// stagedInMagento is what the tables come to.
func (w *world) stagedInMagento() catalog {
	w.t.Helper()
	all := catalog{}
	for what, statement := range wholeVersions {
		w.eachRow(statement, func(column []string) {
			if what == "quantity" {
				column[1] = money.MustParse(column[1]).Fixed(4)
			}
			all.put(number(column[0]), 0, what, column[1])
		})
	}
	for _, kind := range []string{"varchar", "int", "decimal", "text"} {
		w.eachRow("SELECT entity_id, attribute_code, CAST(value AS CHAR) FROM "+holding+" JOIN catalog_product_entity_"+kind+" USING (row_id) JOIN eav_attribute USING (attribute_id) WHERE store_id = 0", func(column []string) {
			all.put(number(column[0]), 0, column[1], inWords(column[1], column[2]))
		})
	}
	return all
}

// business is what the entities say of companies, carts, and when products change next.
func (w *world) business() catalog {
	w.t.Helper()
	newest := map[canonical.ID]canonical.Entity{}
	for _, kind := range []canonical.Kind{canonical.KindProduct, canonical.KindCompany, canonical.KindEstimate, canonical.KindCustomer, canonical.KindOrder} {
		w.eachEmission(kind, func(r topic.Record) {
			e, err := canonical.Decode(kind, r.Value)
			w.must(err)
			if newest[e.ID()] = e; e.Head().Deleted {
				delete(newest, e.ID())
			}
		})
	}
	all := catalog{}
	for id, entity := range newest {
		switch e := entity.(type) {
		case *canonical.Product:
			if next, err := time.Parse(time.RFC3339, e.NextVersionAt); err == nil {
				all.put(id.Number(), 0, "next", fmt.Sprint(next.Unix()))
			}
		case *canonical.Company:
			all.put(id.Number(), 0, "company", e.Name+" "+map[string]string{canonical.CompanyPending: "0", canonical.CompanyBlocked: "3", canonical.CompanyApproved: "1"}[e.Status])
		case *canonical.Estimate:
			price := ""
			if e.Negotiated != nil {
				price = e.Negotiated.PriceValue.String()
			}
			all.put(id.Number(), 0, "estimate", strings.Join([]string{e.Status, e.GrandTotal.Fixed(4), price}, " "))
		case *canonical.Customer:
			if e.CompanyID != 0 {
				all.put(id.Number(), 0, "buyer", fmt.Sprint(e.CompanyID))
			}
		case *canonical.Order:
			if e.CompanyID != 0 {
				all.put(id.Number(), 0, "ordered by", fmt.Sprint(e.CompanyID))
			}
		}
	}
	return all
}
