package contract

import "net/http"

var aboutDocuments = []Question{
	{
		Name: "absent lines", Text: "What becomes of the lines that a PUT does not name?",
		Answers: []Answer{{"they stay", ""}, {"they go", "--drop-absent-lines"}},
		Ask: func(b *Business) (string, error) {
			r, err := b.invoice(nil, b.line("1", "10.00", nil), b.line("1", "5.00", nil))
			if err != nil || r.status != 201 {
				return otherwise(r), err
			}
			changed, err := b.call(http.MethodPut, "/sales_invoices/"+r.str("id"), fields{"sales_invoice": fields{
				"idempotency_id": newKey(), "invoice_lines": []fields{{"id": r.str("invoice_lines.0.id"), "unit_price": "11.00"}}}})
			switch total := changed.str("total_amount"); {
			case err != nil || changed.status != 200:
				return otherwise(changed), err
			case same(total, "16"):
				return "they stay", nil
			case same(total, "11"):
				return "they go", nil
			}
			return "the total is " + changed.str("total_amount"), nil
		},
	},
	{
		Name: "sent", Text: "Does reading an invoice as JSON mark it as sent?",
		Answers: []Answer{{"it does not", ""}, {"it does", "--reading-sends"}},
		Ask: func(b *Business) (string, error) {
			r, err := b.invoice(nil, b.line("1", "10.00", nil))
			if err != nil || r.status != 201 {
				return otherwise(r), err
			}
			at := "/sales_invoices/" + r.str("id")
			if _, err := b.must(200, http.MethodGet, at, nil); err != nil {
				return "", err
			}
			again, err := b.must(200, http.MethodGet, at+"?mark_as_sent=false", nil)
			if err == nil && again.get("sent") == true {
				return "it does", nil
			}
			return "it does not", err
		},
	},
	{
		Name: "locked", Text: "What is said of a posting in a locked period?",
		Answers: []Answer{{"The date falls within a locked period.", ""}, {"", "--locked-message="}},
		Ask:     askLocked,
	},
	{
		Name: "quote's status", Text: "What is the status of a quote that nobody has touched?",
		Answers: []Answer{{"UNPAID", ""}, {"", "--offer-status="}},
		Ask: func(b *Business) (string, error) {
			contact, err := b.customer(b.Base, nil)
			if err != nil {
				return "", err
			}
			r, err := b.post("/sales_quotes", "sales_quote", fields{"contact_id": contact, "date": day(0), "expiry_date": day(30), "reference": b.Reference(), "currency_id": b.Base,
				"quote_lines": []fields{b.line("1", "10.00", nil)}})
			if err != nil || r.status != 201 {
				return "", notAsked("a quote was refused: %s", r.said())
			}
			return r.str("status.id"), nil
		},
	},
	{
		Name: "export", Text: "May a customer outside the country and the EU be charged a tax rate above zero?",
		Answers: []Answer{{"it may", ""}, {"it is refused", "--strict-vat"}},
		Ask: func(b *Business) (string, error) {
			contact, err := b.customer(b.Base, fields{"main_address": fields{"address_line_1": "1 Main Street", "city": "Boston", "region": "US-MA", "postal_code": "02101", "country_id": "US", "address_type_id": "ACCOUNTS"}})
			if err != nil {
				return "", err
			}
			tax, _ := b.taxOf("10.00")
			r, err := b.invoiceFor(contact, b.Base, fields{"main_address": fields{"address_line_1": "1 Main Street", "city": "Boston", "country_id": "US"}},
				b.line("1", "10.00", fields{"tax_rate_id": b.Tax, "tax_amount": tax}))
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
	{
		Name: "credit notes", Text: "Does the edition have credit notes, and what does it answer where it has not?",
		Answers: []Answer{{"it has", ""}, {"403", "--edition=standard"}, {"404", "--edition=standard --edition-status=404"}, {"422", "--edition=standard --edition-status=422"}},
		Ask: func(b *Business) (string, error) {
			contact, err := b.customer(b.Base, nil)
			if err != nil {
				return "", err
			}
			r, err := b.post("/sales_credit_notes", "sales_credit_note", fields{"contact_id": contact, "date": day(0), "reference": b.Reference(), "currency_id": b.Base,
				"credit_note_lines": []fields{b.line("1", "10.00", nil)}})
			switch {
			case err != nil:
				return "", err
			case r.status == 201:
				return "it has", nil
			case r.status == 403:
				return "403", nil
			case r.status == 404:
				return "404", nil
			case r.status == 422:
				return "422", nil
			}
			return otherwise(r), nil
		},
	},
}

// askLocked locks yesterday, posts there, and puts the lock back where it was.
func askLocked(b *Business) (string, error) {
	settings, err := b.must(200, http.MethodGet, "/financial_settings", nil)
	if err != nil {
		return "", err
	}
	if start := settings.str("accounts_start_date"); start > day(-1) {
		return "", notAsked("the accounts of the business begin today")
	}
	was := settings.str("year_end_lockdown_date")
	set := func(date string) error {
		_, err := b.must(200, http.MethodPut, "/financial_settings", fields{"financial_settings": fields{"year_end_lockdown_date": date}})
		return err
	}
	contact, err := b.customer(b.Base, nil)
	if err != nil {
		return "", err
	}
	if err := set(day(-1)); err != nil {
		return "", err
	}
	r, err := b.invoiceFor(contact, b.Base, fields{"date": day(-1)}, b.line("1", "10.00", nil))
	if undone := set(was); undone != nil {
		return "", undone
	}
	if err != nil || r.status == 201 {
		return "nothing: it is posted", err
	}
	_, message, _ := r.fault()
	return message, nil
}
