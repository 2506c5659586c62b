package contract

// lines makes the answer to a question of an invoice's first line or header.
func (b *Business) asks(more fields, lines []fields, tell func(reply) string) (string, error) {
	r, err := b.invoice(more, lines...)
	if err != nil {
		return "", err
	}
	return tell(r), nil
}

var aboutMoney = []Question{
	{
		Name: "price", Text: "Is a unit price rounded to two decimals before it is multiplied, 3 × 0.335?",
		Answers: []Answer{{"the price is: 1.02", ""}, {"the product is: 1.01", "--round-product"}},
		Ask: func(b *Business) (string, error) {
			return b.asks(nil, []fields{b.line("3", "0.335", nil)}, func(r reply) string {
				switch net := r.str("invoice_lines.0.net_amount"); {
				case same(net, "1.02"):
					return "the price is: 1.02"
				case same(net, "1.01"):
					return "the product is: 1.01"
				}
				return otherwise(r)
			})
		},
	},
	{
		Name: "quantity", Text: "How many decimals has a quantity, 1.234 × 10?",
		Answers: []Answer{{"as many as were sent: 12.34", ""}, {"two: 12.30", "--round-quantity"}},
		Ask: func(b *Business) (string, error) {
			return b.asks(nil, []fields{b.line("1.234", "10.00", nil)}, func(r reply) string {
				switch net := r.str("invoice_lines.0.net_amount"); {
				case same(net, "12.34"):
					return "as many as were sent: 12.34"
				case same(net, "12.30"):
					return "two: 12.30"
				}
				return otherwise(r)
			})
		},
	},
	{
		Name: "shipping", Text: "Has the header's net amount the shipping in it?",
		Answers: []Answer{{"it has", ""}, {"it has not, and the total has", "--net-without-shipping"}},
		Ask: func(b *Business) (string, error) {
			more := fields{"shipping_net_amount": "5.00", "shipping_tax_rate_id": b.Free}
			return b.asks(more, []fields{b.line("1", "10.00", nil)}, func(r reply) string {
				net, total := r.str("net_amount"), r.str("total_amount")
				switch {
				case same(net, "15") && same(total, "15"):
					return "it has"
				case same(net, "10") && same(total, "15"):
					return "it has not, and the total has"
				}
				return "net " + net + " of a total of " + total
			})
		},
	},
	{
		Name: "wrong tax", Text: "What becomes of a line's tax that its rate does not explain?",
		Answers: []Answer{{"it is kept", ""}, {"it is refused", "--strict-tax"}},
		Ask: func(b *Business) (string, error) {
			_, wrong := b.taxOf("10.00")
			line := b.line("1", "10.00", fields{"tax_rate_id": b.Tax, "tax_amount": wrong})
			return b.asks(nil, []fields{line}, func(r reply) string {
				switch {
				case r.status == 422:
					return "it is refused"
				case same(r.str("invoice_lines.0.tax_amount"), wrong):
					return "it is kept"
				}
				return otherwise(r)
			})
		},
	},
	{
		Name: "totals", Text: "What becomes of a total that was sent and is wrong?",
		Answers: []Answer{{"it is ignored", ""}, {"it is refused", "--check-totals"}},
		Ask: func(b *Business) (string, error) {
			return b.asks(fields{"total_amount": "99.00"}, []fields{b.line("1", "10.00", nil)}, func(r reply) string {
				switch {
				case r.status == 422:
					return "it is refused"
				case same(r.str("total_amount"), "10"):
					return "it is ignored"
				}
				return "the total is " + r.str("total_amount")
			})
		},
	},
	{
		Name: "gross price", Text: "What is the tax of a price that includes it: what was sent, or what the rate says?",
		Answers: []Answer{{"what was sent", ""}, {"what the rate says", "--inclusive-by-rate"}},
		Ask: func(b *Business) (string, error) {
			line := b.line("1", "12.00", fields{"tax_rate_id": b.Tax, "tax_amount": "0.50", "unit_price_includes_tax": true})
			return b.asks(nil, []fields{line}, func(r reply) string {
				switch {
				case r.status != 201:
					return otherwise(r)
				case same(r.str("invoice_lines.0.tax_amount"), "0.50") && same(r.str("invoice_lines.0.net_amount"), "11.50"):
					return "what was sent"
				case same(r.str("total_amount"), "12"):
					return "what the rate says"
				}
				return "net " + r.str("invoice_lines.0.net_amount") + " and tax " + r.str("invoice_lines.0.tax_amount")
			})
		},
	},
	{
		Name: "negative line", Text: "May a line be below zero?",
		Answers: []Answer{{"it may", ""}, {"it is refused", "--refuse-negative-lines"}},
		Ask: func(b *Business) (string, error) {
			return b.asks(nil, []fields{b.line("1", "10.00", nil), b.line("1", "-2.00", nil)}, func(r reply) string {
				switch {
				case r.status == 422:
					return "it is refused"
				case same(r.str("total_amount"), "8"):
					return "it may"
				}
				return otherwise(r)
			})
		},
	},
	{
		Name: "nothing to pay", Text: "What is the status of an invoice over 0.00?",
		Answers: []Answer{{"PAID", ""}, {"UNPAID", "--zero-total-unpaid"}},
		Ask: func(b *Business) (string, error) {
			return b.asks(nil, []fields{b.line("1", "0.00", nil)}, func(r reply) string {
				if r.status != 201 {
					return otherwise(r)
				}
				return r.str("status.id")
			})
		},
	},
	{
		Name: "exchange rate", Text: "Is an exchange rate base units for a foreign one, or the other way round?",
		Answers: []Answer{{"base units for a foreign one", ""}, {"foreign units for a base one", "--inverse-rates"}},
		Ask: func(b *Business) (string, error) {
			r, err := b.foreignInvoice()
			switch base := r.str("base_currency_total_amount"); {
			case err != nil:
				return "", err
			case same(base, "5"):
				return "base units for a foreign one", nil
			case same(base, "20"):
				return "foreign units for a base one", nil
			}
			return otherwise(r), nil
		},
	},
	{
		Name: "bank currency", Text: "May a payment be in another currency than its bank account?",
		Answers: []Answer{{"it may", ""}, {"it is refused", "--strict-bank-currency"}},
		Ask: func(b *Business) (string, error) {
			if b.Foreign == "" {
				return "", notAsked("the business has one currency")
			}
			contact, err := b.customer(b.Foreign, nil)
			if err != nil {
				return "", err
			}
			r, err := b.post("/contact_payments", "contact_payment", fields{"transaction_type_id": "CUSTOMER_RECEIPT", "contact_id": contact, "bank_account_id": b.Bank,
				"date": day(0), "total_amount": "10.00", "currency_id": b.Foreign, "exchange_rate": "0.5"})
			switch {
			case err != nil:
				return "", err
			case r.status == 201:
				return "it may", nil
			case r.status == 422:
				return "it is refused", nil
			}
			return otherwise(r), nil
		},
	},
}

// foreignInvoice is one over 10.00 of another currency at a rate of 0.5.
func (b *Business) foreignInvoice() (reply, error) {
	if b.Foreign == "" {
		return reply{}, notAsked("the business has one currency")
	}
	contact, err := b.customer(b.Foreign, nil)
	if err != nil {
		return reply{}, err
	}
	return b.invoiceFor(contact, b.Foreign, fields{"exchange_rate": "0.5"}, b.line("1", "10.00", nil))
}
