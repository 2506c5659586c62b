package randomshop

import (
	"fmt"

	"pgregory.net/rapid"

	"github.com/mage2sage/mage2sage/schemas/money"
)

// invoice writes an invoice of what is left to invoice, or of a part of it, into the open
// transaction. The first one has all of the shipping and of the gift wrapping.
func (o *order) invoice() {
	d := &document{wrapping: map[string]priced{}, settled: map[string]pair{}}
	d.lines = o.drawLines(
		func(i *item) money.Amount { return i.qty.Sub(i.invoiced) },
		func(i *item, qty money.Amount) part { return i.whole().take(&i.sold, qty, i.qty.Sub(i.invoiced), 2) })
	if len(d.lines) == 0 {
		return
	}
	d.id = next(&o.n.invoices)
	if !o.shipped {
		o.shipped, d.wrapping = true, o.wrapping
		if s := o.shipping; !o.virtual() {
			d.shipping = &part{row: s.net, tax: s.tax, discount: s.discount, compensation: s.compensation}
		}
	}
	d.grand = d.total()
	d.settle(o.left(o.invoices))
	d.paid = rapid.IntRange(0, 3).Draw(o.t, "is paid") > 0
	o.invoices = append(o.invoices, d)
	o.writeInvoice(d)
}

// left are the settlements that no document has yet.
func (o *order) left(documents []*document) map[string]pair {
	left := map[string]pair{}
	for _, column := range settled {
		left[column] = o.settlements[column]
		for _, d := range documents {
			left[column] = left[column].sub(d.settled[column])
		}
	}
	return left
}

func (o *order) writeInvoice(d *document) {
	header := o.header(d)
	header["increment_id"], header["state"], header["base_total_refunded"] = fmt.Sprintf("%d%08d", o.store, d.id), 1, nil
	if d.paid {
		header["state"], header["transaction_id"] = 2, o.capture(d)
	}
	o.insert("sales_invoice", header)
	for _, l := range d.lines {
		o.insert("sales_invoice_item", l.columns(next(&o.n.others), d.id))
		l.item.invoiced = l.item.invoiced.Add(l.qty)
		o.update("sales_order_item", columns{"item_id": l.item.id, "qty_invoiced": l.item.invoiced})
	}
	o.invoiced = o.invoiced.add(d.grand)
	if d.paid {
		o.paid = o.paid.add(d.grand)
	}
	o.sums("processing")
}

// capture writes the gateway's transaction of an invoice, and is the id that the invoice has.
func (o *order) capture(d *document) any {
	if !o.online {
		return nil
	}
	id := next(&o.n.others)
	d.txn = fmt.Sprintf("ch_%d", id)
	o.insert("sales_payment_transaction", columns{"transaction_id": id, "parent_id": nil, "order_id": o.id, "payment_id": o.id, "txn_id": d.txn,
		"parent_txn_id": nil, "txn_type": "capture", "is_closed": 0, "created_at": o.now()})
	return d.txn
}

// sums writes what became of the order into its row and its payment's.
func (o *order) sums(state string) {
	o.update("sales_order", columns{
		"entity_id": o.id, "state": state, "status": state, "total_invoiced": o.invoiced[inOrder], "total_paid": o.paid[inOrder],
		"total_refunded": o.refunded[inOrder].Round(2), "total_due": o.grandTotal.sub(o.paid)[inOrder], "updated_at": o.now(),
	})
	o.update("sales_order_payment", columns{"entity_id": o.id, "amount_paid": o.paid[inOrder], "amount_refunded": o.refunded[inOrder]})
}

// pay captures an invoice that is open.
func (o *order) pay() {
	for _, d := range o.invoices {
		if d.paid {
			continue
		}
		d.paid, o.paid = true, o.paid.add(d.grand)
		o.update("sales_invoice", columns{"entity_id": d.id, "state": 2, "transaction_id": o.capture(d), "updated_at": o.now()})
		o.sums("processing")
		return
	}
}

// cancelInvoice takes back an invoice that is open: its units may be invoiced again.
func (o *order) cancelInvoice() {
	for n, d := range o.invoices {
		if d.paid || len(o.memos) > 0 {
			continue
		}
		for _, l := range d.lines {
			l.item.invoiced = l.item.invoiced.Sub(l.qty)
			if l.money != nil {
				l.item.sold = l.item.sold.with(pair.sub, *l.money)
			}
			o.update("sales_order_item", columns{"item_id": l.item.id, "qty_invoiced": l.item.invoiced})
		}
		o.shipped = o.shipped && d.shipping == nil && len(d.wrapping) == 0
		o.invoiced, o.invoices = o.invoiced.sub(d.grand), append(o.invoices[:n:n], o.invoices[n+1:]...)
		o.update("sales_invoice", columns{"entity_id": d.id, "state": 3, "updated_at": o.now()})
		o.sums("processing")
		return
	}
}
