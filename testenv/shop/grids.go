package shop

import (
	"context"
	"fmt"
	"strings"
)

// refreshOrderGrid copies the order into the admin's list, as Magento does after
// each change: insert, or update the row that is there.
func (s *Shop) refreshOrderGrid(ctx context.Context, w writer, order int64) error {
	return s.refreshGrid(ctx, w, grid{table: "sales_order", id: order, columns: []string{
		"entity_id", "status", "store_id", "store_name", "customer_id", "base_grand_total", "base_total_paid", "grand_total",
		"total_paid", "increment_id", "base_currency_code", "order_currency_code", "created_at", "updated_at",
		"customer_email", "subtotal", "total_refunded",
	}})
}

// refreshDocumentGrid does the same for an invoice or a credit memo.
func (s *Shop) refreshDocumentGrid(ctx context.Context, w writer, table string, id int64) error {
	return s.refreshGrid(ctx, w, grid{table: table, id: id, columns: []string{
		"entity_id", "increment_id", "created_at", "updated_at", "order_id", "state", "store_id", "base_grand_total", "subtotal",
	}})
}

type grid struct {
	table   string
	id      int64
	columns []string
}

func (s *Shop) refreshGrid(ctx context.Context, w writer, g grid) error {
	columns := strings.Join(g.columns, ",")
	updates := make([]string, 0, len(g.columns))
	for _, column := range g.columns[1:] {
		updates = append(updates, column+"=values("+column+")")
	}
	query := fmt.Sprintf("insert into %s (%s) select %s from %s where entity_id=? on duplicate key update %s",
		s.table(g.table+"_grid"), columns, columns, s.table(g.table), strings.Join(updates, ","))
	if _, err := w.ExecContext(ctx, query, g.id); err != nil {
		return fmt.Errorf("refresh %s_grid: %w", g.table, err)
	}
	return nil
}
