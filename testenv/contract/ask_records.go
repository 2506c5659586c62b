package contract

import "net/http"

var aboutRecords = []Question{
	{
		Name: "deleted", Text: "What is read of a contact that was deleted?",
		Answers: []Answer{{"404", ""}, {"the contact, with deleted_at", "--show-deleted"}},
		Ask: func(b *Business) (string, error) {
			id, err := b.customer(b.Base, nil)
			if err != nil {
				return "", err
			}
			if _, err := b.must(204, http.MethodDelete, "/contacts/"+id, nil); err != nil {
				return "", err
			}
			r, err := b.call(http.MethodGet, "/contacts/"+id, nil)
			switch {
			case err != nil:
				return "", err
			case r.status == 404:
				return "404", nil
			case r.status == 200 && r.str("deleted_at") != "":
				return "the contact, with deleted_at", nil
			}
			return otherwise(r), nil
		},
	},
	{
		Name: "taken", Text: "What is said of a contact's reference that another contact has?",
		Answers: []Answer{{"The reference has already been taken.", ""}, {"", "--taken-message="}},
		Ask: func(b *Business) (string, error) {
			reference := b.Reference()
			if _, err := b.customer(b.Base, fields{"reference": reference}); err != nil {
				return "", err
			}
			r, err := b.post("/contacts", "contact", b.contact(newKey(), reference))
			if err != nil || r.status == 201 {
				return "nothing: both have it", err
			}
			_, message, _ := r.fault()
			return message, nil
		},
	},
	{
		Name: "contact's currency", Text: "May the currency of a contact be changed once something was posted for it?",
		Answers: []Answer{{"it is refused", ""}, {"it may", "--free-contact-currency"}},
		Ask: func(b *Business) (string, error) {
			if b.Foreign == "" {
				return "", notAsked("the business has one currency")
			}
			contact, err := b.customer(b.Base, nil)
			if err != nil {
				return "", err
			}
			if r, err := b.invoiceFor(contact, b.Base, nil, b.line("1", "10.00", nil)); err != nil || r.status != 201 {
				return otherwise(r), err
			}
			r, err := b.call(http.MethodPut, "/contacts/"+contact, fields{"contact": fields{"idempotency_id": newKey(), "currency_id": b.Foreign}})
			switch {
			case err != nil:
				return "", err
			case r.status == 422:
				return "it is refused", nil
			case r.str("currency.id") == b.Foreign:
				return "it may", nil
			case r.status == 200:
				return "it is ignored", nil
			}
			return otherwise(r), nil
		},
	},
	{
		Name: "item code", Text: "May two products have one item code?",
		Answers: []Answer{{"it is refused", ""}, {"they may", "--repeat-item-codes"}},
		Ask: func(b *Business) (string, error) {
			code := b.Reference()
			product := func() (reply, error) {
				return b.post("/products", "product", fields{"item_code": code, "description": "Contract test", "sales_ledger_account_id": b.Ledger, "purchase_ledger_account_id": b.Purchase})
			}
			if r, err := product(); err != nil || r.status != 201 {
				return "", notAsked("the first product was refused: %s", r.said())
			}
			r, err := product()
			switch {
			case err != nil:
				return "", err
			case r.status == 422:
				return "it is refused", nil
			case r.status == 201:
				return "they may", nil
			}
			return otherwise(r), nil
		},
	},
	{
		Name: "regions", Text: "May the region of a Canadian address be a name, instead of two letters?",
		Answers: []Answer{{"it may", ""}, {"it is refused", "--strict-regions"}},
		Ask: func(b *Business) (string, error) {
			contact := b.contact(newKey(), b.Reference())
			contact["main_address"] = fields{"address_line_1": "1 Main Street", "city": "Toronto", "region": "Ontario", "country_id": "CA", "address_type_id": "ACCOUNTS"}
			r, err := b.post("/contacts", "contact", contact)
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
