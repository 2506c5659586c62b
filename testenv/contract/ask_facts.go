package contract

import "net/http"

// aboutFacts are what Sage documents and the client relies on: there is one answer, and
// any other one means that the client has to change.
var aboutFacts = []Question{
	{
		Name: "decimals", Text: "Do amounts come as texts, and is a line's net quantity × price − discount?",
		Answers: []Answer{{"they do, and it is", ""}},
		Ask: func(b *Business) (string, error) {
			return b.asks(nil, []fields{b.line("3", "10.00", fields{"discount_amount": "1.50"})}, func(r reply) string {
				_, text := r.get("total_amount").(string)
				if r.status == 201 && text && same(r.str("invoice_lines.0.net_amount"), "28.5") && same(r.str("total_amount"), "28.5") {
					return "they do, and it is"
				}
				return otherwise(r) + ", net " + r.str("invoice_lines.0.net_amount")
			})
		},
	},
	{
		Name: "missing tax", Text: "Is a taxed line without its tax refused?",
		Answers: []Answer{{"it is", ""}},
		Ask: func(b *Business) (string, error) {
			line := b.line("1", "10.00", fields{"tax_rate_id": b.Tax})
			delete(line, "tax_amount")
			return b.asks(nil, []fields{line}, func(r reply) string {
				if r.status == 422 {
					return "it is"
				}
				return otherwise(r) + ", tax " + r.str("tax_amount")
			})
		},
	},
	{
		Name: "shipping tax", Text: "Is the tax of shipping worked out anew, whatever was sent?",
		Answers: []Answer{{"it is", ""}},
		Ask: func(b *Business) (string, error) {
			right, wrong := b.taxOf("5.00")
			more := fields{"shipping_net_amount": "5.00", "shipping_tax_rate_id": b.Tax, "shipping_tax_amount": wrong}
			return b.asks(more, []fields{b.line("1", "10.00", nil)}, func(r reply) string {
				if same(r.str("shipping_tax_amount"), right) {
					return "it is"
				}
				return otherwise(r) + ", tax " + r.str("shipping_tax_amount")
			})
		},
	},
	{
		Name: "lengths", Text: "Is a contact's reference of 11 characters refused, and are characters counted and not bytes?",
		Answers: []Answer{{"it is, and characters are", ""}},
		Ask: func(b *Business) (string, error) {
			long, err := b.post("/contacts", "contact", b.contact(newKey(), b.Reference()+"12345"))
			if err != nil || long.status != 422 {
				return otherwise(long), err
			}
			name := fields{"name": wide(100)}
			if _, err := b.customer(b.Base, name); err != nil {
				return err.Error(), nil
			}
			return "it is, and characters are", nil
		},
	},
	{
		Name: "last page", Text: "Is a page past the end the last page again?",
		Answers: []Answer{{"it is", ""}},
		Ask: func(b *Business) (string, error) {
			r, err := b.must(200, http.MethodGet, "/ledger_accounts?items_per_page=5&page=9999", nil)
			if items, _ := r.get("$items").([]any); err == nil && len(items) > 0 && r.str("$page") != "9999" {
				return "it is", nil
			}
			return "page " + r.str("$page"), err
		},
	},
	{
		Name: "payment", Text: "Is an invoice PAID once a payment was allocated to all of it, UNPAID once that was deleted, and VOID once it was voided?",
		Answers: []Answer{{"it is", ""}},
		Ask:     askPayment,
	},
	{
		Name: "main address", Text: "Is a contact's main address in the list of addresses, and its person in that of contact persons?",
		Answers: []Answer{{"both are", ""}},
		Ask: func(b *Business) (string, error) {
			contact, err := b.customer(b.Base, fields{"main_contact_person": fields{"name": "Contract Test", "email": "contract@example.test", "contact_person_type_ids": []string{"ACCOUNTS"}}})
			if err != nil {
				return "", err
			}
			address, err := b.must(200, http.MethodGet, "/addresses?attributes=all&contact_id="+contact, nil)
			if err != nil {
				return "", err
			}
			person, err := b.must(200, http.MethodGet, "/contact_persons?attributes=all&contact_id="+contact, nil)
			if address.get("$items.0.is_main_address") == true && person.get("$items.0.is_main_contact") == true {
				return "both are", err
			}
			return "addresses " + address.str("$total") + ", persons " + person.str("$total"), err
		},
	},
	{
		Name: "stock", Text: "Does an invoice take its goods from the stock, and is it refused where there are too few?",
		Answers: []Answer{{"it does, and is", ""}, {"the edition has no stock", "--edition=standard"}},
		Ask:     askStock,
	},
}

