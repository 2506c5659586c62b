package shop

import (
	"fmt"
	"maps"
)

// orderRow is the header of a new order.
func (s *Shop) orderRow(p *placement) row {
	c, now := p.cart, s.now()
	r := row{
		"state": "new", "status": "pending", "protect_code": s.secret("protect"), "is_virtual": c.virtual(),
		"store_id": p.view.id, "store_name": "Main Website\nMain Store\n" + p.view.name,
		"base_to_global_rate": one, "base_to_order_rate": p.view.rate, "store_to_base_rate": 0, "store_to_order_rate": 0,
		"total_qty_ordered": amount(c.itemCount()) * one, "base_total_qty_ordered": nil, "total_item_count": len(c.lines),
		"customer_note_notify": 1, "customer_group_id": 0, "customer_is_guest": 1,
		"customer_email": p.who.Email, "customer_firstname": p.who.FirstName, "customer_lastname": p.who.LastName,
		"increment_id": p.increment, "remote_ip": s.secret("ip"), "x_forwarded_for": s.secret("ip"),
		"base_currency_code": baseCurrency, "global_currency_code": baseCurrency,
		"store_currency_code": p.view.currency, "order_currency_code": p.view.currency,
		"created_at": now, "updated_at": now,
		"shipping_discount_tax_compensation_amount":    c.shippingCompensation[inOrder],
		"base_shipping_discount_tax_compensation_amnt": c.shippingCompensation[inBase],
	}
	if p.order.CustomerID != 0 {
		r["customer_id"], r["customer_is_guest"], r["customer_group_id"] = p.order.CustomerID, 0, 1
	}
	if p.who.VATNumber != "" {
		r["customer_taxvat"] = p.who.VATNumber
	}
	if p.order.Coupon {
		r["coupon_code"], r["discount_description"], r["coupon_rule_name"] = coupon, coupon, coupon
	}
	if !c.virtual() {
		r["shipping_method"], r["shipping_description"] = "flatrate_flatrate", "Flat Rate - Fixed"
	}
	if p.quoteID != 0 {
		r["quote_id"] = p.quoteID
	}
	return r.puts(map[string]pair{
		"subtotal": c.subtotal, "subtotal_incl_tax": c.subtotalInclTax, "tax_amount": c.tax, "discount_amount": c.discount,
		"shipping_amount": c.shipping, "shipping_incl_tax": c.shippingInclTax, "shipping_tax_amount": c.shippingTax,
		"shipping_discount_amount": c.shippingDiscount, "discount_tax_compensation_amount": c.compensation,
		"grand_total": c.grandTotal, "total_due": c.grandTotal,
	})
}

// itemRow is one order item; a part of a composite product gets its parent's id later.
func (s *Shop) itemRow(p *placement, l line) row {
	now := s.now()
	r := row{
		"order_id": p.id, "store_id": p.view.id, "product_id": l.product.ID, "product_type": l.product.Type,
		"product_options": productOptions(l), "sku": s.soldSKU(l.product), "name": l.product.Name,
		"is_virtual": l.product.Type == "virtual", "qty_ordered": amount(l.qty) * one, "created_at": now, "updated_at": now,
		"row_invoiced": 0, "base_row_invoiced": 0,
	}
	switch {
	case l.carries:
		maps.Copy(r, moneyColumns(l))
	case l.product.dynamic:
		r["tax_percent"] = nil
		r.puts(map[string]pair{
			"price": l.repeatedRowTotal.share(1, amount(l.qty)), "row_total": l.repeatedRowTotal, "tax_amount": l.repeatedRowTax,
		})
	default:
		r.puts(map[string]pair{"price": {}, "row_total": {}, "original_price": {}})
		r["tax_amount"], r["base_tax_amount"] = nil, nil
	}
	return r
}

func moneyColumns(l line) row {
	r := row{
		"tax_percent": l.percent, "discount_percent": l.discountPercent,
		"tax_before_discount": l.taxBeforeDiscount[inOrder], "base_tax_before_discount": l.taxBeforeDiscount[inBase],
	}
	r.puts(map[string]pair{
		"price": l.price, "original_price": l.original, "price_incl_tax": l.priceInclTax,
		"row_total": l.rowTotal, "row_total_incl_tax": l.rowInclTax, "tax_amount": l.tax,
		"discount_amount": l.discount, "discount_tax_compensation_amount": l.compensation,
	})
	if l.levy != (pair{}) {
		maps.Copy(r, levyColumns(l.levy, l.levyRow))
	}
	return r
}

// levyColumns are those of the fixed product tax; one base column is misspelt.
func levyColumns(levy, levyRow pair) row {
	return row{
		"weee_tax_applied":               fmt.Sprintf(`[{"title":"Recycling levy","base_amount":"%s","amount":"%s"}]`, levy[inBase], levy[inOrder]),
		"weee_tax_applied_amount":        levy[inOrder],
		"weee_tax_applied_row_amount":    levyRow[inOrder],
		"base_weee_tax_applied_amount":   levy[inBase],
		"base_weee_tax_applied_row_amnt": levyRow[inBase],
		"weee_tax_disposition":           0,
		"weee_tax_row_disposition":       0,
		"base_weee_tax_disposition":      0,
		"base_weee_tax_row_disposition":  0,
	}
}

// soldSKU is the SKU on the order: a configurable product is sold under its
// variant's, a bundle under all of its parts'.
func (s *Shop) soldSKU(p *Product) string {
	switch p.Type {
	case "configurable":
		return p.parts[0].sku
	case "bundle":
		sku := p.SKU
		for _, part := range p.parts {
			sku += "-" + part.sku
		}
		return sku
	}
	return p.SKU
}

// productOptions is the JSON that says how a composite product was bought.
func productOptions(l line) string {
	request := fmt.Sprintf(`{"info_buyRequest":{"qty":%d}`, l.qty)
	switch {
	case l.product.Type == "configurable":
		return request + `,"attributes_info":[{"label":"Size","value":"large"}],"simple_sku":"` + l.product.parts[0].sku + `"}`
	case l.product.dynamic:
		return request + `,"product_calculations":0,"shipment_type":"0"}`
	case l.product.Type == "bundle":
		return request + `,"product_calculations":1,"shipment_type":"0"}`
	}
	return request + "}"
}

func (s *Shop) paymentRow(p *placement) row {
	r := row{
		"parent_id": p.id, "method": p.order.Payment,
		"additional_information": fmt.Sprintf(`{"method_title":%q,"token":%q}`, p.order.Payment, s.secret("token")),
	}
	if p.order.Payment == onlineMethod {
		r["cc_last_4"], r["cc_owner"], r["cc_number_enc"] = s.secret("last4"), s.secret("owner"), s.secret("card")
	}
	return r.puts(map[string]pair{"amount_ordered": p.cart.grandTotal, "shipping_amount": p.cart.shipping})
}
