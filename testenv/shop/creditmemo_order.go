package shop

import (
	"context"
	"database/sql"
)

// markRefunded comes first when an invoice is refunded online.
func (s *Shop) markRefunded(ctx context.Context, tx *sql.Tx, cm *crediting) error {
	if cm.request.InvoiceID == 0 {
		return nil
	}
	id := key{"sales_invoice", "entity_id", cm.request.InvoiceID}
	invoice, err := s.one(ctx, tx, id)
	if err != nil {
		return err
	}
	return s.update(ctx, tx, id, row{
		"is_used_for_refund": 1, "base_total_refunded": invoice.amount("base_total_refunded") + cm.total[inBase], "updated_at": s.now(),
	})
}

// giveBackStock takes the reservation back: nothing of these orders is shipped.
func (s *Shop) giveBackStock(ctx context.Context, tx *sql.Tx, cm *crediting) error {
	for _, it := range cm.sale.items {
		if cm.qty[it.id] == 0 || it.text("product_type") != "simple" {
			continue
		}
		back := moved{cm.qty[it.id], "creditmemo_created", cm.sale.header.text("increment_id")}
		if err := s.reservation(ctx, tx, it.text("sku"), back); err != nil {
			return err
		}
	}
	return nil
}

func (s *Shop) creditItems(ctx context.Context, tx *sql.Tx, cm *crediting) error {
	for _, it := range cm.sale.items {
		qty := cm.qty[it.id]
		if qty == 0 {
			continue
		}
		p := cm.portions[it.id]
		if _, err := s.insert(ctx, tx, "sales_creditmemo_item", it.documentItem(cm.id, qty, p)); err != nil {
			return err
		}
		changed := grew(it.record, map[string]pair{
			"amount_refunded": p.row, "tax_refunded": p.tax, "discount_refunded": p.discount, "discount_tax_compensation_refunded": p.compensation,
		})
		changed["qty_refunded"], changed["updated_at"] = it.amount("qty_refunded")+amount(qty)*one, s.now()
		if err := s.update(ctx, tx, key{"sales_order_item", "item_id", it.id}, changed); err != nil {
			return err
		}
	}
	return nil
}

func (s *Shop) creditGrid(ctx context.Context, tx *sql.Tx, cm *crediting) error {
	return s.refreshDocumentGrid(ctx, tx, "sales_creditmemo", cm.id)
}

// creditOrder adds up what was refunded; the order rounds to cents where the
// credit memo does not. An order of which everything is refunded is closed.
func (s *Shop) creditOrder(ctx context.Context, tx *sql.Tx, cm *crediting) error {
	header := cm.sale.header
	rounded := pair{cm.total[inBase].cents(), cm.total[inOrder].cents()}
	kind := "total_offline_refunded"
	if cm.request.InvoiceID != 0 {
		kind = "total_online_refunded"
	}
	changed := grew(header, map[string]pair{
		"total_refunded": rounded, kind: rounded, "subtotal_refunded": cm.sum.row, "tax_refunded": cm.sum.tax.plus(cm.shipping.tax),
		"discount_refunded": cm.sum.discount.plus(cm.shipping.discount), "shipping_refunded": cm.shipping.net,
		"shipping_tax_refunded": cm.shipping.tax, "adjustment_positive": cm.more, "adjustment_negative": cm.fee,
		"discount_tax_compensation_refunded": cm.sum.compensation.plus(cm.shipping.compensation),
	})
	changed["updated_at"] = s.now()
	if header.amount("total_refunded")+rounded[inOrder] >= header.amount("total_paid") {
		changed["state"], changed["status"] = "closed", "closed"
	}
	return s.update(ctx, tx, key{"sales_order", "entity_id", cm.sale.id}, changed)
}

func (s *Shop) creditPayment(ctx context.Context, tx *sql.Tx, cm *crediting) error {
	payment, err := s.one(ctx, tx, key{"sales_order_payment", "parent_id", cm.sale.id})
	if err != nil {
		return err
	}
	changed := grew(payment, map[string]pair{"amount_refunded": cm.total, "shipping_refunded": cm.shipping.net})
	if err := s.update(ctx, tx, key{"sales_order_payment", "entity_id", payment.int("entity_id")}, changed); err != nil || cm.request.InvoiceID == 0 {
		return err
	}
	_, err = s.insert(ctx, tx, "sales_payment_transaction", row{
		"order_id": cm.sale.id, "payment_id": payment.int("entity_id"), "txn_id": s.secretless("refund", cm.sale.id), "txn_type": "refund",
		"parent_txn_id": payment.text("last_trans_id"), "is_closed": 1, "additional_information": s.secret("gateway"), "created_at": s.now(),
	})
	return err
}
