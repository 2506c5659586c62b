package shop

import (
	"context"
	"database/sql"
	"fmt"
)

// A CreditMemo says what to refund of an order. Amounts are decimals in the
// base currency, as in Magento's form.
type CreditMemo struct {
	// InvoiceID makes it an online refund of that invoice; 0 is offline.
	InvoiceID int64
	// Qty is how many of each top-level order item, by item_id; nil is all that
	// is left, an empty map is none.
	Qty map[int64]int64
	// Shipping is how much of the net shipping; empty is all that is left.
	Shipping string
	// Refund is paid back on top, Fee is kept; neither is taxed.
	Refund, Fee string
}

// A crediting is a credit memo on its way into the database.
type crediting struct {
	sale     *sale
	request  CreditMemo
	id       int64
	qty      map[int64]int64
	portions map[int64]portion
	sum      portion
	shipping shippingPart
	more     pair
	fee      pair
	total    pair
}

// CreditMemo refunds an order in one transaction and returns the entity_id.
func (s *Shop) CreditMemo(ctx context.Context, order int64, request CreditMemo) (int64, error) {
	cm := &crediting{request: request}
	err := s.transaction(ctx, func(tx *sql.Tx) (err error) {
		if cm.sale, err = s.sale(ctx, tx, order); err != nil {
			return err
		}
		if err := cm.compute(); err != nil {
			return err
		}
		return s.writeCreditMemo(ctx, tx, cm)
	})
	if err != nil {
		return 0, fmt.Errorf("credit order %d: %w", order, err)
	}
	return cm.id, s.refreshDocumentGrid(ctx, s.db, "sales_creditmemo", cm.id)
}

func (s *Shop) writeCreditMemo(ctx context.Context, tx *sql.Tx, cm *crediting) error {
	increment, err := s.number(ctx, tx, "creditmemo", cm.sale.view)
	if err != nil {
		return err
	}
	if err := s.markRefunded(ctx, tx, cm); err != nil {
		return err
	}
	if cm.id, err = s.insert(ctx, tx, "sales_creditmemo", s.creditMemoRow(cm, increment)); err != nil {
		return err
	}
	steps := []func(context.Context, *sql.Tx, *crediting) error{
		s.giveBackStock, s.creditItems, s.creditGrid, s.creditOrder, s.creditPayment,
	}
	for _, step := range steps {
		if err := step(ctx, tx, cm); err != nil {
			return err
		}
	}
	if err := s.comment(ctx, tx, cm.sale.id, "Refunded amount."); err != nil {
		return err
	}
	return s.refreshOrderGrid(ctx, tx, cm.sale.id)
}

// compute takes each item's part, the shipping's part and the adjustments, and
// refuses to refund more than was paid.
func (cm *crediting) compute() (err error) {
	cm.qty, err = cm.sale.quantities(cm.request.Qty, func(it item) int64 { return it.int("qty_invoiced") - it.int("qty_refunded") })
	if err != nil {
		return err
	}
	cm.portions = map[int64]portion{}
	for _, it := range cm.sale.items {
		if it.carries && cm.qty[it.id] > 0 {
			cm.portions[it.id] = it.refunded(cm.qty[it.id])
			cm.sum = cm.sum.plus(cm.portions[it.id])
		}
	}
	if err := cm.computeShipping(); err != nil {
		return err
	}
	if cm.more, err = cm.adjustment(cm.request.Refund); err != nil {
		return err
	}
	if cm.fee, err = cm.adjustment(cm.request.Fee); err != nil {
		return err
	}
	sum, ship := cm.sum, cm.shipping
	cm.total = sum.row.plus(sum.levy).minus(sum.discount).plus(sum.tax).plus(sum.compensation).
		plus(ship.net).minus(ship.discount).plus(ship.tax).plus(ship.compensation).plus(cm.more).minus(cm.fee)
	header := cm.sale.header
	left := header.amount("total_paid") - header.amount("total_refunded")
	if total := cm.total[inOrder].cents(); total <= 0 || total > left+cent {
		return fmt.Errorf("%s cannot be refunded, %s is left", total, left)
	}
	return nil
}

// cent is what rounding sub-cent credit memos one by one may add up to.
const cent = one / 100

// adjustment reads an amount in the base currency. The other side keeps four
// places: this is where sub-cent totals come from.
func (cm *crediting) adjustment(text string) (pair, error) {
	base, err := parseAmount(text)
	if err != nil {
		return pair{}, err
	}
	return cm.sale.view.unrounded(base), nil
}

// computeShipping takes as much of the tax, the discount and the compensation
// as of the charge, each so that all credit memos together give the whole.
func (cm *crediting) computeShipping() error {
	header, whole := cm.sale.header, cm.sale.shipping()
	done := header.pair("shipping_refunded")
	left := header.pair("shipping_invoiced").minus(done)
	if cm.request.Shipping == "" {
		cm.shipping.net = left
	} else {
		base, err := parseAmount(cm.request.Shipping)
		if err != nil {
			return err
		}
		if base < 0 || base > left[inBase] {
			return fmt.Errorf("%s of shipping cannot be refunded, %s is left", base, left[inBase])
		}
		cm.shipping.net = cm.sale.view.unrounded(base)
		if base == left[inBase] {
			cm.shipping.net = left
		}
	}
	until := func(total pair, base amount) pair { return total.share(base, whole.net[inBase]) }
	between := func(total pair) pair {
		return until(total, done[inBase]+cm.shipping.net[inBase]).minus(until(total, done[inBase]))
	}
	cm.shipping.tax, cm.shipping.discount, cm.shipping.compensation = between(whole.tax), between(whole.discount), between(whole.compensation)
	return nil
}

func (s *Shop) creditMemoRow(cm *crediting, increment string) row {
	r := cm.sale.documentHeader(increment, s.now())
	r["state"] = 2
	if cm.request.InvoiceID != 0 {
		r["invoice_id"], r["transaction_id"] = cm.request.InvoiceID, s.secretless("refund", cm.sale.id)
	}
	return r.puts(map[string]pair{
		"subtotal": cm.sum.row, "subtotal_incl_tax": cm.sum.inclTax,
		"discount_amount": cm.sum.discount.plus(cm.shipping.discount).negated(),
		"tax_amount":      cm.sum.tax.plus(cm.shipping.tax),
		"shipping_amount": cm.shipping.net, "shipping_tax_amount": cm.shipping.tax,
		// Magento folds the shipping's compensation in here; its own column stays null.
		"discount_tax_compensation_amount": cm.sum.compensation.plus(cm.shipping.compensation),
		"adjustment_positive":              cm.more, "adjustment_negative": cm.fee, "adjustment": cm.more.minus(cm.fee),
		"grand_total": cm.total,
	})
}
