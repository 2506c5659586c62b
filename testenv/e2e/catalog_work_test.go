package e2e

import (
	"testing"
	"time"
)

// catalogWork is what is done to a catalog beside Magento's forms: imports, modules and people
// write its tables, and foreign keys take along what no log tells. Each step is one transaction.
var catalogWork = []struct {
	name       string
	statements []string
}{
	{"an import of prices", []string{`INSERT INTO catalog_product_entity_decimal (attribute_id, store_id, entity_id, value)
		SELECT a.attribute_id, 0, p.entity_id, p.entity_id / 10 FROM catalog_product_entity p, eav_attribute a
		WHERE a.entity_type_id = 4 AND a.attribute_code = 'price' AND p.entity_id BETWEEN 100 AND 600 ON DUPLICATE KEY UPDATE value = VALUES(value)`}},
	{"an import of names for one store", []string{`REPLACE INTO catalog_product_entity_varchar (attribute_id, store_id, entity_id, value)
		SELECT a.attribute_id, s.store_id, p.entity_id, CONCAT('Nom ', p.entity_id) FROM catalog_product_entity p, eav_attribute a, store s
		WHERE a.entity_type_id = 4 AND a.attribute_code = 'name' AND p.entity_id BETWEEN 100 AND 200 AND s.store_id = (SELECT MAX(store_id) FROM store)`}},
	{"a new product by SQL", []string{
		`INSERT INTO catalog_product_entity (attribute_set_id, type_id, sku) VALUES (4, 'simple', 'by-sql')`,
		`INSERT INTO catalog_product_entity_varchar (attribute_id, store_id, entity_id, value)
			SELECT attribute_id, 0, LAST_INSERT_ID(), 'By SQL' FROM eav_attribute WHERE entity_type_id = 4 AND attribute_code = 'name'`,
		`INSERT INTO inventory_source_item (source_code, sku, quantity, status) VALUES ('default', 'by-sql', 7, 1)`}},
	{"many are switched off", []string{`UPDATE catalog_product_entity_int v JOIN eav_attribute a USING (attribute_id) SET v.value = 2
		WHERE a.entity_type_id = 4 AND a.attribute_code = 'status' AND v.entity_id % 7 = 0`}},
	{"a product changes its SKU in another case", []string{`UPDATE catalog_product_entity SET sku = 'BY-SQL' WHERE sku = 'by-sql'`}},
	{"variants and what bundles and groups offer are deleted", []string{
		`DELETE FROM catalog_product_entity WHERE entity_id IN (SELECT * FROM (SELECT product_id FROM catalog_product_super_link ORDER BY link_id LIMIT 5) x)`,
		`DELETE FROM catalog_product_entity WHERE entity_id IN (SELECT * FROM (SELECT product_id FROM catalog_product_bundle_selection ORDER BY selection_id LIMIT 2) x)`,
		`DELETE FROM catalog_product_entity WHERE entity_id IN (SELECT * FROM (SELECT MIN(linked_product_id) FROM catalog_product_link WHERE link_type_id = 3) x)`}},
	{"a bundle loses an option", []string{`DELETE FROM catalog_product_bundle_option ORDER BY option_id LIMIT 1`}},
	{"composites are deleted", []string{
		`DELETE FROM catalog_product_entity WHERE entity_id IN (SELECT * FROM (SELECT MAX(parent_id) FROM catalog_product_super_link) x)`,
		`DELETE FROM catalog_product_entity WHERE entity_id IN (SELECT * FROM (SELECT MAX(parent_product_id) FROM catalog_product_bundle_selection) x)`}},
	{"a colour is renamed, and in a store", []string{
		`UPDATE eav_attribute_option_value SET value = CONCAT(value, '!') WHERE store_id = 0 AND option_id IN (SELECT option_id FROM eav_attribute_option o
			JOIN eav_attribute a USING (attribute_id) WHERE a.attribute_code = 'color')`,
		`INSERT INTO eav_attribute_option_value (option_id, store_id, value) SELECT MIN(o.option_id), 1, 'In one store' FROM eav_attribute_option o
			JOIN eav_attribute a USING (attribute_id) WHERE a.attribute_code = 'color'`}},
	{"a colour is deleted", []string{`DELETE FROM eav_attribute_option WHERE option_id = (SELECT * FROM (SELECT MAX(o.option_id) FROM eav_attribute_option o
		JOIN eav_attribute a USING (attribute_id) WHERE a.attribute_code = 'color') x)`}},
	{"stock is counted by SQL", []string{
		`UPDATE inventory_source_item SET quantity = quantity + 1 WHERE source_item_id % 3 = 0`,
		`UPDATE cataloginventory_stock_item SET qty = qty + 1 WHERE item_id % 3 = 0`}},
	{"reservations are cleaned up", []string{
		`INSERT INTO inventory_reservation (stock_id, sku, quantity, metadata) SELECT 1, sku, -quantity, '{}' FROM (
			SELECT sku, SUM(quantity) AS quantity FROM inventory_reservation WHERE stock_id = 1 GROUP BY sku) x WHERE quantity <> 0`,
		`DELETE FROM inventory_reservation WHERE stock_id = 1`}},
	{"an attribute is deleted", []string{`DELETE FROM eav_attribute WHERE entity_type_id = 4 AND attribute_code = 'size'`}},
	{"a store is deleted", []string{`DELETE FROM store WHERE store_id = (SELECT * FROM (SELECT MAX(store_id) FROM store) x)`}},
	{"a website is deleted", []string{`DELETE FROM store_website WHERE website_id = (SELECT * FROM (SELECT MAX(website_id) FROM store_website) x)`}},
	{"a source is switched off", []string{`UPDATE inventory_source SET enabled = 0 WHERE source_code = 'default'`}},
	{"a tax class is renamed", []string{`UPDATE tax_class SET class_name = 'Goods' WHERE class_id = 2`}},
}

// workOnCatalog does what people do, and after each step holds products and stock against
// Magento's tables.
func (w *world) workOnCatalog() {
	outer := w.t.(*testing.T)
	defer func() { w.t = outer }()
	for _, step := range catalogWork {
		outer.Run(step.name, func(t *testing.T) {
			w.t = t
			tx, err := w.db.BeginTx(t.Context(), nil)
			w.must(err)
			defer tx.Rollback()
			for _, statement := range step.statements {
				done, err := tx.ExecContext(t.Context(), statement)
				w.must(err)
				if n, err := done.RowsAffected(); err != nil || n == 0 {
					t.Fatalf("the shop has nothing to which this could be done (%v): %s", err, statement)
				}
			}
			w.must(tx.Commit())
			w.productsAgree(time.Minute, 1900)
			w.stockAgrees(time.Minute, 1900)
		})
	}
}