// wide is a text of n characters that take two bytes each.
func wide(n int) string {
	text := make([]rune, n)
	for i := range text {
		text[i] = 'é'
	}
	return string(text)
}

func askPayment(b *Business) (string, error) {
	contact, err := b.customer(b.Base, nil)
	if err != nil {
		return "", err
	}
	invoice, err := b.invoiceFor(contact, b.Base, nil, b.line("1", "10.00", nil))
	if err != nil || invoice.status != 201 {
		return otherwise(invoice), err
	}
	at := "/sales_invoices/" + invoice.str("id")
	payment, err := b.post("/contact_payments", "contact_payment", fields{"transaction_type_id": "CUSTOMER_RECEIPT", "contact_id": contact, "bank_account_id": b.Bank, "date": day(0),
		"total_amount": "10.00", "allocated_artefacts": []fields{{"artefact_id": invoice.str("id"), "amount": "10.00"}}})
	if err != nil || payment.status != 201 {
		return otherwise(payment), err
	}
	paid, err := b.must(200, http.MethodGet, at+"?mark_as_sent=false", nil)
	if err != nil || paid.str("status.id") != "PAID" {
		return "paid, it is " + paid.str("status.id"), err
	}
	if _, err := b.must(204, http.MethodDelete, "/contact_payments/"+payment.str("id"), nil); err != nil {
		return "", err
	}
	unpaid, err := b.must(200, http.MethodGet, at+"?mark_as_sent=false", nil)
	if err != nil || unpaid.str("status.id") != "UNPAID" {
		return "unpaid again, it is " + unpaid.str("status.id"), err
	}
	void, err := b.call(http.MethodDelete, at+"?void_reason=contract", fields{"void_reason": "contract"})
	if err != nil || void.str("status.id") != "VOID" {
		return "void, it is " + void.str("status.id"), err
	}
	return "it is", nil
}

func askStock(b *Business) (string, error) {
	item, err := b.post("/stock_items", "stock_item", fields{"item_code": b.Reference(), "description": "Contract test", "sales_ledger_account_id": b.Ledger, "purchase_ledger_account_id": b.Purchase})
	switch {
	case err != nil:
		return "", err
	case item.status == 403:
		return "the edition has no stock", nil
	case item.status != 201:
		return otherwise(item), nil
	}
	if r, err := b.post("/stock_movements", "stock_movement", fields{"stock_item_id": item.str("id"), "date": day(0), "quantity": "3", "cost_price": "1.00", "details": "Contract test"}); err != nil || r.status != 201 {
		return otherwise(r), err
	}
	sale := b.line("2", "10.00", fields{"product_id": item.str("id")})
	if r, err := b.invoice(nil, sale); err != nil || r.status != 201 {
		return otherwise(r), err
	}
	left, err := b.must(200, http.MethodGet, "/stock_items/"+item.str("id"), nil)
	if err != nil || !same(left.str("quantity_in_stock"), "1") {
		return "of 3, after 2 were sold, there are " + left.str("quantity_in_stock"), err
	}
	short, err := b.invoice(nil, sale)
	if err != nil || short.status != 422 {
		return "too few, and " + otherwise(short), err
	}
	return "it does, and is", nil
}
