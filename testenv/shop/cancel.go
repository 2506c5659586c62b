package shop

import (
	"context"
	"database/sql"
	"fmt"
)

// CancelOrder cancels an order of which nothing is invoiced: the reservation is
// taken back, the queue is told, and then the order changes, in transactions of
// their own.
func (s *Shop) CancelOrder(ctx context.Context, order int64) error {
	sl, err := s.sale(ctx, s.db, order)
	if err != nil {
		return fmt.Errorf("cancel order %d: %w", order, err)
	}
	if sl.header.text("state") != "new" {
		return fmt.Errorf("cancel order %d: it is %s", order, sl.header.text("state"))
	}
	increment := sl.header.text("increment_id")
	err = s.transaction(ctx, func(tx *sql.Tx) error {
		for _, it := range sl.items {
			if it.text("product_type") != "simple" {
				continue
			}
			if err := s.reservation(ctx, tx, it.text("sku"), moved{it.ordered(), "order_canceled", increment}); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = s.message(ctx, "inventory.reservations.update", increment)
	}
	if err == nil {
		err = s.transaction(ctx, func(tx *sql.Tx) error { return s.writeCancelled(ctx, tx, sl) })
	}
	if err != nil {
		return fmt.Errorf("cancel order %d: %w", order, err)
	}
	return nil
}

// writeCancelled leaves total_due as it was, as Magento does.
func (s *Shop) writeCancelled(ctx context.Context, tx *sql.Tx, sl *sale) error {
	changed := row{"state": "canceled", "status": "canceled", "updated_at": s.now()}.puts(map[string]pair{
		"subtotal_canceled": sl.header.pair("subtotal"), "tax_canceled": sl.header.pair("tax_amount"),
		"shipping_canceled": sl.header.pair("shipping_amount"), "discount_canceled": sl.header.pair("discount_amount"),
		"total_canceled": sl.header.pair("grand_total"),
	})
	if err := s.update(ctx, tx, key{"sales_order", "entity_id", sl.id}, changed); err != nil {
		return err
	}
	for _, it := range sl.items {
		if err := s.update(ctx, tx, key{"sales_order_item", "item_id", it.id}, row{
			"qty_canceled": it.amount("qty_ordered"), "tax_canceled": it.amount("tax_amount"), "updated_at": s.now(),
		}); err != nil {
			return err
		}
	}
	return s.refreshOrderGrid(ctx, tx, sl.id)
}

// EditOrderAddress replaces the order's billing address: one transaction for
// the address and one for the admin's list.
func (s *Shop) EditOrderAddress(ctx context.Context, order int64, who Person) error {
	header, err := s.one(ctx, s.db, key{"sales_order", "entity_id", order})
	if err != nil {
		return fmt.Errorf("edit address of order %d: %w", order, err)
	}
	id := key{"sales_order_address", "entity_id", header.int("billing_address_id")}
	if err := s.update(ctx, s.db, id, who.address()); err != nil {
		return fmt.Errorf("edit address of order %d: %w", order, err)
	}
	return s.refreshOrderGrid(ctx, s.db, order)
}
