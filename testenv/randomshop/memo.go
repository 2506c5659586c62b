package randomshop

import (
	"fmt"

	"pgregory.net/rapid"

	"github.com/mage2sage/mage2sage/schemas/money"
)

// refund writes a credit memo over some of what was invoiced, with as much of the shipping as
// a person chose, and with adjustments. Some memos have adjustments alone.
func (o *order) refund() {
	invoice := o.refundable()
	if invoice == nil {
		return
	}
	d := &document{wrapping: map[string]priced{}, settled: map[string]pair{}, paid: true}
	places := rapid.SampledFrom([]int{2, 2, 4}).Draw(o.t, "places of shares")
	if rapid.IntRange(0, 4).Draw(o.t, "adjustments alone") > 0 {
		d.lines = o.drawLines(
			func(i *item) money.Amount { return i.invoiced.Sub(i.refunded) },
			func(i *item, qty money.Amount) part {
				return i.sold.take(&i.credited, qty, i.invoiced.Sub(i.refunded), places)
			})
		d.shipping = o.drawShippingRefund(places)
	}
	d.grand = d.total()
	more, fee := pair{}, pair{}
	if rapid.IntRange(0, 2).Draw(o.t, "refunds more") == 0 {
		more = o.drawPrice(o.t, "adjustment", 500)
	}
	d.grand = d.grand.add(more)
	if rapid.IntRange(0, 2).Draw(o.t, "keeps a fee") == 0 {
		fee = least(o.drawPrice(o.t, "fee", 500), d.grand)
	}
	if d.grand = d.grand.sub(fee); len(d.lines) == 0 && d.shipping == nil && more.isZero() {
		return
	}
	d.settle(o.left(o.memos))
	o.memos = append(o.memos, d)
	o.writeMemo(d, invoice, more, fee)
}

// refundable is a paid invoice.
func (o *order) refundable() *document {
	for _, d := range o.invoices {
		if d.paid {
			return d
		}
	}
	return nil
}

// drawShippingRefund draws how much of the shipping that is left goes back, nil for none.
func (o *order) drawShippingRefund(places int) *part {
	if !o.shipped || o.virtual() || o.shipping.net.isZero() {
		return nil
	}
	all, done := part{row: o.shipping.net, tax: o.shipping.tax, discount: o.shipping.discount, compensation: o.shipping.compensation}, part{}
	for _, m := range o.memos {
		if m.shipping != nil {
			done = done.with(pair.add, *m.shipping)
		}
	}
	if done.row == all.row || !done.row.isZero() && places == 2 {
		return nil
	}
	quarters := rapid.IntRange(0, 4).Draw(o.t, "quarters of the shipping")
	if quarters == 0 {
		return nil
	}
	p := all.take(&done, money.FromInt(int64(quarters)), money.FromInt(4), places)
	return &p
}

// writeMemo writes the memo and what it changes. Magento has no column for the compensation of
// a memo's shipping: it is in the header's. The unused adjustment is NULL or zero.
func (o *order) writeMemo(d, invoice *document, more, fee pair) {
	d.id = next(&o.n.memos)
	header := o.header(d)
	header["increment_id"], header["state"], header["invoice_id"] = fmt.Sprintf("%d%08d", o.store, d.id), 2, nil
	if rapid.Bool().Draw(o.t, "made from the invoice") {
		header["invoice_id"], header["transaction_id"] = invoice.id, o.giveBack(d, invoice)
	}
	header["adjustment"], header["adjustment_positive"], header["adjustment_negative"] = more.sub(fee)[inOrder], more[inOrder], fee[inOrder]
	header["shipping_discount_tax_compensation_amount"] = nil
	if d.shipping != nil {
		header["discount_tax_compensation_amount"] = d.sums().compensation.add(d.shipping.compensation)[inOrder]
	}
	o.oddDiscount(d, header)
	o.refunded = o.refunded.add(d.grand)
	o.update("sales_invoice", columns{"entity_id": invoice.id, "base_total_refunded": o.refunded[inBase], "updated_at": o.now()})
	o.insert("sales_creditmemo", header)
	for _, l := range d.lines {
		o.insert("sales_creditmemo_item", l.columns(next(&o.n.others), d.id))
		l.item.refunded = l.item.refunded.Add(l.qty)
		o.update("sales_order_item", columns{"item_id": l.item.id, "qty_refunded": l.item.refunded})
	}
	o.sums(o.after())
}

// oddDiscount now and then makes the header's discount another one than that of the lines, as
// Magento does in partial credit memos.
func (o *order) oddDiscount(d *document, header columns) {
	if rapid.IntRange(0, 5).Draw(o.t, "an odd discount") > 0 {
		return
	}
	odd := money.Cents(int64(rapid.IntRange(1, 63).Draw(o.t, "odd")))
	d.grand = d.grand.add(pair{odd, odd})
	header["discount_amount"] = header["discount_amount"].(money.Amount).Add(odd)
	header["grand_total"], header["base_grand_total"] = d.grand[inOrder], d.grand[inBase]
}

// giveBack writes the gateway's transaction of a refund, and is the id that the memo has.
func (o *order) giveBack(d, invoice *document) any {
	if invoice.txn == "" {
		return nil
	}
	id := next(&o.n.others)
	d.txn = fmt.Sprintf("re_%d", id)
	o.insert("sales_payment_transaction", columns{"transaction_id": id, "parent_id": nil, "order_id": o.id, "payment_id": o.id, "txn_id": d.txn,
		"parent_txn_id": invoice.txn, "txn_type": "refund", "is_closed": 1, "created_at": o.now()})
	return d.txn
}

// after is the order's state after a refund.
func (o *order) after() string {
	for _, i := range o.items {
		if !i.refunded.Equal(i.qty) {
			return "processing"
		}
	}
	return "closed"
}
