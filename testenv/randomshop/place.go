package randomshop

import (
	"fmt"

	"pgregory.net/rapid"
)

// place writes the order as checkout does: the order and all that hangs on it in one
// transaction, its addresses last, then its tax rows in transactions of their own. Some
// gateways have it invoiced within the first one.
func (o *order) place() {
	o.insert("sales_order", o.columns())
	for _, i := range o.items {
		o.insert("sales_order_item", i.columns(o))
	}
	o.insert("sales_order_payment", columns{"entity_id": o.id, "parent_id": o.id, "method": o.method(), "po_number": nil, "last_trans_id": nil,
		"amount_ordered": o.grandTotal[inOrder], "amount_paid": nil, "amount_refunded": nil})
	if o.online && rapid.Bool().Draw(o.t, "invoiced at once") {
		o.invoice()
	}
	o.insert("sales_order_address", o.address("billing", 0))
	addresses := columns{"entity_id": o.id, "billing_address_id": o.id * 10}
	if !o.virtual() {
		o.insert("sales_order_address", o.address("shipping", 1))
		addresses["shipping_address_id"] = o.id*10 + 1
	}
	o.update("sales_order", addresses)
	o.commit()
	o.taxRows()
	if rapid.Bool().Draw(o.t, "an e-mail is sent") {
		o.update("sales_order", columns{"entity_id": o.id, "updated_at": o.now()})
		o.commit()
	}
}

func (o *order) method() string {
	if o.online {
		return "stripe_payments"
	}
	return "checkmo"
}

func (o *order) address(kind string, n uint64) columns {
	return columns{
		"entity_id": o.id*10 + n, "parent_id": o.id, "address_type": kind, "email": fmt.Sprintf("o%d@example.com", o.id), "firstname": "Ada", "lastname": "Byron",
		"street": "1 High Street\nUnit 2", "city": "Leeds", "postcode": "LS1 1AA", "country_id": "GB", "telephone": "0113 496 0000",
	}
}

// taxRows are committed one by one: each rate, then what it took of every thing.
func (o *order) taxRows() {
	for n, r := range o.rates {
		id := o.id*100 + uint64(n)
		o.insert("sales_order_tax", columns{"tax_id": id, "order_id": o.id, "code": r.code, "title": r.code, "percent": r.percent, "amount": zero, "base_amount": zero})
		o.commit()
		for _, i := range o.items {
			if i.carries && i.taxed {
				o.taxRow(id, r, n, i.goods, columns{"item_id": i.id, "associated_item_id": nil, "taxable_item_type": "product"})
			}
			if i.carries && !i.levy.tax.isZero() {
				o.taxRow(id, r, n, i.levy, columns{"item_id": nil, "associated_item_id": i.id, "taxable_item_type": "weee"})
			}
		}
		if !o.shipping.tax.isZero() {
			o.taxRow(id, r, n, o.shipping, columns{"item_id": nil, "associated_item_id": nil, "taxable_item_type": "shipping"})
		}
		for _, w := range wrapped {
			if p := o.wrapping[w.price]; !p.tax.isZero() {
				o.taxRow(id, r, n, p, columns{"item_id": nil, "associated_item_id": nil, "taxable_item_type": w.taxable})
			}
		}
	}
}

func (o *order) taxRow(taxID uint64, r rate, n int, of priced, more columns) {
	more["tax_item_id"], more["tax_id"], more["tax_percent"] = next(&o.n.others), taxID, r.percent
	more["amount"], more["real_amount"] = of.shares[n][inOrder], of.shares[n][inOrder]
	o.insert("sales_order_tax_item", more)
	o.commit()
}
