package debezium

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/mage2sage/mage2sage/schemas/magento"
)

// Columns are those of some tables that may leave and that a shop has, by the tables' names
// there, for Options.
func Columns(ctx context.Context, db *sql.DB, database, prefix string, tables []magento.Table) (map[string][]string, error) {
	rows, err := db.QueryContext(ctx, "SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ?", database)
	if err != nil {
		return nil, fmt.Errorf("columns of the shop: %w", err)
	}
	defer rows.Close()
	has := map[[2]string]bool{}
	for rows.Next() {
		var at [2]string
		if err := rows.Scan(&at[0], &at[1]); err != nil {
			return nil, fmt.Errorf("columns of the shop: %w", err)
		}
		has[at] = true
	}
	all := map[string][]string{}
	for _, t := range tables {
		name := prefix + t.Name
		for _, c := range t.Columns {
			if has[[2]string{name, c}] {
				all[name] = append(all[name], c)
			}
		}
	}
	return all, rows.Err()
}
