package randomshop

import (
	"pgregory.net/rapid"

	"github.com/mage2sage/mage2sage/schemas/money"
)

// live draws what becomes of an order.
func (o *order) live() {
	steps := map[string]func(){
		"invoice": o.invoice, "invoice ": o.invoice, "pay": o.pay, "refund": o.refund, "refund ": o.refund,
		"cancel": o.cancel, "cancel an invoice": o.cancelInvoice, "save unchanged": o.saveUnchanged, "hold": o.hold,
	}
	names := []string{"invoice", "invoice ", "pay", "refund", "refund ", "cancel", "cancel an invoice", "save unchanged", "hold"}
	for range rapid.IntRange(0, 7).Draw(o.t, "steps") {
		if o.closed {
			break
		}
		steps[rapid.SampledFrom(names).Draw(o.t, "step")]()
		o.commit()
	}
	o.end()
}

// cancel cancels what was not invoiced. The order keeps what was due.
func (o *order) cancel() {
	if len(o.memos) > 0 {
		return
	}
	left := false
	for _, i := range o.items {
		if of := i.qty.Sub(i.invoiced); of.Sign() > 0 {
			left = true
			o.update("sales_order_item", columns{"item_id": i.id, "qty_canceled": of})
		}
	}
	if !left {
		return
	}
	o.closed = true
	state := "complete"
	if len(o.invoices) == 0 {
		state = "canceled"
	}
	o.update("sales_order", columns{"entity_id": o.id, "state": state, "status": state, "total_canceled": o.grandTotal.sub(o.invoiced)[inOrder], "updated_at": o.now()})
}

// saveUnchanged writes rows of the order once more. Nothing of them is other than it was but
// for the time of the write, where the second has passed.
func (o *order) saveUnchanged() {
	again := columns{"entity_id": o.id}
	if rapid.Bool().Draw(o.t, "the second has passed") {
		again["updated_at"] = o.now()
	}
	o.update("sales_order", again)
	for _, i := range o.items {
		o.update("sales_order_item", columns{"item_id": i.id})
	}
	for _, d := range o.invoices {
		o.update("sales_invoice", columns{"entity_id": d.id, "updated_at": o.now()})
	}
}

// hold puts the order on hold.
func (o *order) hold() {
	o.update("sales_order", columns{"entity_id": o.id, "state": "holded", "status": "holded", "updated_at": o.now()})
}

// end now and then deletes the order or a document. InnoDB deletes what hangs on it, and only
// some servers log that.
func (o *order) end() {
	switch logged := rapid.Bool().Draw(o.t, "the cascade is logged"); rapid.SampledFrom([]string{"", "", "", "order", "invoice", "memo"}).Draw(o.t, "deleted") {
	case "order":
		o.delete("sales_order", columns{"entity_id": o.id})
		for _, i := range o.items {
			if logged {
				o.delete("sales_order_item", columns{"item_id": i.id})
			}
		}
		o.commit()
		o.orphan()
	case "invoice":
		if len(o.invoices) > 0 {
			o.delete("sales_invoice", columns{"entity_id": o.invoices[0].id})
		}
	case "memo":
		if len(o.memos) > 0 {
			o.delete("sales_creditmemo", columns{"entity_id": o.memos[0].id})
		}
	}
	o.commit()
}

// orphan writes a tax row of an order that is gone: sales_order_tax has no foreign key.
func (o *order) orphan() {
	if rapid.Bool().Draw(o.t, "a tax row comes late") {
		o.insert("sales_order_tax", columns{"tax_id": o.id*100 + 99, "order_id": o.id, "code": "LATE", "title": "LATE", "percent": money.FromInt(1), "amount": zero, "base_amount": zero})
	}
}
