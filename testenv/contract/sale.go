package contract

import "github.com/mage2sage/mage2sage/testenv/sagesim/decimal"

// customer makes a contact and returns its id.
func (b *Business) customer(currency string, more fields) (string, error) {
	inner := fields{"name": "Contract Test", "contact_type_ids": []string{"CUSTOMER"}, "reference": b.Reference(), "currency_id": currency,
		"main_address": fields{"address_line_1": "1 Test Street", "city": "Leeds", "postal_code": "LS1 1AA", "country_id": "GB", "address_type_id": "ACCOUNTS"}}
	for name, value := range more {
		inner[name] = value
	}
	r, err := b.post("/contacts", "contact", inner)
	if err != nil {
		return "", err
	}
	if r.status != 201 {
		return "", notAsked("the contact that it needs was refused: %s", r.said())
	}
	return r.str("id"), nil
}

// line is one line of a document without tax.
func (b *Business) line(quantity, price string, more fields) fields {
	inner := fields{"description": "Contract test", "ledger_account_id": b.Ledger, "quantity": quantity, "unit_price": price, "tax_rate_id": b.Free, "tax_amount": "0.00"}
	for name, value := range more {
		inner[name] = value
	}
	return inner
}

// invoice posts one for a contact of its own.
func (b *Business) invoice(more fields, lines ...fields) (reply, error) {
	contact, err := b.customer(b.Base, nil)
	if err != nil {
		return reply{}, err
	}
	return b.invoiceFor(contact, b.Base, more, lines...)
}

func (b *Business) invoiceFor(contact, currency string, more fields, lines ...fields) (reply, error) {
	inner := fields{"contact_id": contact, "date": day(0), "reference": b.Reference(), "currency_id": currency, "invoice_lines": lines,
		"main_address": fields{"address_line_1": "1 Test Street", "city": "Leeds", "postal_code": "LS1 1AA", "country_id": "GB"}}
	for name, value := range more {
		inner[name] = value
	}
	return b.post("/sales_invoices", "sales_invoice", inner)
}

// same reports whether two texts are one number.
func same(a, b string) bool {
	x, errX := decimal.Parse(a)
	y, errY := decimal.Parse(b)
	return errX == nil && errY == nil && x.Equal(y)
}

// taxOf is the tax of a net amount at the business's rate, and a wrong one.
func (b *Business) taxOf(net string) (right, wrong string) {
	percent, err := decimal.Parse(b.Percent)
	amount, errNet := decimal.Parse(net)
	if err != nil || errNet != nil {
		return "", ""
	}
	tax := amount.Mul(percent).Quo(decimal.Int(100), 2)
	return tax.Fixed(2), tax.Add(decimal.Int(1)).Fixed(2)
}

// otherwise is what was found where an answer is none that is foreseen.
func otherwise(r reply) string { return "answered " + r.said() }
