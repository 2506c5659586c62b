package shop

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
)

// An Invoice says what to invoice of an order.
type Invoice struct {
	// Qty is how many of each top-level order item, by item_id; nil is all that
	// is left.
	Qty map[int64]int64
	// Open leaves the money authorised and not captured: state 1. Online
	// methods only; an offline method is paid by being invoiced.
	Open bool
}

// Invoice invoices an order in one transaction and returns the entity_id.
func (s *Shop) Invoice(ctx context.Context, order int64, request Invoice) (id int64, err error) {
	err = s.transaction(ctx, func(tx *sql.Tx) error {
		id, err = s.writeInvoice(ctx, tx, order, request)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("invoice order %d: %w", order, err)
	}
	return id, nil
}

// An invoicing is an invoice on its way into the database.
type invoicing struct {
	sale     *sale
	id       int64
	qty      map[int64]int64
	portions map[int64]portion
	sum      portion
	shipping shippingPart
	first    bool // the first invoice of an order carries its shipping
	total    pair
	open     bool
}

func (s *Shop) writeInvoice(ctx context.Context, tx *sql.Tx, order int64, request Invoice) (int64, error) {
	iv, err := s.prepareInvoice(ctx, tx, order, request)
	if err != nil {
		return 0, err
	}
	increment, err := s.number(ctx, tx, "invoice", iv.sale.view)
	if err != nil {
		return 0, err
	}
	if iv.id, err = s.insert(ctx, tx, "sales_invoice", s.invoiceRow(iv, increment)); err != nil {
		return 0, err
	}
	steps := []func(context.Context, *sql.Tx, *invoicing) error{
		s.invoiceItems, s.invoiceGrid, s.invoiceOrder, s.touchOtherItems, s.invoicePayment,
	}
	for _, step := range steps {
		if err := step(ctx, tx, iv); err != nil {
			return 0, err
		}
	}
	return iv.id, s.refreshOrderGrid(ctx, tx, order)
}

func (s *Shop) prepareInvoice(ctx context.Context, tx *sql.Tx, order int64, request Invoice) (*invoicing, error) {
	sl, err := s.sale(ctx, tx, order)
	if err != nil {
		return nil, err
	}
	if state := sl.header.text("state"); state != "new" && state != "processing" {
		return nil, fmt.Errorf("the order is %s", state)
	}
	iv := &invoicing{sale: sl, portions: map[int64]portion{}, open: request.Open}
	iv.qty, err = sl.quantities(request.Qty, func(it item) int64 { return it.ordered() - it.int("qty_invoiced") })
	if err != nil {
		return nil, err
	}
	iv.first = !sl.header["total_invoiced"].Valid
	var count int64
	for _, it := range sl.items {
		count += iv.qty[it.id]
		if it.carries && iv.qty[it.id] > 0 {
			iv.portions[it.id] = it.invoiced(iv.qty[it.id])
			iv.sum = iv.sum.plus(iv.portions[it.id])
		}
	}
	if count == 0 {
		return nil, fmt.Errorf("nothing is left to invoice")
	}
	if iv.first {
		iv.shipping = sl.shipping()
	}
	sum, ship := iv.sum, iv.shipping
	iv.total = sum.row.plus(sum.levy).minus(sum.discount).plus(sum.tax).plus(sum.compensation).
		plus(ship.net).minus(ship.discount).plus(ship.tax).plus(ship.compensation)
	return iv, nil
}

func (s *Shop) invoiceRow(iv *invoicing, increment string) row {
	r := iv.sale.documentHeader(increment, s.now())
	r["state"], r["total_qty"] = 2, iv.units()
	if iv.open {
		r["state"] = 1
	}
	r.puts(map[string]pair{
		"subtotal": iv.sum.row, "subtotal_incl_tax": iv.sum.inclTax,
		"discount_amount":                  iv.sum.discount.plus(iv.shipping.discount).negated(),
		"tax_amount":                       iv.sum.tax.plus(iv.shipping.tax),
		"discount_tax_compensation_amount": iv.sum.compensation,
		"grand_total":                      iv.total,
	})
	if iv.first {
		r.puts(map[string]pair{"shipping_amount": iv.shipping.net, "shipping_tax_amount": iv.shipping.tax, "shipping_incl_tax": iv.sale.header.pair("shipping_incl_tax")})
		r["shipping_discount_tax_compensation_amount"] = iv.shipping.compensation[inOrder]
		r["base_shipping_discount_tax_compensation_amnt"] = iv.shipping.compensation[inBase]
	}
	return r
}

// units are the top-level items on the invoice.
func (iv *invoicing) units() amount {
	var n int64
	for _, it := range iv.sale.items {
		if it.parent == 0 {
			n += iv.qty[it.id]
		}
	}
	return amount(n) * one
}

func (s *Shop) invoiceItems(ctx context.Context, tx *sql.Tx, iv *invoicing) error {
	for _, it := range iv.sale.items {
		qty := iv.qty[it.id]
		if qty == 0 {
			continue
		}
		p := iv.portions[it.id]
		if _, err := s.insert(ctx, tx, "sales_invoice_item", it.documentItem(iv.id, qty, p)); err != nil {
			return err
		}
		changed := grew(it.record, map[string]pair{
			"row_invoiced": p.row, "tax_invoiced": p.tax, "discount_invoiced": p.discount, "discount_tax_compensation_invoiced": p.compensation,
		})
		changed["qty_invoiced"], changed["updated_at"] = it.amount("qty_invoiced")+amount(qty)*one, s.now()
		if err := s.update(ctx, tx, key{"sales_order_item", "item_id", it.id}, changed); err != nil {
			return err
		}
	}
	return nil
}

// touchOtherItems writes Magento's noise: items that the invoice is not about.
func (s *Shop) touchOtherItems(ctx context.Context, tx *sql.Tx, iv *invoicing) error {
	for _, it := range iv.sale.items {
		if iv.qty[it.id] != 0 || it.record["weee_tax_applied"].Valid {
			continue
		}
		if err := s.update(ctx, tx, key{"sales_order_item", "item_id", it.id}, row{"weee_tax_applied": "[]", "updated_at": s.now()}); err != nil {
			return err
		}
	}
	return nil
}

func (s *Shop) invoiceOrder(ctx context.Context, tx *sql.Tx, iv *invoicing) error {
	header := iv.sale.header
	changed := grew(header, map[string]pair{
		"subtotal_invoiced": iv.sum.row, "tax_invoiced": iv.sum.tax.plus(iv.shipping.tax), "shipping_invoiced": iv.shipping.net,
		"discount_invoiced": iv.sum.discount.plus(iv.shipping.discount), "total_invoiced": iv.total,
		"discount_tax_compensation_invoiced": iv.sum.compensation.plus(iv.shipping.compensation),
	})
	changed["state"], changed["status"], changed["updated_at"] = "processing", "processing", s.now()
	if !iv.open {
		maps.Copy(changed, paid(header, iv.total))
	}
	if header.int("is_virtual") == 1 && header.pair("total_invoiced").plus(iv.total) == header.pair("grand_total") {
		changed["state"], changed["status"] = "complete", "complete"
	}
	return s.update(ctx, tx, key{"sales_order", "entity_id", iv.sale.id}, changed)
}

// paid are the order's columns after that much more was paid.
func paid(header record, total pair) row {
	sum := header.pair("total_paid").plus(total)
	return row{}.put("total_paid", sum).put("total_due", header.pair("grand_total").minus(sum))
}

func (s *Shop) invoiceGrid(ctx context.Context, tx *sql.Tx, iv *invoicing) error {
	return s.refreshDocumentGrid(ctx, tx, "sales_invoice", iv.id)
}

func (s *Shop) invoicePayment(ctx context.Context, tx *sql.Tx, iv *invoicing) error {
	if iv.open {
		return nil
	}
	return s.takeMoney(ctx, tx, money{iv.sale.id, iv.id, iv.total, iv.shipping.net})
}

// money is what an invoice brings in.
type money struct {
	order, invoice  int64
	total, shipping pair
}

// takeMoney writes the payment's side of a paid invoice; an online method adds
// a capture, whose id the invoice gets.
func (s *Shop) takeMoney(ctx context.Context, tx *sql.Tx, m money) error {
	payment, err := s.one(ctx, tx, key{"sales_order_payment", "parent_id", m.order})
	if err != nil {
		return err
	}
	id := key{"sales_order_payment", "entity_id", payment.int("entity_id")}
	changed := grew(payment, map[string]pair{"amount_paid": m.total, "shipping_captured": m.shipping})
	if payment.text("method") != onlineMethod {
		return s.update(ctx, tx, id, changed)
	}
	capture := s.secretless("capture", m.order)
	changed["last_trans_id"], changed["base_amount_paid_online"] = capture, payment.amount("base_amount_paid_online")+m.total[inBase]
	if err := s.update(ctx, tx, id, changed); err != nil {
		return err
	}
	if err := s.comment(ctx, tx, m.order, "Captured amount."); err != nil {
		return err
	}
	if err := s.captureTransaction(ctx, tx, payment, capture); err != nil {
		return err
	}
	return s.update(ctx, tx, key{"sales_invoice", "entity_id", m.invoice}, row{"transaction_id": capture, "updated_at": s.now()})
}

// captureTransaction hangs a capture under the order's authorisation, if there
// is one, and closes that.
func (s *Shop) captureTransaction(ctx context.Context, tx *sql.Tx, payment record, capture string) error {
	r := row{
		"order_id": payment.int("parent_id"), "payment_id": payment.int("entity_id"), "txn_id": capture, "txn_type": "capture",
		"is_closed": 0, "additional_information": s.secret("gateway"), "created_at": s.now(),
	}
	known, err := s.find(ctx, tx, key{"sales_payment_transaction", "payment_id", payment.int("entity_id")})
	if err != nil {
		return err
	}
	for _, t := range known {
		if t.text("txn_type") != "authorization" {
			continue
		}
		r["parent_id"], r["parent_txn_id"] = t.int("transaction_id"), t.text("txn_id")
		if err := s.update(ctx, tx, key{"sales_payment_transaction", "transaction_id", t.int("transaction_id")}, row{"is_closed": 1}); err != nil {
			return err
		}
	}
	_, err = s.insert(ctx, tx, "sales_payment_transaction", r)
	return err
}
