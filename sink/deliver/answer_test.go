package deliver

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/work"
)

// An answer is compared field by field: what says whose or which it is makes it another
// object, whatever else differs is no reason to take it for one.
func TestWhatMakesAnAnswerAnotherObject(t *testing.T) {
	const contact = `{"id":"s1","name":"Ada","currency":{"id":"GBP"},"reference":"M5","contact_types":[{"id":"CUSTOMER"}],"main_contact_person":{"name":"Ada","email":"a@b.test"},"main_address":{"city":"Leeds"}}`
	const document = `{"id":"s1","contact":{"id":"c1"},"currency":{"id":"GBP"},"date":"2026-01-31","reference":"1","total_amount":"30.0","tax_amount":"5.0","notes":"n"}`
	const payment = `{"id":"s1","contact":{"id":"c1"},"bank_account":{"id":"b1"},"currency":{"id":"GBP"},"date":"2026-01-31","reference":"1","total_amount":"30.0","allocated_artefacts":[{"artefact":{"id":"i1"},"amount":"30.0"}]}`
	sent := map[string]string{
		contact:  `{"contact":{"name":"Ada","currency_id":"GBP","reference":"M5","contact_type_ids":["CUSTOMER"],"main_contact_person":{"name":"Ada","email":"a@b.test"},"main_address":{"city":"Leeds"}}}`,
		document: `{"sales_invoice":{"contact_id":"c1","currency_id":"GBP","date":"2026-01-31","reference":"1","notes":"n"}}`,
		payment:  `{"contact_payment":{"contact_id":"c1","bank_account_id":"b1","currency_id":"GBP","date":"2026-01-31","reference":"1","total_amount":"30.00","allocated_artefacts":[{"artefact_id":"i1","amount":"30.00"}]}}`,
	}
	for name, c := range map[string]struct {
		answered, from, to string // the answer, with one thing replaced
		differs            string
		another            bool
	}{
		"a contact as it was sent":              {contact, "", "", "", false},
		"a contact's name":                      {contact, `"s1","name":"Ada"`, `"s1","name":"Eve"`, "name", true},
		"a contact's currency":                  {contact, "GBP", "EUR", "currency_id", true},
		"a contact's reference":                 {contact, "M5", "M6", "reference", true},
		"a contact's type":                      {contact, "CUSTOMER", "VENDOR", "contact_type_ids", true},
		"a contact's e-mail address":            {contact, "a@b.test", "e@b.test", "main_contact_person.email", true},
		"a contact's city is corrected":         {contact, "Leeds", "York", "main_address.city", false},
		"a document as it was sent":             {document, "", "", "", false},
		"a document's contact":                  {document, "c1", "c2", "contact_id", true},
		"a document's currency":                 {document, "GBP", "EUR", "currency_id", true},
		"a document's date":                     {document, "01-31", "02-01", "date", true},
		"a document's reference":                {document, `"reference":"1"`, `"reference":"2"`, "reference", true},
		"a document's total":                    {document, "30.0", "30.1", "total_amount", true},
		"a document's tax":                      {document, `"5.0"`, `"5.1"`, "tax_amount", true},
		"a document that was voided":            {document, `"notes"`, `"status":{"id":"VOID"},"notes"`, "status", true},
		"a document's notes say nothing":        {document, `"n"}`, `"m"}`, "", false},
		"a payment as it was sent":              {payment, "", "", "", false},
		"a payment's contact":                   {payment, "c1", "c2", "contact_id", true},
		"a payment's bank":                      {payment, "b1", "b2", "bank_account_id", true},
		"a payment's currency":                  {payment, "GBP", "EUR", "currency_id", true},
		"a payment's date":                      {payment, "01-31", "02-01", "date", true},
		"a payment's reference":                 {payment, `"reference":"1"`, `"reference":"2"`, "reference", true},
		"a payment's amount":                    {payment, `"total_amount":"30.0"`, `"total_amount":"31.0"`, "total_amount", true},
		"an invoice that another payment is of": {payment, "i1", "i2", "allocated_artefacts.artefact_id", true},
	} {
		t.Run(name, func(t *testing.T) {
			o := invoice()
			o.Body = json.RawMessage(sent[c.answered])
			got := read(t, o, c.answered == contact, c.answered == payment, strings.Replace(c.answered, c.from, c.to, 1))
			if strings.Join(got.differs, " ") != c.differs || got.another != c.another {
				t.Errorf("differs in %v, another %v; want %q, %v", got.differs, got.another, c.differs, c.another)
			}
		})
	}
}

// read reads an answer as the call of its kind does.
func read(t *testing.T, o work.Operation, contact, payment bool, text string) answer {
	t.Helper()
	into := func(v any) {
		if err := json.Unmarshal([]byte(text), v); err != nil {
			t.Fatal(err)
		}
	}
	switch {
	case contact:
		var c resource.Contact
		into(&c)
		return contactAnswer(o, c)
	case payment:
		var p resource.Payment
		into(&p)
		return paymentAnswer(o, p)
	}
	var d resource.Document
	into(&d)
	return documentAnswer(o, d)
}
