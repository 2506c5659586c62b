package shop

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
)

// Capture takes the money of an open invoice: state 1 becomes 2, in one transaction.
func (s *Shop) Capture(ctx context.Context, invoice int64) error {
	return s.settle(ctx, invoice, func(tx *sql.Tx, header, order record) error {
		total := header.pair("grand_total")
		if err := s.update(ctx, tx, key{"sales_invoice", "entity_id", invoice}, row{"state": 2, "updated_at": s.now()}); err != nil {
			return err
		}
		id := order.int("entity_id")
		if err := s.takeMoney(ctx, tx, money{id, invoice, total, header.pair("shipping_amount")}); err != nil {
			return err
		}
		changed := paid(order, total)
		changed["updated_at"] = s.now()
		return s.update(ctx, tx, key{"sales_order", "entity_id", id}, changed)
	})
}

// VoidInvoice cancels an open invoice: state 1 becomes 3, and the order can be
// invoiced again.
func (s *Shop) VoidInvoice(ctx context.Context, invoice int64) error {
	return s.settle(ctx, invoice, func(tx *sql.Tx, header, order record) error {
		if err := s.update(ctx, tx, key{"sales_invoice", "entity_id", invoice}, row{"state": 3, "updated_at": s.now()}); err != nil {
			return err
		}
		items, err := s.find(ctx, tx, key{"sales_invoice_item", "parent_id", invoice})
		if err != nil {
			return err
		}
		for _, it := range items {
			if err := s.uninvoice(ctx, tx, it); err != nil {
				return err
			}
		}
		compensation := header.pair("discount_tax_compensation_amount").plus(shippingCompensation(header))
		changed := grew(order, map[string]pair{
			"subtotal_invoiced": header.pair("subtotal").negated(), "tax_invoiced": header.pair("tax_amount").negated(),
			"shipping_invoiced": header.pair("shipping_amount").negated(), "discount_invoiced": header.pair("discount_amount"),
			"discount_tax_compensation_invoiced": compensation.negated(),
		})
		left := order.pair("total_invoiced").minus(header.pair("grand_total"))
		changed.put("total_invoiced", left)
		if left == (pair{}) {
			maps.Copy(changed, row{"total_invoiced": nil, "base_total_invoiced": nil}) // the next invoice carries the shipping
		}
		changed["updated_at"] = s.now()
		return s.update(ctx, tx, key{"sales_order", "entity_id", order.int("entity_id")}, changed)
	})
}

// uninvoice gives the quantity and the money of an invoice item back to its order item.
func (s *Shop) uninvoice(ctx context.Context, tx *sql.Tx, it record) error {
	ordered, err := s.one(ctx, tx, key{"sales_order_item", "item_id", it.int("order_item_id")})
	if err != nil {
		return err
	}
	changed := grew(ordered, map[string]pair{
		"row_invoiced": it.pair("row_total").negated(), "tax_invoiced": it.pair("tax_amount").negated(),
		"discount_invoiced":                  it.pair("discount_amount").negated(),
		"discount_tax_compensation_invoiced": it.pair("discount_tax_compensation_amount").negated(),
	})
	changed["qty_invoiced"], changed["updated_at"] = ordered.amount("qty_invoiced")-it.amount("qty"), s.now()
	return s.update(ctx, tx, key{"sales_order_item", "item_id", it.int("order_item_id")}, changed)
}

// settle runs f on an open invoice and its order, and refreshes their grids.
func (s *Shop) settle(ctx context.Context, invoice int64, f func(tx *sql.Tx, header, order record) error) error {
	err := s.transaction(ctx, func(tx *sql.Tx) error {
		header, err := s.one(ctx, tx, key{"sales_invoice", "entity_id", invoice})
		if err != nil {
			return err
		}
		if header.int("state") != 1 {
			return fmt.Errorf("it is not open")
		}
		order, err := s.one(ctx, tx, key{"sales_order", "entity_id", header.int("order_id")})
		if err != nil {
			return err
		}
		if err := f(tx, header, order); err != nil {
			return err
		}
		if err := s.refreshDocumentGrid(ctx, tx, "sales_invoice", invoice); err != nil {
			return err
		}
		return s.refreshOrderGrid(ctx, tx, header.int("order_id"))
	})
	if err != nil {
		return fmt.Errorf("settle invoice %d: %w", invoice, err)
	}
	return nil
}
