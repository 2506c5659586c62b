package e2e

import (
	"fmt"
	"strings"
)

// stagedTables are the tables of products as Adobe Commerce keeps them: the columns, keys and
// foreign keys, and what is taken over of Open Source's row of the same product. A version's key is
// its product's and 100, so that a mistake of one for the other is seen.
var stagedTables = []struct{ name, columns, from string }{
	{"sequence_product", "sequence_value int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY", ""},
	{"catalog_product_entity", `entity_id int unsigned NOT NULL, attribute_set_id smallint unsigned NOT NULL DEFAULT 0, type_id varchar(32) NOT NULL DEFAULT 'simple', sku varchar(64),
		has_options smallint NOT NULL DEFAULT 0, required_options smallint unsigned NOT NULL DEFAULT 0, created_at timestamp NOT NULL DEFAULT current_timestamp,
		updated_at timestamp NOT NULL DEFAULT current_timestamp ON UPDATE current_timestamp, row_id int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
		created_in bigint unsigned NOT NULL DEFAULT 1, updated_in bigint unsigned NOT NULL DEFAULT 2147483647, KEY (entity_id),
		FOREIGN KEY (entity_id) REFERENCES sequence_product (sequence_value) ON DELETE CASCADE`, "*, entity_id + 100, 1, 2147483647"},
	{"catalog_product_entity_varchar", stagedValue("varchar(255)"), valueWithRow},
	{"catalog_product_entity_int", stagedValue("int"), valueWithRow},
	{"catalog_product_entity_decimal", stagedValue("decimal(20,6)"), valueWithRow},
	{"catalog_product_entity_datetime", stagedValue("datetime"), valueWithRow},
	{"catalog_product_entity_text", stagedValue("mediumtext"), valueWithRow},
	{"catalog_product_website", `product_id int unsigned NOT NULL, website_id smallint unsigned NOT NULL, PRIMARY KEY (product_id, website_id),
		FOREIGN KEY (product_id) REFERENCES sequence_product (sequence_value) ON DELETE CASCADE`, "*"},
	{"catalog_product_super_link", `link_id int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, product_id int unsigned NOT NULL, parent_id int unsigned NOT NULL, UNIQUE (product_id, parent_id),
		FOREIGN KEY (product_id) REFERENCES sequence_product (sequence_value) ON DELETE CASCADE,
		FOREIGN KEY (parent_id) REFERENCES catalog_product_entity (row_id) ON DELETE CASCADE`, "link_id, product_id, parent_id + 100"},
	{"catalog_product_bundle_option", `option_id int unsigned NOT NULL AUTO_INCREMENT, parent_id int unsigned NOT NULL, required smallint unsigned NOT NULL DEFAULT 0,
		position int unsigned NOT NULL DEFAULT 0, type varchar(255), PRIMARY KEY (option_id, parent_id),
		FOREIGN KEY (parent_id) REFERENCES catalog_product_entity (row_id) ON DELETE CASCADE`, "option_id, parent_id + 100, required, position, type"},
	{"catalog_product_bundle_selection", `selection_id int unsigned NOT NULL AUTO_INCREMENT, option_id int unsigned NOT NULL, parent_product_id int unsigned NOT NULL,
		product_id int unsigned NOT NULL, position int unsigned NOT NULL DEFAULT 0, is_default smallint unsigned NOT NULL DEFAULT 0,
		selection_price_type smallint unsigned NOT NULL DEFAULT 0, selection_price_value decimal(20,6) NOT NULL DEFAULT 0, selection_qty decimal(12,4),
		selection_can_change_qty smallint NOT NULL DEFAULT 0, PRIMARY KEY (selection_id, parent_product_id),
		FOREIGN KEY (option_id, parent_product_id) REFERENCES catalog_product_bundle_option (option_id, parent_id) ON DELETE CASCADE,
		FOREIGN KEY (product_id) REFERENCES sequence_product (sequence_value) ON DELETE CASCADE`,
		"selection_id, option_id, parent_product_id + 100, product_id, position, is_default, selection_price_type, selection_price_value, selection_qty, selection_can_change_qty"},
	{"catalog_product_link", `link_id int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, product_id int unsigned NOT NULL, linked_product_id int unsigned NOT NULL,
		link_type_id smallint unsigned NOT NULL, FOREIGN KEY (product_id) REFERENCES catalog_product_entity (row_id) ON DELETE CASCADE,
		FOREIGN KEY (linked_product_id) REFERENCES sequence_product (sequence_value) ON DELETE CASCADE`, "link_id, product_id + 100, linked_product_id, link_type_id"},
}

