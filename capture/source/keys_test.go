package source

import (
	"testing"

	"github.com/mage2sage/mage2sage/schemas/magento"
)

func TestAKeyThatChangesRowsInSilenceIsSaid(t *testing.T) {
	for line, c := range map[string]struct{ table, says string }{
		"CONSTRAINT `a` FOREIGN KEY (`customer_id`) REFERENCES `m2_customer_entity` (`entity_id`) ON DELETE SET NULL":                   {"sales_order", ""},
		"CONSTRAINT `a` FOREIGN KEY (`order_id`) REFERENCES `m2_sales_order` (`entity_id`) ON DELETE CASCADE":                           {"sales_invoice", ""},
		"CONSTRAINT `a` FOREIGN KEY (`parent_id`) REFERENCES `m2_sales_invoice` (`entity_id`) ON DELETE CASCADE":                        {"sales_invoice_item", ""},
		"CONSTRAINT `a` FOREIGN KEY (`website_id`) REFERENCES `m2_store_website` (`website_id`) ON DELETE CASCADE ON UPDATE NO ACTION":  {"store", ""},
		"CONSTRAINT `a` FOREIGN KEY (`store_id`) REFERENCES `m2_store` (`store_id`) ON DELETE SET NULL":                                 {"sales_order_address", ""}, // of a column that is not captured
		"CONSTRAINT `a` FOREIGN KEY (`order_id`) REFERENCES `m2_sales_order` (`entity_id`)":                                             {"sales_invoice", ""},
		"CONSTRAINT `a` FOREIGN KEY (`customer_id`) REFERENCES `m2_customer_entity` (`entity_id`) ON DELETE SET NULL ON UPDATE CASCADE": {"sales_order", "when a key of m2_customer_entity changes"},
		"CONSTRAINT `a` FOREIGN KEY (`customer_id`) REFERENCES `m2_customer_entity` (`entity_id`) ON UPDATE SET NULL":                   {"sales_order", "when a key of m2_customer_entity changes"},
		"CONSTRAINT `a` FOREIGN KEY (`erp_id`) REFERENCES `m2_erp` (`id`) ON DELETE SET NULL ON UPDATE CASCADE":                         {"sales_order", ""},
		"CONSTRAINT `a` FOREIGN KEY (`erp_id`) REFERENCES `m2_erp` (`id`) ON DELETE CASCADE":                                            {"sales_order", "when a row of m2_erp is deleted"},
		"CONSTRAINT `a` FOREIGN KEY (`state`) REFERENCES `states` (`state`) ON DELETE SET NULL":                                         {"sales_order", "when a row of states is deleted"},
		"CONSTRAINT `a` FOREIGN KEY (`erp_id`, `state`) REFERENCES `other`.`states` (`erp`, `state`) ON DELETE SET NULL":                {"sales_order", "when a row of other.states is deleted"},
		"CONSTRAINT `a` FOREIGN KEY (`quote_id`) REFERENCES `m2_sales_order` (`entity_id`) ON DELETE CASCADE":                           {"sales_order", "when a row of m2_sales_order is deleted"},
		"CONSTRAINT `a` FOREIGN KEY (`customer_id`) REFERENCES `customer_entity` (`entity_id`) ON DELETE SET NULL":                      {"sales_order", "when a row of customer_entity is deleted"}, // of another Magento
		"CONSTRAINT `a` FOREIGN KEY (`quote_id`) REFERENCES `m2_quote` (`entity_id`) ON DELETE CASCADE":                                 {"negotiable_quote", ""},
		"CONSTRAINT `b` FOREIGN KEY (`quote_id`) REFERENCES `m2_quote` (`entity_id`) ON DELETE CASCADE":                                 {"quote_address", ""},
	} {
		t.Run(line, func(t *testing.T) {
			table, _ := magento.ByName(c.table)
			definition := "CREATE TABLE `m2_x` (\n  `a` int(11) DEFAULT NULL COMMENT ' CONSTRAINT `x` FOREIGN KEY',\n  " + line + ",\n  CONSTRAINT `z` CHECK (`a` > 1)\n) ENGINE=InnoDB"
			keys := foreignKeys(definition)
			if len(keys) != 1 {
				t.Fatalf("%d keys are read of %s", len(keys), definition)
			}
			if got := keys[0].unfollowed(table, "m2_"); got != c.says {
				t.Errorf("it says %q, want %q", got, c.says)
			}
		})
	}
}

// What a key of Magento's own does is always found out.
func TestMagentosOwnKeysAreFollowed(t *testing.T) {
	for _, l := range magento.Links {
		table, _ := magento.ByName(l.Table)
		for _, rule := range []string{" ON DELETE CASCADE", " ON DELETE SET NULL"} {
			if says := (foreignKey{l.Column, l.Parent, rule}).unfollowed(table, ""); says != "" {
				t.Errorf("%+v is said to change rows in silence: %s", l, says)
			}
		}
	}
}
