package capture

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mage2sage/mage2sage/schemas/magento"
)

// staging are the columns that a table has where changes of products are staged, and not
// elsewhere.
var staging = []string{"row_id", "created_in", "updated_in"}

// columns are the allowed ones that a table has in the shop.
func (s *magentoShop) columns(t magento.Table) []string {
	return slices.DeleteFunc(slices.Clone(t.Columns), func(c string) bool {
		if s.stages {
			return c == "entity_id" && t.Staged == "row_id"
		}
		return slices.Contains(staging, c)
	})
}

// primaryKey is a table's in the shop.
func (s *magentoShop) primaryKey(t magento.Table) []string {
	switch {
	case !s.stages || !t.OwnKey || t.Group != magento.CatalogGroup:
		return t.PK
	case t.Name == magento.ProductTable:
		return []string{"row_id"}
	}
	return append(slices.Clone(t.PK), t.Staged)
}

// createTable gives a table its allowed columns, a secret one before the last,
// and types as Magento has them.
func (s *magentoShop) createTable(t magento.Table) string {
	var columns []string
	pk, names := s.primaryKey(t), s.columns(t)
	for i, c := range names {
		kind := columnType(t.Name, c)
		if slices.Contains(pk, c) {
			kind += " NOT NULL"
		}
		if c == pk[0] && len(t.PK) == 1 && strings.Contains(kind, "int") {
			kind += " AUTO_INCREMENT"
		}
		if i == len(names)-1 {
			columns = append(columns, "`secret_hash` varchar(255) DEFAULT 'never'")
		}
		columns = append(columns, "`"+c+"` "+kind)
	}
	return fmt.Sprintf("CREATE TABLE `%s%s` (%s, PRIMARY KEY (%s)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3",
		s.config.TablePrefix, t.Name, strings.Join(columns, ", "), strings.Join(pk, ","))
}

func columnType(table, column string) string {
	switch {
	case column == "txn_id", column == "parent_txn_id", column == "reseller_id", column == "vat_tax_id", column == "type_id":
		return "varchar(100)"
	case table == "sales_payment_transaction" && column == "transaction_id":
		return "int unsigned"
	case column == "reserved_order_id":
		return "varchar(64)"
	case column == "items_count":
		return "int unsigned"
	case column == "items_qty":
		return "decimal(12,4)"
	case strings.HasSuffix(column, "_incl_tax"), strings.HasSuffix(column, "_amnt"):
		return "decimal(20,4)"
	case column == "expiration_period":
		return "date"
	case column == "negotiated_price_type":
		return "smallint unsigned"
	case column == "created_in", column == "updated_in":
		return "bigint unsigned"
	case column == "source_code", strings.HasPrefix(table, "inventory_stock_sales_channel") && column != "stock_id":
		return "varchar(64) COLLATE utf8mb3_general_ci"
	case column == "sku" && strings.HasPrefix(table, "inventory_"):
		return "varchar(64)"
	case column == "quantity", column == "selection_qty":
		return "decimal(12,4)"
	case column == "selection_price_type", column == "sequence_value", column == "manage_stock", column == "backorders", strings.HasPrefix(column, "use_config"):
		return "int unsigned"
	case column == "value" && strings.HasSuffix(table, "_int"):
		return "int"
	case column == "value" && strings.HasSuffix(table, "_decimal"):
		return "decimal(20,6)"
	case column == "value" && strings.HasSuffix(table, "_datetime"):
		return "datetime"
	case column == "value":
		return "text"
	case strings.HasSuffix(column, "_at"):
		return "timestamp NULL"
	case column == "state" && table == "sales_order", column == "transaction_id", column == "country_id", column == "increment_id":
		return "varchar(50)"
	case strings.HasPrefix(column, "is_") || column == "state" || column == "customer_is_guest":
		return "smallint unsigned"
	case column == "value_id":
		return "int"
	case strings.HasSuffix(column, "_id"), strings.HasPrefix(column, "default_") && table == "customer_entity":
		return "int unsigned"
	case column == "qty", strings.HasPrefix(column, "qty_"), strings.HasSuffix(column, "percent"):
		return "decimal(12,4)"
	case strings.Contains(column, "amount"), strings.Contains(column, "total"), strings.Contains(column, "price"),
		strings.Contains(column, "rate"), strings.Contains(column, "adjustment"), column == "total_due", column == "total_paid",
		strings.Contains(column, "wrapping"), strings.HasPrefix(column, "gw_"), strings.HasPrefix(column, "amount"):
		return "decimal(20,4)"
	}
	return "varchar(255)"
}