const valueWithRow = "value_id, attribute_id, store_id, value, entity_id + 100"

// stagedValue is a table of values: the version's key stands last.
func stagedValue(kind string) string {
	return `value_id int NOT NULL AUTO_INCREMENT PRIMARY KEY, attribute_id smallint unsigned NOT NULL DEFAULT 0, store_id smallint unsigned NOT NULL DEFAULT 0,
		value ` + kind + `, row_id int unsigned NOT NULL DEFAULT 0, UNIQUE (row_id, attribute_id, store_id),
		FOREIGN KEY (row_id) REFERENCES catalog_product_entity (row_id) ON DELETE CASCADE`
}

// businessTables are those of the B2B modules.
var businessTables = []string{
	`CREATE TABLE company (entity_id int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, status smallint unsigned NOT NULL DEFAULT 0, company_name varchar(40), legal_name varchar(80),
		company_email varchar(255), vat_tax_id varchar(40), reseller_id varchar(40), comment text, street varchar(255), city varchar(255), country_id varchar(2), region varchar(255),
		region_id int unsigned, postcode varchar(30), telephone varchar(20), customer_group_id int unsigned, super_user_id int unsigned NOT NULL, reject_reason text) ENGINE=InnoDB`,
	`CREATE TABLE company_advanced_customer_entity (customer_id int unsigned NOT NULL PRIMARY KEY, company_id int unsigned NOT NULL, job_title text,
		status smallint unsigned NOT NULL DEFAULT 1, telephone varchar(255), FOREIGN KEY (customer_id) REFERENCES customer_entity (entity_id) ON DELETE CASCADE) ENGINE=InnoDB`,
	`CREATE TABLE company_order_entity (entity_id int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, order_id int unsigned UNIQUE, company_id int unsigned, company_name varchar(40),
		FOREIGN KEY (order_id) REFERENCES sales_order (entity_id) ON DELETE CASCADE) ENGINE=InnoDB`,
	`CREATE TABLE negotiable_quote (quote_id int unsigned NOT NULL PRIMARY KEY, is_regular_quote smallint unsigned NOT NULL DEFAULT 0, status varchar(255), quote_name varchar(255),
		negotiated_price_type smallint unsigned, negotiated_price_value float, shipping_price float, expiration_period date, snapshot mediumtext,
		original_total_price decimal(20,2), base_original_total_price decimal(20,2), negotiated_total_price decimal(20,2), base_negotiated_total_price decimal(20,2),
		FOREIGN KEY (quote_id) REFERENCES quote (entity_id) ON DELETE CASCADE) ENGINE=InnoDB`,
}

// makeCommerce makes an Adobe Commerce shop with the B2B modules of one that is not followed yet.
func (w *world) makeCommerce() {
	w.t.Helper()
	statements := []string{"SET FOREIGN_KEY_CHECKS = 0", "ALTER TABLE cataloginventory_stock_item RENAME TO was_stock_item"}
	for _, t := range stagedTables {
		if t.from != "" {
			statements = append(statements, "ALTER TABLE "+t.name+" RENAME TO was_"+t.name)
		}
		statements = append(statements, "CREATE TABLE "+t.name+" ("+t.columns+") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci")
	}
	statements = append(statements, "INSERT INTO sequence_product SELECT entity_id FROM was_catalog_product_entity",
		`CREATE TABLE cataloginventory_stock_item AS SELECT * FROM was_stock_item`,
		`ALTER TABLE cataloginventory_stock_item MODIFY item_id int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, ADD FOREIGN KEY (product_id) REFERENCES sequence_product (sequence_value) ON DELETE CASCADE`)
	for _, t := range stagedTables[1:] {
		statements = append(statements, "INSERT INTO "+t.name+" SELECT "+t.from+" FROM was_"+t.name)
	}
	for _, t := range stagedTables[1:] {
		statements = append(statements, "DROP TABLE was_"+t.name)
	}
	statements = append(statements, "DROP TABLE was_stock_item, catalog_product_relation")
	w.onOneConnection(append(append(statements, businessTables...), "SET FOREIGN_KEY_CHECKS = 1")...)
}

// onOneConnection runs statements one after the other.
func (w *world) onOneConnection(statements ...string) {
	w.t.Helper()
	conn, err := w.db.Conn(w.t.Context())
	w.must(err)
	defer conn.Close()
	for _, s := range statements {
		if _, err := conn.ExecContext(w.t.Context(), s); err != nil {
			w.t.Fatalf("%v: %s", err, s)
		}
	}
}

// together runs statements in one transaction.
func (w *world) together(statements ...string) {
	w.t.Helper()
	w.onOneConnection(append(append([]string{"BEGIN"}, statements...), "COMMIT")...)
}

// stagedVersion has a product be another from a Unix time on, as Magento stages it: a copy of the
// version before it with all that hangs on that, under keys of its own where these are not a version's.
// It returns the copy's key.
func (w *world) stagedVersion(product int, from int64, change ...string) (row int) {
	w.t.Helper()
	row = w.one("SELECT MAX(row_id) + 1 FROM catalog_product_entity")
	before := w.one("SELECT row_id FROM catalog_product_entity WHERE entity_id = %d AND created_in <= %d AND updated_in > %[2]d", product, from)
	until := w.one("SELECT updated_in FROM catalog_product_entity WHERE row_id = %d", before)
	statements := []string{
		fmt.Sprintf("UPDATE catalog_product_entity SET updated_in = %d WHERE row_id = %d", from, before),
		fmt.Sprintf(`INSERT INTO catalog_product_entity (row_id, entity_id, attribute_set_id, type_id, sku, created_in, updated_in)
			SELECT %d, entity_id, attribute_set_id, type_id, sku, %d, %d FROM catalog_product_entity WHERE row_id = %d`, row, from, until, before),
	}
	for _, kind := range []string{"varchar", "int", "decimal", "datetime", "text"} {
		statements = append(statements, fmt.Sprintf(`INSERT INTO catalog_product_entity_%s (attribute_id, store_id, value, row_id)
			SELECT attribute_id, store_id, value, %d FROM catalog_product_entity_%[1]s WHERE row_id = %[3]d`, kind, row, before))
	}
	statements = append(statements,
		fmt.Sprintf("INSERT INTO catalog_product_super_link (product_id, parent_id) SELECT product_id, %d FROM catalog_product_super_link WHERE parent_id = %d", row, before),
		fmt.Sprintf(`INSERT INTO catalog_product_bundle_option SELECT option_id, %d, required, position, type FROM catalog_product_bundle_option WHERE parent_id = %d`, row, before),
		fmt.Sprintf(`INSERT INTO catalog_product_bundle_selection SELECT selection_id, option_id, %d, product_id, position, is_default, selection_price_type,
			selection_price_value, selection_qty, selection_can_change_qty FROM catalog_product_bundle_selection WHERE parent_product_id = %d`, row, before),
		fmt.Sprintf("INSERT INTO catalog_product_link (product_id, linked_product_id, link_type_id) SELECT %d, linked_product_id, link_type_id FROM catalog_product_link WHERE product_id = %d", row, before))
	for _, c := range change {
		statements = append(statements, strings.ReplaceAll(c, "{row}", fmt.Sprint(row)))
	}
	w.together(statements...)
	return row
}

// one reads a number.
func (w *world) one(statement string, args ...any) (n int) {
	w.t.Helper()
	w.must(w.db.QueryRowContext(w.t.Context(), fmt.Sprintf(statement, args...)).Scan(&n))
	return n
}
